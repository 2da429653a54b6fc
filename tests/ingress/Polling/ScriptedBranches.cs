using System.Collections.Concurrent;
using Canary.Ingress.Repositories;

namespace Canary.Ingress.Tests.Polling;

/// <summary>A repository whose answers, and how long they take, the test decides.</summary>
internal sealed class ScriptedBranches : IBranchReader
{
    public ConcurrentDictionary<string, string> Heads { get; } = new() { ["main"] = Push.NewCommit() };

    /// <summary>Branches that nobody gets an answer about.</summary>
    public ConcurrentDictionary<string, bool> Hanging { get; } = [];

    public bool Hangs { get; set; }

    public ConcurrentQueue<string> Described { get; } = [];

    public bool Reads(KnownRepository repository) => true;

    public async Task<BranchHeads> HeadsAsync(KnownRepository repository, CancellationToken cancellation)
    {
        if (Hangs)
        {
            await HangAsync(cancellation);
        }

        return new BranchHeads("main", new Dictionary<string, string>(Heads));
    }

    public async Task<DescribedCommit> DescribeAsync(
        KnownRepository repository,
        string branch,
        string commit,
        CancellationToken cancellation
    )
    {
        Described.Enqueue(commit);
        if (Hanging.ContainsKey(branch))
        {
            await HangAsync(cancellation);
        }

        return new DescribedCommit("Ada Author", "Sell hats");
    }

    private static Task HangAsync(CancellationToken cancellation) =>
        Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
}
