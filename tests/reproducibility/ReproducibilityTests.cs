namespace Canary.Reproducibility.Tests;

/// <summary>The short run of <c>./build.sh reproduce</c>.</summary>
public sealed class ReproducibilityTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_same_commit_and_output_give_the_same_bytes_whatever_else_differs()
    {
        var reprotest = await PrepareAsync(Variation.All);

        var result = await reprotest.RunAsync(reprotest.AllAtOnce, _directory.Combine("products"), Cancellation);

        result.ExitCode.ShouldBe(0, $"{result.Text}\nNot varied: {string.Join('\n', reprotest.Missing)}");
        foreach (
            var product in (string[])
                ["output.tar.zst", "shop.gzip.deb", "shop.zstd.deb", "shop.xz.deb", "shop.none.deb"]
        )
        {
            result.Text.ShouldContain(product);
        }

        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', reprotest.Missing));
        // What every Linux has; the others are told above where they are missing.
        foreach (var name in (string[])["environment", "build_path", "home", "exec_path", "timezone", "umask"])
        {
            reprotest.Given.ShouldContain(variation => variation.Name == name);
        }
    }

    [Fact]
    public async Task A_build_that_makes_something_else_each_time_is_found()
    {
        var reprotest = await PrepareAsync(
            Variation.All.Where(variation => variation.Name == "build_path"),
            alsoBuilds: "date >dist/built-at; pwd >>dist/built-at"
        );

        var result = await reprotest.RunAsync([reprotest.Given], _directory.Combine("products"), Cancellation);

        result.ExitCode.ShouldBe(1, result.Text);
        result.Text.ShouldContain("shop.gzip.deb");
    }

    private async Task<Reprotest> PrepareAsync(IEnumerable<Variation> variations, string alsoBuilds = "true")
    {
        await InstalledPackages.RequireAsync(ReproduceCommand.Packages);
        // Other users reach what is in it.
        File.SetUnixFileMode(_directory.Path, FileModes.PrivateDirectory | FileModes.Execute);
        await SampleApplication.MakeAsync(_directory.CreateDirectory("source"), alsoBuilds);
        return await Reprotest.PrepareAsync(_directory, variations, Cancellation);
    }
}
