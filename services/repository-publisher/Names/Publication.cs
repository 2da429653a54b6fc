using Canary.Contracts.Publishing;

namespace Canary.RepositoryPublisher.Names;

/// <summary>Who wants to publish.</summary>
/// <param name="Application">The application.</param>
/// <param name="Repository">The repository that its commit is of; <c>null</c>: whoever asks does not say yet.</param>
/// <param name="IsConfigured">Whether the configuration gives the application to this repository by name.</param>
internal sealed record Publication(string Application, string? Repository, bool IsConfigured)
{
    public static Publication From(PublishPackage command) =>
        new(command.Application, command.Repository, command.IsApplicationConfigured);
}
