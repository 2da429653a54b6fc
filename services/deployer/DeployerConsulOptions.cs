using System.ComponentModel.DataAnnotations;

namespace Canary.Deployer;

/// <summary>What Consul knows of applications.</summary>
public sealed class DeployerConsulOptions
{
    internal const string Application = "${application}";

    /// <summary>How old the last answer may be for a rollout to start with it while Consul does not answer. Default:
    /// 5 minutes. 0: it waits for Consul.</summary>
    public TimeSpan LongestAge { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether the versions that are advertised to hosts are kept in Consul's key-value store, where Consul is
    /// configured. Default: <c>true</c>.</summary>
    public bool AdvertiseVersions { get; set; } = true;

    /// <summary>Key of the version that production shall have. Default: <c>${application}::version</c>.</summary>
    public string VersionKey { get; set; } = Application + "::version";

    /// <summary>Key of the version that canaries shall have. Default: <c>${application}::canary_version</c>.</summary>
    public string CanaryVersionKey { get; set; } = Application + "::canary_version";

    internal IEnumerable<ValidationResult> Problems()
    {
        foreach (
            var (name, key) in new[] { (nameof(VersionKey), VersionKey), (nameof(CanaryVersionKey), CanaryVersionKey) }
        )
        {
            if (!key.Contains(Application, StringComparison.Ordinal) || key.StartsWith('/'))
            {
                yield return new ValidationResult(
                    $"'{key}' must hold {Application}, and must not begin with a slash.",
                    [$"{nameof(DeployerOptions.Consul)}.{name}"]
                );
            }
        }

        if (VersionKey == CanaryVersionKey)
        {
            yield return new ValidationResult(
                "Both versions cannot have the same key.",
                [$"{nameof(DeployerOptions.Consul)}.{nameof(CanaryVersionKey)}"]
            );
        }
    }
}

/// <summary>Names in Consul that differ from the conventions.</summary>
public sealed class ApplicationConsulOptions
{
    /// <summary>Name of the service whose instances are the hosts. Default: the application's name.</summary>
    public string? Service { get; set; }

    /// <summary>Tag of production hosts. Default: <c>${application}::${role}</c>; a tag without <c>${role}</c> means any
    /// role.</summary>
    public string? ProductionTag { get; set; }

    /// <summary>Tag of canary hosts. Default: <c>${application}::${role}_canary</c>.</summary>
    public string? CanaryTag { get; set; }

    /// <summary>Key of the version that production shall have.</summary>
    public string? VersionKey { get; set; }

    /// <summary>Key of the version that canaries shall have.</summary>
    public string? CanaryVersionKey { get; set; }

    internal IEnumerable<ValidationResult> Problems()
    {
        foreach (var (name, tag) in new[] { (nameof(ProductionTag), ProductionTag), (nameof(CanaryTag), CanaryTag) })
        {
            if (tag is not null && (tag.Length == 0 || tag.Contains('`', StringComparison.Ordinal)))
            {
                yield return new ValidationResult(
                    $"'{tag}' is not a tag: it is empty or holds a backtick.",
                    [$"{nameof(ApplicationOptions.Consul)}.{name}"]
                );
            }
        }

        if (ProductionTag is not null && ProductionTag == CanaryTag)
        {
            yield return new ValidationResult(
                "Canary and production hosts cannot have the same tag.",
                [$"{nameof(ApplicationOptions.Consul)}.{nameof(CanaryTag)}"]
            );
        }
    }
}
