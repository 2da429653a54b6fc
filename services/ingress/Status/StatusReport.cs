using Canary.Hosting.Health;

namespace Canary.Ingress.Status;

/// <summary>What the checks have found, looked for once at a time and shared by all who ask: a look takes more than a dozen
/// programs.</summary>
internal sealed class StatusReport(IServiceScopeFactory scopes, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(5);

    private readonly SharedAnswer<IReadOnlyList<StatusCheck>> _checks = new(
        async cancellation =>
        {
            await using var scope = scopes.CreateAsyncScope();
            return await scope.ServiceProvider.GetRequiredService<StatusChecks>().RunAsync(cancellation);
        },
        time,
        lifetime.ApplicationStopping
    );

    /// <param name="fresh">Whether it must not be one of some seconds ago; one that is being looked for will do.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<IReadOnlyList<StatusCheck>> GetAsync(bool fresh, CancellationToken cancellation) =>
        _checks.GetAsync(fresh ? TimeSpan.Zero : Kept, cancellation);
}
