using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Canary.Deployer.Tests.Transport;

/// <summary>A small signed APT repository, made with dpkg-deb and gpg as any administrator would, served over HTTP
/// where the deployer expects the publisher's.</summary>
internal sealed class FixtureRepository : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Dictionary<string, HashSet<string>> _suites = new() { ["canary"] = [], ["production"] = [] };

    private WebApplication? _app;

    public Uri Address => new(_app!.Urls.First() + "/");

    /// <summary>How the paths end that are answered with 503, as by a proxy whose publisher is away; <c>null</c>: none.</summary>
    public string? Unavailable { get; set; }

    /// <summary>Date of what is signed from now on.</summary>
    public string Date { get; set; } = "Thu, 01 Jan 2026 00:00:00 +0000";

    /// <summary>Phases of packages, by their file names, that are not for all machines.</summary>
    private readonly Dictionary<string, int> _phases = [];

    /// <summary>Origin of what is signed from now on.</summary>
    public string Origin { get; set; } = "Canary";

    private Dictionary<string, string?> Gpg => new() { ["GNUPGHOME"] = _directory.Combine("gnupg") };

    private string Root => _directory.Combine("served", "repository");

    public static async Task<FixtureRepository> StartAsync()
    {
        var repository = new FixtureRepository();
        Directory.CreateDirectory(repository._directory.Combine("gnupg"), FileModes.PrivateDirectory);
        Directory.CreateDirectory(Path.Combine(repository.Root, "pool"));
        await repository.MakeKeyAsync("first@example.org");
        await repository.ExportKeyAsync("first@example.org");
        await repository.SignAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        repository._app = builder.Build();
        // apt asks for what is newer than its copy, in whole seconds: too coarse for tests that change the repository twice
        // in one second. So each answer is the whole file.
        repository._app.Use(
            (context, next) =>
            {
                context.Request.Headers.IfModifiedSince = StringValues.Empty;
                return next(context);
            }
        );
        repository._app.Use(
            (context, next) =>
            {
                if (
                    repository.Unavailable is not { } end
                    || !context.Request.Path.Value!.EndsWith(end, StringComparison.Ordinal)
                )
                {
                    return next(context);
                }

                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return Task.CompletedTask;
            }
        );
        repository._app.UseStaticFiles(
            new StaticFileOptions
            {
                FileProvider = new PhysicalFileProvider(repository._directory.CreateDirectory("served")),
                ServeUnknownFileTypes = true,
            }
        );
        await repository._app.StartAsync();
        return repository;
    }

    /// <summary>Builds a package and lists it in both suites.</summary>
    /// <param name="name">Name.</param>
    /// <param name="version">Version.</param>
    /// <param name="postinst">Lines of its post-install script.</param>
    /// <param name="relation">A relation to other packages, as its control file has it.</param>
    /// <param name="preinst">Lines of its pre-install script.</param>
    /// <param name="check">Lines of <c>bin/check</c> in its directory.</param>
    /// <param name="preDeploy">Lines of <c>script/pre-deploy</c> there.</param>
    /// <param name="conffile">Content of <c>/etc/default/NAME</c>, which is the host's to change.</param>
    public async Task AddAsync(
        string name,
        string version,
        string postinst = "exit 0",
        string relation = "Section: misc",
        string check = "exit 0",
        string? preinst = null,
        string? preDeploy = null,
        string? conffile = null
    )
    {
        var tree = $"trees/{name}_{version}";
        _directory.WriteFile(
            $"{tree}/DEBIAN/control",
            $"""
            Package: {name}
            Version: {version}
            Architecture: all
            Maintainer: Ada <ada@example.org>
            {relation}
            Description: a package for tests

            """
        );
        _directory.WriteFile($"{tree}/DEBIAN/postinst", $"#!/bin/sh\n{postinst}\n", executable: true);
        if (preinst is not null)
        {
            _directory.WriteFile($"{tree}/DEBIAN/preinst", $"#!/bin/sh\n{preinst}\n", executable: true);
        }

        if (preDeploy is not null)
        {
            _directory.WriteFile($"{tree}/opt/{name}/script/pre-deploy", $"#!/bin/sh\n{preDeploy}\n", executable: true);
        }

        if (conffile is not null)
        {
            _directory.WriteFile($"{tree}/etc/default/{name}", conffile);
            _directory.WriteFile($"{tree}/DEBIAN/conffiles", $"/etc/default/{name}\n");
        }

        _directory.WriteFile($"{tree}/opt/{name}/bin/check", $"#!/bin/sh\n{check}\n", executable: true);
        _directory.WriteFile($"{tree}/opt/{name}/VERSION", version + "\n");
        _directory.WriteFile(
            $"{tree}/DEBIAN/md5sums",
            await ProcessRunner.OutputOfAsync(
                "md5sum",
                [$"opt/{name}/bin/check", $"opt/{name}/VERSION"],
                _directory.Combine(tree)
            )
        );
        await ProcessRunner.OutputOfAsync(
            "dpkg-deb",
            [
                "--root-owner-group",
                "--build",
                _directory.Combine(tree),
                Path.Combine(Root, "pool", $"{name}_{version}_all.deb"),
            ]
        );
        await ListAsync("canary", name, version);
        await ListAsync("production", name, version);
    }

    public async Task ListAsync(string suite, string name, string version)
    {
        _suites[suite].Add($"{name}_{version}_all.deb");
        await SignAsync();
    }

    /// <summary>Offers a version to a share of all machines.</summary>
    public async Task PhaseAsync(string name, string version, int percentage)
    {
        _phases[$"{name}_{version}_all.deb"] = percentage;
        await SignAsync();
    }

    public async Task WithdrawAsync(string suite, string name, string version)
    {
        _suites[suite].Remove($"{name}_{version}_all.deb");
        await SignAsync();
    }

    /// <summary>Changes the bytes of a package behind the signature's back.</summary>
    public void Tamper(string name, string version)
    {
        var path = Path.Combine(Root, "pool", $"{name}_{version}_all.deb");
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>Signs with a key that no host knows.</summary>
    public async Task SignAsStrangerAsync()
    {
        await MakeKeyAsync("stranger@example.org");
        await SignAsync("stranger@example.org");
    }

    /// <summary>Leaves the indexes without any signature.</summary>
    public void Unsign()
    {
        foreach (var suite in _suites.Keys)
        {
            File.Delete(Path.Combine(Root, "dists", suite, "InRelease"));
        }
    }

    public Task StopServingAsync() => _app!.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app!.DisposeAsync();
        await ProcessRunner.RunAsync("gpgconf", ["--kill", "all"], environment: Gpg);
        _directory.Dispose();
    }

    private Task<string> MakeKeyAsync(string user) =>
        ProcessRunner.OutputOfAsync(
            "gpg",
            ["--batch", "--quiet", "--passphrase", "", "--quick-generate-key", user, "ed25519", "sign", "never"],
            environment: Gpg
        );

    private Task<string> ExportKeyAsync(string user) =>
        ProcessRunner.OutputOfAsync(
            "gpg",
            ["--batch", "--output", Path.Combine(Root, "canary-archive-keyring.pgp"), "--export", user],
            environment: Gpg
        );

    private async Task SignAsync(string user = "first@example.org")
    {
        var architecture = (await ProcessRunner.OutputOfAsync("dpkg", ["--print-architecture"])).Trim();
        foreach (var (suite, files) in _suites)
        {
            var index = new StringBuilder();
            foreach (var file in files.Order(StringComparer.Ordinal))
            {
                var path = Path.Combine(Root, "pool", file);
                index.Append((await ProcessRunner.OutputOfAsync("dpkg-deb", ["--field", path])).TrimEnd('\n'));
                index.Append(
                    _phases.TryGetValue(file, out var phase)
                        ? string.Create(CultureInfo.InvariantCulture, $"\nPhased-Update-Percentage: {phase}")
                        : ""
                );
                index.Append(
                    CultureInfo.InvariantCulture,
                    $"\nFilename: pool/{file}\nSize: {new FileInfo(path).Length}\nSHA256: {HashOf(path)}\n\n"
                );
            }

            var packages = _directory.WriteFile(
                $"served/repository/dists/{suite}/main/binary-{architecture}/Packages",
                index.ToString()
            );
            var release = _directory.WriteFile(
                $"{suite}.release",
                $"""
                Origin: {Origin}
                Suite: {suite}
                Codename: {suite}
                Architectures: {architecture}
                Components: main
                Date: {Date}
                SHA256:
                 {HashOf(packages)} {new FileInfo(packages).Length} main/binary-{architecture}/Packages

                """
            );
            await ProcessRunner.OutputOfAsync(
                "gpg",
                [
                    "--batch",
                    "--yes",
                    "--local-user",
                    user,
                    "--output",
                    Path.Combine(Root, "dists", suite, "InRelease"),
                    "--clearsign",
                    release,
                ],
                environment: Gpg
            );
        }
    }

    private static string HashOf(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
