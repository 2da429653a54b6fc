using Canary.Chaos.Tests.Audit;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Microsoft.Data.Sqlite;

namespace Canary.Chaos.Tests.Embedded;

/// <summary>Kills a server in one state after the other, while pushes arrive, and starts it again.</summary>
internal sealed class ServerKills(CanaryServer server, Stores stores, ChaosSettings settings, RunLog log)
{
    /// <summary>States of releases and of rollouts.</summary>
    private static readonly string[] States =
    [
        ReleaseStates.Admitting,
        ReleaseStates.Building,
        ReleaseStates.Packaging,
        ReleaseStates.Publishing,
        "Preflight",
        "RunningHook",
        "DeployingCanary",
        "Soaking",
        RolloutStates.AwaitingPromotion,
        "DeployingWave",
        "RollingBack",
    ];

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(20);

    private readonly Random _random = new(settings.Seed);
    private readonly Dictionary<string, int> _deaths = [];

    /// <summary>In how many kills something was in a state.</summary>
    public IReadOnlyDictionary<string, int> Deaths => _deaths;

    /// <summary>Strikes with the progress of the pushes, so that a slow machine has as many kills in as many places.</summary>
    public async Task StrikeAsync(People people, CancellationToken cancellation)
    {
        for (var kill = 0; kill < settings.Kills; kill++)
        {
            var pushes = settings.Pushes * (kill + 0.5) / settings.Kills;
            while (people.Accepted.Count < pushes)
            {
                await Task.Delay(LookEvery, TimeProvider.System, cancellation);
            }

            await AwaitStateAsync(States[kill % States.Length], cancellation);
            await server.KillAsync();
            var died = (await StatesAsync()).Distinct().Order().ToList();
            died.ForEach(state => _deaths[state] = _deaths.GetValueOrDefault(state) + 1);
            log.Say($"the server is killed: {string.Join(", ", died)}");

            await Task.Delay(TimeSpan.FromSeconds(_random.NextDouble()), TimeProvider.System, cancellation);
            await server.StartAsync();
            log.Say("the server is started again");
        }
    }

    /// <summary>With so many kills, none of the states may have been spared.</summary>
    public IEnumerable<string> FindSpared() =>
        settings.Kills < 2 * States.Length
            ? []
            : States.Except(_deaths.Keys).Select(state => $"the server never died while something was {state}");

    private async Task AwaitStateAsync(string state, CancellationToken cancellation)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < LongestLook)
        {
            if ((await StatesAsync()).Contains(state))
            {
                return;
            }

            await Task.Delay(LookEvery, TimeProvider.System, cancellation);
        }

        log.Say($"nothing was {state} for a while");
    }

    private async Task<IEnumerable<string>> StatesAsync()
    {
        try
        {
            var rows = await stores.RowsAsync(
                """
                SELECT "CurrentState" FROM ci_coordinator."Releases"
                UNION ALL SELECT "CurrentState" FROM deployer."Rollouts"
                """
            );
            return rows.Select(row => row[0])
                .Where(state => !ReleaseStates.IsFinal(state) && !RolloutStates.IsFinal(state));
        }
        catch (SqliteException)
        {
            // Somebody writes.
            return [];
        }
    }
}
