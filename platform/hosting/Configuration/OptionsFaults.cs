using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Canary.Hosting.Configuration;

/// <summary>
/// All that is wrong with options that are bound: by their annotations, those of nested options too, and by their own
/// rules. <see cref="Validator"/> would keep the second back while there is one of the first.
/// </summary>
internal static class OptionsFaults
{
    /// <summary>Every fault, with its key in the configuration file.</summary>
    /// <param name="options">The options.</param>
    /// <param name="section">Their section.</param>
    public static IReadOnlyList<string> Of(object options, string section)
    {
        var prefix = section.Replace(':', '.');
        return [.. ByAnnotation(options, prefix), .. ByRule(options, prefix)];
    }

    private static IEnumerable<string> ByAnnotation(object options, string prefix)
    {
        foreach (var property in KnownSettings.In(options.GetType()))
        {
            var key = $"{prefix}.{KnownSettings.Kebab(property.Name)}";
            var value = property.GetValue(options);
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>())
            {
                if (!rule.IsValid(value))
                {
                    yield return $"{key}: {Words(rule, property, value)}";
                }
            }

            foreach (var (place, section) in SectionsIn(property, value))
            {
                foreach (var fault in ByAnnotation(section, key + place))
                {
                    yield return fault;
                }
            }
        }
    }

    /// <summary>The options below an option: itself, or the items of a list, each with its place.</summary>
    private static IEnumerable<(string Place, object Section)> SectionsIn(PropertyInfo property, object? value)
    {
        if (value is not null && SettingValue.IsSection(property.PropertyType))
        {
            return [("", value)];
        }

        return
            value is IEnumerable items
            && SettingValue.ElementOf(property.PropertyType) is { } element
            && SettingValue.IsSection(element)
            ? items.Cast<object>().Select((item, index) => ($"[{index}]", item))
            : [];
    }

    private static string Words(ValidationAttribute rule, PropertyInfo property, object? value) =>
        rule switch
        {
            RequiredAttribute => "it must not be empty.",
            RangeAttribute => SettingValue.IsNot(value!, property.PropertyType, property),
            UrlAttribute => $"'{value}' is not an address such as https://canary.example.org.",
            _ => rule.FormatErrorMessage(KnownSettings.Kebab(property.Name)),
        };

    private static IEnumerable<string> ByRule(object options, string prefix) =>
        options is IValidatableObject rules
            ? rules
                .Validate(new ValidationContext(options))
                .Where(fault => fault != ValidationResult.Success)
                .Select(fault => $"{KeyOf(prefix, fault.MemberNames.FirstOrDefault())}: {fault.ErrorMessage}")
            : [];

    private static string KeyOf(string prefix, string? member) =>
        member is null ? prefix : $"{prefix}.{KnownSettings.Kebab(member)}";
}
