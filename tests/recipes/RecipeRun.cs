using System.Globalization;
using System.Security.Cryptography;
using Canary.Contracts.Releases;
using Canary.Testing.Machines;
using Canary.Testing.Recipes;

namespace Canary.Recipes.Tests;

/// <summary>A program by its recipe: released, updated, rolled back and purged.</summary>
internal sealed class RecipeRun(RecipeWorld world, RealProgram program, Action<string> say)
{
    private static readonly TimeSpan LongestJudgement = TimeSpan.FromMinutes(10);

    private static readonly HttpClient Http = new();

    /// <summary>The host may just look for itself whether it has what the repository says.</summary>
    private string[] Purge => ["apt-get", "purge", "-y", "-q", "-o", "DPkg::Lock::Timeout=300", program.Name];

    public async Task RunAsync()
    {
        using var repository = await GitRepository.CreateAsync(name: program.Name);
        var before = new Dictionary<Machine, IReadOnlySet<string>>();
        foreach (var host in world.Hosts)
        {
            before[host] = await FilesAsync(host);
        }

        try
        {
            await RunAsync(repository);
        }
        catch
        {
            // The next one needs the port.
            foreach (var host in world.Hosts)
            {
                var removal = await host.RunAsync(Purge);
                if (removal.ExitCode != 0)
                {
                    say($"{program.Name} stays on {host.Name}: {removal.Text}");
                }
            }

            throw;
        }

        foreach (var host in world.Hosts)
        {
            await PurgeAsync(host, before[host]);
        }

        say($"{program.Name}: purged");
    }

    private async Task RunAsync(GitRepository repository)
    {
        var (first, name) = await ReleaseAsync(repository, 1, parent: null);
        var (second, next) = await ReleaseAsync(repository, 2, first.Commit);
        next.ShouldNotBe(name, "Nobody could tell the versions apart.");
        await RollBackAsync(second, first.Version!);
        await RunsAsync(name, first.Version!);
        say($"{program.Name}: {name} runs again");
        await JudgeAsync(second.Version!);
    }

    private async Task<(ReleaseView Release, string Version)> ReleaseAsync(
        GitRepository repository,
        int number,
        string? parent
    )
    {
        var (commit, version) = program.IsBuiltElsewhere
            ? await BringAsync(number)
            : await PushAsync(repository, number, parent);
        var release = await world.Server.ReleaseInAsync(commit, ReleaseStates.Completed);
        await RunsAsync(version, release.Version!);
        say($"{program.Name}: {version} runs as {release.Version}");
        return (release, version);
    }

    private async Task<(string Commit, string Version)> PushAsync(GitRepository repository, int number, string? parent)
    {
        await repository.GitAsync("rm", "-r", "--quiet", "--force", "--ignore-unmatch", ".");
        var version = await program.FetchAsync(number, repository.Path);
        var page = RecipePage.Read(program.Recipe);
        if (program.IsOfThePage)
        {
            page.WithName(program.Name).WriteTo(repository.Path);
        }
        else
        {
            page.WriteTo(repository.Path, program.Name);
        }

        var commit = await repository.CommitAsync(version);
        using var answer = await world.Server.PushAsync(repository, commit, program.Name, parent);
        answer.EnsureSuccessStatusCode();
        return (commit, version);
    }

    /// <summary>The first one comes from a person, the second one from the program that builds it.</summary>
    private async Task<(string Commit, string Version)> BringAsync(int number)
    {
        using var directory = new TempDirectory();
        var version = await program.FetchAsync(number, directory.CreateDirectory("package"));
        var file = Directory.GetFiles(directory.Combine("package")).ShouldHaveSingleItem();
        if (number == 1)
        {
            var result = await world.Server.CanaryAsync("deploy", program.Name, file, "--promote", "--no-wait");
            result.ExitCode.ShouldBe(0, result.Text);
        }
        else
        {
            RecipePage.Read(program.Recipe).WriteTo(directory.Path, program.Name);
            await ProcessRunner.OutputOfAsync(
                directory.Combine("script/deliver"),
                [file],
                environment: new Dictionary<string, string?>
                {
                    ["CANARY_SERVER"] = world.Server.Http.BaseAddress!.GetLeftPart(UriPartial.Authority),
                    ["CANARY_TOKEN_FILE"] = world.TokenFileOf(program),
                }
            );
        }

        return (Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file))), version);
    }

    private async Task RollBackAsync(ReleaseView release, string version)
    {
        (await world.Server.DecideAsync(release, "rollback")).EnsureSuccessStatusCode();
        await Eventually.TrueAsync(
            async () =>
                (await world.Server.ReleasesAsync($"application={program.Name}&limit=1"))
                    is [{ State: ReleaseStates.Completed } newest, ..]
                && newest.Version == version,
            what: $"{program.Name} is back at {version}"
        );
    }

    private async Task RunsAsync(string version, string packageVersion)
    {
        foreach (var host in world.Hosts)
        {
            (await host.InstalledAsync(program.Name)).ShouldBe(packageVersion);
            foreach (var unit in program.Units)
            {
                (await host.RunAsync("systemctl", "is-active", unit)).Output.Trim().ShouldBe("active", unit);
            }

            if (program.Job is { } job)
            {
                await host.OutputOfAsync("systemctl", "start", job);
            }

            await Eventually.PassesAsync(async () =>
                (await AnswerAsync(host)).ShouldContain(program.Answer(version), Case.Sensitive)
            );
        }
    }

    private async Task<string> AnswerAsync(Machine host)
    {
        if (program.Page is not { } page)
        {
            return (await host.RunAsync([.. program.Command])).Text;
        }

        // Whatever the status is: a proxy refuses what is not for it, and says who it is.
        var address = new Uri(
            string.Create(CultureInfo.InvariantCulture, $"http://{host.Address}:{program.Port}{page}")
        );
        using var answer = await Http.GetAsync(address);
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task PurgeAsync(Machine host, IReadOnlySet<string> before)
    {
        await host.OutputOfAsync(Purge);
        (await host.InstalledAsync(program.Name)).ShouldBeNull();
        (
            await host.OutputOfAsync("systemctl", "list-units", "--all", "--no-legend", $"{program.Name}*")
        ).ShouldBeEmpty();
        (await host.RunAsync("pgrep", "-u", program.Name)).Output.ShouldBeEmpty();
        (await FilesAsync(host)).Except(before).ShouldBeEmpty($"The purge of {program.Name} left files.");
    }

    /// <summary>All that belongs to packages, and what has the name of this one elsewhere. The user stays, so there are copies of the files
    /// that it stands in; and so does what the host knows of the application.</summary>
    private async Task<IReadOnlySet<string>> FilesAsync(Machine host)
    {
        var own = await host.OutputOfAsync(
            "find",
            "/etc",
            "/opt",
            "/usr",
            "-xdev",
            "-not",
            "-name",
            "*-",
            "-not",
            "-path",
            "/usr/*/__pycache__*"
        );
        // What runs meanwhile comes and goes.
        var named = (
            await host.RunAsync(
                "find",
                "/run",
                "/var",
                "-xdev",
                "-name",
                $"*{program.Name}*",
                "-not",
                "-path",
                "/var/lib/canary-apply/*",
                "-not",
                "-path",
                "/var/cache/apt/archives/*"
            )
        ).Output;
        return $"{own}\n{named}".Split('\n', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The place is the one error that every application in /opt has; what somebody else has built has none.</summary>
    private async Task JudgeAsync(string version)
    {
        await InstalledPackages.RequireAsync("lintian");
        var repository = Path.Combine(world.Server.Data, "repository-publisher", "public");
        var package = Directory
            .GetFiles(repository, $"{program.Name}_{version}_*.deb", SearchOption.AllDirectories)
            .ShouldHaveSingleItem();
        var result = await ProcessRunner.RunAsync(
            "lintian",
            ["--no-cfg", "--tag-display-limit", "0", "--allow-root", package],
            environment: new Dictionary<string, string?> { ["LC_ALL"] = "C.UTF-8" },
            timeLimit: LongestJudgement
        );
        var errors = result.Output.Split('\n').Where(line => line.StartsWith("E:", StringComparison.Ordinal)).ToList();
        (errors.Count > 0).ShouldBe(
            !program.IsBuiltElsewhere,
            $"Without the tag for /opt, lintian did not look.\n{result.Text}"
        );
        errors
            .Where(error => !error.Contains("dir-or-file-in-opt", StringComparison.Ordinal))
            .Where(error => !program.Known.Any(known => error.Contains(known, StringComparison.Ordinal)))
            .ShouldBeEmpty($"{program.Name} by the recipe {program.Recipe}");
        say($"{program.Name}: lintian has no error{(program.IsBuiltElsewhere ? "" : " but the place")}");
    }
}
