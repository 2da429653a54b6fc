using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace Canary.Packages.Tests;

/// <summary>Two versions of Canary's packages in a signed repository, which a web server that knows nothing of it serves.</summary>
public sealed class PackageRepository : IAsyncLifetime
{
    private static readonly TimeSpan LongestBuild = TimeSpan.FromMinutes(15);

    private readonly TempDirectory _directory = new("canary-packages-");
    private WebApplication? _web;

    internal IReadOnlyList<MadePackage> First { get; private set; } = [];

    internal IReadOnlyList<MadePackage> Second { get; private set; } = [];

    public string FirstVersion => First[0].Spec.Version;

    public string SecondVersion => Second[0].Spec.Version;

    public string Keyring => _directory.Combine("data", "repository-publisher", "public", "canary-archive-keyring.pgp");

    public int Port { get; private set; }

    public async ValueTask InitializeAsync()
    {
        var programs = _directory.CreateDirectory("programs");
        await PublishAsync("services/all-in-one/Canary.AllInOne.csproj", Path.Combine(programs, "server"));
        await PublishAsync("services/cli/Canary.Cli.csproj", Path.Combine(programs, "cli"));
        First = await BuildAsync(programs, "0.8.0");
        Second = await BuildAsync(programs, "0.9.0");
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
    private static async Task PublishAsync(string project, string folder)
    {
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
                folder,
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

    private async Task<IReadOnlyList<MadePackage>> BuildAsync(string programs, string version)
    {
        var made = await CanaryPackages.BuildAsync(
            SourceTree.Root,
            programs,
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
