using System.Globalization;
using Canary.Simulation.Tests.World;

namespace Canary.Simulation.Tests.Walk;

/// <summary>Who pushes to one application, and GitHub, which delivers: late, twice, in another order, or never.</summary>
internal sealed class Developers(
    Application application,
    GitRepository repository,
    SimulatedCanary canary,
    Ledger ledger,
    Random random
) : IDisposable
{
    private readonly List<string> _released = [];
    private readonly List<(string Commit, string? Before)> _late = [];
    private string? _head;
    private int _branches;

    /// <summary>Commits and makes them the head, and has the pushes delivered in any order.</summary>
    public async Task PushAsync(Ailment ailment, int commits = 1, bool isLate = false)
    {
        var pushes = new List<(string Commit, string? Before)>();
        for (var i = 0; i < commits; i++)
        {
            var before = _head;
            pushes.Add((await CommitAsync(i == commits - 1 ? ailment : Ailment.None), before));
        }

        if (isLate)
        {
            Say($"is pushed {Names(pushes)}, and its delivery is late");
            _late.AddRange(pushes);
            return;
        }

        var order = pushes.ToArray();
        random.Shuffle(order);
        Say($"is pushed {Names(order)}{(ailment == Ailment.None ? "" : $", which is ill: {ailment}")}");
        foreach (var push in order)
        {
            await DeliverAsync(push.Commit, push.Before);
        }
    }

    /// <summary>Sets the branch back to a commit that was its head before.</summary>
    public async Task SetBackAsync()
    {
        if (_released.Count < 2)
        {
            return;
        }

        await canary.PlacedAsync();
        var before = _head;
        // Mostly to a recent one; sometimes to one whose package has left the repository since.
        var oldest = random.Next(3) == 0 ? 0 : Math.Max(0, _released.Count - 5);
        var back = _released[random.Next(oldest, _released.Count)];
        await repository.GitAsync("reset", "--quiet", "--hard", back);
        _head = back;
        Say($"is set back to {back[..7]}");
        await DeliverAsync(back, before);
    }

    /// <summary>Pushes to a branch that does not deploy; and perhaps makes it the head of the one that does.</summary>
    public async Task BranchAsync(bool becomesHead)
    {
        var branch = FormattableString.Invariant($"side-{++_branches}");
        var before = _head;
        var from = _released[random.Next(_released.Count)];
        await repository.GitAsync("checkout", "--quiet", "-B", branch, from);
        var commit = await CommitAsync(Ailment.None);
        _head = before;
        await repository.GitAsync("checkout", "--quiet", "main");
        Say($"is pushed {commit[..7]} on {branch}, from {from[..7]}");
        await DeliverAsync(commit, null, branch);
        if (becomesHead)
        {
            await canary.PlacedAsync();
            await repository.GitAsync("reset", "--quiet", "--hard", commit);
            _head = commit;
            _released.Add(commit);
            Say($"has its branch forced to {commit[..7]}");
            await DeliverAsync(commit, before);
        }
    }

    /// <summary>Delivers what is late, or once more what was delivered before.</summary>
    public async Task DeliverAgainAsync()
    {
        if (_late.Count > 0)
        {
            var late = _late[random.Next(_late.Count)];
            _late.Remove(late);
            Say($"has the push of {late.Commit[..7]} delivered late");
            await DeliverAsync(late.Commit, late.Before);
            return;
        }

        var again = ledger
            .Deliveries.Where(it => it.Application == application.Name && it.Deploys)
            .OrderBy(it => it.Commit, StringComparer.Ordinal)
            .ToList();
        var commit = again[random.Next(again.Count)].Commit;
        Say($"has the push of {commit[..7]} delivered again");
        await DeliverAsync(commit, null);
    }

    public void Dispose() => repository.Dispose();

    private async Task<string> CommitAsync(Ailment ailment)
    {
        await canary.PlacedAsync();
        var commit = await repository.CommitAsync($"Change {application.Name}");
        var seconds = await repository.GitAsync("log", "-1", "--format=%ct");
        canary.Commits.Add(
            new Commit(
                application.Name,
                commit,
                DateTimeOffset.FromUnixTimeSeconds(long.Parse(seconds, CultureInfo.InvariantCulture)),
                ailment
            )
        );
        if (await repository.GitAsync("rev-parse", "--abbrev-ref", "HEAD") == "main")
        {
            _released.Add(commit);
        }

        return _head = commit;
    }

    private async Task DeliverAsync(string commit, string? before, string branch = "main")
    {
        using var answer = await canary.PushAsync(repository, commit, application.Name, before, branch: branch);
        if (!answer.IsSuccessStatusCode)
        {
            ledger.Violate($"The push of {commit} was answered with {answer.StatusCode}.");
            return;
        }

        ledger.Deliveries.Add((application.Name, commit, branch == "main"));
        if (branch == "main")
        {
            ledger.LearnHead(application.Name, _head!);
        }
    }

    private void Say(string what) => ledger.Say(canary.Elapsed, $"{application.Name} {what}");

    private static string Names(IEnumerable<(string Commit, string? Before)> pushes) =>
        string.Join(", ", pushes.Select(push => push.Commit[..7]));
}
