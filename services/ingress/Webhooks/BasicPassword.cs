namespace Canary.Ingress.Webhooks;

/// <summary>The password of HTTP's Basic authentication (RFC 7617): what clients make of <c>https://USER:PASSWORD@HOST</c>.</summary>
internal static class BasicPassword
{
    private const string Scheme = "Basic ";

    private const int Longest = 4096;

    /// <returns><c>null</c>: the header is missing, or is something else.</returns>
    public static byte[]? Of(IHeaderDictionary headers)
    {
        var header = headers.Authorization.ToString();
        if (header.Length > Longest || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var credentials = new byte[header.Length];
        return
            Convert.TryFromBase64String(header[Scheme.Length..].Trim(), credentials, out var length)
            && credentials.AsSpan(0, length).IndexOf((byte)':') is >= 0 and var colon
            ? credentials[(colon + 1)..length]
            : null;
    }
}
