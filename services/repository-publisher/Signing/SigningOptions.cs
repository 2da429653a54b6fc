using System.ComponentModel.DataAnnotations;

namespace Canary.RepositoryPublisher.Signing;

/// <summary>What a signing key is.</summary>
public enum KeyAlgorithm
{
    /// <summary>Short, and signs at once.</summary>
    Ed25519,

    /// <summary>For verifiers that know nothing newer; a signature takes some tens of milliseconds.</summary>
    Rsa4096,
}

/// <summary>The keys that the repository is signed with.</summary>
public sealed class SigningOptions
{
    private static readonly TimeSpan LongestValidity = TimeSpan.FromDays(36500);

    /// <summary>What the next key is: <c>ed25519</c> or <c>rsa4096</c>. It counts when a key is made: at the first start, and by
    /// <c>canary repo keys rotate</c>. Default: <c>ed25519</c>.</summary>
    public KeyAlgorithm Algorithm { get; set; } = KeyAlgorithm.Ed25519;

    /// <summary>How long the next key is valid: after that hosts refuse what it has signed, and it cannot be made longer. 1 day to 100
    /// years. Default: not set, a key does not expire.</summary>
    public TimeSpan? ExpiresAfter { get; set; }

    /// <summary>How long before a key expires <c>canary doctor</c> begins to warn. 1 day to 100 years. Default: 30 days.</summary>
    public TimeSpan WarnBefore { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long both keys sign at least: the old one is retired earlier only by force, since a host that has not asked
    /// the repository in the meantime would be cut off. 0 to 100 years. Default: 7 days.</summary>
    public TimeSpan RotationPeriod { get; set; } = TimeSpan.FromDays(7);

    internal IEnumerable<ValidationResult> Faults(string option)
    {
        var day = TimeSpan.FromDays(1);
        return
        [
            .. Faults(option, nameof(ExpiresAfter), ExpiresAfter ?? day, day),
            .. Faults(option, nameof(WarnBefore), WarnBefore, day),
            .. Faults(option, nameof(RotationPeriod), RotationPeriod, TimeSpan.Zero),
            .. Enum.IsDefined(Algorithm)
                ? Array.Empty<ValidationResult>()
                : [new($"There is no algorithm {Algorithm}: ed25519 or rsa4096.", [option])],
        ];
    }

    private static IEnumerable<ValidationResult> Faults(string option, string name, TimeSpan value, TimeSpan least) =>
        value < least || value > LongestValidity
            ? [new ValidationResult($"{name}: {value} is out of range: from {least} to {LongestValidity}.", [option])]
            : [];
}
