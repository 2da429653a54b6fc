using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Repositories.Registrations;

/// <summary>The repositories that people have added, as the store has them: webhooks do not wait for it. What another replica adds or removes is
/// seen a moment later.</summary>
internal sealed class RegisteredRepositories(
    IServiceScopeFactory scopes,
    RegistrationSecrets secrets,
    StoreReadiness<IngressStore> readiness,
    TimeProvider time,
    ILogger<RegisteredRepositories> logger
) : BackgroundService
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(5);

    private volatile IReadOnlyList<RepositoryOptions> _entries = [];

    /// <summary>The entries of the configuration, and after them what was added and is not among them.</summary>
    public IReadOnlyList<RepositoryOptions> After(IReadOnlyList<RepositoryOptions> configured) =>
        _entries is { Count: > 0 } entries
            ? [.. configured, .. entries.Where(entry => !IsAmong(configured, entry))]
            : configured;

    /// <summary>Whether the configuration has an entry of its own for a repository that was added.</summary>
    public static bool IsAmong(IEnumerable<RepositoryOptions> configured, RepositoryOptions entry) =>
        configured.Any(it =>
            it.Source == SourceKind.Github
            && (
                it.Name.Equals(entry.Name, StringComparison.OrdinalIgnoreCase)
                || (it.GithubId is { } id && id == entry.GithubId)
            )
        );

    /// <summary>Reads what the store has now.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var rows = await scope
            .ServiceProvider.GetRequiredService<IngressStore>()
            .Registrations.AsNoTracking()
            .Where(row => row.State != RegistrationState.Removing)
            .OrderBy(row => row.Key)
            .ToListAsync(cancellation);
        _entries = [.. rows.Select(EntryOf)];
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RefreshAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogWarning(e, "The repositories that were added could not be read; trying again");
            }

            await Task.Delay(Moment, time, stoppingToken);
        }
    }

    private RepositoryOptions EntryOf(RegistrationRow row) =>
        new()
        {
            Name = row.Name,
            GithubId = row.GithubId,
            Application = row.Application,
            WebhookSecretFiles = [.. row.Secrets.Select(secrets.PathOf)],
            Poll = row.State == RegistrationState.Added ? null : TimeSpan.Zero,
            AddedBy = row.AddedBy,
        };
}
