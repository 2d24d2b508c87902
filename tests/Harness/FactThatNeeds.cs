using Xunit.Abstractions;
using Xunit.Sdk;

namespace Bleepay.Tests.Harness;

/// <summary>A test that is skipped on a machine without these tools; see <see cref="Tools"/> for CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactThatNeedsAttribute : FactAttribute
{
    public FactThatNeedsAttribute(params Tool[] tools) => Skip = Tools.WhySkipped(tools);
}

/// <summary>The same for a theory, of which every row needs these tools.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer($"Bleepay.Tests.Harness.{nameof(DatabaseRows)}", "Bleepay.Tests")]
internal sealed class TheoryThatNeedsAttribute : Xunit.TheoryAttribute
{
    public TheoryThatNeedsAttribute(params Tool[] tools) => Skip = Tools.WhySkipped(tools);
}

/// <summary>
/// xunit's theory, except that rows of <see cref="OnEachDatabaseAttribute"/> are skipped one by one. GlobalUsings.cs
/// puts it in the place of xunit's own, which skips all rows of an attribute or none.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer($"Bleepay.Tests.Harness.{nameof(DatabaseRows)}", "Bleepay.Tests")]
internal sealed class DatabaseTheoryAttribute : Xunit.TheoryAttribute;

/// <summary>Skips the row of a database that this machine does not have.</summary>
/// <param name="whySkipped">Why PostgreSQL's rows are skipped; null where they run.</param>
internal sealed class DatabaseRows(IMessageSink diagnostics, Func<string?> whySkipped) : TheoryDiscoverer(diagnostics)
{
    /// <summary>For xunit.</summary>
    public DatabaseRows(IMessageSink diagnostics)
        : this(diagnostics, () => Tools.WhySkipped(Tool.PostgreSql))
    {
    }

    protected override IEnumerable<IXunitTestCase> CreateTestCasesForDataRow(
        ITestFrameworkDiscoveryOptions discoveryOptions,
        ITestMethod testMethod,
        IAttributeInfo theoryAttribute,
        object[] dataRow) =>
        dataRow is [Databases.PostgreSql, ..] && whySkipped() is { } reason
            ? CreateTestCasesForSkippedDataRow(discoveryOptions, testMethod, theoryAttribute, dataRow, reason)
            : base.CreateTestCasesForDataRow(discoveryOptions, testMethod, theoryAttribute, dataRow);
}
