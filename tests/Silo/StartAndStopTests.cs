using System.Net;
using System.Runtime.Versioning;
using Bleepay.Silo.Storage.Sqlite;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

public sealed class StartAndStopTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>The platform's own default for hosts.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task A_graceful_stop_under_load_loses_nothing_and_the_next_start_finds_all()
    {
        TestWidget widget;
        SessionLoad load;
        await using (var service = await ServiceProcess.Start(folder.Path))
        {
            widget = await service.Api.CreateWidget();
            load = new SessionLoad(widget);
            var reached = load.Reached(300);
            var running = load.Run(service.Api, 100_000);
            await reached;
            var asked = DateTimeOffset.UtcNow;

            Assert.Equal(0, await service.Stop());

            var took = DateTimeOffset.UtcNow - asked;
            Assert.InRange(took, TimeSpan.Zero, ShutdownTimeout);
            await running;
            var rows = new StoredRows(ServiceProcess.DatabaseIn(folder.Path));
            var stored = rows.Count("select count(*) from deposit_session");
            output.WriteLine($"{load.Acknowledged.Count} acknowledged, {stored} stored, {load.Refused}");
            output.WriteLine($"the stop took {took}");
        }

        Assert.All(
            load.Refusals, refusal => refusal.MustBe(HttpStatusCode.ServiceUnavailable, "unavailable"));
        await using var again = await ServiceProcess.Start(folder.Path);
        (await again.Api.Get(widget.ConfigPath, widget.Secret)).MustBeOk();
        (await again.Api.Get(widget.Path, token: Tokens.For(widget.Business))).MustBeOk();
        await Parallel.ForEachAsync(load.Acknowledged, async (session, _) =>
        {
            var read = await again.Api.Get($"/api/v1/widgets/deposit-sessions/{session.Key}", session.Value);
            Assert.Equal("CREATED", read.MustBeOk()["paymentStatus"]);
        });
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_server_key_is_made_once_in_a_file_for_its_owner_alone()
    {
        var key = ServiceProcess.DatabaseIn(folder.Path) + ".key";
        await using (await ServiceProcess.Start(folder.Path))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));

        var made = TestLog.Remember(await File.ReadAllTextAsync(key));

        await using (await ServiceProcess.Start(folder.Path))
            Assert.Equal(made, await File.ReadAllTextAsync(key));

        Assert.Equal(32, Convert.FromBase64String(made).Length);
    }

    [Fact]
    public async Task A_second_process_on_the_same_file_is_refused_with_a_reason_and_the_first_still_serves()
    {
        await using var owner = await ServiceProcess.Start(folder.Path);

        var exit = await ServiceProcess.StartInVain(folder.Path, new Dictionary<string, string?>());

        Assert.Equal(1, exit.Code);
        Assert.Contains("Another process is using", exit.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", exit.Errors + exit.Console, StringComparison.Ordinal);
        await owner.Api.CreateWidget();
    }

    [Fact]
    public async Task A_database_whose_key_file_is_gone_is_not_served_with_another_key()
    {
        await using (var first = await ServiceProcess.Start(folder.Path))
        {
            var api = first.Api;
            (await api.CreateSession(await api.CreateWidget())).MustBeOk();
        }

        File.Delete(ServiceProcess.DatabaseIn(folder.Path) + ".key");
        var exit = await ServiceProcess.StartInVain(folder.Path, new Dictionary<string, string?>());

        Assert.Equal(1, exit.Code);
        Assert.Contains("Restore the file from the backup", exit.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(ServiceProcess.DatabaseIn(folder.Path) + ".key"), "A new key was made.");
    }

    [Fact]
    public async Task A_database_of_a_newer_release_is_refused_in_plain_words()
    {
        var database = new SqliteDatabase($"Data Source={ServiceProcess.DatabaseIn(folder.Path)}");
        new SqliteSchema(database, NullLogger<SqliteSchema>.Instance).Migrate();
        using (var connection = database.Open())
        using (var command = connection.CreateCommand())
        {
            command.CommandText =
                "insert into bleepay_schema (version, name, applied_at) values (9999, 'later', '')";
            command.ExecuteNonQuery();
        }

        var exit = await ServiceProcess.StartInVain(folder.Path, new Dictionary<string, string?>());

        Assert.Equal(1, exit.Code);
        Assert.Contains("schema version 9999", exit.Errors, StringComparison.Ordinal);
        Assert.Contains("Start the release that created it, or a newer", exit.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", exit.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_may_be_files_named_like_their_variables()
    {
        var credentials = Directory.CreateDirectory(Path.Combine(folder.Path, "credentials")).FullName;
        await File.WriteAllTextAsync(Path.Combine(credentials, "Secrets__Keys__0"), "short\n");

        var exit = await ServiceProcess.StartInVain(folder.Path, new Dictionary<string, string?>
        {
            ["CREDENTIALS_DIRECTORY"] = credentials,
            ["Secrets__Keys__0"] = Convert.ToBase64String(new byte[32]),
        });

        Assert.Equal(1, exit.Code);
        Assert.Contains("Secrets__Keys__0", exit.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sessions__Lifetime", "Sessions:Lifetime")]
    [InlineData("Cluster__SiloPort", "Cluster:SiloPort")]
    public async Task A_setting_of_another_type_is_named_without_a_stack_trace(string variable, string setting)
    {
        var exit = await ServiceProcess.StartInVain(
            folder.Path, new Dictionary<string, string?> { [variable] = "abc" });

        Assert.Equal(1, exit.Code);
        Assert.Contains(setting, exit.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", exit.Errors + exit.Console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_wrong_settings_are_named_at_once_without_a_stack_trace()
    {
        var exit = await ServiceProcess.StartInVain(folder.Path, new Dictionary<string, string?>
        {
            ["Sessions__Lifetime"] = "00:00:01",
            ["Secrets__Keys__0"] = "short",
            ["Cluster__SiloPort"] = "0",
            ["Cluster__ServiceId"] = "",
            ["Chains__polygon__Confirmations"] = "0",
            ["Authentication__Schemes__Bearer__ValidAudiences__0"] = null,
        });

        Assert.Equal(1, exit.Code);
        Assert.All(
            [
                "Sessions__Lifetime", "Secrets__Keys__0", "Cluster__SiloPort", "Cluster__ServiceId",
                "Chains__polygon__Confirmations", "ValidAudiences__0",
            ],
            variable => Assert.Contains(variable, exit.Errors, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", exit.Errors + exit.Console, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();
}
