using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Canary.RepositoryPublisher.Access;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Signing;

namespace Canary.RepositoryPublisher;

/// <summary>Options of the repository publisher, in the section <c>repository-publisher</c>.</summary>
public sealed partial class RepositoryPublisherOptions : IValidatableObject
{
    private const string AllArchitectures = "all";

    private static readonly string[] DefaultSuites = ["canary", "production"];
    private static readonly string[] DefaultArchitectures = ["amd64", "arm64"];

    /// <summary>Names of the signed suites. Lower-case letters, digits and hyphens. Default: <c>canary</c> and
    /// <c>production</c>. A suite that is taken out of the list stays as it is on disk and is no longer
    /// signed.</summary>
    public List<string> Suites { get; set; } = [];

    /// <summary>Architectures besides <c>all</c> that the repository has packages for. Default: <c>amd64</c> and
    /// <c>arm64</c>.</summary>
    public List<string> Architectures { get; set; } = [];

    /// <summary><c>Origin</c> of the suites, for people and for pins of their own: hosts pin the address. One line. Default: <c>Canary</c>.</summary>
    public string Origin { get; set; } = "Canary";

    /// <summary><c>Label</c> of the suites. One line. Default: <c>Canary</c>.</summary>
    public string Label { get; set; } = "Canary";

    /// <summary><c>Description</c> of the suites. One line.</summary>
    public string Description { get; set; } = "Applications deployed by Canary";

    /// <summary>User id of the signing key, used when the key is made at the first start. One line.</summary>
    public string KeyOwner { get; set; } = "Canary archive signing key";

    /// <summary>Older versions that a suite keeps listing besides the advertised one, per package: what a rollback goes
    /// back to. 1 to 1,000. Default: 5.</summary>
    public int RetainedVersions { get; set; } = 5;

    /// <summary>How long a signature is valid: a host refuses an index that is older. It is renewed when half of the
    /// time has passed. 1 hour to 10 years. Default: 7 days.</summary>
    public TimeSpan ValidFor { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long superseded indexes stay, for clients that are between two files. 1 minute to 1 year.
    /// Default: 3 days.</summary>
    public TimeSpan SupersededRetention { get; set; } = TimeSpan.FromDays(3);

    /// <summary>How long a package that no suite lists stays in the pool. What hosts of an application have or may be
    /// rolled back to stays in any case. 1 hour to 10 years. Default: 30 days.</summary>
    public TimeSpan PoolRetention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long an uploaded package waits to be published. 1 hour to 1 year. Default: 7 days.</summary>
    public TimeSpan UploadRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long what a build made is kept for the packager since it was stored or fetched last. 1 hour to 1 year. Default: 1
    /// day.</summary>
    public TimeSpan OutputRetention { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How often superseded files are removed and signatures renewed if due. 1 second to 1 day.
    /// Default: 10 minutes.</summary>
    public TimeSpan MaintenanceInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether suites have <c>Contents</c> files, by which <c>apt-file</c> finds the package that brings a file. They follow within
    /// <c>maintenance-interval</c>. Default: <c>true</c>.</summary>
    public bool Contents { get; set; } = true;

    /// <summary>Whether packages get a bill of materials beside them (SPDX 2.3), within <c>maintenance-interval</c>. Default:
    /// <c>true</c>.</summary>
    public bool Sbom { get; set; } = true;

    /// <summary>Largest package that an upload may bring, in bytes. 1 KiB or more. Default: 2 GiB.</summary>
    public long MaximumPackageSize { get; set; } = 2L << 30;

    /// <summary>Largest archive of what a build made, in bytes. 1 KiB or more. Default: 2 GiB.</summary>
    public long MaximumOutputSize { get; set; } = 2L << 30;

    /// <summary>Most that the files of a package may unpack to, in bytes. 1 KiB or more. Default: 16 GiB.</summary>
    public long MaximumUnpackedSize { get; set; } = 16L << 30;

    /// <summary>The keys that it is signed with.</summary>
    public SigningOptions Signing { get; set; } = new();

    /// <summary>Who may read it.</summary>
    public AccessOptions Access { get; set; } = new();

    /// <summary>What packages may be and do.</summary>
    public AdmissionOptions Admission { get; set; } = new();

    /// <summary>The suites in force.</summary>
    internal IReadOnlyList<string> EffectiveSuites => Suites.Count > 0 ? Suites : DefaultSuites;

    /// <summary>The architectures in force, with <c>all</c>.</summary>
    internal IReadOnlyList<string> EffectiveArchitectures =>
        Architectures.Count > 0
            ? [AllArchitectures, .. Architectures.Except([AllArchitectures])]
            : [AllArchitectures, .. DefaultArchitectures];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        [
            .. InvalidNames(nameof(Suites), Suites),
            .. InvalidText(nameof(Origin), Origin),
            .. InvalidText(nameof(Label), Label),
            .. InvalidText(nameof(Description), Description),
            .. InvalidText(nameof(KeyOwner), KeyOwner),
            .. OutOfRange(nameof(RetainedVersions), RetainedVersions, 1, 1000),
            .. OutOfRange(nameof(MaximumPackageSize), MaximumPackageSize, 1024, long.MaxValue),
            .. OutOfRange(nameof(MaximumOutputSize), MaximumOutputSize, 1024, long.MaxValue),
            .. OutOfRange(nameof(MaximumUnpackedSize), MaximumUnpackedSize, 1024, long.MaxValue),
            .. InvalidNames(nameof(Architectures), Architectures),
            .. OutOfRange(nameof(ValidFor), ValidFor, TimeSpan.FromHours(1), TimeSpan.FromDays(3650)),
            .. OutOfRange(
                nameof(SupersededRetention),
                SupersededRetention,
                TimeSpan.FromMinutes(1),
                TimeSpan.FromDays(365)
            ),
            .. OutOfRange(nameof(PoolRetention), PoolRetention, TimeSpan.FromHours(1), TimeSpan.FromDays(3650)),
            .. OutOfRange(nameof(UploadRetention), UploadRetention, TimeSpan.FromHours(1), TimeSpan.FromDays(365)),
            .. OutOfRange(nameof(OutputRetention), OutputRetention, TimeSpan.FromHours(1), TimeSpan.FromDays(365)),
            .. OutOfRange(
                nameof(MaintenanceInterval),
                MaintenanceInterval,
                TimeSpan.FromSeconds(1),
                TimeSpan.FromDays(1)
            ),
            .. Signing.Faults(nameof(Signing)),
            .. Access.Faults(nameof(Access)),
            .. Admission.Faults(nameof(Admission)),
        ];

    private static IEnumerable<ValidationResult> InvalidNames(string option, List<string> names)
    {
        foreach (var name in names.Where(name => !NameSyntax().IsMatch(name)))
        {
            yield return new($"'{name}' is not allowed: lower-case letters, digits and inner hyphens only.", [option]);
        }

        if (names.Distinct().Count() < names.Count)
        {
            yield return new("A name stands in the list twice.", [option]);
        }
    }

    private static IEnumerable<ValidationResult> InvalidText(string option, string value)
    {
        if (value.Trim() != value || value.Length == 0 || value.Any(char.IsControl))
        {
            yield return new("It must be one line of text, without space around it.", [option]);
        }
    }

    private static IEnumerable<ValidationResult> OutOfRange<T>(string option, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            yield return new($"{value} is out of range: from {least} to {most}.", [option]);
        }
    }

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]*[a-z0-9])?\z")]
    private static partial Regex NameSyntax();
}
