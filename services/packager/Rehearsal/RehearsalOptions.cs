using System.ComponentModel.DataAnnotations;

namespace Canary.Packager.Rehearsal;

/// <summary>When packages are rehearsed.</summary>
public enum RehearsalMode
{
    /// <summary>Where there is a system to do it in.</summary>
    Auto,

    /// <summary>Always: <c>canary doctor</c> says so where it cannot be done.</summary>
    On,

    /// <summary>Never.</summary>
    Off,
}

/// <summary>Installing packages before they are published. Section <c>packager:rehearsal</c>.</summary>
public sealed class RehearsalOptions
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>When packages are installed, updated to, taken back and purged in a system that is thrown away, before they are published:
    /// <c>auto</c> (where <see cref="System"/> was prepared), <c>on</c> or <c>off</c>. Default: <c>auto</c>.</summary>
    public RehearsalMode Mode { get; set; } = RehearsalMode.Auto;

    /// <summary>Directory with the Debian system to do it in, as <c>hosts/prepare-rehearsal.sh</c> makes it where only root may
    /// write. Default: <c>packager/rehearsal</c> in the data directory.</summary>
    public string? System { get; set; }

    /// <summary>How long each step may take, 1 second to 1 hour. Default: 2 minutes.</summary>
    public TimeSpan StepLimit { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Paths that may stay when a package is purged, with all that is below them. Default: none.</summary>
    public IList<string> MayStay { get; set; } = [];

    internal IEnumerable<ValidationResult> Faults(string option)
    {
        if (!Enum.IsDefined(Mode))
        {
            yield return new ValidationResult($"{nameof(Mode)}: must be auto, on or off", [option]);
        }

        if (StepLimit < Shortest || StepLimit > Longest)
        {
            yield return new ValidationResult(
                $"{nameof(StepLimit)}: {StepLimit} is out of range: from {Shortest} to {Longest}",
                [option]
            );
        }

        if (System is not null && !Path.IsPathRooted(System))
        {
            yield return new ValidationResult($"{nameof(System)}: must be an absolute path", [option]);
        }

        foreach (
            var path in MayStay.Where(path => !path.StartsWith('/') || path.Contains(':', StringComparison.Ordinal))
        )
        {
            yield return new ValidationResult(
                $"{nameof(MayStay)}: '{path}' must be an absolute path without colons",
                [option]
            );
        }
    }
}
