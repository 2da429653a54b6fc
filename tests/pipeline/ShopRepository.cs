namespace Canary.Pipeline;

/// <summary>The sample shop as an application of the original's kind: the convention scripts and an <c>fpm.json</c>, no
/// <c>canary.yml</c>.</summary>
internal sealed class ShopRepository : IDisposable
{
    public const string Name = "acme/shop";

    private readonly GitRepository _repository;
    private string? _head;

    private ShopRepository(GitRepository repository) => _repository = repository;

    public string Path => _repository.Path;

    public GitRepository Git => _repository;

    public static async Task<ShopRepository> CreateAsync()
    {
        var repository = await GitRepository.CreateAsync(name: "shop");
        var sample = SourceTree.PathOf("samples", "shop");
        foreach (var file in Directory.EnumerateFiles(sample, "*", SearchOption.AllDirectories))
        {
            var executable = File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute);
            repository.WithFile(System.IO.Path.GetRelativePath(sample, file), File.ReadAllText(file), executable);
        }

        repository
            .Without("canary.yml")
            .WithScript(
                "script/cisetup",
                "mkdir -p build; echo The setup of $(git rev-parse --short HEAD 2>/dev/null || echo the commit)"
            );
        return new ShopRepository(repository);
    }

    /// <summary>Commits a version.</summary>
    /// <param name="version">What the shop answers at <c>/version</c>, and its package's version begins with.</param>
    /// <param name="passes">Whether its own tests pass.</param>
    /// <returns>The commit, and the one before it, if there is one.</returns>
    public async Task<(string Commit, string? Before)> CommitAsync(string version, bool passes = true)
    {
        var module = File.ReadAllText(SourceTree.PathOf("samples", "shop", "lib", "Shop.pm"));
        _repository
            .WithFile("lib/Shop.pm", module.Replace("'1.0.0'", $"'{version}'", StringComparison.Ordinal))
            .WithFile(
                "fpm.json",
                $$"""
                {
                  "name": "shop",
                  "version": "{{version}}",
                  "description": "sells seed to people",
                  "maintainer": "Ada Lovelace <ada@acme.example>",
                  "license": "Apache-2.0",
                  "after-install": "script/post-inst"
                }
                """
            )
            .WithScript(
                "script/cibuild",
                $"perl -Ilib -c bin/shop && echo Built {version} && {(passes ? "true" : "false")}"
            );
        var before = _head;
        _head = await _repository.CommitAsync($"Sell {version}");
        return (_head, before);
    }

    public void Dispose() => _repository.Dispose();
}
