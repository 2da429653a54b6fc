using Canary.Failures;
using Canary.Processes.Workspaces;
using Canary.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Canary.Hosting.Tests.Workspaces;

public sealed class WorkspacesTests : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Canary.Processes.Workspaces.Workspaces _workspaces;

    public WorkspacesTests() => _workspaces = Create();

    public async ValueTask DisposeAsync()
    {
        await _workspaces.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Workspace_holds_exactly_the_commit()
    {
        using var repository = await GitRepository.CreateAsync();
        repository
            .WithFile("-leading dash and ünicode", "content")
            .WithScript("script/cibuild", "exit 0")
            .WithLink("link", "script/cibuild")
            .WithLink("outside", "/etc/passwd");
        var first = await repository.CommitAsync();
        repository.WithFile("later", "x");
        await repository.CommitAsync();

        await using var workspace = await _workspaces.CheckoutAsync(Request(repository, first));

        Entries(workspace.Path).ShouldBe(["-leading dash and ünicode", "link", "outside", "script", "script/cibuild"]);
        File.ReadAllText(Path.Combine(workspace.Path, "-leading dash and ünicode")).ShouldBe("content");
        File.GetUnixFileMode(Path.Combine(workspace.Path, "script/cibuild"))
            .HasFlag(UnixFileMode.UserExecute)
            .ShouldBeTrue();
        new FileInfo(Path.Combine(workspace.Path, "link")).LinkTarget.ShouldBe("script/cibuild");
        new FileInfo(Path.Combine(workspace.Path, "outside")).LinkTarget.ShouldBe("/etc/passwd");
        workspace.Commit.ShouldBe(first);
        workspace.CommitTime.ShouldBe(new DateTimeOffset(2024, 1, 1, 12, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task Workspace_is_private()
    {
        using var repository = await GitRepository.CreateAsync();
        var commit = await repository.WithFile("a", "a").CommitAsync();

        await using var workspace = await _workspaces.CheckoutAsync(Request(repository, commit));

        File.GetUnixFileMode(Path.GetDirectoryName(workspace.Path)!).ShouldBe(FileModes.PrivateDirectory);
        File.GetUnixFileMode(workspace.ScratchPath).ShouldBe(FileModes.PrivateDirectory);
    }

    [Fact]
    public async Task Scripts_can_ask_git_about_the_commit_when_the_repository_comes_along()
    {
        using var repository = await GitRepository.CreateAsync();
        var commit = await repository.WithFile("a", "a").CommitAsync("Say \"hello\"");

        await using var workspace = await _workspaces.CheckoutAsync(
            Request(repository, commit) with
            {
                WithRepository = true,
            }
        );

        (await GitAsync(workspace.Path, "log", "-1", "--format=%H %s")).ShouldBe($"{commit} Say \"hello\"");
        (await GitAsync(workspace.Path, "status", "--porcelain")).ShouldBe("");
        (await GitAsync(workspace.Path, "remote", "get-url", "origin")).ShouldBe(repository.Path);
    }

    [Fact]
    public async Task Changes_in_a_workspace_are_seen_by_no_other()
    {
        using var repository = await GitRepository.CreateAsync();
        var commit = await repository.WithFile("a", "a").CommitAsync();
        await using (var first = await _workspaces.CheckoutAsync(Request(repository, commit)))
        {
            File.WriteAllText(Path.Combine(first.Path, "a"), "changed");
            File.WriteAllText(Path.Combine(first.Path, "new"), "");
        }

        await using var second = await _workspaces.CheckoutAsync(Request(repository, commit));

        Entries(second.Path).ShouldBe(["a"]);
        File.ReadAllText(Path.Combine(second.Path, "a")).ShouldBe("a");
    }

    [Fact]
    public async Task Empty_tree_gives_an_empty_workspace()
    {
        using var repository = await GitRepository.CreateAsync();
        var commit = await repository.CommitAsync();

        await using var workspace = await _workspaces.CheckoutAsync(Request(repository, commit));

        Entries(workspace.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task Repository_on_this_machine_is_read_in_place_packed_or_not()
    {
        using var repository = await GitRepository.CreateAsync();
        var loose = await repository.WithFile("a", "a").CommitAsync();
        await (await _workspaces.CheckoutAsync(Request(repository, loose))).DisposeAsync();
        var packed = await repository.WithFile("b", "b").CommitAsync();
        await repository.GitAsync("gc", "--quiet");

        await using var workspace = await _workspaces.CheckoutAsync(Request(repository, packed));

        Entries(workspace.Path).ShouldBe(["a", "b"]);
        Directory.EnumerateFiles(_directory.Path, "*.pack", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("clone", "--bare")]
    [InlineData("clone", "--depth=1")]
    [InlineData("clone", "--shared")]
    [InlineData("worktree", "add", "--detach")]
    public async Task Every_form_of_repository_on_this_machine_works(params string[] command)
    {
        using var repository = await GitRepository.CreateAsync();
        await repository.WithFile("a", "a").CommitAsync();
        var commit = await repository.WithFile("b", "b").CommitAsync();
        var path = _directory.Combine("other form");
        string[] arguments =
            command[0] == "clone" ? [.. command, "file://" + repository.Path, path] : [.. command, path];
        await repository.GitAsync([
            .. arguments.Select(x => command.Contains("--shared") ? x.Replace("file://", "") : x),
        ]);

        await using var workspace = await _workspaces.CheckoutAsync(
            new SourceRequest
            {
                CloneUrl = path,
                Commit = commit,
                WithRepository = true,
            }
        );

        Entries(workspace.Path).Where(entry => !entry.StartsWith(".git")).ShouldBe(["a", "b"]);
        (await GitAsync(workspace.Path, "status", "--porcelain")).ShouldBe("");
    }

    [Theory]
    [InlineData("")]
    [InlineData("file://")]
    public async Task History_does_not_depend_on_where_the_repository_is(string transport)
    {
        using var repository = await GitRepository.CreateAsync();
        await repository.WithFile("a", "a").CommitAsync();
        var commit = await repository.WithFile("b", "b").CommitAsync();

        await using var workspace = await _workspaces.CheckoutAsync(
            new SourceRequest
            {
                CloneUrl = transport + repository.Path,
                Commit = commit,
                WithRepository = true,
            }
        );

        (await GitAsync(workspace.Path, "rev-list", "HEAD")).ShouldBe(commit);
    }

    [Fact]
    public async Task Second_checkout_of_a_commit_needs_no_source()
    {
        var repository = await GitRepository.CreateAsync();
        var commit = await repository.WithFile("a", "a").CommitAsync();
        await (await _workspaces.CheckoutAsync(Fetched(repository, commit))).DisposeAsync();
        repository.Dispose();

        await using var workspace = await _workspaces.CheckoutAsync(Fetched(repository, commit));

        Entries(workspace.Path).ShouldBe(["a"]);
    }

    [Fact]
    public async Task Damaged_local_copy_is_made_anew()
    {
        using var repository = await GitRepository.CreateAsync();
        var commit = await repository.WithFile("a", "a").CommitAsync();
        await (await _workspaces.CheckoutAsync(Fetched(repository, commit))).DisposeAsync();
        foreach (var pack in Directory.EnumerateFiles(_directory.Path, "*.pack", SearchOption.AllDirectories))
        {
            File.SetUnixFileMode(pack, FileModes.Private);
            File.WriteAllText(pack, "");
        }

        await using var workspace = await _workspaces.CheckoutAsync(Fetched(repository, commit));

        Entries(workspace.Path).ShouldBe(["a"]);
    }

    [Fact]
    public async Task Local_copy_stays_bounded()
    {
        await using var workspaces = Create(new WorkspaceOptions { CommitsPerCopy = 2 }, "bounded");
        using var repository = await GitRepository.CreateAsync();
        for (var i = 0; i < 6; i++)
        {
            var commit = await repository.WithFile("a", $"{i}").CommitAsync();
            await (await workspaces.CheckoutAsync(Fetched(repository, commit))).DisposeAsync();
        }

        Directory
            .EnumerateFiles(_directory.Combine("bounded"), "*.pack", SearchOption.AllDirectories)
            .Count()
            .ShouldBe(2);
    }

    [Fact]
    public async Task Concurrent_checkouts_of_several_commits_do_not_disturb_each_other()
    {
        using var repository = await GitRepository.CreateAsync();
        var commits = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            commits.Add(await repository.WithFile("a", $"{i}").CommitAsync());
        }

        var contents = await Task.WhenAll(
            commits
                .Concat(commits)
                .Select(async commit =>
                {
                    await using var workspace = await _workspaces.CheckoutAsync(Fetched(repository, commit));
                    return File.ReadAllText(Path.Combine(workspace.Path, "a"));
                })
        );

        contents.ShouldBe(["0", "1", "2", "3", "4", "0", "1", "2", "3", "4"]);
    }

    [Fact]
    public async Task Workspace_is_removed_even_when_its_directories_are_read_only()
    {
        using var repository = await GitRepository.CreateAsync();
        var commit = await repository.WithFile("a", "a").CommitAsync();
        var workspace = await _workspaces.CheckoutAsync(Request(repository, commit));
        var locked = Directory.CreateDirectory(Path.Combine(workspace.Path, "locked")).FullName;
        await ProcessRunner.OutputOfAsync(
            "/bin/sh",
            ["-c", "touch \"$(printf 'not-utf8-\\377')\"; chmod 500 ."],
            locked
        );

        await workspace.DisposeAsync();
        await _workspaces.DisposeAsync();

        Directory.Exists(workspace.Path).ShouldBeFalse();
        Directory.EnumerateFileSystemEntries(_directory.Combine("data", "trash")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1100)]
    [InlineData(3000)]
    public async Task Workspace_is_removed_however_deep_its_directories_are(int depth)
    {
        using var repository = await GitRepository.CreateAsync();
        var commit = await repository.WithFile("a", "a").CommitAsync();
        var workspace = await _workspaces.CheckoutAsync(Request(repository, commit));
        await ProcessRunner.OutputOfAsync(
            "perl",
            ["-e", $"for (1 .. {depth}) {{ mkdir 'ddd'; chdir 'ddd' }}"],
            workspace.Path
        );

        await workspace.DisposeAsync();
        await _workspaces.DisposeAsync();

        Directory.EnumerateFileSystemEntries(_directory.Combine("data", "trash")).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_killed_host_left_is_removed_at_the_next_start()
    {
        using var repository = await GitRepository.CreateAsync();
        var commit = await repository.WithFile("a", "a").CommitAsync();
        var abandoned = await _workspaces.CheckoutAsync(Fetched(repository, commit));
        var copy = Directory.EnumerateDirectories(_directory.Combine("data", "copies")).Single();
        File.WriteAllText(Path.Combine(copy, "shallow.lock"), "");

        await using var next = Create();

        Directory.Exists(abandoned.Path).ShouldBeFalse();
        var another = await repository.WithFile("b", "b").CommitAsync();
        await using var workspace = await next.CheckoutAsync(Fetched(repository, another));
        Entries(workspace.Path).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task A_fetch_that_was_killed_at_any_moment_keeps_nobody_from_the_next()
    {
        using var repository = await GitRepository.CreateAsync();
        var first = await repository.WithFile("a", "a").CommitAsync();
        await repository.WithFile("b", "b").CommitAsync();
        var request = Fetched(repository, first) with { Branch = "main" };
        await _workspaces.LocateAsync(request);
        foreach (var copy in Directory.GetDirectories(_directory.Combine("data", "copies")))
        {
            foreach (var reference in Directory.GetFiles(Path.Combine(copy, "refs", "fetched")))
            {
                File.WriteAllText(reference + ".lock", "");
            }
        }

        await using var next = Create();
        await repository.WithFile("c", "c").CommitAsync();

        var position = await next.LocateAsync(request);

        position.Relation.ShouldBe(CommitRelation.Ancestor);
    }

    [Fact]
    public void A_copy_has_a_head_once_it_is_whole()
    {
        var path = _directory.Combine("half.git");
        // Nobody can write what stands before it.
        Directory.CreateDirectory(Path.Combine(path, "config"));

        Should.Throw<UnauthorizedAccessException>(() => BareRepository.Create(path, new string('1', 40), "/origin"));

        File.Exists(Path.Combine(path, "HEAD")).ShouldBeFalse();
    }

    [Fact]
    public async Task Hooks_filters_and_submodules_of_a_repository_do_not_run()
    {
        var proof = _directory.Combine("proof");
        using var repository = await GitRepository.CreateAsync();
        repository
            .WithFile(".gitattributes", "* filter=evil diff=evil\n")
            .WithFile("a", "a")
            .WithFile(".gitmodules", $"[submodule \"x\"]\n\tpath = x\n\turl = {repository.Path}\n");
        Directory.CreateDirectory(Path.Combine(repository.Path, "x"));
        await repository.GitAsync("update-index", "--add", "--cacheinfo", $"160000,{new string('1', 40)},x");
        var commit = await repository.CommitAsync();
        await repository.GitAsync("config", "filter.evil.smudge", $"touch {proof}; cat");
        await repository.GitAsync("config", "uploadpack.packObjectsHook", $"touch {proof};");
        repository.WithScript(".git/hooks/post-checkout", $"touch {proof}");

        await using var workspace = await _workspaces.CheckoutAsync(
            Request(repository, commit) with
            {
                WithRepository = true,
            }
        );

        File.ReadAllText(Path.Combine(workspace.Path, "a")).ShouldBe("a");
        File.Exists(proof).ShouldBeFalse();
    }

    [Fact]
    public async Task Commit_that_does_not_exist_is_named()
    {
        using var repository = await GitRepository.CreateAsync();
        await repository.WithFile("a", "a").CommitAsync();
        var commit = new string('1', 40);

        var error = await _workspaces.CheckoutAsync(Request(repository, commit)).ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("commit-missing");
        error.Message.ShouldContain(commit);
        Directory.EnumerateFileSystemEntries(_directory.Combine("data", "checkouts")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Commit_that_only_a_branch_leads_to_is_found_on_a_server_that_refuses_bare_ids()
    {
        using var repository = await GitRepository.CreateAsync();
        var commit = await repository.WithFile("a", "a").CommitAsync();
        await repository.WithFile("b", "b").CommitAsync();
        // A directory served as plain files: git's oldest transport knows nothing of shallow fetches or commit ids.
        await using var server = await DumbServer.StartAsync(repository);
        await using var workspaces = Create(new WorkspaceOptions { Protocols = ["http"] }, "dumb");

        foreach (var branch in (string?[])["main", null])
        {
            await using var workspace = await workspaces.CheckoutAsync(
                new SourceRequest
                {
                    CloneUrl = server.Address + (branch is null ? "/" : ""),
                    Commit = commit,
                    Branch = branch,
                }
            );
            Entries(workspace.Path).ShouldBe(["a"]);
        }
    }

    [Fact]
    public async Task Commit_of_a_pull_request_is_fetched_by_its_id_alone()
    {
        using var repository = await GitRepository.CreateAsync();
        var commit = await repository.WithFile("a", "a").CommitAsync();
        await repository.GitAsync("update-ref", "refs/pull/12/head", commit);
        await using var server = await DumbServer.StartAsync(repository);
        await using var workspaces = Create(new WorkspaceOptions { Protocols = ["http"] }, "dumb");
        var request = new SourceRequest
        {
            CloneUrl = server.Address,
            Commit = commit,
            PullRequest = 12,
        };

        (await workspaces.HeadAsync(request)).ShouldBe(commit);
        var error = await workspaces.CheckoutAsync(request).ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("commit-missing");
        error.Message.ShouldContain($"does not give out commit {commit} of pull request 12 by its id");
    }

    [Fact]
    public async Task Repository_that_does_not_exist_is_named_without_its_password()
    {
        await using var workspaces = Create(new WorkspaceOptions { Protocols = ["http"] }, "web");
        var error = await workspaces
            .CheckoutAsync(
                new SourceRequest
                {
                    CloneUrl = $"http://user:hunter2@127.0.0.1:{FreePort.Next()}/none.git",
                    Commit = new string('1', 40),
                }
            )
            .ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("repository-unreachable");
        error.Message.ShouldContain("127.0.0.1");
        error.Message.ShouldNotContain("hunter2");
    }

    [Theory]
    [InlineData("--upload-pack=touch proof")]
    [InlineData("ext::sh -c 'touch proof'")]
    [InlineData("fd::17")]
    [InlineData("a@b::c")]
    [InlineData("relative/path")]
    [InlineData("../up")]
    [InlineData("")]
    [InlineData("-oProxyCommand=x@y:z")]
    [InlineData("ssh://-oProxyCommand=touch/x")]
    [InlineData("https://host/a\nb")]
    public async Task Address_that_could_be_anything_else_is_refused(string address)
    {
        var error = await _workspaces
            .CheckoutAsync(new SourceRequest { CloneUrl = address, Commit = new string('1', 40) })
            .ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("source-refused");
    }

    [Theory]
    [InlineData("git://127.0.0.1/x")]
    [InlineData("ftp://127.0.0.1/x")]
    [InlineData("http://127.0.0.1/x")]
    public async Task Transport_that_is_not_allowed_is_not_used(string address)
    {
        var error = await _workspaces
            .CheckoutAsync(new SourceRequest { CloneUrl = address, Commit = new string('1', 40) })
            .ShouldThrowAsync<CanaryException>();

        error.Message.ShouldContain("not allowed");
    }

    [Fact]
    public async Task Local_repository_is_refused_where_it_is_switched_off()
    {
        using var repository = await GitRepository.CreateAsync();
        var commit = await repository.WithFile("a", "a").CommitAsync();
        await using var workspaces = Create(new WorkspaceOptions { AllowLocalRepositories = false }, "remote-only");

        foreach (var address in (string[])[repository.Path, "file://" + repository.Path])
        {
            var error = await workspaces
                .CheckoutAsync(new SourceRequest { CloneUrl = address, Commit = commit })
                .ShouldThrowAsync<CanaryException>();
            error.Code.ShouldBe("source-refused");
            error.Remedy.ShouldContain("workspaces:allow-local-repositories");
        }
    }

    [Theory]
    [InlineData("main")]
    [InlineData("1111111")]
    [InlineData("--all")]
    [InlineData("1111111111111111111111111111111111111111\n")]
    [InlineData("../../../../../../../../../../../etc/passw")]
    public async Task What_is_not_a_full_commit_id_is_refused(string commit)
    {
        var error = await _workspaces
            .CheckoutAsync(new SourceRequest { CloneUrl = "/nowhere", Commit = commit })
            .ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("commit-invalid");
    }

    [Theory]
    [InlineData("253402300800")]
    [InlineData("18446744073709551617")]
    public async Task Commit_of_no_time_is_refused(string seconds)
    {
        using var repository = await GitRepository.CreateAsync();
        var good = await repository.WithFile("a", "a").CommitAsync();
        var text = (await repository.GitAsync("cat-file", "commit", good)).Replace(
            await repository.GitAsync("show", "-s", "--format=%ct", good),
            seconds,
            StringComparison.Ordinal
        );
        var file = _directory.WriteFile("commit", text + "\n");
        var commit = await repository.GitAsync("hash-object", "-t", "commit", "-w", "--literally", file);

        var error = await _workspaces.CheckoutAsync(Request(repository, commit)).ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("commit-invalid");
    }

    [Fact]
    public async Task Id_of_a_tag_is_not_a_commit()
    {
        using var repository = await GitRepository.CreateAsync();
        await repository.WithFile("a", "a").CommitAsync();
        await repository.GitAsync("tag", "-a", "-m", "x", "v1");
        var tag = await repository.GitAsync("rev-parse", "refs/tags/v1");

        var error = await _workspaces.CheckoutAsync(Request(repository, tag)).ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("commit-missing");
    }

    [Fact]
    public async Task Sha256_repository_works()
    {
        var path = _directory.CreateDirectory("sha256");
        await GitAsync(path, "init", "--quiet", "--object-format=sha256");
        File.WriteAllText(Path.Combine(path, "a"), "a");
        await GitAsync(path, "add", "a");
        await GitAsync(path, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "-m", "x");
        var commit = await GitAsync(path, "rev-parse", "HEAD");
        commit.Length.ShouldBe(64);

        await using var workspace = await _workspaces.CheckoutAsync(
            new SourceRequest
            {
                CloneUrl = path,
                Commit = commit,
                WithRepository = true,
            }
        );

        (await GitAsync(workspace.Path, "rev-parse", "HEAD")).ShouldBe(commit);
    }

    private Canary.Processes.Workspaces.Workspaces Create(WorkspaceOptions? options = null, string name = "data") =>
        new(
            _directory.Combine(name),
            options ?? new WorkspaceOptions(),
            NullLogger<Canary.Processes.Workspaces.Workspaces>.Instance
        );

    /// <summary>As from another machine: through git's transport.</summary>
    private static SourceRequest Fetched(GitRepository repository, string commit) =>
        new() { CloneUrl = "file://" + repository.Path, Commit = commit };

    private static SourceRequest Request(GitRepository repository, string commit) =>
        new() { CloneUrl = repository.Path, Commit = commit };

    private static Task<string> GitAsync(string path, params string[] arguments) =>
        OutputAsync(path, ["-c", "safe.directory=*", .. arguments]);

    private static async Task<string> OutputAsync(string path, string[] arguments) =>
        (await ProcessRunner.OutputOfAsync("git", arguments, path)).TrimEnd('\n');

    private static string[] Entries(string path) =>
        [
            .. Directory
                .EnumerateFileSystemEntries(path, "*", SearchOption.AllDirectories)
                .Select(entry => Path.GetRelativePath(path, entry))
                .Order(StringComparer.Ordinal),
        ];
}
