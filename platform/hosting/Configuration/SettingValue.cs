using System.Collections;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Canary.Hosting.Configuration;

/// <summary>Whether a written value is one that its option can take, and in words what it takes.</summary>
internal static class SettingValue
{
    /// <summary>Why a value cannot be read; <c>null</c>: it can.</summary>
    /// <param name="type">Type of the option, or of what its list holds.</param>
    /// <param name="property">The option; its range goes into the text.</param>
    /// <param name="value">The value as it is written.</param>
    public static string? FaultOf(Type type, PropertyInfo? property, string value)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (value.Length == 0 && (plain != type || !plain.IsValueType))
        {
            return null;
        }

        if (ElementOf(plain) is not null)
        {
            return plain.IsAssignableTo(typeof(IDictionary))
                ? $"'{value}' is a single value; names with a value each are needed."
                : $"'{value}' is a single value; a list is needed: [{value}] in a file, and on the command line the "
                    + "number of its place after the key (KEY.0).";
        }

        return TryRead(plain, value) ? null
            : IsSection(plain) ? $"'{value}' is a single value; there are settings below it."
            : IsNot(value, plain, property);
    }

    /// <summary>Says what an option takes instead.</summary>
    public static string IsNot(object value, Type type, PropertyInfo? property) =>
        string.Create(CultureInfo.InvariantCulture, $"'{value}' is not {Permitted(type, property)}.");

    /// <summary>What a list or a dictionary holds.</summary>
    public static Type? ElementOf(Type type) =>
        type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable))
            ? type.IsArray
                ? type.GetElementType()
                : type.GetGenericArguments().LastOrDefault()
            : null;

    /// <summary>Whether a type is a section with settings of its own.</summary>
    public static bool IsSection(Type type) =>
        type.IsClass && ElementOf(type) is null && !TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string));

    private static bool TryRead(Type type, string value)
    {
        // A bare number would be read as days.
        if (type == typeof(TimeSpan))
        {
            return value.Trim() is "0" || (value.Contains(':', StringComparison.Ordinal) && Converts(type, value));
        }

        return type.IsEnum
            ? Enum.GetNames(type).Contains(value.Trim(), StringComparer.OrdinalIgnoreCase)
            : Converts(type, value);
    }

    private static bool Converts(Type type, string value)
    {
        var converter = TypeDescriptor.GetConverter(type);
        if (!converter.CanConvertFrom(typeof(string)))
        {
            return false;
        }

        try
        {
            converter.ConvertFromInvariantString(value);
            return true;
        }
#pragma warning disable CA1031 // Converters throw whatever they like; all of it means that the value cannot be read.
        catch (Exception)
        {
            return false;
        }
#pragma warning restore CA1031
    }

    private static string Permitted(Type type, PropertyInfo? property)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        var kind =
            plain == typeof(bool) ? "true or false"
            : plain == typeof(TimeSpan) ? "a duration such as 00:05:00 (hours:minutes:seconds)"
            : plain == typeof(int) || plain == typeof(long) ? "a whole number"
            : plain.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(plain).Select(name => name.ToLowerInvariant()))}"
            : plain.IsPrimitive ? "a number"
            : "a value that can be read";
        return property?.GetCustomAttribute<RangeAttribute>() is { } range
            ? string.Create(CultureInfo.InvariantCulture, $"{kind} from {range.Minimum} to {range.Maximum}")
            : kind;
    }
}
