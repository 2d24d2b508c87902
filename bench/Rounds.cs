using System.Text.Json.Nodes;
using Bleepay.Bench.Load;
using Bleepay.Bench.Report;

namespace Bleepay.Bench;

/// <summary>The comparison: every variant runs, and each is measured in turn while the others are idle.</summary>
internal static class Rounds
{
    private const int Widgets = 1_000;
    private const int OpenShare = 10;

    public static async Task<JsonObject> Run(PostgreSql server, BenchOptions options, string folder)
    {
        var names = VariantNames.All.Where(options.Includes).ToList();
        if (names.Count == 0 || options.Only.Except(VariantNames.All).Any())
            throw new ArgumentException($"The variants are {string.Join(", ", VariantNames.All)}.");

        var bodyPath = Path.Combine(folder, "body.json");
        await File.WriteAllTextAsync(bodyPath, BenchWidget.SessionBody.ToJsonString());
        var measurement = new Measurement(server, options, bodyPath);
        var subjects = new List<Subject>();
        try
        {
            var factory = new Subjects(server, folder);
            foreach (var name in names)
            {
                Console.WriteLine($"{name}: starts, is seeded and warmed up");
                subjects.Add(await factory.Start(name, new Seeding(Widgets, options.SeededSessions, OpenShare)));
                await measurement.WarmUp(subjects[^1], options.WarmUp);
            }

            var rounds = names.ToDictionary(name => name, _ => new List<Round>());
            for (var number = 1; number <= options.Rounds; number++)
            {
                // Every other round backwards, so that a machine that slows down or speeds up favours none.
                foreach (var subject in number % 2 == 1 ? subjects : Enumerable.Reverse(subjects))
                {
                    var round = await measurement.Measure(subject, [.. subjects.Where(other => other != subject)]);
                    rounds[subject.Name].Add(round);
                    Console.WriteLine($"round {number}: {subject.Name} {round.SessionsPerSecond:F0} sessions/s");
                }
            }

            foreach (var service in subjects.SelectMany(subject => subject.Services))
            {
                if (service.Errors() is { Count: > 0 } errors)
                    throw new BenchmarkException($"A service has logged errors: {string.Join('\n', errors.Take(10))}");
            }

            var comparison = new Comparison([.. names.Select(name => (name, (IReadOnlyList<Round>)rounds[name]))]);
            comparison.Print(Console.Out);
            return comparison.ToJson();
        }
        finally
        {
            foreach (var subject in subjects) await subject.DisposeAsync();
        }
    }
}
