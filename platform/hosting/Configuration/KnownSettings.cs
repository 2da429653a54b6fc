using System.Reflection;
using System.Text.RegularExpressions;
using Canary.Hosting.Providers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Configuration;

/// <summary>The settings that the host's options read. Refuses all others, for a mistyped key would otherwise be ignored in
/// silence, and values that the options cannot take.</summary>
internal sealed partial class KnownSettings
{
    private readonly List<Section> _sections = [];

    public void Add(string section, Type options) =>
        _sections.Add(
            new Section
            {
                Name = section,
                Path = section.Split(':'),
                Options = options,
            }
        );

    /// <summary>Checks every setting, and what the options of all services say of theirs; but none of services that run
    /// elsewhere: several hosts can share one configuration file.</summary>
    /// <exception cref="OptionsValidationException">Settings are not known or their values wrong: all of them, each with its
    /// key.</exception>
    /// <param name="configuration">All settings.</param>
    /// <param name="seams">The choices between providers.</param>
    public void Check(IConfiguration configuration, IEnumerable<ProviderSeam> seams)
    {
        var elsewhere = configuration
            .GetSection("hosting:services")
            .GetChildren()
            .Select(service => service.Key)
            .Where(name => !_sections.Exists(section => StartsWith(section.Path, [name])))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var unknown = new List<string>();
        var unreadable = new Dictionary<Section, List<string>>();
        foreach (var (key, value) in configuration.AsEnumerable().OrderBy(it => it.Key, StringComparer.Ordinal))
        {
            if (
                value is null
                || key.StartsWith("OTEL_", StringComparison.Ordinal)
                || elsewhere.Contains(key.Split(':')[0])
            )
            {
                continue;
            }

            if (Find(key.Split(':')) is not { } setting)
            {
                unknown.Add(Unknown(key.Split(':')));
            }
            else if (SettingValue.FaultOf(setting.Type, setting.Property, value) is { } fault)
            {
                unreadable.TryAdd(setting.Section, []);
                unreadable[setting.Section].Add($"{setting.Key}: {fault}");
            }
        }

        // Options that cannot be bound have no further faults yet.
        List<string> faults =
        [
            .. unknown,
            .. _sections
                .DistinctBy(section => section.Name)
                .SelectMany(section =>
                    unreadable.GetValueOrDefault(section)
                    ?? OptionsFaults.Of(Bind(configuration, section), section.Name)
                ),
            .. seams.Select(seam => FaultOf(seam, configuration[seam.Setting])).OfType<string>(),
        ];
        if (faults.Count > 0)
        {
            throw new OptionsValidationException("settings", typeof(KnownSettings), faults);
        }
    }

    /// <summary>The settings that a type of options has.</summary>
    public static IEnumerable<PropertyInfo> In(Type type) =>
        type == typeof(string) || type.IsValueType
            ? []
            : type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.CanWrite || SettingValue.ElementOf(property.PropertyType) is not null);

    /// <summary>A property's name as people write it.</summary>
    public static string Kebab(string name) => WordStart().Replace(name, "-$1").ToLowerInvariant();

    private static string? FaultOf(ProviderSeam seam, string? chosen) =>
        seam.FaultOf(chosen) is { } fault
            ? $"{string.Join('.', seam.Setting.Split(':').Select(Kebab))}: {fault}"
            : null;

    private static object Bind(IConfiguration configuration, Section section)
    {
        var options = Activator.CreateInstance(section.Options)!;
        configuration.GetSection(section.Name).Bind(options);
        return options;
    }

    private Setting? Find(string[] key) => At(key).FirstOrDefault();

    private IEnumerable<Setting> At(string[] key) =>
        _sections
            .Where(section => StartsWith(key, section.Path))
            .Select(section =>
                Find(new Setting(section, section.Options, null, Key(section.Path)), key[section.Path.Length..])
            )
            .OfType<Setting>();

    /// <summary>What is wrong with a key, and the names that are known where it left the path.</summary>
    private string Unknown(string[] key)
    {
        var length = key.Length - 1;
        while (length > 0 && NamesBelow(key[..length]).Count == 0)
        {
            length--;
        }

        return $"{Key(key)}: there is no such setting. Known here: {string.Join(", ", NamesBelow(key[..length]))}.";
    }

    private SortedSet<string> NamesBelow(string[] path) =>
        new(
            [
                .. At(path).SelectMany(setting => In(setting.Type)).Select(property => Kebab(property.Name)),
                .. _sections
                    .Where(section => section.Path.Length > path.Length && StartsWith(section.Path, path))
                    .Select(section => Kebab(section.Path[path.Length])),
            ],
            StringComparer.Ordinal
        );

    private static Setting? Find(Setting at, string[] path)
    {
        if (path is not [var name, .. var rest])
        {
            return at;
        }

        if (SettingValue.ElementOf(at.Type) is { } element)
        {
            return Find(at with { Type = element, Key = $"{at.Key}.{name}" }, rest);
        }

        var property = In(at.Type).FirstOrDefault(it => it.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return property is null
            ? null
            : Find(new Setting(at.Section, property.PropertyType, property, $"{at.Key}.{Kebab(property.Name)}"), rest);
    }

    private static string Key(string[] path) => string.Join('.', path);

    private static bool StartsWith(string[] key, string[] section) =>
        key.Length >= section.Length
        && key.Take(section.Length).SequenceEqual(section, StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex("(?<=[a-z0-9])([A-Z])")]
    private static partial Regex WordStart();

    private sealed class Section
    {
        public required string Name { get; init; }

        public required string[] Path { get; init; }

        public required Type Options { get; init; }
    }

    /// <summary>A setting that options read.</summary>
    private sealed record Setting(Section Section, Type Type, PropertyInfo? Property, string Key);
}
