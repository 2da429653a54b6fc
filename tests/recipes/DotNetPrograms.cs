namespace Canary.Recipes.Tests;

/// <summary>By the templates of the SDK, with the runtime that NuGet has.</summary>
internal static class DotNetPrograms
{
    private static readonly TimeSpan LongestFetch = TimeSpan.FromMinutes(5);

    /// <summary>The template's page, and a second version of it.</summary>
    public static RealProgram Welcome { get; } =
        new("welcome", "dotnet")
        {
            FetchAsync = FetchAsync,
            Units = ["welcome.service"],
            Page = "/",
            Known = ["embedded-library zlib [opt/welcome/publish/libSystem.IO.Compression.Native.so]"],
        };

    private static async Task<string> FetchAsync(int version, string to)
    {
        await ProcessRunner.OutputOfAsync(
            "dotnet",
            ["new", "webapp", "--name", "welcome", "--output", to, "--no-restore", "--framework", "net10.0"],
            timeLimit: LongestFetch
        );
        var page = Path.Combine(to, "Pages", "Index.cshtml");
        var name = $"Welcome to version {version}";
        var text = await File.ReadAllTextAsync(page);
        await File.WriteAllTextAsync(page, text.Replace(">Welcome<", $">{name}<", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(to, ".gitignore"), "bin/\nobj/\npublish/\n");
        return name;
    }
}
