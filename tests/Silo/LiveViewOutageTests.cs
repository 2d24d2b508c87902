using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo;

/// <summary>A page that follows a session waits for a database that is away, and comes back by itself.</summary>
public sealed class LiveViewOutageTests
{
    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_follower_is_told_to_come_back_while_the_session_cannot_be_read()
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
