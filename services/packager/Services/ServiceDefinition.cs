namespace Canary.Packager.Services;

/// <summary>A service below the key <c>services</c>. What it does not say is <c>null</c> or empty, and <see cref="ServiceUnits"/> decides.</summary>
internal sealed record ServiceDefinition
{
    /// <summary>Its key.</summary>
    public required string Key { get; init; }

    /// <summary>Program and arguments.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Who it runs as; <c>null</c>: a user of the package's name.</summary>
    public string? User { get; init; }

    /// <summary>Its group; <c>null</c>: the user's.</summary>
    public string? Group { get; init; }

    /// <summary>Variables and their values.</summary>
    public IReadOnlyList<(string Name, string Value)> Environment { get; init; } = [];

    /// <summary>A file of variables: of the host if it is absolute, else of the repository.</summary>
    public string? EnvironmentFile { get; init; }

    /// <summary>Directory that it starts in; <c>null</c>: the application's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>How systemd knows that it has started; <c>null</c>: <c>exec</c>.</summary>
    public string? Type { get; init; }

    /// <summary>When systemd starts it again.</summary>
    public string? Restart { get; init; }

    /// <summary>Units that are started before it.</summary>
    public IReadOnlyList<string> After { get; init; } = [];

    /// <summary>Units that are started with it.</summary>
    public IReadOnlyList<string> Wants { get; init; } = [];

    /// <summary>Units that it cannot be without.</summary>
    public IReadOnlyList<string> Requires { get; init; } = [];

    /// <summary>When it runs, as systemd.time has calendar events; empty: always.</summary>
    public IReadOnlyList<string> Schedule { get; init; } = [];

    /// <summary>Directories of its own: <c>state</c>, <c>cache</c>, <c>logs</c>, <c>runtime</c>.</summary>
    public IReadOnlyList<string> Directories { get; init; } = ["state"];

    /// <summary>Other directories that it may write to.</summary>
    public IReadOnlyList<string> Writable { get; init; } = [];

    /// <summary>What it may do of what only root may.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>Whether it is kept from what services do not need.</summary>
    public bool Hardening { get; init; } = true;

    /// <summary>Whether it starts with the host.</summary>
    public bool Enable { get; init; } = true;

    /// <summary>Whether the installation starts it.</summary>
    public bool Start { get; init; } = true;

    /// <summary>Whether another version starts it again.</summary>
    public bool RestartOnUpgrade { get; init; } = true;

    /// <summary>Signal that ends it.</summary>
    public string? StopSignal { get; init; }

    /// <summary>How long it may take to end.</summary>
    public TimeSpan? StopTimeout { get; init; }

    /// <summary>How long it may take to start.</summary>
    public TimeSpan? StartTimeout { get; init; }

    /// <summary>Whether a purge leaves its directories.</summary>
    public bool KeepData { get; init; }
}
