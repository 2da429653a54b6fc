using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Canary.Hosting.Configuration;

/// <summary>Refuses settings that nothing reads: a mistyped key would otherwise be ignored in silence.</summary>
internal sealed partial class KnownSettings
{
    private readonly List<(string[] Path, Type Type)> _sections = [];

    public void Add(string section, Type options) => _sections.Add((section.Split(':'), options));

    /// <summary>Checks every setting.</summary>
    /// <exception cref="CanaryException">One is not known; says which are.</exception>
    public void Check(IConfiguration configuration)
    {
        foreach (var (key, value) in configuration.AsEnumerable())
        {
            if (value is not null && !key.StartsWith("OTEL_", StringComparison.Ordinal))
            {
                Check(key.Split(':'));
            }
        }
    }

    private void Check(string[] key)
    {
        var candidates = _sections.Where(section => StartsWith(key, section.Path)).ToList();
        if (candidates.Exists(section => IsKnown(section.Type, key.AsSpan(section.Path.Length))))
        {
            return;
        }

        var known =
            candidates.Count > 0
                ? candidates.SelectMany(section => Settings(section.Type).Select(property => Kebab(property.Name)))
                : _sections.Select(section => section.Path[0]);
        throw new CanaryException(
            "setting-unknown",
            $"There is no setting '{string.Join('.', key)}'.",
            $"Correct its name. Known here: {string.Join(", ", known.Distinct().Order(StringComparer.Ordinal))}."
        );
    }

    private static bool IsKnown(Type type, ReadOnlySpan<string> path)
    {
        if (path.IsEmpty)
        {
            return true;
        }

        if (ElementOf(type) is { } element)
        {
            return IsKnown(element, path[1..]);
        }

        foreach (var property in Settings(type))
        {
            if (property.Name.Equals(path[0], StringComparison.OrdinalIgnoreCase))
            {
                return IsKnown(property.PropertyType, path[1..]);
            }
        }

        return false;
    }

    private static IEnumerable<PropertyInfo> Settings(Type type) =>
        type == typeof(string) || type.IsValueType
            ? []
            : type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.CanWrite || ElementOf(property.PropertyType) is not null);

    /// <summary>What a list or a dictionary holds.</summary>
    private static Type? ElementOf(Type type) =>
        type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable))
            ? type.IsArray
                ? type.GetElementType()
                : type.GetGenericArguments().LastOrDefault()
            : null;

    private static bool StartsWith(string[] key, string[] section) =>
        key.Length >= section.Length
        && key.Take(section.Length).SequenceEqual(section, StringComparer.OrdinalIgnoreCase);

    /// <summary>A property's name as people write it.</summary>
    public static string Kebab(string name) => WordStart().Replace(name, "-$1").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z0-9])([A-Z])")]
    private static partial Regex WordStart();
}
