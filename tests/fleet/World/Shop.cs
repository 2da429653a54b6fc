using System.Globalization;
using Canary.Fleet.Tests.Plan;

namespace Canary.Fleet.Tests.World;

/// <summary>The sample application, in versions that behave as they are told. Each request takes it a while, so that a restart at
/// the wrong moment is noticed.</summary>
internal sealed class Shop : IDisposable
{
    private const string Answers = "    my ($method, $path) = @_;\n";
    private const string Listens = "    my ($address, $port) = @_;\n";
    private const string Health = "    my $count = keys %prices;\n";
    private const string Version = "1.0.0";

    private readonly GitRepository _repository;
    private readonly string _module = File.ReadAllText(SourceTree.PathOf("samples", "shop", "lib", "Shop.pm"));
    private string? _head;

    private Shop(GitRepository repository) => _repository = repository;

    public static async Task<Shop> CreateAsync()
    {
        var repository = await GitRepository.CreateAsync(name: "shop");
        await ProcessRunner.OutputOfAsync("cp", ["-r", SourceTree.PathOf("samples", "shop") + "/.", repository.Path]);
        repository.WithConventionScripts();
        return new Shop(repository);
    }

    /// <summary>The version that the page of a release shows.</summary>
    public static string VersionOf(int number) => string.Create(CultureInfo.InvariantCulture, $"1.0.{number}");

    /// <summary>What a release answers to the requests that it fails.</summary>
    public static string BrokenBy(int number) => $"{VersionOf(number)} is broken";

    /// <summary>Commits a version, and pushes it.</summary>
    /// <returns>Its commit.</returns>
    public async Task<string> PushAsync(Installation server, int number, Behaviour behaviour, string waveSoak = "0s")
    {
        var commit = await _repository
            .WithFile("lib/Shop.pm", Module(number, behaviour))
            .WithFile("canary.yml", Metadata(number, waveSoak))
            .CommitAsync($"{VersionOf(number)}: {behaviour}");
        using var answer = await server.PushAsync(_repository, commit, before: _head);
        answer.EnsureSuccessStatusCode();
        _head = commit;
        return commit;
    }

    public void Dispose() => _repository.Dispose();

    private static string Metadata(int number, string waveSoak) =>
        $$"""
            version: {{VersionOf(number)}}
            description: Sample shop of Canary
            scripts:
              post-install: script/post-inst
              pre-remove: script/pre-rm
            health:
              http: http://${address}:${port}/health
              timeout: 2s
              grace: 5s
            rollout:
              soak: 3s
              promotion: manual
              waves: [1, 50%, 100%]
              wave-soak: {{waveSoak}}
            """;

    private string Module(int number, Behaviour behaviour)
    {
        var module = _module
            .Replace($"'{Version}'", $"'{VersionOf(number)}'", StringComparison.Ordinal)
            .Replace(
                Answers,
                Answers + "    select undef, undef, undef, 0.05 if $path eq '/';\n",
                StringComparison.Ordinal
            );
        return behaviour switch
        {
            Behaviour.IsUnhealthy => With(Health, "return (503, 'text/plain', \"unwell: it was told to be\\n\");"),
            Behaviour.DoesNotStart => With(Listens, "die \"it was told not to start\\n\";"),
            Behaviour.FailsSomeRequests => With(
                Answers,
                $"return (503, 'text/plain', \"{BrokenBy(number)}\\n\") if $path eq '/' && rand() < 0.3;"
            ),
            _ => module,
        };

        string With(string line, string next) =>
            module.Contains(line, StringComparison.Ordinal)
                ? module.Replace(line, $"{line}    {next}\n", StringComparison.Ordinal)
                : throw new InvalidOperationException(
                    $"samples/shop/lib/Shop.pm has no line '{line.Trim()}' any more."
                );
    }
}
