using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo;

/// <summary>A page that follows a session waits while the database is down, and then reconnects.</summary>
public sealed class LiveViewOutageTests
{
    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_stream_ends_and_can_be_opened_again_while_the_session_cannot_be_read()
    {
        using var server = PostgreSqlServer.Start();
        using var folder = new TemporaryFolder();
        var settings = Databases.SettingsOf(server);
        TestSession session;
        await using (var before = await ServiceHost.Start(folder.Path, settings))
        {
            var api = new Api(before.Http);
            session = await api.NewSession(await api.CreateWidget());
        }

        // This node has to read the session first.
        await using var host = await ServiceHost.Start(folder.Path, settings);
        server.Crash();
        await using (var stream = await EventStream.Open(host.Http, session)) Assert.Null(await stream.Next());

        server.Restart();
        await using var back = await EventStream.Open(host.Http, session);
        Assert.Equal("CREATED", (await back.Next())?.Status);
    }
}
