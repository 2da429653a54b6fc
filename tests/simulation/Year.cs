using Canary.Simulation.Tests.Audit;
using Canary.Simulation.Tests.Walk;
using Canary.Simulation.Tests.World;

namespace Canary.Simulation.Tests;

/// <summary>
/// A year of deploys: a walk that its seed decides, of pushes, branches that are set back, decisions of people, and hosts that come and
/// go. After each burst of events everything comes to rest, and is audited.
/// </summary>
internal sealed class Year : IAsyncDisposable
{
    private static readonly TimeSpan Length = TimeSpan.FromDays(365);

    /// <summary>How much time may pass between two looks, while something is at work: at first little, then more.</summary>
    private static readonly TimeSpan[] Strides =
    [
        .. Enumerable.Repeat(TimeSpan.FromMinutes(2), 15),
        .. Enumerable.Repeat(TimeSpan.FromMinutes(10), 12),
        .. Enumerable.Repeat(TimeSpan.FromMinutes(30), 48),
    ];

    private readonly Random _random;
    private readonly int _events;
    private readonly SimulatedCanary _canary;
    private readonly Ledger _ledger = new();
    private readonly Dictionary<string, Developers> _developers = [];
    private readonly Operators _operators;
    private readonly Fleet _fleet;
    private readonly QuietAudit _audit;

    private Year(int seed, int events, SimulatedCanary canary)
    {
        _random = new Random(seed);
        _events = events;
        _canary = canary;
        _operators = new Operators(canary, _ledger, _random);
        _fleet = new Fleet(canary, _ledger, _random);
        _audit = new QuietAudit(canary, _ledger, _fleet);
        canary.Machines.Installing = new WaveAudit(canary, _ledger).LookAsync;
    }

    /// <summary>Goes through a year.</summary>
    /// <returns>What did not hold, and everything that had happened until then.</returns>
    public static async Task<YearReport> RunAsync(int seed, int events)
    {
        var canary = await SimulatedCanary.StartAsync(Fleet.First);
        await using var year = new Year(seed, events, canary);
        await year.WalkAsync();
        return new YearReport(
            seed,
            year._ledger.Violations,
            year._ledger.Trail,
            (await State.ReadAsync(canary)).Outcomes,
            canary.Elapsed
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _canary.DisposeAsync();
        foreach (var developers in _developers.Values)
        {
            developers.Dispose();
        }
    }

    private async Task WalkAsync()
    {
        foreach (var application in Application.All)
        {
            var repository = await GitRepository.CreateAsync(name: application.Name);
            var developers = new Developers(application, repository, _canary, _ledger, _random);
            _developers[application.Name] = developers;
            await developers.PushAsync(Ailment.None);
        }

        await RestAsync();
        await _operators.DecideAsync();
        await RestAsync();
        for (var done = 0; done < _events && _ledger.Violations.Count == 0; )
        {
            var burst = Math.Min(_random.Next(1, 5), _events - done);
            for (var i = 0; i < burst; i++)
            {
                await HappenAsync();
                await _canary.PassAsync(Gap(), TimeSpan.FromMinutes(2));
            }

            done += burst;
            if (_random.Next(4) > 0)
            {
                await RestAsync();
                await _operators.DecideAsync();
            }

            await RestAsync();
            await _canary.PassAsync(
                (Length - _canary.Elapsed) / Math.Max(1, (_events - done) / 2.5),
                TimeSpan.FromDays(2)
            );
            await RestAsync();
        }
    }

    /// <summary>Time until what happens next in a burst: while what happened before is at work, or after it.</summary>
    private TimeSpan Gap() =>
        _random.Next(5) switch
        {
            0 => TimeSpan.Zero,
            1 => TimeSpan.FromSeconds(_random.Next(1, 30)),
            2 => TimeSpan.FromMinutes(_random.Next(1, 7)),
            3 => TimeSpan.FromMinutes(_random.Next(7, 10)),
            _ => TimeSpan.FromMinutes(_random.Next(10, 20)),
        };

    private async Task HappenAsync()
    {
        var application = Application.All[_random.Next(Application.All.Count)].Name;
        var developers = _developers[application];
        switch (_random.Next(100))
        {
            case < 22:
                await developers.PushAsync(Ailment.None);
                break;
            case < 25:
                await developers.PushAsync(Ailment.Build);
                break;
            case < 31:
                await developers.PushAsync(Ailment.Canaries);
                break;
            case < 37:
                await developers.PushAsync(Ailment.OneOfProduction);
                break;
            case < 41:
                await developers.PushAsync(Ailment.None, commits: _random.Next(2, 4));
                break;
            case < 44:
                await developers.PushAsync(Ailment.None, isLate: true);
                break;
            case < 49:
                await developers.DeliverAgainAsync();
                break;
            case < 53:
                await developers.SetBackAsync();
                break;
            case < 57:
                await developers.BranchAsync(becomesHead: _random.Next(2) == 0);
                break;
            case < 62:
                await _operators.RollBackAsync(application);
                break;
            case < 64:
                await _operators.AbortAsync(application);
                break;
            case < 67:
                await _operators.HoldAsync(application);
                break;
            case < 70:
                await _operators.ResumeAsync(application);
                break;
            case < 75:
                await _operators.DeployAsync(application);
                break;
            case < 77:
                await _operators.RetryAsync(application);
                break;
            case < 80:
                await _operators.PromoteAsync(application);
                break;
            case < 83:
                await _operators.PauseAsync(application);
                break;
            case < 85:
                await _operators.ConvergeAsync();
                break;
            case < 88:
                _fleet.SendAway();
                break;
            case < 91:
                _fleet.BringBack();
                break;
            case < 93:
                _fleet.Join();
                break;
            case < 95:
                _fleet.Leave();
                break;
            case < 97:
                _fleet.InstallAnew();
                break;
            default:
                _fleet.ChangeByHand(application);
                break;
        }
    }

    /// <summary>Lets time pass until nothing is left to do but for people; what does not hold by then never will.</summary>
    private async Task RestAsync()
    {
        IReadOnlyList<string> problems = [];
        foreach (var stride in Strides)
        {
            await _canary.PassAsync(stride, stride);
            problems = _canary.Stillness.Visits > 0 ? ["messages are at work"] : await _audit.LookAsync();
            if (problems.Count == 0 || _ledger.Violations.Count > 0)
            {
                return;
            }
        }

        foreach (var problem in problems)
        {
            _ledger.Violate(problem);
        }
    }
}

/// <summary>What came of a year.</summary>
internal sealed record YearReport(
    int Seed,
    IReadOnlyList<string> Violations,
    IReadOnlyList<string> Trail,
    IReadOnlyDictionary<string, int> Outcomes,
    TimeSpan Elapsed
)
{
    public override string ToString() =>
        $"Seed {Seed}, {Elapsed.TotalDays:0} days, {Violations.Count} violations:\n{string.Join('\n', Trail)}\n"
        + string.Join('\n', Outcomes.OrderByDescending(it => it.Value).Select(it => $"{it.Value, 5} {it.Key}"));
}
