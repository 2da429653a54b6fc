using Canary.Deployer.Inventory;
using Canary.Failures;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>Waits for what HAProxy says of the servers that are held. One that does not answer is not waited for.</summary>
internal sealed class ServerWatch(TimeProvider time)
{
    /// <summary>Between two looks.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until the servers have no connections and requests.</summary>
    /// <returns>How many they still have.</returns>
    public Task<int> QuietAsync(
        IReadOnlyCollection<Outcome> outcomes,
        TimeSpan timeout,
        CancellationToken patience,
        CancellationToken cancellation
    ) => UntilAsync(() => OpenAsync(outcomes, cancellation), open => open == 0, timeout, patience, cancellation);

    /// <summary>Waits until the servers are up by HAProxy's own checks.</summary>
    /// <returns>Where they are not, in words.</returns>
    public Task<IReadOnlyList<string>> UpAsync(
        InventoryHost host,
        IReadOnlyCollection<Outcome> outcomes,
        TimeSpan timeout,
        CancellationToken patience,
        CancellationToken cancellation
    ) =>
        UntilAsync(
            () => DownAsync(host, outcomes, cancellation),
            down => down.Count == 0,
            timeout,
            patience,
            cancellation
        );

    /// <summary>Waits, unless somebody is in a hurry.</summary>
    public async Task PauseAsync(TimeSpan pause, CancellationToken patience, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(pause, time, patience);
        }
        catch (OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private static async Task<int> OpenAsync(IEnumerable<Outcome> outcomes, CancellationToken cancellation)
    {
        var questions =
            from outcome in outcomes
            from backend in outcome.Held.GroupBy(server => server.Backend, server => server.Name)
            select OrAsync(outcome.Instance.OpenAsync(backend.Key, [.. backend], cancellation), instead: 0);
        return (await Task.WhenAll(questions)).Sum();
    }

    private static async Task<IReadOnlyList<string>> DownAsync(
        InventoryHost host,
        IEnumerable<Outcome> outcomes,
        CancellationToken cancellation
    )
    {
        var looks = outcomes
            .Where(outcome => outcome.Held.Count > 0)
            .Select(outcome => OrAsync(DownAtAsync(host, outcome, cancellation), instead: []));
        return [.. (await Task.WhenAll(looks)).SelectMany(down => down).Order()];
    }

    /// <summary>Looked for by the host: behind a <c>server-template</c> it may come back as another server.</summary>
    private static async Task<IReadOnlyList<string>> DownAtAsync(
        InventoryHost host,
        Outcome outcome,
        CancellationToken cancellation
    )
    {
        var servers = await outcome.Instance.ServersAsync(cancellation);
        return
        [
            .. outcome
                .Held.Select(server => server.Backend)
                .Distinct()
                .Where(backend => !ServersOfHost.In(servers, backend, host).Any(server => server.IsUp))
                .Select(backend => $"{backend} at {outcome.Instance.Name}"),
        ];
    }

    /// <summary>An instance that has died has no connections, and waits for no server.</summary>
    private static async Task<T> OrAsync<T>(Task<T> question, T instead)
    {
        try
        {
            return await question;
        }
        catch (CanaryException)
        {
            return instead;
        }
    }

    private async Task<T> UntilAsync<T>(
        Func<Task<T>> look,
        Func<T, bool> isEnough,
        TimeSpan timeout,
        CancellationToken patience,
        CancellationToken cancellation
    )
    {
        var begin = time.GetTimestamp();
        while (true)
        {
            var found = await look();
            if (isEnough(found) || patience.IsCancellationRequested || time.GetElapsedTime(begin) >= timeout)
            {
                return found;
            }

            await PauseAsync(Pause, patience, cancellation);
        }
    }
}
