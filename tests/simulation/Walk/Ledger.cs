namespace Canary.Simulation.Tests.Walk;

/// <summary>What everybody outside of Canary has done, and what must follow from it.</summary>
internal sealed class Ledger
{
    private readonly List<string> _trail = [];
    private readonly Lock _gate = new();

    /// <summary>What has happened, in order.</summary>
    public IReadOnlyList<string> Trail
    {
        get
        {
            lock (_gate)
            {
                return [.. _trail];
            }
        }
    }

    /// <summary>What must never be, seen as it happened.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>By application: the heads of its branch that Canary was told of, in git's order.</summary>
    public Dictionary<string, List<string>> Heads { get; } = [];

    /// <summary>Deliveries that were accepted: application, commit, and whether it was a push to the branch that deploys.</summary>
    public HashSet<(string Application, string Commit, bool Deploys)> Deliveries { get; } = [];

    /// <summary>Releases that a person let go on to production.</summary>
    public HashSet<Guid> Promoted { get; } = [];

    /// <summary>Releases that a person has started without a soak.</summary>
    public HashSet<Guid> Fast { get; } = [];

    /// <summary>When a version came to a canary last.</summary>
    public Dictionary<string, DateTimeOffset> OnCanarySince { get; } = [];

    public void Say(TimeSpan elapsed, string what)
    {
        lock (_gate)
        {
            _trail.Add(FormattableString.Invariant($"day {elapsed.TotalDays, 8:0.000}  {what}"));
        }
    }

    public void Violate(string what)
    {
        lock (_gate)
        {
            Violations.Add(what);
            _trail.Add($"VIOLATION     {what}");
        }
    }

    /// <summary>Canary was told of a push, and asks git for the head of the branch.</summary>
    public void LearnHead(string application, string head)
    {
        if (!Heads.TryGetValue(application, out var heads))
        {
            Heads[application] = heads = [];
        }

        if (heads.LastOrDefault() != head)
        {
            heads.Add(head);
        }
    }
}
