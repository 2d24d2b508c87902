using System.Data.Common;

namespace Bleepay.Silo.Storage;

internal static class CommandParameters
{
    /// <summary>Gives the parameter <c>@name</c> its value; every database accepts this spelling.</summary>
    public static void Add(this DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = "@" + name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
