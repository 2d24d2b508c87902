using System.CommandLine;
using System.Data.Common;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;

namespace Bleepay.Silo.Ops;

/// <summary>
/// The operator's commands: <c>Bleepay.Silo ops …</c>, with the settings of the service. What reads opens the
/// database read-only; what acts is done by the node that runs on this host.
/// </summary>
internal static class OpsCommands
{
    /// <summary>The first argument of the program.</summary>
    public const string Name = "ops";

    private static readonly Option<bool> AsJson = new("--json")
    {
        Description = "Print JSON.",
        Recursive = true,
    };

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Print what would be done, and do nothing.",
    };

    private static readonly Option<string?> Business = new("--business") { Description = "Of this business." };

    private static readonly Option<string?> Endpoint = new("--endpoint") { Description = "Of this webhook endpoint." };

    private static readonly Option<DateTimeOffset?> Since = new("--since")
    {
        Description = "Of events after this time.",
    };

    private static readonly Option<DateTimeOffset?> Until = new("--until")
    {
        Description = "Of events before this time.",
    };

    /// <summary>Runs a command line that begins with <see cref="Name"/>.</summary>
    /// <returns>The exit code: 0 if it was done, 1 if not.</returns>
    public static Task<int> Run(string[] args) =>
        new RootCommand("Bleepay Sessions. Without a command, the service starts.") { Ops() }.Parse(args).InvokeAsync();

    private static Command Ops()
    {
        var ops = new Command(Name, "Commands for the operator.") { AsJson };
        ops.Add(Check());
        ops.Add(Reading("status", "Nodes, open sessions, and webhooks that wait.", (context, _, end) =>
            context.Reads.Status(DateTimeOffset.UtcNow, end)));
        ops.Add(Reading("keys", "The server keys, and what each is still needed for.", (context, _, end) =>
            OpsCheck.Keys(context, end)));
        ops.Add(Session());
        ops.Add(Webhooks());
        ops.Add(Acting(OpsActions.Chains, "How far each watched network is read.", _ => new(OpsActions.Chains)));
        ops.Add(Redeliver());
        ops.Add(Erase());
        ops.Add(Acting(
            OpsActions.Prune, "Delete what is older than the ages of Retention__… now.",
            parsed => new(OpsActions.Prune, parsed.GetValue(DryRun)), DryRun));
        ops.Add(Drain());
        return ops;
    }

    private static Command Check()
    {
        var command = new Command("check", "Settings, database, keys and issuer; exit code 1 if one of them is wrong.");
        command.SetAction((parsed, end) => Print(parsed, async () =>
        {
            var checks = await OpsCheck.Run(end);
            var isWrong = checks.Any(check => check!["result"]!.GetValue<string>() == OpsCheck.Wrong);
            return (checks, isWrong ? 1 : 0);
        }));
        return command;
    }

    private static Command Session()
    {
        var id = new Argument<string>("id") { Description = "The session's id: dep_…" };
        var shown = new Option<bool>("--show-personal-data") { Description = "Print the customer's data too." };
        var command = Reading(
            "session", "One session with its timeline, payments and deliveries.",
            (context, parsed, end) => context.Reads.OneSession(
                parsed.GetRequiredValue(id), parsed.GetValue(shown), end));
        command.Add(id);
        command.Add(shown);
        return command;
    }

    private static Command Webhooks()
    {
        var failing = new Option<bool>("--failing")
        {
            Description = "Only endpoints that are paused or have failed webhooks of the last day.",
        };
        var command = Reading(
            "webhooks", "Webhook endpoints, and what waits for each.",
            (context, parsed, end) => context.Reads.AllEndpoints(
                parsed.GetValue(Business), parsed.GetValue(failing), DateTimeOffset.UtcNow, end));
        command.Add(Business);
        command.Add(failing);
        return command;
    }

    private static Command Redeliver()
    {
        var status = new Option<string?>("--status") { Description = "FAILED (the default) or DELIVERED." };
        var command = new Command(OpsActions.Redeliver, "Send failed webhooks again, in the order of their events.")
        {
            Business, Endpoint, Since, Until, status, DryRun,
        };
        command.SetAction((parsed, end) => Print(parsed, async () =>
        {
            using var context = new OpsContext();
            var endpoint = parsed.GetValue(Endpoint);
            var business = parsed.GetValue(Business)
                ?? (endpoint is null
                    ? throw new OpsException("Name the webhooks by --business or --endpoint.")
                    : await context.Reads.BusinessOf(endpoint, end));
            return (await context.Client.Send(
                new(OpsActions.Redeliver, parsed.GetValue(DryRun), business, endpoint,
                    Status: parsed.GetValue(status), Since: parsed.GetValue(Since), Until: parsed.GetValue(Until)),
                end), 0);
        }));
        return command;
    }

    private static Command Erase()
    {
        var session = new Option<string?>("--session") { Description = "This session." };
        var reference = new Option<string?>("--reference") { Description = "Sessions with this customerReference." };
        var email = new Option<string?>("--email") { Description = "Sessions with this customerEmail." };
        return Acting(
            OpsActions.Erase, "Erase a customer's data from ended sessions and their webhooks.",
            parsed => new(
                OpsActions.Erase, parsed.GetValue(DryRun), parsed.GetValue(Business),
                Session: parsed.GetValue(session), Reference: parsed.GetValue(reference),
                Email: parsed.GetValue(email)),
            Business, session, reference, email, DryRun);
    }

    private static Command Drain()
    {
        var undo = new Option<bool>("--undo") { Description = "Ready again." };
        return Acting(
            OpsActions.Drain, "Turn this node unready, so that a load balancer sends it nothing more.",
            parsed => new(OpsActions.Drain, parsed.GetValue(DryRun), Undo: parsed.GetValue(undo)), undo, DryRun);
    }

    private static Command Reading(
        string name, string description, Func<OpsContext, ParseResult, CancellationToken, Task<JsonNode>> read)
    {
        var command = new Command(name, description);
        command.SetAction((parsed, end) => Print(parsed, async () =>
        {
            using var context = new OpsContext();
            return (await read(context, parsed, end), 0);
        }));
        return command;
    }

    private static Command Acting(
        string name, string description, Func<ParseResult, OpsRequest> request, params Option[] options)
    {
        var command = new Command(name, description);
        foreach (var option in options) command.Add(option);
        command.SetAction((parsed, end) => Print(parsed, async () =>
        {
            using var context = new OpsContext();
            return (await context.Client.Send(request(parsed), end), 0);
        }));
        return command;
    }

    private static async Task<int> Print(ParseResult parsed, Func<Task<(JsonNode Result, int ExitCode)>> run)
    {
        try
        {
            var (result, exitCode) = await run();
            await Console.Out.WriteLineAsync(
                parsed.GetValue(AsJson) ? OpsReport.Json(result) : OpsReport.Text(result));
            return exitCode;
        }
        catch (OpsException refused)
        {
            await Console.Error.WriteLineAsync(refused.Message);
        }
        catch (OptionsValidationException invalid)
        {
            foreach (var failure in invalid.Failures) await Console.Error.WriteLineAsync(failure);
        }
        catch (DbException failure)
        {
            await Console.Error.WriteLineAsync($"The database can't be read: {failure.Message}");
        }

        return 1;
    }
}
