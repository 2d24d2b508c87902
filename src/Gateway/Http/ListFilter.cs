using Bleepay.Gateway.Http.Json;
using Bleepay.Grains;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Http;

/// <summary>The parameters of a list's query that are texts.</summary>
internal static class ListFilter
{
    /// <summary>The parameter, or null; what can't be used is added to the errors.</summary>
    /// <param name="check">Returns what is wrong with the text, or null.</param>
    public static string? Read(
        IQueryCollection query, string name, Func<string, string?> check, List<FieldError> errors)
    {
        if (!query.TryGetValue(name, out var values)) return null;
        var problem = values is not [{ } value] ? "must be given once"
            : value.Any(char.IsControl) ? "must not hold control characters"
            : check(value);
        if (problem is null) return values[0];
        errors.Add(new(name, problem));
        return null;
    }

    /// <summary>The parameter as a value of the enum, or null; any other word is added to the errors.</summary>
    public static T? ReadWord<T>(IQueryCollection query, string name, List<FieldError> errors)
        where T : struct, Enum
    {
        T? value = null;
        Read(
            query, name,
            word => (value = ApiWords.Parse<T>(word)) is null
                ? $"must be one of {string.Join(", ", ApiWords.Of<T>())}"
                : null,
            errors);
        return value;
    }
}
