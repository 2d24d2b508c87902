namespace Bleepay.Silo.Storage;

/// <summary>Another process owns this file. For several nodes there is PostgreSQL.</summary>
internal sealed class DatabaseInUseException(string path, Exception inner) : Exception(
    $"Another process is using {path}. Stop it, or name another file in ConnectionStrings__Bleepay.", inner);
