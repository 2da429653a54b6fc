namespace Canary.Processes.Sandboxes;

/// <summary>A program that is not trusted, to be run in a <see cref="Sandbox"/>.</summary>
public sealed record SandboxedProgram
{
    /// <summary>Absolute path, as it is inside.</summary>
    public required string FileName { get; init; }

    /// <summary>Arguments, each passed as it is; no shell sees them.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>What it works on.</summary>
    public required SandboxPlaces Places { get; init; }

    /// <summary>Directory with a Debian system that is <c>/</c> inside, where the program is root and nothing that it writes stays. Whoever owns it outside
    /// is who the program is there, and not root. Default: the programs of this machine, read-only.</summary>
    public string? System { get; init; }

    /// <summary>Its environment, besides <c>HOME</c>, <c>TMPDIR</c>, <c>CANARY_CACHE</c> and, with secrets, <c>CANARY_SECRETS</c>.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>What it may do. Default: what the sandbox allows everybody.</summary>
    public SandboxOptions? Allowed { get; init; }

    /// <summary>What it is given to keep secret: files of its own, which never come to lie on a disk. Default: nothing.</summary>
    public IReadOnlyList<Secret> Secrets { get; init; } = [];

    /// <summary>Longest run time.</summary>
    public required TimeSpan TimeLimit { get; init; }

    /// <summary>Most bytes of output.</summary>
    public required long OutputLimit { get; init; }

    /// <summary>Time between the request to end and the order.</summary>
    public required TimeSpan Grace { get; init; }

    /// <summary>Gets the output, both streams in one, as it comes.</summary>
    public required Func<ReadOnlyMemory<byte>, ValueTask> Output { get; init; }
}
