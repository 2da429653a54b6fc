using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Canary.Durability.Storage;

/// <summary>
/// A timer that is cancelled while the dispatcher hands it over is gone already when the cancellation commits. That is
/// what was wanted, not a conflict: whoever receives it knows by its token that it is no longer meant.
/// </summary>
internal sealed class FiredTimers : SaveChangesInterceptor
{
    public override InterceptionResult ThrowingConcurrencyException(
        ConcurrencyExceptionEventData eventData,
        InterceptionResult result
    ) => IsFired(eventData) ? InterceptionResult.Suppress() : result;

    public override ValueTask<InterceptionResult> ThrowingConcurrencyExceptionAsync(
        ConcurrencyExceptionEventData eventData,
        InterceptionResult result,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(ThrowingConcurrencyException(eventData, result));

    private static bool IsFired(ConcurrencyExceptionEventData eventData) =>
        eventData.Entries.All(entry => entry.State == EntityState.Deleted && entry.Entity is OutboxMessage);
}
