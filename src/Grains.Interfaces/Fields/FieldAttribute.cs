namespace Bleepay.Grains.Fields;

/// <summary>
/// The rule of a text field, declared on its property: what a value must be, and the bounds that the API description
/// states. On a list it is the rule of each item.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public abstract class FieldAttribute(int lengthMin, int lengthMax, string? pattern) : Attribute
{
    /// <summary>In characters.</summary>
    public int LengthMin => lengthMin;

    /// <summary>In characters.</summary>
    public int LengthMax => lengthMax;

    /// <summary>As JSON Schema has it (ECMA-262); null where the lengths are the whole rule.</summary>
    public string? Pattern => pattern;

    /// <summary>Null, or what the value must be, in words that follow the field's name.</summary>
    public abstract string? Problem(string value);
}

/// <summary>A text of 1 to this number of Unicode code points.</summary>
public sealed class TextFieldAttribute(int lengthMax) : FieldAttribute(1, lengthMax, null)
{
    public override string? Problem(string value) => FieldRules.Characters(value, LengthMin, LengthMax);
}

/// <summary>A decimal string; zero is allowed.</summary>
public sealed class AmountFieldAttribute() : FieldAttribute(1, FieldRules.AmountLengthMax, FieldRules.AmountPattern)
{
    public override string? Problem(string value) => FieldRules.AmountOrZero(value, out _);
}

/// <summary>A decimal string, 0–10.</summary>
public sealed class PercentFieldAttribute() : FieldAttribute(1, FieldRules.AmountLengthMax, FieldRules.AmountPattern)
{
    private static readonly Amount PercentMax = Amount.Parse("10");

    public override string? Problem(string value) =>
        FieldRules.AmountOrZero(value, out var percent) ?? (percent > PercentMax ? $"must be 0–{PercentMax}" : null);
}

/// <summary>As <c>currency</c> of create-session.</summary>
public sealed class CurrencyFieldAttribute()
    : FieldAttribute(FieldRules.CurrencyLengthMin, FieldRules.CurrencyLengthMax, FieldRules.CurrencyPattern)
{
    public override string? Problem(string value) => FieldRules.Currency(value);
}

/// <summary>As <c>network</c> of create-session.</summary>
public sealed class NetworkFieldAttribute()
    : FieldAttribute(FieldRules.NetworkLengthMin, FieldRules.NetworkLengthMax, FieldRules.AddressPattern)
{
    public override string? Problem(string value) => FieldRules.Network(value);
}

/// <summary>As <c>currencyAddress</c> of create-session.</summary>
public sealed class CurrencyAddressFieldAttribute()
    : FieldAttribute(0, FieldRules.CurrencyAddressLengthMax, FieldRules.AddressPattern)
{
    public override string? Problem(string value) => FieldRules.CurrencyAddress(value);
}

/// <summary>As <c>depositAddress</c> of create-session.</summary>
public sealed class DepositAddressFieldAttribute()
    : FieldAttribute(1, FieldRules.DepositAddressLengthMax, FieldRules.AddressPattern)
{
    public override string? Problem(string value) => FieldRules.DepositAddress(value);
}
