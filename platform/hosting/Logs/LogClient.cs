using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Canary.Hosting.Logs;

/// <summary>Sends pieces of logs to ingress, which keeps them for people.</summary>
public sealed class LogClient(HttpClient http)
{
    /// <summary>Appends to a log; returns the offset to go on from.</summary>
    /// <exception cref="HttpRequestException">Ingress is away or refused.</exception>
    internal async Task<long> AppendAsync(
        LogName log,
        string stage,
        long offset,
        byte[] bytes,
        CancellationToken cancellation
    )
    {
        using var content = new ByteArrayContent(bytes);
        var address = string.Create(
            CultureInfo.InvariantCulture,
            $"internal/releases/{log.ReleaseId}/logs/{stage}?offset={offset}{HostOf(log)}"
        );
        using var response = await http.PutAsync(new Uri(address, UriKind.Relative), content, cancellation);
        if (response.StatusCode == HttpStatusCode.Conflict && await ReadEndAsync(response, cancellation) is { } end)
        {
            return end;
        }
        response.EnsureSuccessStatusCode();
        return offset + bytes.Length;
    }

    private static string HostOf(LogName log) => log.Host is { } host ? $"&host={Uri.EscapeDataString(host)}" : "";

    /// <summary>Ingress has less than we thought, and says how much.</summary>
    private static async Task<long?> ReadEndAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        using var problem = await JsonDocument.ParseAsync(body, cancellationToken: cancellation);
        return problem.RootElement.TryGetProperty("length", out var length) ? length.GetInt64() : null;
    }
}
