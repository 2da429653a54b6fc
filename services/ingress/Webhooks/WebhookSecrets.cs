using System.Buffers;
using System.Text;
using Canary.Failures;
using Canary.Files;
using Canary.Ingress.Repositories;
using Canary.Ingress.Repositories.Registrations;
using Canary.Ingress.Webhooks.Sources;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Webhooks;

/// <summary>
/// The secrets that webhooks may be signed with. There is always one: without configuration, ingress makes its own and
/// keeps it in its data directory, so that an unsigned webhook is never accepted, not even on the first day.
/// </summary>
internal sealed class WebhookSecrets(
    IOptionsMonitor<IngressOptions> options,
    DataDirectory data,
    SecretFiles secretFiles,
    RegisteredRepositories? registered = null
) : IHostedService
{
    /// <summary>The file with the secret that ingress made for a service; <c>null</c> if the configuration has one.</summary>
    public string? OwnFileFor(SourceKind source)
    {
        var current = options.CurrentValue;
        return source switch
        {
            SourceKind.Github when current is { WebhookSecrets.Count: 0, WebhookSecretFiles.Count: 0 } => Own(
                "webhook-secret"
            ),
            SourceKind.Gitea when current.GiteaSecretFiles.Count == 0 => Own("gitea-secret"),
            SourceKind.Gitlab when current.GitlabSecretFiles.Count == 0 => Own("gitlab-secret"),
            _ => null,
        };
    }

    /// <summary>Makes the secret that people look for when they set up the first webhook.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var own in SourcesInUse().Select(OwnFileFor).OfType<string>())
        {
            SecretFiles.Ensure(own);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>For whom a body was signed. Every secret is tried, whichever fits, before anything of the body is read.</summary>
    /// <exception cref="CanaryException">No secret can be read.</exception>
    public WebhookSigners SignersOf(SourceKind source, IWebhookProof proof, ReadOnlySequence<byte> body)
    {
        var entries = new List<string?>();
        foreach (var scope in Current().Where(scope => scope.Source == source))
        {
            if (proof.IsOf(body, scope.Secrets))
            {
                entries.Add(scope.Entry);
            }
        }

        return new WebhookSigners(entries);
    }

    /// <summary>The secrets in force: the general ones first, then those of repositories that have their own.</summary>
    /// <exception cref="CanaryException">None can be read.</exception>
    public IReadOnlyList<SecretScope> Current()
    {
        var current = options.CurrentValue;
        List<SecretScope> scopes =
        [
            .. SourcesInUse().Select(source => General(source, current)),
            .. (registered?.After(current.Repositories) ?? current.Repositories)
                .Where(entry => entry.HasWebhookSecrets)
                .DistinctBy(entry => (entry.Source, entry.Name.ToLowerInvariant()))
                .Select(entry => Read(entry.Source, entry.Name, entry.WebhookSecrets, entry.WebhookSecretFiles)),
        ];
        return scopes.Any(scope => scope.Secrets.Count > 0)
            ? scopes
            : throw new CanaryException(
                IngressCodes.WebhookSecretUnreadable,
                $"No webhook secret can be read: {string.Join("; ", scopes.SelectMany(scope => scope.Faults))}.",
                "Check the files of ingress.webhook-secret-files, their owner and mode."
            );
    }

    /// <summary>Nobody looks for a secret of a service that no repository is at.</summary>
    private IEnumerable<SourceKind> SourcesInUse() =>
        options
            .CurrentValue.Repositories.Select(entry => entry.Source)
            .Prepend(SourceKind.Github)
            .Where(source => source != SourceKind.Git)
            .Distinct();

    private SecretScope General(SourceKind source, IngressOptions current)
    {
        IReadOnlyList<string> files =
            OwnFileFor(source) is { } own ? [SecretFiles.Ensure(own)]
            : source == SourceKind.Gitea ? current.GiteaSecretFiles
            : source == SourceKind.Gitlab ? current.GitlabSecretFiles
            : current.WebhookSecretFiles;
        return Read(source, entry: null, source == SourceKind.Github ? current.WebhookSecrets : [], files);
    }

    private string Own(string name) => Path.Combine(data.For("ingress"), name);

    private SecretScope Read(SourceKind source, string? entry, List<string> values, IReadOnlyList<string> files)
    {
        var faults = new List<string>();
        List<byte[]> secrets =
        [
            .. values.Select(secret => Encoding.UTF8.GetBytes(secret.Trim())),
            .. files.Select(file => secretFiles.Read(file, faults)).OfType<byte[]>(),
        ];
        return new SecretScope(source, entry, secrets, values.Count, files, faults);
    }
}
