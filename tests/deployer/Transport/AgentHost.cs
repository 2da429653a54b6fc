using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Deployer.Transport;

namespace Canary.Deployer.Tests.Transport;

/// <summary>A host with real apt and dpkg in a root of their own, a real repository, and the real <c>canary-apply</c>, behind
/// one of the channels.</summary>
internal abstract class AgentHost(FixtureRepository repository) : IAsyncDisposable
{
    public FixtureRepository Repository { get; } = repository;

    public abstract IHostTransport Transport { get; }

    public InventoryHost Host { get; set; } =
        new()
        {
            Name = "canary-1",
            Address = "127.0.0.1",
            Channel = Channel.Canary,
            Variables = new Dictionary<string, string> { ["port"] = "81 01" },
        };

    /// <summary>The host's file system.</summary>
    public abstract string Root { get; }

    /// <summary>Where programs on the host see it.</summary>
    public abstract string RootInside { get; }

    public Task InstallAsync(string version, string package = "shop", CancellationToken cancellation = default) =>
        Transport.InstallAsync(Host, package, version, cancellation);

    public Task RemoveAsync(string package = "shop", Removal removal = Removal.Purge) =>
        Transport.RemoveAsync(Host, package, removal, CancellationToken.None);

    public Task<InstalledPackage> InspectAsync(string package = "shop") =>
        Transport.InspectAsync(Host, package, CancellationToken.None);

    public Task<string?> CheckAsync(params string[] command) => CheckAsync(TimeSpan.FromMinutes(5), command);

    public Task<string?> CheckAsync(TimeSpan timeout, params string[] command) =>
        Transport.RunHealthCommandAsync(
            Host,
            new HealthTarget("shop", "shop", "1.0"),
            command,
            timeout,
            CancellationToken.None
        );

    /// <summary>Asks for the script of a release until it is over.</summary>
    public async Task<HookOutcome> HookAsync(
        Guid release,
        string version = "2.0",
        TimeSpan? limit = null,
        CancellationToken cancellation = default
    )
    {
        var offset = 0L;
        while (true)
        {
            var outcome = await Transport.RunHookAsync(
                Host,
                new HookRequest
                {
                    ReleaseId = release,
                    Application = "shop",
                    Package = "shop",
                    Version = version,
                    PreviousVersion = "1.0",
                    Path = "/opt/shop/script/pre-deploy",
                    TimeLimit = limit ?? TimeSpan.FromMinutes(5),
                    Offset = offset,
                },
                cancellation
            );
            if (outcome.Standing != HookStanding.Running)
            {
                return outcome;
            }

            offset = outcome.Offset;
        }
    }

    /// <summary>Where the host keeps what it knows of the script of a release.</summary>
    public string HookRecord(Guid release, string file) =>
        PathOf($"var/lib/canary-apply/private/hooks/{release}/{file}");

    public string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>What dpkg did in the root: lines of its log that hold a word.</summary>
    public IEnumerable<string> Log(string word) =>
        File.ReadLines(PathOf("var/log/dpkg.log")).Where(line => line.Contains($" {word} ", StringComparison.Ordinal));

    public virtual ValueTask DisposeAsync() => Repository.DisposeAsync();
}
