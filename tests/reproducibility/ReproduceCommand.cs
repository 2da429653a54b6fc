using Canary.Cli;

namespace Canary.Reproducibility.Tests;

/// <summary><c>./build.sh reproduce</c></summary>
internal static class ReproduceCommand
{
    private const string Usage = """
        Usage: ./build.sh reproduce [VARIATION]...
          VARIATION  what differs from the first build, each in a build of its own, and then all of them at once, twice:
                     {0}. Default: all of them
        """;

    public static async Task<int> RunAsync(string[] names)
    {
        var unknown = names.Except(Variation.All.Select(variation => variation.Name)).ToList();
        if (unknown.Count > 0)
        {
            await Console.Error.WriteLineAsync(
                Usage.Replace(
                    "{0}",
                    string.Join(", ", Variation.All.Select(variation => variation.Name)),
                    StringComparison.Ordinal
                )
            );
            return 2;
        }

        using var interruption = new Interruption();
        using var directory = new TempDirectory();
        // Other users reach what is in it.
        File.SetUnixFileMode(directory.Path, FileModes.PrivateDirectory | FileModes.Execute);
        await InstalledPackages.RequireAsync(Packages);
        await SampleApplication.MakeAsync(directory.CreateDirectory("source"));
        var reprotest = await Reprotest.PrepareAsync(
            directory,
            Variation.All.Where(variation => names.Length == 0 || names.Contains(variation.Name)),
            interruption.Token
        );
        foreach (var missing in reprotest.Missing)
        {
            Console.WriteLine($"This machine cannot vary {missing}");
        }

        var varied = reprotest.Given;
        if (varied.Count == 0)
        {
            Console.WriteLine("Nothing is left to vary.");
            return 1;
        }

        var products = SourceTree.PathOf("artifacts", "reproduce");
        if (Directory.Exists(products))
        {
            Directory.Delete(products, recursive: true);
        }

        var result = await reprotest.RunAsync(
            [
                [],
                .. varied.Select(variation => (IReadOnlyList<Variation>)[variation]),
                .. reprotest.AllAtOnce,
                .. reprotest.AllAtOnce,
            ],
            products,
            interruption.Token
        );
        Console.WriteLine(result.Text);
        Console.WriteLine(
            result.ExitCode == 0
                ? $"The same bytes each time; varied: {string.Join(", ", varied.Select(variation => variation.Name))}"
                : $"NOT the same bytes each time, or not built (exit code {result.ExitCode}); what was made is in {products}"
        );
        return result.ExitCode == 0 ? 0 : 1;
    }

    /// <summary>The Debian packages that it takes.</summary>
    public static string[] Packages { get; } = ["reprotest", "disorderfs", "faketime", "locales", "sudo", "dpkg-dev"];
}
