using Canary.Contracts;
using Canary.Deployer.Transport;

namespace Canary.Deployer.Hooks;

/// <summary>What is known of the script that runs once for a rollout. The host has the last word on it.</summary>
internal sealed class HookRun
{
    public required Guid RolloutId { get; init; }

    /// <summary>The host that runs it, and never another one: that it has not begun there cannot be known from here.</summary>
    public required string Host { get; init; }

    public HookStanding Standing { get; set; }

    /// <summary>What the host says about the standing.</summary>
    public string Text { get; set; } = "";

    /// <summary>How many bytes of its output are in the log.</summary>
    public long Offset { get; set; }

    /// <summary>Counts how often the host was to be asked.</summary>
    public int Visit { get; set; }

    /// <summary>Why the host could not be asked the last time.</summary>
    public Failure? Problem { get; set; }

    /// <summary>Since when, by the store's clock.</summary>
    public DateTimeOffset? ProblemSince { get; set; }
}
