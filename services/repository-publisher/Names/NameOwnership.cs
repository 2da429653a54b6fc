using Canary.Failures;
using Canary.RepositoryPublisher.Packages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Names;

/// <summary>
/// Decides which application publishes under which name. A name belongs to the application that first published it, and an
/// application to the repository that first published for it; only the configuration hands either over. What it decides is
/// saved with what it was decided for.
/// </summary>
internal sealed class NameOwnership(IOptions<RepositoryPublisherOptions> options, ILogger<NameOwnership> logger)
{
    /// <summary>Sees to it that a package may be published, and notes the owner of its name.</summary>
    /// <exception cref="CanaryException">The application belongs to another repository, the name to another application, or
    /// the package would take the place of one that is not the application's.</exception>
    public async Task ClaimAsync(
        RepositoryStore store,
        Publication publication,
        DebFile package,
        CancellationToken cancellationToken
    )
    {
        await ClaimAsync(store, publication, package.Name, cancellationToken);
        foreach (var field in Relations.Displacing)
        {
            foreach (var name in Relations.NamesIn(package.Control, field).Distinct())
            {
                await CheckDisplacedAsync(store, publication.Application, package.Name, field, name);
            }
        }
    }

    /// <summary>Sees to it that a package of this name may be published, and notes its owner.</summary>
    /// <exception cref="CanaryException">The application belongs to another repository, or the name to another
    /// application.</exception>
    public async Task ClaimAsync(
        RepositoryStore store,
        Publication publication,
        string package,
        CancellationToken cancellationToken
    )
    {
        await BindAsync(store, publication, cancellationToken);
        var name = await store.Names.FindAsync([package], cancellationToken);
        if (OwnerOf(package, name) is { } owner && owner != publication.Application)
        {
            throw Taken(package, owner, publication.Application);
        }

        if (name is null)
        {
            store.Names.Add(new OwnedName { Name = package, Application = publication.Application });
        }
        else if (name.Application != publication.Application)
        {
            name.Application = publication.Application;
        }
    }

    /// <summary>Sees to it that an application deploys only what is its own.</summary>
    /// <exception cref="CanaryException">The name belongs to another application.</exception>
    public async Task CheckAsync(RepositoryStore store, string application, string package)
    {
        if (OwnerOf(package, await store.Names.FindAsync(package)) is { } owner && owner != application)
        {
            throw Taken(package, owner, application);
        }
    }

    /// <summary>Tells what goes to another owner when the store is saved.</summary>
    public void LogChanges(RepositoryStore store)
    {
        foreach (var entry in store.ChangeTracker.Entries().Where(entry => entry.State == EntityState.Modified))
        {
            if (entry.Entity is OwnedName or OwnedApplication)
            {
                logger.LogInformation("{Owned} has another owner from now on", entry.Entity);
            }
        }
    }

    private async Task CheckDisplacedAsync(
        RepositoryStore store,
        string application,
        string package,
        string field,
        string name
    )
    {
        if (
            name != package
            && !options.Value.Admission.Relations.Contains(name)
            && OwnerOf(name, await store.Names.FindAsync(name)) != application
        )
        {
            throw new CanaryException(
                RepositoryPublisherCodes.RelationNotOwned,
                $"{package} has '{name}' in its field {field}, and that name is not one that the application '{application}' has "
                    + "published.",
                $"Remove '{name}' from `{Relations.KeyOf(field)}` in canary.yml. To let packages concern it, add '{name}' to "
                    + "repository-publisher.admission.relations and restart the repository publisher."
            );
        }
    }

    private string? OwnerOf(string package, OwnedName? name) =>
        options.Value.Admission.Owners.GetValueOrDefault(package) ?? name?.Application;

    private async Task BindAsync(RepositoryStore store, Publication publication, CancellationToken cancellationToken)
    {
        if (publication.Repository is not { } repository)
        {
            return;
        }

        var known = await store.Applications.FindAsync([publication.Application], cancellationToken);
        if (known is null)
        {
            store.Applications.Add(
                new OwnedApplication { Application = publication.Application, Repository = repository }
            );
        }
        else if (!known.BelongsTo(repository))
        {
            if (!publication.IsConfigured)
            {
                throw Foreign(known, repository);
            }

            known.Repository = repository;
        }
    }

    private static CanaryException Taken(string package, string owner, string application) =>
        new(
            RepositoryPublisherCodes.PackageNameTaken,
            $"The package name '{package}' belongs to the application '{owner}'; '{application}' cannot have it.",
            $"Choose another `name` in canary.yml. To hand the name over, set repository-publisher.admission.owners.{package} "
                + $"to '{application}' and restart the repository publisher."
        );

    private static CanaryException Foreign(OwnedApplication application, string repository)
    {
        var isAddress = repository.StartsWith('/') || repository.Contains(':', StringComparison.Ordinal);
        var (name, place) = isAddress ? ("OWNER/NAME", $", 'clone-url: {repository}'") : (repository, "");
        return new(
            RepositoryPublisherCodes.ApplicationTaken,
            $"The application '{application.Application}' of {repository} belongs to {application.Repository}.",
            $"Give {repository} an application of its own: `canary run --app NAME`, or 'application:' under "
                + $"ingress.repositories. If it takes the place of {application.Repository}, add '- name: {name}'{place} and "
                + $"'application: {application.Application}' there."
        );
    }
}
