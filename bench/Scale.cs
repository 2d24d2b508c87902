using System.Text.Json.Nodes;
using Bleepay.Bench.Load;

namespace Bleepay.Bench;

internal static class Scale
{
    public static Task<JsonObject> Run(PostgreSql server, BenchOptions options, string folder) =>
        throw new BenchmarkException("later");
}
