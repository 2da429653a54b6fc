using System.Globalization;

namespace Canary.Testing;

/// <summary>
/// A git repository with a work tree in a private directory. Author, times and configuration are fixed, so the same calls
/// make the same commit ids on any machine. The machine's own git configuration is never read.
/// </summary>
public sealed class GitRepository : IDisposable
{
    private static readonly DateTimeOffset FirstCommitAt = new(2024, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TempDirectory? _owned;

    private int _commits;

    private GitRepository(string path, TempDirectory? owned)
    {
        Path = path;
        _owned = owned;
    }

    /// <summary>Absolute path of the work tree; also a clone URL.</summary>
    public string Path { get; }

    /// <summary>Makes an empty repository in a temporary directory.</summary>
    /// <param name="branch">Its default branch.</param>
    /// <param name="name">Name of its folder, and so of its application.</param>
    public static async Task<GitRepository> CreateAsync(string branch = "main", string name = "app")
    {
        var directory = new TempDirectory();
        return await InitializeAsync(directory.CreateDirectory(name), branch, directory);
    }

    /// <summary>Makes the directory, which the caller owns, a repository; what is in it is not committed yet.</summary>
    public static Task<GitRepository> CreateInAsync(string path, string branch = "main")
    {
        Directory.CreateDirectory(path);
        return InitializeAsync(path, branch, owned: null);
    }

    /// <summary>Runs git in the repository and returns its output without the final line end.</summary>
    /// <exception cref="ToolFailedException">git failed.</exception>
    public async Task<string> GitAsync(params string[] arguments)
    {
        var when = (FirstCommitAt + TimeSpan.FromMinutes(_commits)).ToString("O", CultureInfo.InvariantCulture);
        var environment = new Dictionary<string, string?>
        {
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_CONFIG_SYSTEM"] = "/dev/null",
            ["GIT_DIR"] = null,
            ["GIT_WORK_TREE"] = null,
            ["GIT_INDEX_FILE"] = null,
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_AUTHOR_NAME"] = "Ada Author",
            ["GIT_AUTHOR_EMAIL"] = "ada@example.org",
            ["GIT_AUTHOR_DATE"] = when,
            ["GIT_COMMITTER_NAME"] = "Ada Author",
            ["GIT_COMMITTER_EMAIL"] = "ada@example.org",
            ["GIT_COMMITTER_DATE"] = when,
        };
        var output = await ProcessRunner.OutputOfAsync("git", arguments, Path, environment);
        return output.TrimEnd('\n');
    }

    /// <summary>Writes a file into the work tree.</summary>
    public GitRepository WithFile(string path, string content, bool executable = false)
    {
        var file = PathOf(path);
        File.Delete(file);
        File.WriteAllText(file, content);
        if (executable)
        {
            File.SetUnixFileMode(file, File.GetUnixFileMode(file) | FileModes.Execute);
        }

        return this;
    }

    /// <summary>Writes a file of any bytes into the work tree.</summary>
    public GitRepository WithFile(string path, ReadOnlySpan<byte> content)
    {
        File.WriteAllBytes(PathOf(path), content);
        return this;
    }

    /// <summary>Puts a symbolic link into the work tree.</summary>
    public GitRepository WithLink(string path, string target)
    {
        var link = PathOf(path);
        File.Delete(link);
        File.CreateSymbolicLink(link, target);
        return this;
    }

    /// <summary>Removes a file from the work tree.</summary>
    public GitRepository Without(string path)
    {
        File.Delete(PathOf(path));
        return this;
    }

    /// <summary>Writes an executable shell script into the work tree.</summary>
    /// <param name="path">For example <c>script/cibuild</c>.</param>
    /// <param name="body">Its lines after <c>#!/bin/sh</c> and <c>set -e</c>.</param>
    public GitRepository WithScript(string path, string body) =>
        WithFile(path, $"#!/bin/sh\nset -e\n{body}\n", executable: true);

    /// <summary>Writes both scripts that an application must have.</summary>
    public GitRepository WithConventionScripts(string setup = "exit 0", string build = "exit 0") =>
        WithScript("script/cisetup", setup).WithScript("script/cibuild", build);

    /// <summary>Commits everything in the work tree and returns the commit's full id. A commit may be empty. Each
    /// commit is one minute younger than the one before.</summary>
    public async Task<string> CommitAsync(string message = "Change")
    {
        await GitAsync("add", "--all", "--force");
        await GitAsync("commit", "--quiet", "--allow-empty", "--message", message);
        _commits++;
        return await HeadAsync();
    }

    /// <summary>Full id of the commit that is checked out.</summary>
    public Task<string> HeadAsync() => GitAsync("rev-parse", "HEAD");

    /// <inheritdoc/>
    public void Dispose() => _owned?.Dispose();

    private static async Task<GitRepository> InitializeAsync(string path, string branch, TempDirectory? owned)
    {
        var repository = new GitRepository(path, owned);
        await repository.GitAsync("init", "--quiet", "--initial-branch", branch);
        return repository;
    }

    private string PathOf(string path)
    {
        var file = System.IO.Path.Combine(Path, path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        return file;
    }
}
