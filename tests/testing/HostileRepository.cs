namespace Canary.Testing;

/// <summary>
/// A repository whose own configuration and hooks would have git run programs, each of which leaves a mark. Plain git runs them:
/// <see cref="ProveAsync"/> shows it, so that a test that finds no mark says something.
/// </summary>
public sealed class HostileRepository : IDisposable
{
    private readonly TempDirectory _marks = new();

    private readonly GitRepository _repository;

    private HostileRepository(GitRepository repository) => _repository = repository;

    /// <summary>Absolute path of the work tree.</summary>
    public string Path => _repository.Path;

    /// <summary>Its only commit.</summary>
    public string Commit { get; private set; } = "";

    /// <summary>What has run since it was made, or proven.</summary>
    public IReadOnlyList<string> Ran =>
        [
            .. Directory
                .GetFiles(_marks.Path)
                .Select(file => System.IO.Path.GetFileName(file))
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Makes it, with a change in its work tree that is not committed.</summary>
    public static async Task<HostileRepository> CreateAsync()
    {
        var repository = await GitRepository.CreateAsync();
        repository.WithConventionScripts().WithFile("a", "a\n").WithFile(".gitattributes", "* filter=evil diff=evil\n");
        var hostile = new HostileRepository(repository) { Commit = await repository.CommitAsync() };
        await hostile.PlantAsync();
        repository.WithFile("a", "changed\n");
        return hostile;
    }

    /// <summary>Lets plain git do what people do all day, and checks that everything that was planted runs.</summary>
    public async Task ProveAsync()
    {
        string[][] commands =
        [
            ["status"],
            ["diff"],
            ["checkout", "--force", "main"],
            ["fetch", "ssh://host.invalid/x"],
            ["fetch", "git://host.invalid/x"],
            ["cat-file", "-e", new string('1', 40)],
        ];
        foreach (var command in commands)
        {
            await PlainAsync(command);
        }

        await PlainAsync(["credential", "fill"], "protocol=https\nhost=host.invalid\n\n");
        string[] planted =
        [
            "clean",
            "credential",
            "diff",
            "fsmonitor",
            "gitproxy",
            "post-checkout",
            "promisor",
            "smudge",
            "ssh",
        ];
        if (planted.Except(Ran).ToArray() is { Length: > 0 } idle)
        {
            throw new InvalidOperationException($"Plain git does not run what was planted: {string.Join(", ", idle)}.");
        }

        foreach (var mark in Ran)
        {
            File.Delete(_marks.Combine(mark));
        }

        _repository.WithFile("a", "changed\n");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _repository.Dispose();
        _marks.Dispose();
    }

    private async Task PlantAsync()
    {
        var included = System.IO.Path.Combine(Path, ".git", "included");
        await ConfigureAsync("filter.evil.clean", $"{Script("clean", "cat")} #");
        await ConfigureAsync("filter.evil.smudge", $"{Script("smudge", "cat")} #");
        await ConfigureAsync("diff.evil.command", Script("diff"));
        await ConfigureAsync("core.sshCommand", Script("ssh"));
        await ConfigureAsync("core.gitProxy", Script("gitproxy"));
        await ConfigureAsync("credential.helper", "!" + Script("credential"));
        await ConfigureAsync("core.alternateRefsCommand", Script("alternates"));
        await ConfigureAsync("uploadpack.packObjectsHook", Script("pack-objects"));
        await ConfigureAsync("gpg.program", Script("gpg"));
        await ConfigureAsync("log.showSignature", "true");
        await ConfigureAsync("core.pager", Script("pager"));
        // What is missing would be fetched from there, by the program that is named.
        await ConfigureAsync("remote.origin.url", Path);
        await ConfigureAsync("remote.origin.promisor", "true");
        await ConfigureAsync("remote.origin.uploadpack", Script("promisor"));
        // Last: from here on, git itself runs it.
        File.WriteAllText(included, $"[core]\n\tfsmonitor = {Script("fsmonitor")}\n");
        File.Copy(
            Script("post-checkout"),
            System.IO.Path.Combine(Path, ".git", "hooks", "post-checkout"),
            overwrite: true
        );
        await ConfigureAsync("include.path", included);
    }

    private async Task ConfigureAsync(string key, string value) => await _repository.GitAsync("config", key, value);

    private string Script(string name, string body = "exit 0")
    {
        _repository.WithScript($".git/planted/{name}", $"touch '{_marks.Combine(name)}'\n{body}");
        return System.IO.Path.Combine(Path, ".git", "planted", name);
    }

    /// <summary>What it answers, and how it ends, is no matter.</summary>
    private async Task PlainAsync(string[] arguments, string? input = null) =>
        await ProcessRunner.RunAsync(
            "git",
            arguments,
            Path,
            new Dictionary<string, string?>
            {
                ["GIT_CONFIG_GLOBAL"] = "/dev/null",
                ["GIT_CONFIG_SYSTEM"] = "/dev/null",
                ["GIT_TERMINAL_PROMPT"] = "0",
            },
            input
        );
}
