using System.Buffers;
using System.Text.RegularExpressions;
using Canary.Failures;
using Canary.Packager.Metadata;

namespace Canary.Packager.Services;

/// <summary>The keys <c>services</c> and <c>units</c>, and what stands below them.</summary>
internal static partial class ServiceKeys
{
    private const int MostServices = 50;

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    private static readonly string[] Types = ["simple", "exec", "notify", "oneshot", "forking"];

    private static readonly string[] Restarts = ["no", "on-success", "on-failure", "on-abnormal", "on-abort", "always"];

    /// <summary>Before a program they mean something, such as root's rights.</summary>
    private const string PrefixesOfSystemd = "-@:+!|";

    private static readonly SearchValues<char> ForShells = SearchValues.Create("\"'`$|&;<>()*?\\");

    /// <summary>Keys of a service.</summary>
    public static readonly Dictionary<string, Func<ServiceDefinition, MetadataNode, ServiceDefinition>> Service = new(
        StringComparer.Ordinal
    )
    {
        ["command"] = (s, node) => s with { Command = Command(node) },
        ["user"] = (s, node) => s with { User = User(node, "user") },
        ["group"] = (s, node) => s with { Group = User(node, "group") },
        ["environment"] = (s, node) => s with { Environment = Environment(node) },
        ["environment-file"] = (s, node) => s with { EnvironmentFile = EnvironmentFile(node) },
        ["working-directory"] = (s, node) => s with { WorkingDirectory = Path(node, "working-directory") },
        ["type"] = (s, node) => s with { Type = OneOf(node, "type", Types) },
        ["restart"] = (s, node) => s with { Restart = OneOf(node, "restart", Restarts) },
        ["after"] = (s, node) => s with { After = UnitNames(node, "after") },
        ["wants"] = (s, node) => s with { Wants = UnitNames(node, "wants") },
        ["requires"] = (s, node) => s with { Requires = UnitNames(node, "requires") },
        ["schedule"] = (s, node) => s with { Schedule = Schedule(node) },
        ["directories"] = (s, node) => s with { Directories = Directories(node) },
        ["writable"] = (s, node) => s with { Writable = [.. node.AsTexts("writable").Select(Absolute("writable"))] },
        ["capabilities"] = (s, node) => s with { Capabilities = Capabilities(node) },
        ["hardening"] = (s, node) => s with { Hardening = MetadataKeys.YesOrNo(node, "hardening") },
        ["enable"] = (s, node) => s with { Enable = MetadataKeys.YesOrNo(node, "enable") },
        ["start"] = (s, node) => s with { Start = MetadataKeys.YesOrNo(node, "start") },
        ["restart-on-upgrade"] = (s, node) =>
            s with
            {
                RestartOnUpgrade = MetadataKeys.YesOrNo(node, "restart-on-upgrade"),
            },
        ["stop-signal"] = (s, node) => s with { StopSignal = Matching(node, "stop-signal", Signal(), "SIGTERM") },
        ["stop-timeout"] = (s, node) => s with { StopTimeout = Timeout(node, "stop-timeout") },
        ["start-timeout"] = (s, node) => s with { StartTimeout = Timeout(node, "start-timeout") },
        ["keep-data"] = (s, node) => s with { KeepData = MetadataKeys.YesOrNo(node, "keep-data") },
    };

    /// <summary>Keys of a unit of the repository.</summary>
    public static readonly Dictionary<string, Func<UnitChoice, MetadataNode, UnitChoice>> Unit = new(
        StringComparer.Ordinal
    )
    {
        ["enable"] = (u, node) => u with { Enable = MetadataKeys.YesOrNo(node, "enable") },
        ["start"] = (u, node) => u with { Start = MetadataKeys.YesOrNo(node, "start") },
        ["restart-on-upgrade"] = (u, node) =>
            u with
            {
                RestartOnUpgrade = MetadataKeys.YesOrNo(node, "restart-on-upgrade"),
            },
    };

    /// <summary>Sets what <c>services</c> says.</summary>
    public static PackageMetadata Services(PackageMetadata metadata, MetadataNode node)
    {
        var services = new List<ServiceDefinition>();
        var faults = new List<CanaryException>();
        foreach (var entry in node.AsMap("services").Entries)
        {
            if (MetadataFaults.Collect(faults, () => ReadService(entry, faults)) is { } service)
            {
                services.Add(service);
            }
        }

        var changed = metadata with { Services = services };
        MetadataFaults.ThrowIfAny(faults, changed);
        return services.Count <= MostServices
            ? changed
            : throw node.Wrong("services", $"has more than {MostServices}", "Make several packages of it.");
    }

    /// <summary>Sets what <c>units</c> says.</summary>
    public static PackageMetadata Units(PackageMetadata metadata, MetadataNode node)
    {
        if (node is TextNode)
        {
            return metadata with { Units = new UnitChoices { Install = MetadataKeys.YesOrNo(node, "units") } };
        }

        var units = new Dictionary<string, UnitChoice>(StringComparer.Ordinal);
        var faults = new List<CanaryException>();
        foreach (var entry in node.AsMap("units").Entries)
        {
            units[entry.Key] = Read(new UnitChoice(), entry, Unit, faults);
        }

        var changed = metadata with { Units = new UnitChoices { Units = units } };
        MetadataFaults.ThrowIfAny(faults, changed);
        return changed;
    }

    /// <summary>Reads <c>units</c> below <c>health</c>; <c>true</c> gives none: they are the package's own.</summary>
    public static IReadOnlyList<string> HealthUnits(MetadataNode node) =>
        node is TextNode { Text: "true" or "false" } text
            ? text.Text == "true"
                ? []
                : throw text.Invalid("units", "says nothing", "Write `units: true`, or remove it.")
            : UnitNames(node, "units");

    private static ServiceDefinition ReadService(MetadataEntry entry, List<CanaryException> faults)
    {
        if (!ServiceKey().IsMatch(entry.Key))
        {
            throw new TextNode(entry.Where, entry.Key).Invalid(
                "service",
                "has a name that is not allowed",
                "Write up to 40 lower-case letters, digits and '-', such as `web`."
            );
        }

        var before = faults.Count;
        var service = Read(new ServiceDefinition { Key = entry.Key }, entry, Service, faults);
        var remedy =
            service.Command.Count == 0 && faults.Count == before
                ? ("has no command", "Write `command: [PROGRAM, ARGUMENT]`.")
            : service.Schedule.Count > 0 && service.Type is not (null or "oneshot")
                ? ("has a schedule and a type", "Remove `type`: what a schedule starts is a oneshot.")
            : (service.Schedule.Count > 0 || service.Type == "oneshot") && service.Restart is "always" or "on-success"
                ? ("ends by itself and would be started again at once", "Write `restart: on-failure`, or remove it.")
            : ((string, string)?)null;
        return remedy is { } wrong ? throw entry.Value.Wrong(entry.Key, wrong.Item1, wrong.Item2) : service;
    }

    private static T Read<T>(
        T start,
        MetadataEntry group,
        Dictionary<string, Func<T, MetadataNode, T>> keys,
        List<CanaryException> faults
    )
        where T : class
    {
        var result = start;
        foreach (var entry in group.Value.AsMap(group.Key).Entries)
        {
            var before = result;
            result = MetadataFaults.Collect(faults, () => Set(before, entry, group.Key, keys)) ?? result;
        }

        return result;
    }

    private static T Set<T>(
        T before,
        MetadataEntry entry,
        string parent,
        Dictionary<string, Func<T, MetadataNode, T>> keys
    ) =>
        !keys.TryGetValue(entry.Key, out var set)
            ? throw new TextNode(entry.Where, entry.Key).Invalid(
                "key",
                $"is not known below `{parent}`",
                Nearest.To(entry.Key, keys.Keys) is { } nearest
                    ? $"Did you mean `{nearest}`?"
                    : $"The keys here are {string.Join(", ", keys.Keys)}.",
                PackagerCodes.MetadataUnknownKey
            )
        : entry.Value is EmptyNode
            ? throw entry.Value.Wrong(entry.Key, "has no value", $"Give it a value, or remove `{entry.Key}`.")
        : set(before, entry.Value);

    /// <summary>One text is taken apart at its spaces, since no shell ever sees it.</summary>
    private static string[] Command(MetadataNode node)
    {
        if (node is TextNode text && text.Text.AsSpan().ContainsAny(ForShells))
        {
            throw text.Invalid(
                "command",
                "has a character that only a shell understands",
                "No shell runs it. Write a list, such as `command: [bin/serve, --port, \"80\"]`, or `command: [/bin/sh, -c, \"…\"]`."
            );
        }

        string[] command = node is TextNode line
            ? line.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            : [.. node.AsTexts("command").Select(part => part.Text)];
        return
            command is [{ Length: > 0 }, ..]
            && !command.Any(part => part.Any(char.IsControl))
            && !command[0].Split('/').Contains("..")
            && !command[0].Any(char.IsWhiteSpace)
            && !PrefixesOfSystemd.Contains(command[0][0])
            ? command
            : throw node.Wrong(
                "command",
                "names no program, or has a line break",
                "Write `command: [PROGRAM, ARGUMENT]`; the program is a file of the application or of the host."
            );
    }

    private static IReadOnlyList<(string Name, string Value)> Environment(MetadataNode node) =>
        [
            .. node.AsMap("environment")
                .Entries.Select(entry =>
                    Variable().IsMatch(entry.Key)
                        ? (entry.Key, Line(entry.Value, entry.Key))
                        : throw new TextNode(entry.Where, entry.Key).Invalid(
                            "environment",
                            "is no name of a variable",
                            "Write letters, digits and '_', such as `LOG_LEVEL`."
                        )
                ),
        ];

    private static string Line(MetadataNode node, string key)
    {
        var text = node is EmptyNode ? "" : node.AsText(key).Text;
        return text.Any(char.IsControl)
            ? throw node.Wrong(key, "has a line break or another control character", "Put it into a file.")
            : text;
    }

    private static string EnvironmentFile(MetadataNode node) =>
        node.AsText("environment-file") is var text && text.Text.StartsWith('/')
            ? Absolute("environment-file")(text)
            : MetadataKeys.RelativePath(text, "environment-file");

    private static string Path(MetadataNode node, string key)
    {
        var text = node.AsText(key);
        return text.Text == "." ? text.Text
            : text.Text.StartsWith('/') ? Absolute(key)(text)
            : MetadataKeys.RelativePath(text, key);
    }

    private static Func<TextNode, string> Absolute(string key) =>
        text =>
            AbsolutePath().IsMatch(text.Text) && !text.Text.Split('/').Contains("..")
                ? text.Text
                : throw text.Invalid(key, "is no absolute path", "Write for example `/srv/uploads`.");

    private static IReadOnlyList<string> UnitNames(MetadataNode node, string key) =>
        node.AsTexts(key) is { Count: > 0 } texts
            ?
            [
                .. texts
                    .Select(text =>
                        UnitName().IsMatch(text.Text)
                            ? text.Text
                            : throw text.Invalid(
                                key,
                                "is no name of a unit",
                                "Write it with its suffix, such as `postgresql.service`."
                            )
                    )
                    .Distinct(),
            ]
            : throw node.Wrong(key, "names none", $"Write for example `{key}: [postgresql.service]`.");

    private static IReadOnlyList<string> Schedule(MetadataNode node) =>
        node.AsTexts("schedule") is { Count: > 0 } texts
            ?
            [
                .. texts.Select(text =>
                    CalendarEvent().IsMatch(text.Text)
                        ? text.Text
                        : throw text.Invalid(
                            "schedule",
                            "is no calendar event",
                            "Write it as systemd.time(7) has it, such as `daily`, `*:0/15` or `Mon..Fri 03:00`; `systemd-analyze "
                                + "calendar` shows what it means."
                        )
                ),
            ]
            : throw node.Wrong("schedule", "names no time", "Write for example `schedule: daily`.");

    private static IReadOnlyList<string> Directories(MetadataNode node) =>
        node is ListNode { Items.Count: 0 }
            ? []
            :
            [
                .. node.AsTexts("directories")
                    .Select(text =>
                        ServiceUnits.Directories.Contains(text.Text)
                            ? text.Text
                            : throw text.Invalid(
                                "directories",
                                "is not one of the choices",
                                $"Write some of {string.Join(", ", ServiceUnits.Directories)}."
                            )
                    )
                    .Distinct(),
            ];

    private static IReadOnlyList<string> Capabilities(MetadataNode node) =>
        [
            .. node.AsTexts("capabilities")
                .Select(text => Matching(text, "capabilities", Capability(), "CAP_NET_BIND_SERVICE"))
                .Distinct(),
        ];

    private static string User(MetadataNode node, string key) => Matching(node, key, UserName(), "www-data");

    private static string Matching(MetadataNode node, string key, Regex pattern, string example)
    {
        var text = node.AsText(key);
        return pattern.IsMatch(text.Text)
            ? text.Text
            : throw text.Invalid(key, "is not allowed", $"Write for example `{key}: {example}`.");
    }

    private static string OneOf(MetadataNode node, string key, string[] choices)
    {
        var text = node.AsText(key);
        return choices.Contains(text.Text)
            ? text.Text
            : throw text.Invalid(key, "is not one of the choices", $"Write one of {string.Join(", ", choices)}.");
    }

    private static TimeSpan Timeout(MetadataNode node, string key) =>
        MetadataKeys.Duration(node, key, LongestTimeout, zero: false);

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9+.-]{0,39}\z")]
    private static partial Regex ServiceKey();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,99}\z")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\A[a-z_][a-z0-9_-]{0,30}\z")]
    private static partial Regex UserName();

    [GeneratedRegex(@"\ASIG[A-Z0-9+-]{2,10}\z")]
    private static partial Regex Signal();

    [GeneratedRegex(@"\ACAP_[A-Z_]{2,30}\z")]
    private static partial Regex Capability();

    [GeneratedRegex(@"\A/[^\p{Cc}\\""]{1,1000}\z")]
    private static partial Regex AbsolutePath();

    [GeneratedRegex(@"\A[A-Za-z0-9 *:,./~_+-]{1,200}\z")]
    private static partial Regex CalendarEvent();

    [GeneratedRegex(
        @"\A[A-Za-z0-9:_.@\\-]{1,200}\.(service|socket|target|timer|path|mount|automount|device|slice|scope)\z"
    )]
    private static partial Regex UnitName();
}
