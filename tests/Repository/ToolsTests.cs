using Bleepay.Tests.Grains.Sessions;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Bleepay.Tests.Repository;

/// <summary>A test whose tool is missing never passes: it is skipped, or on CI it fails.</summary>
public sealed class ToolsTests
{
    [Theory]
    [InlineData(null, null, false)]
    [InlineData("false", null, false)]
    [InlineData("true", null, true)]
    [InlineData("True", "yes", true)]
    [InlineData("true", "no", false)]
    [InlineData(null, "no", false)]
    public void Only_CI_that_may_install_must_have_every_tool(string? ci, string? mayInstall, bool must) =>
        Assert.Equal(must, Tools.MustBeInstalled(name => name switch
        {
            "CI" => ci,
            "CI_INSTALL" => mayInstall,
            _ => null,
        }));

    [Fact]
    public void Every_tool_has_instructions_to_install_it() =>
        Assert.All(Enum.GetValues<Tool>(), tool => Assert.Contains(":", Tools.ToInstall(tool)));

    [Fact]
    public void A_skipped_test_names_exactly_the_missing_tools()
    {
        var missing = Enum.GetValues<Tool>().Where(tool => !Tools.IsInstalled(tool)).ToList();

        var reason = Tools.WhyMissing(Enum.GetValues<Tool>());

        Assert.Equal(missing.Count == 0, reason is null);
        Assert.All(Enum.GetValues<Tool>(), tool => Assert.Equal(
            missing.Contains(tool), reason?.Contains(Tools.ToInstall(tool), StringComparison.Ordinal) == true));
    }

    [Fact]
    public void A_missing_database_skips_its_row_and_no_other()
    {
        var type = Reflector.Wrap(typeof(SessionExpiryTests));
        var method = type.GetMethod(nameof(SessionExpiryTests.A_cancelled_session_is_no_longer_a_reminder), false);
        var assembly = new TestAssembly(Reflector.Wrap(type.Type.Assembly));
        var test = new TestMethod(new TestClass(new TestCollection(assembly, null, "rows"), type), method);
        var theory = method.GetCustomAttributes(typeof(TheoryAttribute)).Single();

        var rows = new DatabaseRows(new NullMessageSink(), () => "needs it")
            .Discover(new ByDefault(), test, theory)
            .ToDictionary(row => (string)row.TestMethodArguments[0], row => row.SkipReason);

        Assert.Equal(2, rows.Count);
        Assert.Null(rows[Databases.Sqlite]);
        Assert.Equal("needs it", rows[Databases.PostgreSql]);
    }

    /// <summary>xunit's own options without any set.</summary>
    private sealed class ByDefault : ITestFrameworkDiscoveryOptions
    {
        public TValue GetValue<TValue>(string name) => default!;

        public void SetValue<TValue>(string name, TValue value)
        {
        }
    }
}
