using System.Runtime.CompilerServices;

namespace Canary.Testing;

/// <summary>Awaits a condition, with a deadline. Tests use it in place of any sleep.</summary>
public static class Eventually
{
    /// <summary>Generous, because a loaded machine is slow: only a test that fails ever waits so long.</summary>
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    /// <summary>Awaits that a condition holds.</summary>
    /// <exception cref="TimeoutException">It did not hold before the deadline; names the condition.</exception>
    public static Task TrueAsync(
        Func<bool> condition,
        TimeSpan? deadline = null,
        CancellationToken cancellationToken = default,
        [CallerArgumentExpression(nameof(condition))] string what = ""
    )
    {
        ArgumentNullException.ThrowIfNull(condition);
        return TrueAsync(() => Task.FromResult(condition()), deadline, cancellationToken, what);
    }

    /// <summary>Awaits that a condition holds.</summary>
    /// <exception cref="TimeoutException">It did not hold before the deadline; names the condition.</exception>
    public static async Task TrueAsync(
        Func<Task<bool>> condition,
        TimeSpan? deadline = null,
        CancellationToken cancellationToken = default,
        [CallerArgumentExpression(nameof(condition))] string what = ""
    ) =>
        await PollAsync(
            async () => await condition() ? (true, true) : (false, false),
            deadline,
            () => $"It never came true: {what}",
            retryExceptions: false,
            cancellationToken
        );

    /// <summary>Awaits that something is there, and returns it.</summary>
    /// <exception cref="TimeoutException">It was still <c>null</c> at the deadline.</exception>
    public static async Task<T> NotNullAsync<T>(
        Func<Task<T?>> probe,
        TimeSpan? deadline = null,
        CancellationToken cancellationToken = default,
        [CallerArgumentExpression(nameof(probe))] string what = ""
    )
        where T : class =>
        await PollAsync(
            async () => await probe() is { } value ? (true, value) : (false, null!),
            deadline,
            () => $"It was still null: {what}",
            retryExceptions: false,
            cancellationToken
        );

    /// <summary>Repeats an assertion, or any action, until it no longer throws.</summary>
    /// <exception cref="TimeoutException">It still threw at the deadline; holds its last exception.</exception>
    public static async Task PassesAsync(
        Func<Task> assertion,
        TimeSpan? deadline = null,
        CancellationToken cancellationToken = default,
        [CallerArgumentExpression(nameof(assertion))] string what = ""
    ) =>
        await PollAsync(
            async () =>
            {
                await assertion();
                return (true, true);
            },
            deadline,
            () => $"It never passed: {what}",
            retryExceptions: true,
            cancellationToken
        );

    /// <summary>Repeats an assertion, or any action, until it no longer throws.</summary>
    /// <exception cref="TimeoutException">It still threw at the deadline; holds its last exception.</exception>
    public static Task PassesAsync(
        Action assertion,
        TimeSpan? deadline = null,
        CancellationToken cancellationToken = default,
        [CallerArgumentExpression(nameof(assertion))] string what = ""
    )
    {
        ArgumentNullException.ThrowIfNull(assertion);
        return PassesAsync(
            () =>
            {
                assertion();
                return Task.CompletedTask;
            },
            deadline,
            cancellationToken,
            what
        );
    }

    private static async Task<T> PollAsync<T>(
        Func<Task<(bool Done, T Value)>> probe,
        TimeSpan? deadline,
        Func<string> message,
        bool retryExceptions,
        CancellationToken cancellationToken
    )
    {
        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();
        var limit = deadline ?? DefaultDeadline;
        var pause = FirstPause;
        Exception? last = null;
        while (true)
        {
            try
            {
                var (done, value) = await probe();
                if (done)
                {
                    return value;
                }
            }
            catch (Exception e) when (retryExceptions && e is not OperationCanceledException)
            {
                last = e;
            }

            if (clock.GetElapsedTime(started) >= limit)
            {
                var reason = last is null ? "" : $"\n{last.Message}";
                throw new TimeoutException($"{message()} (after {limit.TotalSeconds} s){reason}", last);
            }

            await Task.Delay(pause, clock, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
