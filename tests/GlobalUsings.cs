global using Xunit;

// Rows of databases are skipped one by one, which xunit's own theory can't.
global using TheoryAttribute = Bleepay.Tests.Harness.DatabaseTheoryAttribute;
