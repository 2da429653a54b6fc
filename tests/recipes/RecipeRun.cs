using System.Globalization;
using Canary.Contracts.Releases;
using Canary.Testing.Machines;
using Canary.Testing.Recipes;

namespace Canary.Recipes.Tests;

/// <summary>A program by its recipe: released, updated, rolled back and purged.</summary>
internal sealed class RecipeRun(RecipeWorld world, RealProgram program, Action<string> say)
{
    private static readonly HttpClient Http = new();

    public async Task RunAsync()
    {
        using var repository = await GitRepository.CreateAsync(name: program.Name);
        var first = await ReleaseAsync(repository, 1, before: null);
        await JudgeAsync();
        var second = await ReleaseAsync(repository, 2, first.Commit);
        (await world.Server.DecideAsync(second, "rollback")).EnsureSuccessStatusCode();
        await Eventually.TrueAsync(
            async () =>
                (await world.Server.ReleasesAsync($"application={program.Name}&limit=1"))[0]
                    is { State: ReleaseStates.Completed } newest
                && newest.Version == first.Version,
            what: $"{program.Name} is rolled back"
        );
        await RunsAsync(1, first.Version!);
        say($"{program.Name}: rolled back");
        foreach (var host in world.Hosts)
        {
            await PurgeAsync(host);
        }

        say($"{program.Name}: purged");
    }

    private async Task<ReleaseView> ReleaseAsync(GitRepository repository, int version, string? before)
    {
        await ClearAsync(repository);
        await program.FetchAsync(version, repository.Path);
        RecipePage.Read(program.Recipe).WriteTo(repository);
        var commit = await repository.CommitAsync($"Version {version}");
        using var answer = await world.Server.PushAsync(repository, commit, program.Name, before);
        answer.EnsureSuccessStatusCode();
        var release = await world.Server.ReleaseInAsync(commit, ReleaseStates.Completed);
        await RunsAsync(version, release.Version!);
        say($"{program.Name}: version {version} runs as {release.Version}");
        return release;
    }

    private static async Task ClearAsync(GitRepository repository)
    {
        await repository.GitAsync("rm", "-r", "--quiet", "--force", "--ignore-unmatch", ".");
        Directory.CreateDirectory(repository.Path);
    }

    private async Task RunsAsync(int version, string packageVersion)
    {
        foreach (var host in world.Hosts)
        {
            (await host.InstalledAsync(program.Name)).ShouldBe(packageVersion);
            foreach (var unit in program.Units)
            {
                (await host.RunAsync("systemctl", "is-active", unit)).Output.Trim().ShouldBe("active", unit);
            }

            await Eventually.PassesAsync(async () =>
                (await AnswerAsync(host)).ShouldContain(program.Answer(version), Case.Sensitive)
            );
        }
    }

    private async Task<string> AnswerAsync(Machine host) =>
        program.Page is { } page
            ? await Http.GetStringAsync(
                new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{host.Address}:8080{page}"))
            )
            : (await host.RunAsync([.. program.Command])).Text;

    private async Task PurgeAsync(Machine host)
    {
        await host.OutputOfAsync("apt-get", "purge", "-y", "-q", program.Name);
        (await host.InstalledAsync(program.Name)).ShouldBeNull();
        (await host.OutputOfAsync("systemctl", "list-units", "--all", "--no-legend", $"{program.Name}*")).ShouldBeEmpty();
        (await host.RunAsync("pgrep", "-u", program.Name)).Output.ShouldBeEmpty();
        var left = await host.RunAsync(
            "find",
            "/etc",
            "/usr",
            "/opt",
            "/run",
            "/var",
            "-name",
            $"*{program.Name}*",
            "-not",
            "-path",
            "/var/lib/canary-apply/*",
            "-not",
            "-path",
            "/var/cache/apt/archives/*"
        );
        left.Output.ShouldBeEmpty($"The purge of {program.Name} left files.");
    }

    /// <summary>As CI has nobody who knows better, all errors count but the one that every application in /opt has.</summary>
    private async Task JudgeAsync()
    {
        await InstalledPackages.RequireAsync("lintian");
        var repository = Path.Combine(world.Server.Data, "repository-publisher", "public");
        var package = Directory
            .GetFiles(repository, $"{program.Name}_*.deb", SearchOption.AllDirectories)
            .ShouldHaveSingleItem();
        var result = await ProcessRunner.RunAsync(
            "lintian",
            ["--no-cfg", "--allow-root", "--tag-display-limit", "0", package],
            timeLimit: TimeSpan.FromMinutes(5)
        );
        result
            .Text.Split('\n')
            .Where(line => line.StartsWith("E: ", StringComparison.Ordinal))
            .Where(line => !line.Contains(" dir-or-file-in-opt ", StringComparison.Ordinal))
            .ShouldBeEmpty();
    }
}
