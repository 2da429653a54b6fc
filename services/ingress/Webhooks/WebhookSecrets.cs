using System.Buffers;
using System.Text;
using Canary.Failures;
using Canary.Files;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Webhooks;

/// <summary>
/// The secrets that webhooks may be signed with. There is always one: without configuration, ingress makes its own and
/// keeps it in its data directory, so that an unsigned webhook is never accepted, not even on the first day.
/// </summary>
internal sealed class WebhookSecrets(
    IOptionsMonitor<IngressOptions> options,
    DataDirectory data,
    SecretFiles secretFiles
) : IHostedService
{
    private const string OwnFileName = "webhook-secret";

    /// <summary>The file with the secret that ingress made; <c>null</c> if the configuration has one.</summary>
    public string? OwnFile =>
        options.CurrentValue is { WebhookSecrets.Count: 0, WebhookSecretFiles.Count: 0 }
            ? Path.Combine(data.For("ingress"), OwnFileName)
            : null;

    /// <summary>Makes the secret that people look for when they set up the first webhook.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (OwnFile is { } own)
        {
            SecretFiles.Ensure(own);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>For whom a body was signed. Every secret is tried, whichever fits, before anything of the body is read.</summary>
    /// <exception cref="CanaryException">No secret can be read.</exception>
    public WebhookSigners SignersOf(GitHubSignature signature, ReadOnlySequence<byte> body)
    {
        var entries = new List<string?>();
        foreach (var scope in Current())
        {
            if (signature.IsOf(body, scope.Secrets))
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
        IReadOnlyList<string> files = OwnFile is { } own ? [SecretFiles.Ensure(own)] : current.WebhookSecretFiles;
        List<SecretScope> scopes =
        [
            Read(entry: null, current.WebhookSecrets, files),
            .. current
                .Repositories.Where(entry => entry.HasWebhookSecrets)
                .DistinctBy(entry => entry.Name, StringComparer.OrdinalIgnoreCase)
                .Select(entry => Read(entry.Name, entry.WebhookSecrets, entry.WebhookSecretFiles)),
        ];
        return scopes.Any(scope => scope.Secrets.Count > 0)
            ? scopes
            : throw new CanaryException(
                IngressCodes.WebhookSecretUnreadable,
                $"No webhook secret can be read: {string.Join("; ", scopes.SelectMany(scope => scope.Faults))}.",
                "Check the files of ingress.webhook-secret-files, their owner and mode."
            );
    }

    private SecretScope Read(string? entry, List<string> values, IReadOnlyList<string> files)
    {
        var faults = new List<string>();
        List<byte[]> secrets =
        [
            .. values.Select(secret => Encoding.UTF8.GetBytes(secret.Trim())),
            .. files.Select(file => secretFiles.Read(file, faults)).OfType<byte[]>(),
        ];
        return new SecretScope(entry, secrets, values.Count, files, faults);
    }
}
