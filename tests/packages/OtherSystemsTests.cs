namespace Canary.Packages.Tests;

/// <summary>The same packages on other systems than the one that they are made on: `./build.sh packages-test`.</summary>
public sealed class OtherSystemsTests(PackageRepository repository)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private static readonly string[] All =
    [
        "canary",
        "canary-runtime",
        "canary-server",
        "canary-host",
        "canary-build-host",
        "canary-ingress",
        "canary-ci-coordinator",
        "canary-packager",
        "canary-repository-publisher",
        "canary-deployer",
    ];

    [Theory]
    [InlineData("bookworm", null)]
    [InlineData("trixie", null)]
    // No archive of Ubuntu is needed: Debian 13 has the names of Ubuntu's libraries (libssl3t64), and calls itself so here.
    [InlineData("trixie", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\nPRETTY_NAME=\"Ubuntu 24.04\"\n")]
    public async Task All_packages_are_installed_upgraded_taken_back_and_purged(string suite, string? called)
    {
        Assert.SkipUnless(PackageRepository.IsWhole, "This is a row of `./build.sh packages-test`.");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "A root of another system takes root.");
        await using var system = await OtherSystem.MakeAsync(suite);
        if (called is not null)
        {
            system.WriteFile("/usr/lib/os-release", called);
        }

        system.WriteFile(
            "/etc/apt/sources.list.d/canary-itself.list",
            repository.SourceFor(System.Net.IPAddress.Loopback)
        );
        File.Copy(repository.Keyring, Path.Combine(system.Root, "etc/apt/canary.pgp"));
        await RunAsync("apt-get", "update");

        await InstallAsync(repository.FirstVersion);
        (await RunAsync("canary", "--version")).ShouldNotBeEmpty();
        (await RunAsync("canary-server", "--help")).ShouldContain("Usage:");
        await InstallAsync(repository.SecondVersion);
        await InstallAsync(repository.FirstVersion);
        (await RunAsync("dpkg", "--audit")).ShouldBeEmpty();
        await RunAsync(["apt-get", "purge", "--yes", .. All]);

        (
            await RunAsync(
                "find",
                "/etc",
                "/usr",
                "/var/lib",
                "-iname",
                "*canary*",
                "!",
                "-path",
                "/etc/apt/canary*",
                "!",
                "-path",
                "/etc/apt/sources.list.d/*",
                "!",
                "-path",
                "/var/lib/apt/lists/*",
                "!",
                "-path",
                "*/zoneinfo/*"
            )
        ).ShouldBeEmpty();

        Task<string> InstallAsync(string version) =>
            RunAsync(["apt-get", "install", "--yes", "--allow-downgrades", .. All.Select(it => $"{it}={version}")]);

        Task<string> RunAsync(params string[] command) => system.OutputOfAsync(Longest, command);
    }
}
