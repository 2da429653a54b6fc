using System.Net;
using Canary.Packages.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

[assembly: AssemblyFixture(typeof(PackageRepository))]

namespace Canary.Packages.Tests;

/// <summary>Two versions of Canary's packages in a signed repository, which a web server that knows nothing of it serves.</summary>
public sealed class PackageRepository : IAsyncLifetime
{
    private static readonly TimeSpan LongestBuild = TimeSpan.FromMinutes(15);

    private readonly TempDirectory _directory = new("canary-packages-");
    private WebApplication? _web;

    internal IReadOnlyList<MadePackage> First { get; private set; } = [];

    internal IReadOnlyList<MadePackage> Second { get; private set; } = [];

    public string FirstVersion => First[0].Version;

    public string SecondVersion => Second[0].Version;

    public string Keyring => _directory.Combine("data", "repository-publisher", "public", "canary-archive-keyring.pgp");

    /// <summary>All that the repository is made of, private and public.</summary>
    public string Data => _directory.Combine("data");

    public int Port { get; private set; }

    /// <summary>Whether all rows are wanted, on the programs that `./build.sh packages` has published.</summary>
    public static bool IsWhole => PublishedPrograms is not null;

    private static string? PublishedPrograms => Environment.GetEnvironmentVariable("CANARY_PACKAGES_PROGRAMS");

    /// <summary>Directory of the published programs: those of `./build.sh packages-test`, else the tests' own.</summary>
    public string Programs { get; } = PublishedPrograms ?? SourceTree.PathOf("artifacts", "packages-test", "programs");

    public async ValueTask InitializeAsync()
    {
        await PublishAsync("services/all-in-one/Canary.AllInOne.csproj", "server");
        await PublishAsync("services/cli/Canary.Cli.csproj", "cli");
        First = await BuildAsync("0.8.0");
        Second = await BuildAsync("0.9.0");
        await ServeAsync(Path.GetDirectoryName(Keyring)!);
    }

    /// <summary>As sources.list(5) has it.</summary>
    /// <param name="address">Address of this machine.</param>
    public string SourceFor(IPAddress address) =>
        $"deb [signed-by=/etc/apt/canary.pgp] http://{address}:{Port} stable main\n";

    public async ValueTask DisposeAsync()
    {
        if (_web is not null)
        {
            await _web.DisposeAsync();
        }

        _directory.Dispose();
    }

    /// <summary>What `./build.sh packages` publishes, without the compilation ahead of time, which changes nothing but speed.</summary>
    private async Task PublishAsync(string project, string folder)
    {
        if (IsWhole)
        {
            return;
        }

        var configuration = AppContext.BaseDirectory.Contains("/release", StringComparison.Ordinal)
            ? "Release"
            : "Debug";
        await ProcessRunner.OutputOfAsync(
            "dotnet",
            [
                "publish",
                SourceTree.PathOf(project),
                "--nologo",
                "--verbosity",
                "quiet",
                "-clp:NoSummary",
                "-c",
                configuration,
                "-o",
                Path.Combine(Programs, folder),
                "-nodeReuse:false",
                "-p:UseSharedCompilation=false",
                "-p:RunAnalyzers=false",
                "-p:DistRuntime=linux-x64",
                "-p:DistReadyToRun=false",
                "-p:DistSelfContained=true",
            ],
            timeLimit: LongestBuild
        );
    }

    private async Task<IReadOnlyList<MadePackage>> BuildAsync(string version)
    {
        var made = await CanaryPackages.BuildAsync(
            SourceTree.Root,
            Programs,
            _directory.CreateDirectory(version),
            version,
            TestContext.Current.CancellationToken
        );
        await OwnRepository.TakeInAsync(_directory.Combine("data"), made, TestContext.Current.CancellationToken);
        return made;
    }

    private async Task ServeAsync(string folder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://0.0.0.0:0");
        builder.Logging.ClearProviders();
        _web = builder.Build();
        _web.UseStaticFiles(
            new StaticFileOptions
            {
                FileProvider = new PhysicalFileProvider(folder),
                ServeUnknownFileTypes = true,
                ContentTypeProvider = new FileExtensionContentTypeProvider(),
            }
        );
        await _web.StartAsync();
        Port = new Uri(_web.Urls.Single()).Port;
    }
}
