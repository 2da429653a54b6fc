using Canary.Durability.Locks;
using Canary.Failures;
using Canary.GitHub;
using Canary.Hosting;
using Canary.Ingress.Audit;
using Canary.Ingress.Releases;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Repositories.Registrations;

/// <summary>
/// Adds repositories beside the configuration, and removes them. What is to be done at GitHub is recorded before it is asked for, so that whatever is lost,
/// the same said again finds what there is. Once begun it goes on when nobody waits for it any more.
/// </summary>
internal sealed class Registrar(
    IngressStore store,
    RepositoryRegistry registry,
    RegisteredRepositories registered,
    RegistrationSecrets secrets,
    RepositoryHooks hooks,
    GitHubApi github,
    AuditLog audit,
    IDistributedLocks<IngressStore> locks,
    IOptions<HostingOptions> hosting,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time
)
{
    private const string Lock = "registrations";

    /// <returns>What was added, and whether it is new.</returns>
    /// <exception cref="CanaryException">It is not added.</exception>
    public async Task<(RegistrationRow Row, bool IsNew)> AddAsync(
        RegistrationRequest request,
        CancellationToken cancellation
    )
    {
        var address =
            WebhookAddress()
            ?? throw new CanaryException(
                IngressCodes.PublicAddressMissing,
                "GitHub cannot be told where to send webhooks: this server does not know its own address.",
                "Set hosting.public-address to the address that GitHub reaches it by."
            );
        var given = NameOf(request.Repository);
        ThrowIfInvalid(request.Application);
        await using var alone = await locks.AcquireAsync(Lock, cancellation);
        var found = await github.AskAsync(
            given,
            client => client.Repository.Get(given.Owner, given.Name),
            cancellation
        );
        var name = NameOf(found.FullName);
        ThrowIfConfigured(name, found.Id);
        var known = await KnownAsync(name, found.Id, cancellation);
        var application = await ApplicationAsync(name, found.Id, known, request, cancellation);
        var asked = new Terms(name, application, PlainText.Line(request.By, PushDraft.LongestPusher) ?? "operator");
        var row = known ?? Begin(found.Id, asked);
        var before = row.State;
        var secret = secrets.Make();
        row.Secrets = [.. row.Secrets, secret];
        row.State = before == RegistrationState.Added ? before : RegistrationState.Adding;
        await SaveAsync(row);
        try
        {
            var identity = new RepositoryIdentity(found.Id, $"{name}");
            row.HookId = await hooks.EnsureAsync(identity, address, secrets.Read(secret));
        }
        catch (CanaryException e) when (e.Code == IngressCodes.WebhookUncertain)
        {
            asked.ApplyTo(row);
            Record(AuditedActions.AddRepository, row, row.AddedBy);
            await SaveAsync(row);
            throw;
        }
        catch (CanaryException)
        {
            await UndoAsync(row, known is null ? null : before, secret);
            throw;
        }

        asked.ApplyTo(row);
        await FinishAsync(row, secret);
        return (row, known is null);
    }

    /// <returns>What was removed, and whether its webhook had to be left.</returns>
    /// <exception cref="CanaryException">It was never added, or its webhook may still be there.</exception>
    public async Task<(RegistrationRow Row, bool IsHookLeft)> RemoveAsync(
        string repository,
        string? by,
        CancellationToken cancellation
    )
    {
        await using var alone = await locks.AcquireAsync(Lock, cancellation);
        var key = NameOf(repository).ToString().ToLowerInvariant();
        var row =
            await store.Registrations.SingleOrDefaultAsync(it => it.Key == key, cancellation)
            ?? throw NotAdded(repository);
        if (row.State != RegistrationState.Removing)
        {
            row.State = RegistrationState.Removing;
            Record(AuditedActions.RemoveRepository, row, by);
            await SaveAsync(row);
        }

        await DeleteHookAsync(row);
        store.Registrations.Remove(row);
        await store.SaveChangesAsync(CancellationToken.None);
        secrets.Delete(row.Secrets);
        return (row, !github.IsUsed);
    }

    private async Task DeleteHookAsync(RegistrationRow row)
    {
        if (!github.IsUsed)
        {
            return;
        }

        try
        {
            await hooks.DeleteAsync(IdentityOf(row), row.HookId, WebhookAddress());
        }
        catch (CanaryException e)
        {
            throw new CanaryException(
                IngressCodes.WebhookLeft,
                $"{row.Name} is not released any more, but its webhook is still at GitHub: {e.Message}",
                $"{e.Remedy} Then say it again: canary apps remove {row.Name}",
                e
            );
        }
    }

    /// <summary>What was added already, also by another name.</summary>
    private async Task<RegistrationRow?> KnownAsync(RepositoryName name, long id, CancellationToken cancellation)
    {
        var key = name.ToString().ToLowerInvariant();
        var rows = await store
            .Registrations.Where(row => row.GithubId == id || row.Key == key)
            .ToListAsync(cancellation);
        return rows.Exists(row => row.GithubId != id)
            ? throw new CanaryException(
                IngressCodes.RepositoryReplaced,
                $"Another repository was added as {name}. GitHub calls it otherwise now, or it is gone.",
                $"Add that one by its new name, or remove it: canary apps remove {name}. Then add {name} again."
            )
            : rows.SingleOrDefault();
    }

    private RegistrationRow Begin(long id, Terms asked)
    {
        var row = new RegistrationRow
        {
            GithubId = id,
            Name = $"{asked.Name}",
            Key = asked.Key,
            Application = asked.Application,
            State = RegistrationState.Adding,
            AddedAt = time.GetUtcNow(),
            AddedBy = asked.By,
        };
        store.Registrations.Add(row);
        return row;
    }

    private async Task<string> ApplicationAsync(
        RepositoryName name,
        long id,
        RegistrationRow? known,
        RegistrationRequest request,
        CancellationToken cancellation
    )
    {
        var application =
            request.Application
            ?? known?.Application
            ?? ApplicationName.FromRepository($"{name}")
            ?? throw new CanaryException(
                IngressCodes.ApplicationInvalid,
                $"The name of {name} gives no name of a package.",
                $"Name the application: canary apps add {name} --app NAME"
            );
        var holder = registry
            .All()
            .FirstOrDefault(it =>
                it.IsApplicationChosen && it.Application == application && it.GithubId != id && !IsNamed(it, name)
            )
            ?.Name;
        holder ??=
            request.Application is null && known is null ? await OwnerAsync(name, application, cancellation) : null;
        return holder is null
            ? application
            : throw new CanaryException(
                IngressCodes.ApplicationTaken,
                $"The application '{application}' of {name} belongs to {holder}.",
                $"Give it another: canary apps add {name} --app NAME"
            );
    }

    /// <summary>The repository whose releases the application has; by name, it can be taken over.</summary>
    private async Task<string?> OwnerAsync(RepositoryName name, string application, CancellationToken cancellation)
    {
        var owner = await store
            .Releases.Where(release => release.Application == application)
            .OrderByDescending(release => release.Arrival)
            .Select(release => release.Repository)
            .FirstOrDefaultAsync(cancellation);
        return owner is null || owner.Equals($"{name}", StringComparison.OrdinalIgnoreCase) ? null : owner;
    }

    private async Task FinishAsync(RegistrationRow row, string secret)
    {
        var former = row.Secrets.Where(it => it != secret).ToList();
        (row.State, row.Secrets) = (RegistrationState.Added, [secret]);
        Record(AuditedActions.AddRepository, row, row.AddedBy);
        await SaveAsync(row);
        secrets.Delete(former);
    }

    /// <summary>Nothing has changed at GitHub, and nothing changes here.</summary>
    private async Task UndoAsync(RegistrationRow row, RegistrationState? before, string secret)
    {
        if (before is not { } state)
        {
            store.Registrations.Remove(row);
        }
        else
        {
            row.State = state;
            row.Secrets = [.. row.Secrets.Where(it => it != secret)];
        }

        await SaveAsync(row);
        secrets.Delete([secret]);
    }

    private async Task SaveAsync(RegistrationRow row)
    {
        row.Revision++;
        await store.SaveChangesAsync(CancellationToken.None);
        await registered.RefreshAsync(CancellationToken.None);
    }

    private void Record(string action, RegistrationRow row, string? by) =>
        audit.Add(
            new AuditedDecision(action, PlainText.Line(by, PushDraft.LongestPusher) ?? "operator")
            {
                Application = row.Application,
                Detail = row.Name,
            }
        );

    private void ThrowIfConfigured(RepositoryName name, long id)
    {
        var entry = RegisteredRepositories.EntryFor(options.CurrentValue.Repositories, $"{name}", id);
        if (entry is not null)
        {
            throw new CanaryException(
                IngressCodes.RepositoryConfigured,
                $"{name} is in the configuration already, as '{entry.Name}' under ingress.repositories.",
                "Leave it there, and make its webhook by hand: docs/github.md. Or take it out of the configuration and add it again."
            );
        }
    }

    private CanaryException NotAdded(string repository) =>
        registry.FindAsked(repository) is { } known
            ? new CanaryException(
                IngressCodes.RepositoryNotAdded,
                $"{known.Name} is in the configuration, and was not added.",
                "Remove it from ingress.repositories."
            )
            : new CanaryException(
                IngressCodes.RepositoryNotAdded,
                $"{PlainText.Line(repository, 200)} was not added.",
                "See which repositories there are: canary apps repositories."
            );

    private static void ThrowIfInvalid(string? application)
    {
        if (application is not null && !ApplicationName.IsValid(application))
        {
            throw new CanaryException(
                IngressCodes.ApplicationInvalid,
                $"'{PlainText.Line(application, 100)}' is no name of an application.",
                "Choose a Debian package name: lower-case letters, digits, + - . and at least two characters."
            );
        }
    }

    private static RepositoryIdentity IdentityOf(RegistrationRow row) => new(row.GithubId, row.Name);

    private static bool IsNamed(KnownRepository repository, RepositoryName name) =>
        repository.Source == SourceKind.Github && repository.Name.Equals($"{name}", StringComparison.OrdinalIgnoreCase);

    private static RepositoryName NameOf(string? repository) =>
        RepositoryName.Of(repository ?? "") is { } name && GitNames.IsRepository($"{name}")
            ? name
            : throw new CanaryException(
                IngressCodes.RepositoryInvalid,
                $"'{PlainText.Line(repository, 200)}' is no repository of GitHub.",
                "Write OWNER/NAME."
            );

    private Uri? WebhookAddress() =>
        hosting.Value.PublicAddress is { } address
            ? new Uri(new Uri(address.TrimEnd('/') + "/"), "webhooks/github")
            : null;

    /// <summary>What a registration is to be: once GitHub has done it, or may have.</summary>
    private sealed record Terms(RepositoryName Name, string Application, string By)
    {
        public string Key => $"{Name}".ToLowerInvariant();

        public void ApplyTo(RegistrationRow row) =>
            (row.Name, row.Key, row.Application, row.AddedBy) = ($"{Name}", Key, Application, By);
    }
}
