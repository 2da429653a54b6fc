namespace Canary.Cli.Demo;

/// <summary>The sample application as a git repository of its own.</summary>
internal sealed class DemoRepository(string directory, TimeProvider time)
{
    public const string AuthorName = "Ada Lovelace";
    public const string AuthorEmail = "ada@acme.example";

    private readonly DemoGit _git = new(directory);

    /// <summary>Where the samples lie beside this program.</summary>
    private static string Samples => Path.Combine(AppContext.BaseDirectory, "samples");

    public string Directory => _git.Directory;

    public async Task<PushedCommit> CreateAsync(CancellationToken cancellation)
    {
        System.IO.Directory.CreateDirectory(Directory);
        var sample = new DirectoryInfo(Path.Combine(Samples, "shop"));
        foreach (var file in sample.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Directory, Path.GetRelativePath(sample.FullName, file.FullName));
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            file.CopyTo(copy);
        }
        await _git.RunAsync(cancellation, "init", "--quiet", "--initial-branch=main");
        return await CommitAsync("Open the shop", cancellation);
    }

    /// <summary>A change as it happens: the tests pass, and on a host it does not work.</summary>
    public async Task<PushedCommit> BreakAsync(CancellationToken cancellation)
    {
        await _git.RunAsync(cancellation, "apply", Path.Combine(Samples, "shop-broken.patch"));
        return await CommitAsync("Read the prices from a file", cancellation);
    }

    private async Task<PushedCommit> CommitAsync(string message, CancellationToken cancellation)
    {
        await _git.RunAsync(cancellation, "add", "--all");
        // Who commits is told here: the person who runs the demo may have told git nothing yet, or told it to sign.
        await _git.RunAsync(
            cancellation,
            "-c",
            $"user.name={AuthorName}",
            "-c",
            $"user.email={AuthorEmail}",
            "-c",
            "commit.gpgSign=false",
            "-c",
            "core.hooksPath=/dev/null",
            "commit",
            "--quiet",
            "--message",
            message
        );
        var head = await _git.RunAsync(cancellation, "rev-parse", "HEAD");
        var tree = await _git.RunAsync(cancellation, "rev-parse", "HEAD^{tree}");
        var changes = await _git.RunAsync(cancellation, "show", "--name-status", "--no-renames", "--format=", "HEAD");
        return new PushedCommit(
            head,
            tree,
            message,
            time.GetUtcNow(),
            [.. Named(changes, 'A')],
            [.. Named(changes, 'M')]
        );
    }

    private static IEnumerable<string> Named(string changes, char kind) =>
        changes
            .Split('\n')
            .Where(line => line.StartsWith($"{kind}\t", StringComparison.Ordinal))
            .Select(line => line[2..]);
}
