using System.Collections.Concurrent;

namespace Canary.Testing.Load;

/// <summary>People who ask for pages all the time, and remember each that they did not get.</summary>
public sealed class ConstantLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly LoadSettings _settings;
    private readonly HttpClient _client = new();
    private readonly long _begin = TimeProvider.System.GetTimestamp();
    private readonly Task _asking;
    private int _answered;
    private int _repeated;

    /// <summary>Begins with the defaults of <see cref="LoadSettings"/>.</summary>
    public ConstantLoad(params Uri[] addresses)
        : this(new LoadSettings { Addresses = addresses }) { }

    /// <summary>Begins.</summary>
    public ConstantLoad(LoadSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _asking = Task.WhenAll(Enumerable.Range(0, settings.People).Select(AskAsync));
    }

    /// <summary>The requests that failed, in their order.</summary>
    public ConcurrentQueue<FailedRequest> Failures { get; } = [];

    /// <summary>How many requests were answered as they should be.</summary>
    public int Answered => Volatile.Read(ref _answered);

    /// <summary>How many of them only at another address than the first, because who listens there had been killed.</summary>
    public int Repeated => Volatile.Read(ref _repeated);

    /// <summary>Ends when all have their last answer.</summary>
    public async Task EndAsync()
    {
        await _end.CancelAsync();
        await _asking;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _client.Dispose();
        _end.Dispose();
    }

    private async Task AskAsync(int person)
    {
        // Not within the constructor: a request is begun and finished, the last one too.
        await Task.Yield();
        while (!_end.IsCancellationRequested)
        {
            await AskOnceAsync(person);
            if (_settings.Pause > TimeSpan.Zero)
            {
                await Task.Delay(_settings.Pause, TimeProvider.System);
            }
        }
    }

    private async Task AskOnceAsync(int person)
    {
        for (var tries = 0; ; tries++)
        {
            var address = _settings.Addresses[(person + tries) % _settings.Addresses.Count];
            var begin = TimeProvider.System.GetTimestamp();
            try
            {
                var answer = await AnswerAsync(person, address);
                if (_settings.Judge(answer) is { } reason)
                {
                    Fail(address, reason, answer);
                }
                else
                {
                    Interlocked.Increment(ref _answered);
                }

                return;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or TaskCanceledException)
            {
                if (tries + 1 == _settings.Addresses.Count || !_settings.MayRepeat(address, begin))
                {
                    Fail(address, exception.Message, answer: null);
                    return;
                }

                Interlocked.Increment(ref _repeated);
            }
        }
    }

    private async Task<Answer> AnswerAsync(int person, Uri address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        _settings.Prepare(person, request);
        using var response = await _client.SendAsync(request);
        return new Answer(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Headers.TryGetValues("X-Served-By", out var servers) ? servers.First() : null
        );
    }

    private void Fail(Uri address, string reason, Answer? answer) =>
        Failures.Enqueue(new FailedRequest(TimeProvider.System.GetElapsedTime(_begin), address, reason, answer));
}
