namespace Canary.Recipes.Tests;

/// <summary>All of them.</summary>
internal static class Programs
{
    public static IReadOnlyList<RealProgram> All { get; } = [NodePrograms.HttpServer];

    public static RealProgram Find(string name) => All.Single(program => program.Name == name);
}
