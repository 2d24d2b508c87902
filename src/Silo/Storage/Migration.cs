using System.Globalization;
using System.Reflection;

namespace Bleepay.Silo.Storage;

/// <summary>One numbered step of the schema: an embedded script named <c>0001_what_it_adds.sql</c>.</summary>
internal sealed record Migration(int Version, string Name, string Sql)
{
    /// <summary>The steps of one database, in their order.</summary>
    /// <param name="provider">The folder under <c>Storage</c> whose <c>Migrations</c> are meant.</param>
    public static IReadOnlyList<Migration> Of(StorageProvider provider)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var folder = $"{typeof(Migration).Namespace}.{provider}.Migrations.";
        return [.. assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(folder, StringComparison.Ordinal))
            .Select(resource => Load(assembly, resource, Path.GetFileNameWithoutExtension(resource[folder.Length..])))
            .OrderBy(migration => migration.Version)];
    }

    private static Migration Load(Assembly assembly, string resource, string name)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return new Migration(int.Parse(name.Split('_')[0], CultureInfo.InvariantCulture), name, reader.ReadToEnd());
    }
}
