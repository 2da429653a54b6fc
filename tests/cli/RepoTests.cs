using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Canary.Machines.Apt;
using Canary.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Cli.Tests;

/// <summary><c>canary repo …</c> and <c>canary verify</c>.</summary>
public sealed class RepoTests : IDisposable
{
    private const string Version = "1.4.2-1767225600.g0123456";
    private const string File = "pool/main/s/shop/shop_1.4.2-1767225600.g0123456_all.deb";

    private readonly TempDirectory _directory = new();

    [Theory]
    [InlineData("repo list", ExitCodes.Ok, "repo-list.txt")]
    [InlineData("repo list --json", ExitCodes.Ok, "repo-list.json")]
    [InlineData("repo show shop", ExitCodes.Ok, "repo-show.txt")]
    [InlineData("repo show shop 1.4.2", ExitCodes.Ok, "repo-show-version.txt")]
    [InlineData("repo verify", ExitCodes.ReleaseFailed, "repo-verify.txt")]
    [InlineData("repo gc", ExitCodes.Ok, "repo-gc.txt")]
    [InlineData("repo gc --remove", ExitCodes.Ok, "repo-gc-remove.txt")]
    [InlineData("repo keys list", ExitCodes.Ok, "repo-keys.txt")]
    public async Task Output_keeps_its_shape(string command, int exitCode, string snapshot)
    {
        await using var server = await ServerAsync();
        using var run = new CliRun { Time = new FakeTimeProvider(Samples.Begin.AddMinutes(5)) }.At(server);

        (await run.RunAsync(command.Split(' '))).ShouldBe(exitCode, run.Error.ToString());

        Snapshot.Match(run.Output, snapshot);
    }

    [Theory]
    [InlineData("repo keys rotate", "POST /api/apt/keys/rotation")]
    [InlineData("repo keys retire", "POST /api/apt/keys/retirement")]
    [InlineData("repo keys retire --force", "POST /api/apt/keys/retirement?early=true")]
    [InlineData("repo verify --quick", "POST /api/apt/verification?quick=true")]
    [InlineData("repo list --suite canary", "GET /api/apt/packages?suite=canary")]
    public async Task What_is_asked_for_is_what_was_said(string command, string request)
    {
        await using var server = await ServerAsync();
        using var run = new CliRun().At(server);

        await run.RunAsync(command.Split(' '));

        server.Requests.ShouldContain(request);
    }

    [Fact]
    public async Task A_file_of_the_repository_is_told_with_its_commit_and_key()
    {
        await using var server = await ServerAsync();
        var package = _directory.WriteFile("shop.deb", "a package");
        server.Apt[$"GET files/{HashOf("a package")}"] = new JsonObject
        {
            ["application"] = "shop",
            ["file"] = PackageFile(),
            ["fingerprints"] = new JsonArray("AB12"),
        };
        using var run = new CliRun().At(server);

        (await run.RunAsync("verify", package)).ShouldBe(ExitCodes.Ok, run.Error.ToString());

        run.Output.ShouldContain($"{package} is shop {Version} (all), as it was published.");
        run.Output.ShouldContain("commit:            0123456789abcdef0123456789abcdef01234567");
        // No signature was verified.
        run.Output.ShouldContain("server signs with: AB12");
        run.Output.ShouldNotContain("signed by");
    }

    [Fact]
    public async Task A_file_of_somebody_else_is_refused()
    {
        await using var server = await ServerAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("verify", _directory.WriteFile("other.deb", "changed"))).ShouldBe(ExitCodes.ReleaseFailed);

        run.Error.ToString().ShouldContain("has not published");
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_an_error_of_usage()
    {
        using var run = new CliRun();

        (await run.RunAsync("verify", _directory.Combine("none.deb"))).ShouldBe(ExitCodes.Usage);
    }

    [Fact]
    public async Task Without_a_server_the_signed_indexes_say_whose_it_is()
    {
        var (address, keyring) = await SignedRepositoryAsync(HashOf("a package"));
        var package = _directory.WriteFile("shop.deb", "a package");
        using var run = new CliRun();

        (
            await run.RunAsync(
                "verify",
                package,
                "--repository",
                address,
                "--keyring",
                keyring,
                "--suite",
                "production",
                "--json"
            )
        ).ShouldBe(ExitCodes.Ok, run.Error.ToString());

        var found = JsonNode.Parse(run.Output)!;
        found["package"]!.GetValue<string>().ShouldBe("shop");
        found["commit"]!.GetValue<string>().ShouldBe("0123456");
        found["suites"]!.AsArray().Single()!.GetValue<string>().ShouldBe("production");
        found["fingerprints"]!.AsArray().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("index", "is not what its signed Release file says", ExitCodes.Unreachable)]
    [InlineData("release", "is not signed by a key of", ExitCodes.ReleaseFailed)]
    [InlineData("file", "has not published", ExitCodes.ReleaseFailed)]
    public async Task What_somebody_in_between_changed_is_not_believed(string what, string words, int exitCode)
    {
        var (address, keyring) = await SignedRepositoryAsync(HashOf("a package"));
        var package = _directory.WriteFile("shop.deb", what == "file" ? "another package" : "a package");
        var suite = new Uri(address).LocalPath + "/dists/production/";
        if (what == "index")
        {
            var index = Directory.GetFiles($"{suite}main/binary-all/by-hash/SHA256").Single();
            await System.IO.File.WriteAllBytesAsync(
                index,
                Gzip("Package: other\n"),
                TestContext.Current.CancellationToken
            );
        }
        else if (what == "release")
        {
            await System.IO.File.AppendAllTextAsync($"{suite}Release", "\n", TestContext.Current.CancellationToken);
        }

        using var run = new CliRun();
        (
            await run.RunAsync(
                "verify",
                package,
                "--repository",
                address,
                "--keyring",
                keyring,
                "--suite",
                "production"
            )
        ).ShouldBe(exitCode, run.Error.ToString());

        run.Error.ToString().ShouldContain(words);
    }

    [Theory]
    [InlineData("20200101T000000", "2d", "Thu, 31 Dec 2099 00:00:00 UTC", "is not signed by a key of")]
    [InlineData("20200101T000000", "never", "Wed, 08 Jan 2020 00:00:00 UTC", "not valid any more")]
    [InlineData("20200101T000000", "never", "one day", "not valid any more")]
    public async Task What_an_old_key_or_an_old_suite_says_vouches_for_nothing(
        string signedAt,
        string expires,
        string validUntil,
        string words
    )
    {
        var (address, keyring) = await SignedRepositoryAsync(
            HashOf("a package"),
            $"Valid-Until: {validUntil}\n",
            expires,
            $"--faked-system-time={signedAt}"
        );
        using var run = new CliRun();

        (
            await run.RunAsync(
                "verify",
                _directory.WriteFile("shop.deb", "a package"),
                "--repository",
                address,
                "--keyring",
                keyring,
                "--suite",
                "production"
            )
        ).ShouldBe(ExitCodes.ReleaseFailed, run.Error.ToString());

        run.Error.ToString().ShouldContain(words);
    }

    /// <summary>As gpgv says it while the repository is signed with two keys.</summary>
    [Theory]
    [InlineData(
        "NEWSIG\nERRSIG A 22 10 00 1 9 A\nNO_PUBKEY A\nNEWSIG\nGOODSIG B b@example.org\nVALIDSIG BB 2020",
        "BB"
    )]
    [InlineData("NEWSIG\nGOODSIG B b@example.org\nVALIDSIG BB 2020\nNEWSIG\nEXPKEYSIG A a\nVALIDSIG AA 2020", "BB")]
    [InlineData("NEWSIG\nGOODSIG A a\nVALIDSIG AA 2020\nNEWSIG\nGOODSIG B b\nVALIDSIG BB 2020", "AA,BB")]
    [InlineData("NEWSIG\nREVKEYSIG A a\nVALIDSIG AA 2020", "")]
    [InlineData("NEWSIG\nEXPSIG A a\nVALIDSIG AA 2020", "")]
    [InlineData("NEWSIG\nBADSIG A a", "")]
    [InlineData("NEWSIG\nGOODSIG A a\nNEWSIG\nREVKEYSIG B b\nVALIDSIG BB 2020", "")]
    public void Only_good_signatures_of_keys_that_count_are_taken(string status, string signers) =>
        string.Join(',', GpgvStatus.SignersIn(string.Concat(status.Split('\n').Select(line => $"[GNUPG:] {line}\n"))))
            .ShouldBe(signers);

    public void Dispose() => _directory.Dispose();

    private async Task<(string Address, string Keyring)> SignedRepositoryAsync(
        string sha256,
        string fields = "",
        string expires = "never",
        params string[] clock
    )
    {
        Directory.CreateDirectory(_directory.Combine("gnupg"), FileModes.PrivateDirectory);
        var home = new Dictionary<string, string?> { ["GNUPGHOME"] = _directory.Combine("gnupg") };
        var index = Gzip(
            $"Package: shop\nVersion: {Version}\nArchitecture: all\nFilename: {File}\nSize: 9\nSHA256: {sha256}\n\n"
        );
        var hash = Convert.ToHexStringLower(SHA256.HashData(index));
        const string suite = "repository/dists/production";
        var place = _directory.CreateDirectory(suite, "main/binary-all/by-hash/SHA256");
        await System.IO.File.WriteAllBytesAsync(Path.Combine(place, hash), index);
        var release = _directory.WriteFile(
            $"{suite}/Release",
            $"Suite: production\n{fields}SHA256:\n {hash} {index.Length} main/binary-all/Packages.gz\n"
        );
        var keyring = _directory.Combine("keyring.pgp");
        await GpgAsync("--passphrase", "", "--quick-generate-key", "a@example.org", "ed25519", "sign", expires);
        await GpgAsync("--output", keyring, "--export", "a@example.org");
        await GpgAsync("--armor", "--output", $"{release}.gpg", "--detach-sign", release);
        await ProcessRunner.RunAsync("gpgconf", ["--kill", "all"], environment: home);
        return (new Uri(_directory.Combine("repository")).ToString(), keyring);

        Task GpgAsync(params string[] arguments) =>
            ProcessRunner.OutputOfAsync("gpg", ["--batch", "--quiet", .. clock, .. arguments], environment: home);
    }

    private static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }

    private static string HashOf(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static JsonObject PackageFile() =>
        new()
        {
            ["package"] = "shop",
            ["version"] = Version,
            ["architecture"] = "all",
            ["fileName"] = File,
            ["size"] = 4096,
            ["sha256"] = HashOf("a package"),
            ["publishedAt"] = Time(0),
            ["suites"] = new JsonArray(
                Listing("canary", isOffered: true, 100),
                Listing("production", isOffered: true, 0)
            ),
            ["isKept"] = true,
            ["stanza"] = $"Package: shop\nVersion: {Version}\n",
            ["releaseId"] = "0f4a2c1e-0000-4000-8000-000000000001",
            ["repository"] = "acme/shop",
            ["commit"] = "0123456789abcdef0123456789abcdef01234567",
            ["hosts"] = new JsonArray("canary-1", "web-1"),
        };

    private static JsonObject Listing(string suite, bool isOffered, int percentage) =>
        new()
        {
            ["suite"] = suite,
            ["isOffered"] = isOffered,
            ["phasedPercentage"] = percentage,
        };

    private static string Time(int minute) =>
        Samples.Begin.AddMinutes(minute).ToString("O", CultureInfo.InvariantCulture);

    private static async Task<FakeServer> ServerAsync()
    {
        var server = await FakeServer.StartAsync();
        server.Apt["GET packages"] = new JsonObject
        {
            ["packages"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = "shop",
                    ["application"] = "shop",
                    ["versions"] = 7,
                    ["size"] = 5_000_000,
                    ["offered"] = new JsonArray(
                        new JsonObject
                        {
                            ["suite"] = "canary",
                            ["version"] = Version,
                            ["listed"] = 6,
                        }
                    ),
                }
            ),
            ["suites"] = new JsonArray("canary", "production"),
            ["files"] = 7,
            ["size"] = 5_000_000,
        };
        var details = new JsonObject
        {
            ["name"] = "shop",
            ["application"] = "shop",
            ["files"] = new JsonArray(PackageFile()),
        };
        server.Apt["GET packages/shop"] = details;
        server.Apt["POST verification"] = new JsonObject
        {
            ["suites"] = 2,
            ["indexes"] = 6,
            ["files"] = 7,
            ["size"] = 5_000_000,
            ["faultCount"] = 1,
            ["faults"] = new JsonArray(
                new JsonObject
                {
                    ["code"] = "pool-file-missing",
                    ["message"] = $"{File} is not there.",
                    ["remedy"] = "Restore the file from a backup.",
                }
            ),
        };
        foreach (var (method, isRemoved) in new[] { ("GET", false), ("DELETE", true) })
        {
            server.Apt[$"{method} unneeded"] = new JsonObject
            {
                ["files"] = new JsonArray(
                    new JsonObject
                    {
                        ["fileName"] = File,
                        ["size"] = 4096,
                        ["package"] = "shop",
                        ["version"] = Version,
                        ["unlistedSince"] = Time(0),
                    },
                    new JsonObject { ["fileName"] = "pool/main/s/shop/rest.deb.part", ["size"] = 12 }
                ),
                ["size"] = 4108,
                ["isRemoved"] = isRemoved,
            };
        }

        var keys = new JsonObject
        {
            ["keys"] = new JsonArray(Key('A', "current", Time(0)), Key('B', "next", null)),
            ["retirableFrom"] = Time(0),
        };
        server.Apt["GET keys"] = keys;
        server.Apt["POST keys/rotation"] = keys;
        server.Apt["POST keys/retirement"] = keys;
        return server;
    }

    private static JsonObject Key(char digit, string role, string? expiresAt) =>
        new()
        {
            ["fingerprint"] = new string(digit, 40),
            ["algorithm"] = "ed25519",
            ["role"] = role,
            ["createdAt"] = Time(0),
            ["expiresAt"] = expiresAt,
        };
}
