using System.Security.Cryptography;
using System.Text;
using Canary.Files;

namespace Canary.Ingress.Webhooks;

/// <summary>Reads the files that secrets of webhooks are in, again when they change.</summary>
internal sealed class SecretFiles(ILogger<SecretFiles> logger)
{
    private readonly Lock _gate = new();

    private readonly Dictionary<string, (DateTime Written, byte[] Secret)> _files = [];

    /// <summary>Files that the log has told of: whoever sends webhooks does not fill it.</summary>
    private readonly HashSet<string> _unreadable = [];

    /// <summary>Makes a file with a secret, unless there is one.</summary>
    public static string Ensure(string path)
    {
        if (!File.Exists(path))
        {
            var secret = RandomNumberGenerator.GetHexString(40, lowercase: true) + "\n";
            SecretFile.WriteNew(path, Encoding.UTF8.GetBytes(secret));
        }

        return path;
    }

    /// <summary>The secret in a file; <c>null</c>: there is none, and the reason is one more fault.</summary>
    public byte[]? Read(string path, List<string> faults)
    {
        lock (_gate)
        {
            return ReadAlone(path, faults);
        }
    }

    private byte[]? ReadAlone(string path, List<string> faults)
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
            _unreadable.Remove(path);
            return secret;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_unreadable.Add(path))
            {
                logger.LogWarning("The webhook secret file {Path} cannot be read: {Reason}", path, e.Message);
            }

            faults.Add($"{path}: {e.Message}");
            return null;
        }
    }
}
