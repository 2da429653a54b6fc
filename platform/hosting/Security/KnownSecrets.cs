using System.Text;
using Canary.Failures;

namespace Canary.Hosting.Security;

/// <summary>Secrets of the installation, as far as this process knows them: what logs must not show.</summary>
public sealed class KnownSecrets(IEnumerable<SecretSource> sources)
{
    /// <summary>Reads them; they may have changed since the last time.</summary>
    public IReadOnlyList<byte[]> Read() => [.. sources.SelectMany(TryRead)];

    private static List<byte[]> TryRead(SecretSource source)
    {
        try
        {
            return [.. source.Read()];
        }
        catch (CanaryException)
        {
            // Whoever needs it says so.
            return [];
        }
    }
}

/// <summary>Some secrets of the installation.</summary>
/// <param name="Read">Reads those that there are now.</param>
public sealed record SecretSource(Func<IEnumerable<byte[]>> Read)
{
    /// <summary>Secrets that are in files; a file that is not there, or cannot be read, is nobody's secret yet.</summary>
    public static SecretSource OfFiles(Func<IEnumerable<string?>> paths) =>
        new(() => paths().OfType<string>().Select(TryRead).OfType<byte[]>());

    /// <summary>The passwords in a file of git's <c>credential-store</c>: addresses such as <c>https://USER:PASSWORD@HOST</c>.</summary>
    public static SecretSource OfGitCredentials(Func<string?> path) =>
        new(() =>
            path() is { } file && TryRead(file) is { } content
                ? Encoding
                    .UTF8.GetString(content)
                    .Split('\n')
                    .Select(line => Uri.TryCreate(line.Trim(), UriKind.Absolute, out var address) ? address : null)
                    .OfType<Uri>()
                    .SelectMany(PasswordOf)
                    .Select(Encoding.UTF8.GetBytes)
                : []
        );

    /// <summary>As it stands there, and as it is sent.</summary>
    private static IEnumerable<string> PasswordOf(Uri address) =>
        address.UserInfo.Split(':', 2) is [_, { Length: > 0 } password]
            ? [password, Uri.UnescapeDataString(password)]
            : [];

    private static byte[]? TryRead(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
