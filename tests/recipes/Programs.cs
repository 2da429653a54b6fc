namespace Canary.Recipes.Tests;

/// <summary>All of them.</summary>
internal static class Programs
{
    public static IReadOnlyList<RealProgram> All { get; } =
    [
        NpmPrograms.HttpServer,
        NpmPrograms.Sirv,
        NpmPrograms.Reveal,
        NpmPrograms.Selenium,
        NpmPrograms.SwaggerUi,
        DotNetPrograms.Welcome,
        DebianPrograms.Memcached,
        DebianPrograms.BottleOnWaitress,
        DebianPrograms.Adminer,
        DebianPrograms.Mojolicious,
        DebianPrograms.Yard,
        DebianPrograms.Rsnapshot,
        DebianPrograms.Bats,
        DebianPrograms.NodeExporter,
        PageExamples.Go,
        PageExamples.Rust,
    ];

    public static RealProgram Find(string name) => All.Single(program => program.Name == name);
}
