using System.ComponentModel.DataAnnotations;
using Canary.Packager.Binaries;
using Canary.Packager.Builders;
using Canary.Packager.Builders.Fpm;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Rehearsal;

namespace Canary.Packager;

/// <summary>Settings of the packager: section <c>packager</c>.</summary>
public sealed class PackagerOptions : IValidatableObject
{
    /// <summary>Compression of packages whose metadata names none: <c>gzip</c> (default), <c>zstd</c>, <c>xz</c>,
    /// <c>none</c>. Every dpkg reads gzip; zstd is many times faster, and dpkg reads it from Debian 12 and Ubuntu 22.04
    /// on.</summary>
    public Compression Compression { get; set; } = Compression.Gzip;

    /// <summary>Who makes packages whose <c>canary.yml</c> does not say (<c>package.builder</c>): <c>native</c>, the packager itself, or <c>fpm</c>.
    /// Default: <c>native</c>.</summary>
    public PackageBuilderKind Builder { get; set; } = PackageBuilderKind.Native;

    /// <summary>Where FPM runs, for packages that it makes.</summary>
    public FpmOptions Fpm { get; set; } = new();

    /// <summary>Maintainer, as <c>NAME &lt;ADDRESS&gt;</c>, of packages whose metadata names none. Default: the commit's
    /// author.</summary>
    public string? Maintainer { get; set; }

    /// <summary>How many threads compress one package, 1 to 64. Default: the machine's processors, at most 8. Packages have
    /// the same bytes whatever the number.</summary>
    [Range(1, 64)]
    public int? Threads { get; set; }

    /// <summary>How the packages are found that programs in a package need: <c>automatic</c> (by <c>dpkg-shlibdeps</c> of the package
    /// dpkg-dev, where it is installed, from the libraries of this machine) or <c>none</c>. Default: <c>automatic</c>.</summary>
    public LibraryDependencyKind LibraryDependencies { get; set; } = LibraryDependencyKind.Automatic;

    /// <summary>Whether packages are installed before they are published.</summary>
    public RehearsalOptions Rehearsal { get; set; } = new();

    /// <summary>Longest time for one try to upload a package to the publisher, or to fetch from it what the build made, 1 second to 6 hours. Default: 15
    /// minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "06:00:00")]
    public TimeSpan UploadTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a package waits for a publisher that is away before its release fails, 0 to 1 hour. Default: 30
    /// minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan PublisherPatience { get; set; } = TimeSpan.FromMinutes(30);

    internal int ThreadsOrDefault => Threads ?? Math.Min(Environment.ProcessorCount, 8);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Enum.IsDefined(Compression))
        {
            yield return new ValidationResult("must be zstd, gzip, xz or none", [nameof(Compression)]);
        }

        if (!Enum.IsDefined(LibraryDependencies))
        {
            yield return new ValidationResult("must be automatic or none", [nameof(LibraryDependencies)]);
        }

        if (!Enum.IsDefined(Builder))
        {
            yield return new ValidationResult("must be native or fpm", [nameof(Builder)]);
        }
        else if (Builder == PackageBuilderKind.Fpm && !Fpm.IsUsed)
        {
            yield return new ValidationResult("fpm needs packager.fpm.kind: local or consul", [nameof(Builder)]);
        }

        foreach (var fault in Fpm.Faults(nameof(Fpm)))
        {
            yield return fault;
        }

        foreach (var fault in Rehearsal.Faults(nameof(Rehearsal)))
        {
            yield return fault;
        }

        if (Maintainer is not null && !DebianRules.IsMaintainer(Maintainer))
        {
            yield return new ValidationResult("must be of the form NAME <ADDRESS>", [nameof(Maintainer)]);
        }
    }
}
