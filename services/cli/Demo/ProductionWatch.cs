namespace Canary.Cli.Demo;

/// <summary>Asks every production host over and over which version it is, as customers would, and keeps count.</summary>
internal sealed class ProductionWatch : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, int> _answers = [];
    private readonly Task _watching;

    public ProductionWatch(DemoFleet fleet, TimeProvider time) => _watching = WatchAsync(fleet, time, _stop.Token);

    /// <summary>How often each version answered; "no answer" counts as one, unless the host itself was down.</summary>
    public async Task<IReadOnlyDictionary<string, int>> StopAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        return _answers;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task WatchAsync(DemoFleet fleet, TimeProvider time, CancellationToken cancellation)
    {
        var since = time.GetUtcNow();
        try
        {
            while (true)
            {
                foreach (var host in fleet.Production)
                {
                    var answer = await fleet.AnswerOfAsync(host, cancellation);
                    if (answer is not null || !await fleet.WasDownAsync(host, since, cancellation))
                    {
                        answer ??= "no answer";
                        _answers[answer] = _answers.GetValueOrDefault(answer) + 1;
                    }
                }
                await Task.Delay(Pause, time, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // The release has ended, and so has the watch.
        }
    }
}
