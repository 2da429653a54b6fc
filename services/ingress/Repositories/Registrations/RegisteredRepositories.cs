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
            ? [.. configured, .. entries.Where(entry => EntryFor(configured, entry.Name, entry.GithubId) is null)]
            : configured;

    /// <summary>The entry of the configuration that a repository at GitHub has: by its name, a pattern or its id.</summary>
    public static RepositoryOptions? EntryFor(IEnumerable<RepositoryOptions> configured, string name, long? id) =>
        configured.FirstOrDefault(it =>
            it.Source == SourceKind.Github
            && (RepositoryRegistry.Matches(it.Name, name) || (it.GithubId is { } known && known == id))
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
