namespace Canary.Hosting.Http;

/// <summary>
/// What a host takes on at once: its limits, or less where the process may not have so many files open. Each connection is one, and a
/// request may open another; a process without any left cannot even say so.
/// </summary>
internal sealed record Capacity
{
    /// <summary>For databases, programs and whatever else the host does beside answering.</summary>
    private const int OtherFiles = 500;

    private const int Least = 2;

    public required int Connections { get; init; }

    public required int ConnectionsPerAddress { get; init; }

    public required int Requests { get; init; }

    public required int RequestsPerAddress { get; init; }

    public required int Followers { get; init; }

    public required int FollowersPerAddress { get; init; }

    /// <summary>Whether this is less than the limits say.</summary>
    public required bool IsLowered { get; init; }

    /// <param name="limits">What the host may take on.</param>
    /// <param name="openFiles">What the process may have open; <c>null</c>: any number.</param>
    public static Capacity Of(LimitOptions limits, int? openFiles)
    {
        var wanted = limits.Connections + limits.Requests + limits.Followers;
        var share = openFiles is { } files
            ? Math.Min(1, (files - Math.Min(OtherFiles, files / 2)) / (double)wanted)
            : 1;
        return new Capacity
        {
            Connections = Part(limits.Connections),
            ConnectionsPerAddress = Part(limits.ConnectionsPerAddress),
            Requests = Part(limits.Requests),
            RequestsPerAddress = Part(limits.RequestsPerAddress),
            Followers = Part(limits.Followers),
            FollowersPerAddress = Part(limits.FollowersPerAddress),
            IsLowered = share < 1,
        };

        int Part(int limit) => share < 1 ? Math.Max(Least, (int)(limit * share)) : limit;
    }
}
