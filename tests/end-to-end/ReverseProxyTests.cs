using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>The server behind each proxy that <c>docs/install.md</c> has a configuration for.</summary>
public sealed class ReverseProxyTests : IDisposable
{
    /// <summary>More than proxies take where nothing is said: nginx 1 MiB.</summary>
    private const int PackageBytes = 30 * 1024 * 1024;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddyfile")]
    [InlineData("haproxy")]
    public async Task Large_packages_go_through_events_come_at_once_and_addresses_are_those_of_clients(string kind)
    {
        await using var server = await CanaryServer.StartAsync("hosting.trusted-proxies.0=127.0.0.1");
        using var proxy = await ReverseProxy.StartAsync(kind, server.Http.BaseAddress!);
        using var client = proxy.Connect();
        client.DefaultRequestHeaders.Authorization = server.Http.DefaultRequestHeaders.Authorization;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var events = new StreamReader(await client.GetStreamAsync("/api/events", limit.Token));

        using var uploaded = await UploadAsync(client, await PackageAsync(), limit.Token);

        uploaded.StatusCode.ShouldBe(HttpStatusCode.Accepted, await uploaded.Content.ReadAsStringAsync() + proxy.Log);
        (await LineWithAsync(events, "large", limit.Token)).ShouldStartWith("data:");
        (await AddressOfAsync(client, limit.Token)).ShouldBe(ReverseProxy.ClientAddress);
    }

    private static async Task<HttpResponseMessage> UploadAsync(
        HttpClient client,
        string package,
        CancellationToken cancellation
    )
    {
        var bytes = await File.ReadAllBytesAsync(package, cancellation);
        using var content = new ByteArrayContent(bytes);
        return await client.PostAsync(
            $"/api/packages?application=large&sha256={Convert.ToHexStringLower(SHA256.HashData(bytes))}",
            content,
            cancellation
        );
    }

    /// <summary>The stream stays open: a proxy that waits for its end would never let the line through.</summary>
    private static async Task<string> LineWithAsync(StreamReader events, string text, CancellationToken cancellation)
    {
        while (await events.ReadLineAsync(cancellation) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException("The stream of events ended.");
    }

    /// <summary>The address that a decision is written down with, though its client says to have another one.</summary>
    private static async Task<string> AddressOfAsync(HttpClient client, CancellationToken cancellation)
    {
        using var freeze = new HttpRequestMessage(HttpMethod.Post, "/api/freezes")
        {
            Content = JsonContent.Create(new { reason = "a look at the proxy", application = "large" }),
        };
        freeze.Headers.Add("X-Forwarded-For", "192.0.2.9");
        using var frozen = await client.SendAsync(freeze, cancellation);
        frozen.IsSuccessStatusCode.ShouldBeTrue(await frozen.Content.ReadAsStringAsync(cancellation));
        var audit = await client.GetFromJsonAsync<AuditPage>("/api/audit", cancellation);
        return audit!.Entries.First(entry => entry.Action.StartsWith("freeze", StringComparison.Ordinal)).Address;
    }

    private async Task<string> PackageAsync()
    {
        _directory.WriteFile(
            "tree/DEBIAN/control",
            """
            Package: large
            Version: 1.0-1
            Architecture: all
            Maintainer: Ada <ada@example.org>
            Description: a large file

            """
        );
        var content = _directory.WriteFile("tree/usr/share/large/content", "");
        await File.WriteAllBytesAsync(content, RandomNumberGenerator.GetBytes(PackageBytes));
        var file = _directory.Combine("large.deb");
        await ProcessRunner.OutputOfAsync(
            "dpkg-deb",
            ["--root-owner-group", "-Znone", "--build", _directory.Combine("tree"), file]
        );
        return file;
    }

    private sealed record AuditPage(IReadOnlyList<AuditLine> Entries);

    private sealed record AuditLine(string Action, string Address);
}
