using System.Globalization;
using System.Text.RegularExpressions;
using Canary.Contracts.Deploying;
using Canary.Failures;
using Canary.Packager.Builders.Fpm;
using Canary.Packager.Deb;
using Canary.Packager.MaintainerScripts;
using Canary.Packager.Output;
using Canary.Packager.Placement;
using Canary.Packager.Services;
using Keys = System.Collections.Generic.Dictionary<
    string,
    System.Func<
        Canary.Packager.Metadata.PackageMetadata,
        Canary.Metadata.MetadataNode,
        Canary.Packager.Metadata.PackageMetadata
    >
>;

namespace Canary.Packager.Metadata;

/// <summary>The keys of <c>canary.yml</c> and <c>fpm.json</c>, each with what it sets.</summary>
internal static partial class MetadataKeys
{
    /// <summary>That Linux takes (PATH_MAX).</summary>
    private const int LongestPath = 4096;

    private static readonly TimeSpan LongestSoak = TimeSpan.FromDays(7);

    private static readonly TimeSpan LongestHealthTimeout = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LongestSmoke = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LongestPreDeploy = TimeSpan.FromHours(24);

    private static readonly TimeSpan LongestGrace = TimeSpan.FromHours(1);

    /// <summary>Keys below <c>scripts</c>.</summary>
    public static readonly Keys Scripts = new(StringComparer.Ordinal)
    {
        ["pre-install"] = Script("preinst"),
        ["post-install"] = Script("postinst"),
        ["pre-remove"] = Script("prerm"),
        ["post-remove"] = Script("postrm"),
    };

    /// <summary>Keys below <c>health</c>.</summary>
    public static readonly Keys Health = new(StringComparer.Ordinal)
    {
        ["command"] = (m, node) => WithHealth(m, health => health with { Command = Command(node) }),
        ["http"] = (m, node) => WithHealth(m, health => health with { Http = HealthAddress(node.AsText("http")) }),
        ["units"] = (m, node) => WithHealth(m, health => health with { Units = ServiceKeys.HealthUnits(node) }),
        ["timeout"] = (m, node) =>
            WithHealth(
                m,
                health => health with { Timeout = Duration(node, "timeout", LongestHealthTimeout, zero: false) }
            ),
        ["grace"] = (m, node) =>
            WithHealth(m, health => health with { Grace = Duration(node, "grace", LongestGrace, zero: true) }),
    };

    /// <summary>Keys below <c>rollout</c>.</summary>
    public static readonly Keys Rollout = new(StringComparer.Ordinal)
    {
        ["soak"] = (m, node) =>
            m with
            {
                Plan = m.Plan with { Soak = Duration(node, "soak", LongestSoak, zero: true) },
            },
        ["promotion"] = (m, node) =>
            m with
            {
                Plan = m.Plan with { Promotion = OneOf<PromotionPolicy>(node, "promotion") },
            },
        ["waves"] = (m, node) => m with { Plan = m.Plan with { Waves = Waves(node) } },
        ["windows"] = (m, node) => m with { Plan = m.Plan with { Windows = Windows(node) } },
        ["wave-soak"] = (m, node) =>
            m with
            {
                Plan = m.Plan with { WaveSoak = Duration(node, "wave-soak", LongestSoak, zero: true) },
            },
        ["max-unavailable"] = (m, node) =>
            m with
            {
                Plan = m.Plan with { MaxUnavailable = HostsOrShare(node, "max-unavailable") },
            },
        ["spread"] = (m, node) => m with { Plan = m.Plan with { Spread = Spread(node.AsText("spread")) } },
        ["phased"] = (m, node) => m with { Plan = m.Plan with { Phased = YesOrNo(node, "phased") } },
        ["failure-budget"] = (m, node) =>
            m with
            {
                Plan = m.Plan with { FailureBudget = HostsOrShare(node, "failure-budget") },
            },
        ["on-wave-failure"] = (m, node) => m with { Plan = m.Plan with { OnWaveFailure = WaveFailure(node) } },
        ["on-alarm"] = (m, node) => m with { Plan = m.Plan with { OnAlarm = OnAlarm(node) } },
        ["watch"] = (m, node) =>
            m with
            {
                Plan = m.Plan with { Watch = Duration(node, "watch", LongestSoak, zero: true) },
            },
    };

    /// <summary>Keys below <c>smoke</c>.</summary>
    public static readonly Keys Smoke = new(StringComparer.Ordinal)
    {
        ["command"] = (m, node) => WithSmoke(m, smoke => smoke with { Command = Command(node) }),
        ["time-limit"] = (m, node) =>
            WithSmoke(m, smoke => smoke with { TimeLimit = Duration(node, "time-limit", LongestSmoke, zero: false) }),
    };

    /// <summary>Keys below <c>pre-deploy</c>.</summary>
    public static readonly Keys PreDeploy = new(StringComparer.Ordinal)
    {
        ["time-limit"] = (m, node) =>
            m with
            {
                PreDeployTimeLimit = Duration(node, "time-limit", LongestPreDeploy, zero: false),
            },
    };

    /// <summary>Keys of <c>canary.yml</c>.</summary>
    public static readonly Keys CanaryYml = new(StringComparer.Ordinal)
    {
        ["name"] = (m, node) => m with { Name = DebianRules.Name(node.AsText("name")) },
        ["version"] = (m, node) => m with { Version = DebianRules.Version(node.AsText("version")) },
        ["description"] = (m, node) => m with { Description = DebianRules.Description(node.AsText("description")) },
        ["maintainer"] = (m, node) => m with { Maintainer = DebianRules.Maintainer(node.AsText("maintainer")) },
        ["license"] = (m, node) => m with { License = DebianRules.Line(node.AsText("license"), "license") },
        ["homepage"] = (m, node) => m with { Homepage = DebianRules.Homepage(node.AsText("homepage")) },
        ["section"] = (m, node) => m with { Section = DebianRules.Section(node.AsText("section")) },
        ["architecture"] = (m, node) => m with { Architecture = DebianRules.Architecture(node.AsText("architecture")) },
        ["multi-arch"] = (m, node) => m with { MultiArch = DebianRules.MultiArch(node.AsText("multi-arch")) },
        ["pre-depends"] = (m, node) =>
            m with
            {
                PreDepends = DebianRules.Relations(node.AsTexts("pre-depends"), "pre-depends"),
            },
        ["depends"] = (m, node) => m with { Depends = DebianRules.Relations(node.AsTexts("depends"), "depends") },
        ["recommends"] = (m, node) =>
            m with
            {
                Recommends = DebianRules.Relations(node.AsTexts("recommends"), "recommends"),
            },
        ["suggests"] = (m, node) => m with { Suggests = DebianRules.Relations(node.AsTexts("suggests"), "suggests") },
        ["enhances"] = (m, node) => m with { Enhances = DebianRules.Relations(node.AsTexts("enhances"), "enhances") },
        ["breaks"] = (m, node) => m with { Breaks = DebianRules.Relations(node.AsTexts("breaks"), "breaks") },
        ["conflicts"] = (m, node) =>
            m with
            {
                Conflicts = DebianRules.Relations(node.AsTexts("conflicts"), "conflicts"),
            },
        ["provides"] = (m, node) => m with { Provides = DebianRules.Relations(node.AsTexts("provides"), "provides") },
        ["replaces"] = (m, node) => m with { Replaces = DebianRules.Relations(node.AsTexts("replaces"), "replaces") },
        ["prefix"] = (m, node) => m with { Prefix = DebianRules.Prefix(node.AsText("prefix")) },
        ["exclude"] = (m, node) => m with { Exclude = Globs(node) },
        [BuildOutputSection.Key] = (m, node) =>
            OutputKeys.WithInclude(
                Apply(m, node.AsMap(BuildOutputSection.Key), OutputKeys.All, BuildOutputSection.Key),
                node
            ),
        ["conffiles"] = (m, node) => m with { Conffiles = Paths(node, "conffiles") },
        ["files"] = (m, node) => m with { Files = PlacedFileKeys.Read(node, m) },
        ["scripts"] = (m, node) => Apply(m, node.AsMap("scripts"), Scripts, "scripts"),
        ["services"] = ServiceKeys.Services,
        ["units"] = ServiceKeys.Units,
        ["rm-conffiles"] = SystemKeys.RemovedConffiles,
        ["triggers"] = SystemKeys.Triggers,
        ["alternatives"] = SystemKeys.Alternatives,
        ["compression"] = (m, node) => m with { Compression = OneOf<Compression>(node, "compression") },
        ["role"] = (m, node) => m with { Plan = m.Plan with { Role = Roles(node) } },
        ["health"] = (m, node) => OneCheck(Apply(m, node.AsMap("health"), Health, "health"), node),
        ["smoke"] = (m, node) => WithCommand(Apply(m, node.AsMap("smoke"), Smoke, "smoke"), node),
        ["pre-deploy"] = (m, node) => Apply(m, node.AsMap("pre-deploy"), PreDeploy, "pre-deploy"),
        ["rollout"] = (m, node) => Apply(m, node.AsMap("rollout"), Rollout, "rollout"),
    };

    /// <summary>Keys of <c>fpm.json</c>, named after fpm's options.</summary>
    public static readonly Keys FpmJson = new(StringComparer.Ordinal)
    {
        ["name"] = CanaryYml["name"],
        ["version"] = CanaryYml["version"],
        ["description"] = CanaryYml["description"],
        ["maintainer"] = CanaryYml["maintainer"],
        ["license"] = CanaryYml["license"],
        ["url"] = CanaryYml["homepage"],
        ["category"] = CanaryYml["section"],
        ["architecture"] = (m, node) =>
            m with
            {
                // fpm's own word for what its machine is.
                Architecture =
                    node.AsText("architecture").Text == "native"
                        ? null
                        : DebianRules.ForeignArchitecture(node.AsText("architecture")),
            },
        ["depends"] = CanaryYml["depends"],
        ["deb-pre-depends"] = CanaryYml["pre-depends"],
        ["deb-recommends"] = CanaryYml["recommends"],
        ["deb-suggests"] = CanaryYml["suggests"],
        ["conflicts"] = CanaryYml["conflicts"],
        ["provides"] = CanaryYml["provides"],
        ["replaces"] = CanaryYml["replaces"],
        ["prefix"] = CanaryYml["prefix"],
        ["exclude"] = CanaryYml["exclude"],
        ["config-files"] = CanaryYml["conffiles"],
        ["before-install"] = Scripts["pre-install"],
        ["after-install"] = Scripts["post-install"],
        ["before-remove"] = Scripts["pre-remove"],
        ["after-remove"] = Scripts["post-remove"],
    };

    /// <summary>Reads a whole <c>canary.yml</c>: every key must be known.</summary>
    public static PackageMetadata ReadCanaryYml(string file, MapNode root) =>
        Apply(new PackageMetadata { Source = file }, root, CanaryYml, "");

    /// <summary>Reads a whole <c>fpm.json</c>: what is not known, and what is empty, is passed over.</summary>
    public static PackageMetadata ReadFpmJson(string file, MapNode root)
    {
        var metadata = new PackageMetadata { Source = file };
        var ignored = new List<string>();
        var fpmOnly = new Dictionary<string, MetadataNode>(StringComparer.Ordinal);
        var faults = new List<CanaryException>();
        foreach (var entry in root.Entries)
        {
            if (FpmJson.TryGetValue(entry.Key.Replace('_', '-'), out var set))
            {
                var before = metadata;
                metadata =
                    entry.Value is EmptyNode
                        ? metadata
                        : MetadataFaults.Collect(faults, () => set(before, entry.Value)) ?? metadata;
            }
            else
            {
                ignored.Add(entry.Key);
                if (FpmExtras.Keys.Contains(entry.Key.Replace('_', '-')) && entry.Value is not EmptyNode)
                {
                    fpmOnly[entry.Key.Replace('_', '-')] = entry.Value;
                }
            }
        }

        MetadataFaults.ThrowIfAny(faults, metadata);
        return metadata with { IgnoredKeys = ignored, FpmOnly = fpmOnly };
    }

    private static PackageMetadata Apply(PackageMetadata metadata, MapNode map, Keys keys, string parent)
    {
        var faults = new List<CanaryException>();
        foreach (var entry in map.Entries)
        {
            var before = metadata;
            metadata = MetadataFaults.Collect(faults, () => Apply(before, entry, keys, parent)) ?? metadata;
        }

        MetadataFaults.ThrowIfAny(faults, metadata);
        return metadata;
    }

    private static PackageMetadata Apply(PackageMetadata metadata, MetadataEntry entry, Keys keys, string parent)
    {
        if (!keys.TryGetValue(entry.Key, out var set))
        {
            throw Unknown(entry, keys, parent);
        }

        return entry.Value is EmptyNode
            ? throw entry.Value.Wrong(entry.Key, "has no value", $"Give it a value, or remove `{entry.Key}`.")
            : set(metadata, entry.Value);
    }

    private static CanaryException Unknown(MetadataEntry entry, Keys keys, string parent)
    {
        var elsewhere = new (string Name, Keys Keys)[]
        {
            ("", CanaryYml),
            (BuildOutputSection.Key, OutputKeys.All),
            ("scripts", Scripts),
            ("health", Health),
            ("rollout", Rollout),
            ("pre-deploy", PreDeploy),
            ("smoke", Smoke),
        }.FirstOrDefault(group => group.Keys.ContainsKey(entry.Key));
        var remedy = elsewhere.Keys is not null
            ? elsewhere.Name.Length > 0
                ? $"`{entry.Key}` belongs below `{elsewhere.Name}`."
                : $"`{entry.Key}` belongs at the top of the file, not below `{parent}`."
            : Nearest.To(entry.Key, keys.Keys) is { } nearest
                ? $"Did you mean `{nearest}`?"
                : $"The keys here are {string.Join(", ", keys.Keys)}.";
        var place = parent.Length > 0 ? $" below `{parent}`" : "";
        return new TextNode(entry.Where, entry.Key).Invalid(
            "key",
            $"is not known{place}",
            remedy,
            PackagerCodes.MetadataUnknownKey
        );
    }

    private static Func<PackageMetadata, MetadataNode, PackageMetadata> Script(string debianName) =>
        (metadata, node) =>
            metadata with
            {
                Scripts = new Dictionary<string, string>(metadata.Scripts)
                {
                    [debianName] = RelativePath(node.AsText(debianName), "script"),
                },
            };

    private static PackageMetadata WithHealth(PackageMetadata metadata, Func<HealthCheck, HealthCheck> change) =>
        metadata with
        {
            Plan = metadata.Plan with { Health = change(metadata.Plan.Health ?? new HealthCheck()) },
        };

    private static PackageMetadata WithSmoke(PackageMetadata metadata, Func<SmokeCommand, SmokeCommand> change) =>
        metadata with
        {
            Plan = metadata.Plan with { Smoke = change(metadata.Plan.Smoke ?? new SmokeCommand { Command = [] }) },
        };

    private static PackageMetadata WithCommand(PackageMetadata metadata, MetadataNode node) =>
        metadata.Plan.Smoke is { Command.Count: > 0 }
            ? metadata
            : throw node.Wrong(
                "smoke",
                "has no command",
                "Write `command: [PROGRAM, ARGUMENT]`, a program that exits with 0."
            );

    private static IReadOnlyList<string> Windows(MetadataNode node) =>
        [
            .. node.AsTexts("windows")
                .Select(window =>
                    Window().IsMatch(window.Text)
                        ? window.Text
                        : throw window.Invalid(
                            "windows",
                            "is no window",
                            "Write days, times and a time zone, such as `mon-fri 09:00-16:00 Europe/Berlin`."
                        )
                ),
        ];

    /// <summary>Which time zones there are, the deployer knows.</summary>
    [GeneratedRegex(@"\A[A-Za-z,-]+ +([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)( +[A-Za-z0-9_+/-]+)?\z")]
    private static partial Regex Window();

    private static PackageMetadata OneCheck(PackageMetadata metadata, MetadataNode node) =>
        metadata.Plan.Health is { } health
        && (health.Command is not null, health.Http is not null, health.Units is not null)
            is
                (true, false, false)
                or
                (false, true, false)
                or
                (false, false, true)
            ? metadata
            : throw node.Wrong(
                "health",
                "needs exactly one of `command`, `http` and `units`",
                "Write `command: [PROGRAM, ARGUMENT]` for a program that exits with 0, `http: http://${address}/…` for "
                    + "an address that answers with 2xx, or `units: true` for the services of the package."
            );

    private static IReadOnlyList<string> Command(MetadataNode node)
    {
        if (node is TextNode text && text.Text.Any(char.IsWhiteSpace))
        {
            throw text.Invalid(
                "command",
                "holds a program and arguments in one text",
                $"No shell takes it apart. Write a list: `command: [{string.Join(", ", text.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}]`."
            );
        }

        IReadOnlyList<string> command = [.. node.AsTexts("command").Select(part => part.Text)];
        return command is [{ Length: > 0 }, ..] && !command.Any(part => part.Contains('\0', StringComparison.Ordinal))
            ? command
            : throw node.Wrong("command", "names no program", "Write `command: [PROGRAM, ARGUMENT]`.");
    }

    private static string HealthAddress(TextNode node)
    {
        // What the deployer fills in, ${port} for one, may stand anywhere; 1 fits everywhere.
        var filled = Regex.Replace(node.Text, @"\$\{[A-Za-z0-9_.-]+\}", "1");
        return
            Uri.TryCreate(filled, UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            && uri.Host.Length > 0
            && !node.Text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))
            ? node.Text
            : throw node.Invalid("http", "is no web address", "Write for example `http://${address}:${port}/health`.");
    }

    private static string Roles(MetadataNode node) =>
        node.AsTexts("role") is { Count: > 0 } roles
            ? string.Join(',', roles.Select(Role).Distinct(StringComparer.Ordinal))
            : throw node.Wrong("role", "names none", "Write for example `role: web` or `role: [web, worker]`.");

    private static string Role(TextNode node) =>
        node.Text.Length is > 0 and <= 63
        && node.Text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
        && node.Text[0] != '-'
            ? node.Text
            : throw node.Invalid(
                "role",
                "is no role",
                "Write up to 63 lower-case letters, digits and '-', such as `fe`."
            );

    public static TimeSpan Duration(MetadataNode node, string key, TimeSpan longest, bool zero)
    {
        var text = node.AsText(key);
        return !Durations.TryParse(text.Text, out var duration)
                ? throw text.Invalid(key, "is no duration", "Write for example `30s`, `5m`, `1h30m` or `2d`.")
            : duration > longest || (duration == TimeSpan.Zero && !zero)
                ? throw text.Invalid(
                    key,
                    "is out of range",
                    $"Choose a time {(zero ? "from 0s" : "above 0s")} to {longest.TotalMinutes.ToString(CultureInfo.InvariantCulture)}m."
                )
            : duration;
    }

    public static T OneOf<T>(MetadataNode node, string key)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(name => name.ToLowerInvariant()).ToList();
        var text = node.AsText(key);
        return names.Contains(text.Text, StringComparer.Ordinal)
            ? Enum.Parse<T>(text.Text, ignoreCase: true)
            : throw text.Invalid(key, "is not one of the choices", $"Write one of {string.Join(", ", names)}.");
    }

    private static IReadOnlyList<string> Waves(MetadataNode node)
    {
        var waves = node.AsTexts("waves");
        var before = (IsShare: false, Value: 0);
        foreach (var wave in waves)
        {
            if (IsTag(wave.Text))
            {
                continue;
            }

            if (!TryShare(wave.Text, out var value, out var isShare) || value == 0)
            {
                throw wave.Invalid(
                    "waves",
                    "is neither a number of hosts, nor a share, nor a tag",
                    "Write what each wave goes up to, all before it included: `waves: [1, 25%, zone=a, 100%]`."
                );
            }

            if (isShare == before.IsShare ? value <= before.Value : before.IsShare)
            {
                throw wave.Invalid(
                    "waves",
                    "does not go beyond the wave before it",
                    "Waves are cumulative and grow, numbers before shares: `waves: [1, 25%, 100%]`."
                );
            }

            before = (isShare, value);
        }

        return before == (true, 100) && !IsTag(waves[^1].Text)
            ? [.. waves.Select(wave => wave.Text)]
            : throw node.Wrong("waves", "does not end with 100%", "End the list with `100%`: all of production.");
    }

    private static WaveFailurePolicy WaveFailure(MetadataNode node)
    {
        var text = node.AsText("on-wave-failure");
        return text.Text switch
        {
            "roll-back" => WaveFailurePolicy.RollBack,
            "pause" => WaveFailurePolicy.Pause,
            _ => throw text.Invalid("on-wave-failure", "is not one of the choices", "Write one of roll-back, pause."),
        };
    }

    private static AlarmPolicy OnAlarm(MetadataNode node)
    {
        var text = node.AsText("on-alarm");
        return text.Text switch
        {
            "roll-back" => AlarmPolicy.RollBack,
            "pause" => AlarmPolicy.Pause,
            "tell" => AlarmPolicy.Tell,
            _ => throw text.Invalid("on-alarm", "is not one of the choices", "Write one of roll-back, pause, tell."),
        };
    }

    private static string HostsOrShare(MetadataNode node, string key)
    {
        var text = node.AsText(key);
        return TryShare(text.Text, out _, out _)
            ? text.Text
            : throw text.Invalid(
                key,
                "is neither a number of hosts nor a share",
                $"Write for example `{key}: 1` or `{key}: 10%`."
            );
    }

    private static string Spread(TextNode node) =>
        IsTag($"{node.Text}=x")
            ? node.Text
            : throw node.Invalid("spread", "is not the name of a tag", "Write for example `spread: zone`.");

    public static bool YesOrNo(MetadataNode node, string key)
    {
        var text = node.AsText(key);
        return text.Text switch
        {
            "true" => true,
            "false" => false,
            _ => throw text.Invalid(key, "is neither true nor false", $"Write `{key}: true`."),
        };
    }

    /// <summary>Whether it is what the inventory may say of a host, such as <c>zone=a</c>.</summary>
    private static bool IsTag(string text) => HostTag().IsMatch(text);

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,62}=[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z")]
    private static partial Regex HostTag();

    private static bool TryShare(string text, out int value, out bool isShare)
    {
        isShare = text.EndsWith('%');
        return int.TryParse(isShare ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && (!isShare || value <= 100);
    }

    private static IReadOnlyList<string> Globs(MetadataNode node) =>
        [
            .. PathGlobs
                .Listed(node, "exclude")
                .Select(glob =>
                    PathGlobs.Fault(glob.Text) is { } fault
                        ? throw glob.Invalid("exclude", fault, "Write patterns such as `tests/**` or `*.md`.")
                        : glob.Text
                ),
        ];

    private static IReadOnlyList<string> Paths(MetadataNode node, string key) =>
        [.. node.AsTexts(key).Select(path => RelativePath(path, key))];

    public static string RelativePath(TextNode node, string key)
    {
        if (node.Text.Length > LongestPath)
        {
            throw node.Invalid(key, $"is longer than {LongestPath}", "Write the path of a file of the repository.");
        }

        var parts = node.Text.Split('/').Where(part => part is not ("" or ".")).ToList();
        return
            parts.Count > 0
            && !node.Text.StartsWith('/')
            && !parts.Contains("..")
            && !node.Text.Any(char.IsControl)
            && node.Text.Trim() == node.Text
            ? string.Join('/', parts)
            : throw node.Invalid(
                key,
                "is no path within the repository",
                "Write it relative to the repository's root, without `..`, such as `config/shop.ini`."
            );
    }
}
