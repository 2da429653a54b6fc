using System.ComponentModel.DataAnnotations;

namespace Canary.CiCoordinator.Builds.Outputs;

/// <summary>What a build may make for its package (<c>package.include</c> in <c>canary.yml</c>). Section
/// <c>ci-coordinator:builds:output</c>.</summary>
public sealed class BuildOutputOptions
{
    /// <summary>Most that the files may take, in bytes, 1 MiB to 16 TiB. Default: 2 GiB.</summary>
    [Range(1L << 20, 16L << 40)]
    public long Limit { get; set; } = 2L << 30;

    /// <summary>Most files and links, 1 to 5,000,000. Default: 200,000.</summary>
    [Range(1, 5_000_000)]
    public int Files { get; set; } = 200_000;

    /// <summary>Longest time for one try to hand them over to the repository publisher, 1 second to 6 hours. Default: 15 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "06:00:00")]
    public TimeSpan UploadTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a build that has passed waits for a repository publisher that is away before it fails, 0 to 1 hour. Default: 30
    /// minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan PublisherPatience { get; set; } = TimeSpan.FromMinutes(30);

    internal IEnumerable<(string Name, string Problem)> Problems()
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(this, new ValidationContext(this), results, validateAllProperties: true);
        return results.Select(result => (result.MemberNames.First(), result.ErrorMessage!));
    }
}
