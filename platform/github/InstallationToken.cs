using Canary.Failures;
using Octokit;

namespace Canary.GitHub;

/// <summary>A token of one installation, which GitHub gives out for an hour: it is used until shortly before, by a clock that nobody
/// sets, and then there is another.</summary>
/// <param name="create">Has GitHub make one.</param>
/// <param name="clock">GitHub's clock, which says when it ends.</param>
/// <param name="time">The clock that nobody sets.</param>
internal sealed class InstallationToken(Func<Task<AccessToken>> create, GitHubClock clock, TimeProvider time)
{
    /// <summary>What is begun with a token ends while it holds.</summary>
    private static readonly TimeSpan Spare = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();

    private Task<Held>? _held;

    /// <summary>Whether there is no such installation any more.</summary>
    public bool IsGone { get; private set; }

    /// <summary>The one that holds now; <c>null</c>: none does.</summary>
    public string? Current
    {
        get
        {
            lock (_gate)
            {
                return _held is { IsCompletedSuccessfully: true } held ? held.Result.Token : null;
            }
        }
    }

    /// <summary>One token for all who ask at once.</summary>
    /// <exception cref="CanaryException">GitHub gives none.</exception>
    public async Task<string> GetAsync()
    {
        Task<Held> held;
        lock (_gate)
        {
            if (_held is null || IsOver(_held))
            {
                _held = CreateAsync();
            }

            held = _held;
        }

        return (await held).Token;
    }

    public void Forget()
    {
        lock (_gate)
        {
            _held = null;
        }
    }

    private bool IsOver(Task<Held> held) =>
        held.IsCompleted
        && (!held.IsCompletedSuccessfully || held.Result.Lifetime - time.GetElapsedTime(held.Result.Since) < Spare);

    private async Task<Held> CreateAsync()
    {
        try
        {
            var token = await create();
            return new Held(token.Token, time.GetTimestamp(), token.ExpiresAt - clock.Now);
        }
        catch (CanaryException exception) when (GitHubErrors.IsNotFound(exception))
        {
            IsGone = true;
            throw;
        }
    }

    private sealed record Held(string Token, long Since, TimeSpan Lifetime);
}
