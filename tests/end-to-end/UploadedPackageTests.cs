using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;
using Canary.Testing.Installations;

namespace Canary.EndToEnd.Tests;

/// <summary>Packages that other programs than Canary have built, here <c>dpkg-deb</c>.</summary>
public sealed class UploadedPackageTests : IDisposable
{
    private const string Token = "a token of hello and of nothing else";

    private static readonly string[] Hosts = ["canary-1", "production-1", "production-2"];

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_package_from_elsewhere_is_released_like_any_other_and_has_a_way_back()
    {
        await using var server = await CanaryServer.StartAsync();
        var one = await PackageAsync("1.0-1");
        var two = await PackageAsync("2.0-1");

        var first = await DeployAsync(server, one);
        await RunsEverywhereAsync(server, "1.0-1");
        var second = await DeployAsync(server, two);
        await RunsEverywhereAsync(server, "2.0-1");

        var verified = await server.CanaryAsync("verify", two, "--json");
        verified.ExitCode.ShouldBe(0, verified.Error);
        using var origin = JsonDocument.Parse(verified.Output);
        origin.RootElement.GetProperty("application").GetString().ShouldBe("hello");
        origin.RootElement.GetProperty("uploadedBy").GetString().ShouldBe(Environment.UserName);
        origin.RootElement.TryGetProperty("commit", out var commit).ShouldBe(commit.ValueKind == JsonValueKind.Null);

        (await DeployAsync(server, two)).ShouldBe(second, "the same file is the same release");
        var rollback = await server.CanaryAsync("releases", "rollback", second, "--reason", "slow", "--wait");
        rollback.ExitCode.ShouldBe(0, rollback.Output + rollback.Error);
        await RunsEverywhereAsync(server, "1.0-1");
        (await server.CanaryAsync("releases", "show", first)).Output.ShouldContain("package hello from elsewhere");
    }

    [Fact]
    public async Task What_the_repository_would_not_take_is_refused_at_once()
    {
        await using var server = await CanaryServer.StartAsync();
        await DeployAsync(server, await PackageAsync("1.0-1"));

        await RefusedAsync(server, "hello", await PackageAsync("1.0-1", content: "other bytes"), "version-taken");
        await RefusedAsync(server, "other", await PackageAsync("1.1-1"), "package-name-taken");
        await RefusedAsync(server, "hello", await PackageAsync("1.2-1", mode: "4755"), "file-not-allowed");
        await RefusedAsync(server, "hello", await PackageAsync("1:1.3-1"), "epoch-not-allowed");
        await RefusedAsync(server, "hello", _directory.WriteFile("text.deb", "no package"), "package-invalid");

        (await server.ReleasesAsync("limit=10")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_token_of_an_application_brings_its_packages_and_nothing_else()
    {
        var token = _directory.WriteFile("token", Token);
        await using var server = await CanaryServer.StartAsync($"ingress.package-token-files.hello={token}");
        using var client = new HttpClient { BaseAddress = server.Http.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        var package = await PackageAsync("1.0-1");

        using var foreign = await UploadAsync(client, package, "?application=shop");
        using var other = await client.PostAsync(new Uri("/api/applications/hello/hold", UriKind.Relative), null);
        using var own = await UploadAsync(client, package, "?promote=true");

        foreign.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        other.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        own.StatusCode.ShouldBe(HttpStatusCode.Accepted, await own.Content.ReadAsStringAsync());
        using var release = JsonDocument.Parse(await own.Content.ReadAsStringAsync());
        release.RootElement.GetProperty("pusher").GetString().ShouldBe("the package token of hello");
        await RunsEverywhereAsync(server, "1.0-1");
    }

    private static async Task<HttpResponseMessage> UploadAsync(HttpClient client, string package, string query)
    {
        var bytes = await File.ReadAllBytesAsync(package);
        using var content = new ByteArrayContent(bytes);
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return await client.PostAsync(new Uri($"/api/packages{query}&sha256={digest}", UriKind.Relative), content);
    }

    private static async Task RefusedAsync(CanaryServer server, string application, string package, string code)
    {
        var result = await server.CanaryAsync("deploy", application, package, "--json");

        result.ExitCode.ShouldNotBe(0);
        (result.Output + result.Error).ShouldContain(code);
    }

    private static async Task<string> DeployAsync(CanaryServer server, string package)
    {
        var result = await server.CanaryAsync("deploy", "hello", package, "--promote", "--json");
        result.ExitCode.ShouldBe(0, result.Output + result.Error);
        using var release = JsonDocument.Parse(result.Output.Trim().Split('\n')[^1]);
        return release.RootElement.GetProperty("id").GetString()!;
    }

    private static Task RunsEverywhereAsync(CanaryServer server, string version) =>
        Eventually.PassesAsync(async () =>
        {
            foreach (var host in Hosts)
            {
                (await server.InstalledAsync(host, "hello")).ShouldBe(version);
            }
        });

    /// <summary>A package such as Debian's own: a program below <c>/usr</c>, compressed with xz.</summary>
    private async Task<string> PackageAsync(string version, string content = "echo hello", string mode = "0755")
    {
        var root = Guid.NewGuid().ToString("N");
        var program = _directory.WriteFile($"{root}/usr/bin/hello", $"#!/bin/sh\n{content} {version}\n");
        await ProcessRunner.OutputOfAsync("chmod", [mode, program]);
        _directory.WriteFile(
            $"{root}/DEBIAN/control",
            $"""
            Package: hello
            Version: {version}
            Architecture: all
            Maintainer: Ada <ada@example.org>
            Description: greets

            """
        );
        var file = _directory.Combine($"{root}.deb");
        await ProcessRunner.OutputOfAsync(
            "dpkg-deb",
            ["--root-owner-group", "-Zxz", "--build", _directory.Combine(root), file]
        );
        return file;
    }
}
