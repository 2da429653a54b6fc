namespace Canary.EndToEnd.Tests.Fixtures;

/// <summary>What a server runs in.</summary>
internal sealed record ServerSetup
{
    /// <summary>Further settings, as for <c>--set</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>The inventory at its start: one canary and two production hosts, which are directories.</summary>
    public string Hosts { get; init; } =
        """
            hosts:
              - { name: canary-1, address: 127.0.0.1, channel: canary, applications: ['*'], transport: local }
              - { name: production-1, address: 127.0.0.1, channel: production, applications: ['*'], transport: local }
              - { name: production-2, address: 127.0.0.1, channel: production, applications: ['*'], transport: local }
            """;

    /// <summary>Address that it listens on.</summary>
    public string Listen { get; init; } = "http://127.0.0.1:0";

    /// <summary>Root of a host's file system; <c>null</c>: that of a host that is a directory.</summary>
    public Func<string, string>? HostRoot { get; init; }

    /// <summary>Small file systems below the data directory, with their megabytes.</summary>
    public IReadOnlyList<(string Directory, int Megabytes)> Disks { get; init; } = [];
}
