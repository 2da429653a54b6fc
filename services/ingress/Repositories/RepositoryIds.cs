using System.Globalization;
using Canary.Failures;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Repositories;

/// <summary>
/// Remembers which repository of GitHub is meant by a name in the configuration, so that one that is renamed keeps its application, and
/// another one that gets the name does not get the application with it.
/// </summary>
internal sealed class RepositoryIds(IServiceScopeFactory scopes, RepositoryRegistry registry)
{
    private const int MostAttempts = 5;

    /// <summary>The entry of a repository: the one that names its id, else that of its name, else that of the name it had. Who may not speak
    /// for the entry of the name speaks for none.</summary>
    /// <param name="said">What a webhook says.</param>
    /// <param name="maySpeak">Whether whoever signed it may speak for an entry.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<KnownRepository?> FindAsync(
        RepositoryIdentity said,
        Func<KnownRepository, bool> maySpeak,
        CancellationToken cancellation
    )
    {
        var named = registry.Find(said.Name, SourceKind.Github);
        if (named is not null && !maySpeak(named))
        {
            return named;
        }

        return registry.FindById(said.Id) is { } own && maySpeak(own) ? own
            : named is { IsApplicationChosen: true } ? named
            : await FindFormerAsync(said, maySpeak, cancellation) ?? named;
    }

    /// <summary>Remembers which repository an entry means, and what it is called.</summary>
    /// <param name="repository">The entry.</param>
    /// <param name="said">What GitHub says, or a webhook that its secret has signed.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CanaryException">The entry means another repository.</exception>
    public async Task KeepAsync(KnownRepository repository, RepositoryIdentity said, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryKeepAsync(repository, said, cancellation);
                return;
            }
            catch (DbUpdateException) when (attempt < MostAttempts)
            {
                // Another push was first; what it has said counts.
            }
        }
    }

    /// <summary>Repositories that are called otherwise than in the configuration.</summary>
    public async Task<IReadOnlyList<RepositoryIdRow>> RenamedAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var rows = await scope
            .ServiceProvider.GetRequiredService<IngressStore>()
            .RepositoryIds.AsNoTracking()
            .OrderBy(row => row.Key)
            .ToListAsync(cancellation);
        return
        [
            .. rows.Where(row => !AreEqual(row.Name, row.CurrentName) && EntryOf(row) is not null && !HasNewEntry(row)),
        ];
    }

    private async Task<KnownRepository?> FindFormerAsync(
        RepositoryIdentity said,
        Func<KnownRepository, bool> maySpeak,
        CancellationToken cancellation
    )
    {
        await using var scope = scopes.CreateAsyncScope();
        var rows = await scope
            .ServiceProvider.GetRequiredService<IngressStore>()
            .RepositoryIds.AsNoTracking()
            .Where(row => row.Id == said.Id)
            .OrderBy(row => row.Scope)
            .ToListAsync(cancellation);
        return rows.Select(EntryOf).FirstOrDefault(entry => entry is not null && maySpeak(entry));
    }

    private async Task TryKeepAsync(KnownRepository repository, RepositoryIdentity said, CancellationToken cancellation)
    {
        ThrowIfAnother(repository, said);
        var (within, key) = (ScopeOf(repository), repository.Name.ToLowerInvariant());
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        var rows = await store
            .RepositoryIds.Where(row => row.Scope == within && (row.Id == said.Id || row.Key == key))
            .ToListAsync(cancellation);
        if (rows.Find(row => row.Id != said.Id) is { } holder)
        {
            if (repository.GithubId is null && !HasNewEntry(holder))
            {
                throw Another(repository, said, holder.Id);
            }

            store.RepositoryIds.Remove(holder);
        }

        if (rows.Find(row => row.Id == said.Id) is { } row)
        {
            (row.Name, row.Key, row.CurrentName) = (repository.Name, key, said.Name);
        }
        else
        {
            store.RepositoryIds.Add(
                new RepositoryIdRow
                {
                    Id = said.Id,
                    Scope = within,
                    Name = repository.Name,
                    Key = key,
                    CurrentName = said.Name,
                }
            );
        }

        await store.SaveChangesAsync(cancellation);
    }

    private void ThrowIfAnother(KnownRepository repository, RepositoryIdentity said)
    {
        if (repository.GithubId is { } id)
        {
            if (id != said.Id)
            {
                throw Another(repository, said, id);
            }
        }
        else if (
            !AreEqual(said.Name, repository.Name)
            && registry.Find(said.Name, SourceKind.Github) is { IsApplicationChosen: true }
        )
        {
            throw new CanaryException(
                IngressCodes.RepositoryReplaced,
                $"{repository.Name} is called {said.Name} now, which has an entry of its own.",
                $"Remove {repository.Name} from ingress.repositories."
            );
        }
    }

    /// <summary>The entry by which a repository was known, as long as the same secrets vouch for it.</summary>
    private KnownRepository? EntryOf(RepositoryIdRow row) =>
        registry.Find(row.Name, SourceKind.Github) is { } entry && ScopeOf(entry) == row.Scope ? entry : null;

    /// <summary>Whether somebody has entered a repository under its new name, so that the old one is free.</summary>
    private bool HasNewEntry(RepositoryIdRow row) =>
        !AreEqual(row.Name, row.CurrentName)
        && registry.Find(row.CurrentName, SourceKind.Github) is { IsApplicationChosen: true };

    private static string ScopeOf(KnownRepository repository) => repository.SecretsOf ?? "";

    private static bool AreEqual(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static CanaryException Another(KnownRepository repository, RepositoryIdentity said, long known) =>
        new(
            IngressCodes.RepositoryReplaced,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{said.Name} has the id {said.Id} at GitHub, and the {repository.Name} that is released here has {known}: it is another repository."
            ),
            string.Create(
                CultureInfo.InvariantCulture,
                $"If the other one was renamed, give it its new name under ingress.repositories. If this one takes its place, set 'github-id: {said.Id}' in an entry for {repository.Name}."
            )
        );
}
