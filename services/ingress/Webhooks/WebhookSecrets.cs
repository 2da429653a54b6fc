using System.Security.Cryptography;
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
    ILogger<WebhookSecrets> logger
) : IHostedService
{
    private const string OwnFileName = "webhook-secret";

    private readonly Lock _gate = new();

    private readonly Dictionary<string, (DateTime Written, byte[] Secret)> _files = [];

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
            EnsureOwn(own);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The secrets in force.</summary>
    /// <exception cref="CanaryException">None can be read.</exception>
    public IReadOnlyList<byte[]> Current()
    {
        lock (_gate)
        {
            var secrets = options.CurrentValue.WebhookSecrets.Select(secret => Encoding.UTF8.GetBytes(secret.Trim()));
            var files = OwnFile is { } own ? [EnsureOwn(own)] : options.CurrentValue.WebhookSecretFiles;
            var faults = new List<string>();
            List<byte[]> all = [.. secrets, .. files.Select(file => Read(file, faults)).OfType<byte[]>()];
            return all.Count > 0
                ? all
                : throw new CanaryException(
                    IngressCodes.WebhookSecretUnreadable,
                    $"No webhook secret can be read: {string.Join("; ", faults)}.",
                    "Check the files of ingress.webhook-secret-files, their owner and mode."
                );
        }
    }

    private static string EnsureOwn(string path)
    {
        if (!File.Exists(path))
        {
            var secret = RandomNumberGenerator.GetHexString(40, lowercase: true) + "\n";
            SecretFile.WriteNew(path, Encoding.UTF8.GetBytes(secret));
        }

        return path;
    }

    private byte[]? Read(string path, List<string> faults)
    {
        try
        {
            var written = File.GetLastWriteTimeUtc(path);
            if (_files.TryGetValue(path, out var known) && known.Written == written)
            {
                return known.Secret;
            }

            var secret = Encoding.UTF8.GetBytes(File.ReadAllText(path).Trim());
            if (secret.Length < WebhookSecretRules.Shortest)
            {
                faults.Add($"{path} holds fewer than {WebhookSecretRules.Shortest} characters");
                return null;
            }

            _files[path] = (written, secret);
            return secret;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("The webhook secret file {Path} cannot be read: {Reason}", path, e.Message);
            faults.Add($"{path}: {e.Message}");
            return null;
        }
    }
}
