using System.Collections.Concurrent;

namespace Canary.Deployer.Tests.Traffic;

/// <summary>People who ask for pages without a pause, and remember each that they did not get.</summary>
internal sealed class ConstantLoad : IAsyncDisposable
{
    private const int People = 6;

    private readonly CancellationTokenSource _end = new();
    private readonly HttpClient _client = new();
    private readonly Task _asking;
    private int _answered;

    public ConstantLoad(params Uri[] addresses) =>
        _asking = Task.WhenAll(
            Enumerable.Range(0, People).Select(person => AskAsync(addresses[person % addresses.Length]))
        );

    public ConcurrentQueue<string> Failures { get; } = [];

    public int Answered => Volatile.Read(ref _answered);

    public async Task EndAsync()
    {
        await _end.CancelAsync();
        await _asking;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _client.Dispose();
        _end.Dispose();
    }

    private async Task AskAsync(Uri address)
    {
        // Not within the constructor: a request is begun and finished, the last one too.
        await Task.Yield();
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using var answer = await _client.GetAsync(address);
                if (answer.IsSuccessStatusCode)
                {
                    Interlocked.Increment(ref _answered);
                }
                else
                {
                    Failures.Enqueue(answer.StatusCode.ToString());
                }
            }
            catch (HttpRequestException exception)
            {
                Failures.Enqueue(exception.Message);
            }
        }
    }
}
