using System.Reflection;

namespace Canary.Architecture.Tests;

/// <summary>The assemblies of the product, by the name of their project.</summary>
internal static class Assemblies
{
    /// <summary>Everything but contracts, whose types are all public, and the programs of one statement.</summary>
    public static IReadOnlyList<Assembly> Products { get; } =
    [.. Project.All.Where(project => project.IsService || project.IsPlatform).Select(project => Load(project.Name))];

    public static Assembly Load(string project) =>
        Assembly.Load(
            project switch
            {
                "Canary.AllInOne" => "canary-server",
                "Canary.Cli" => "canary",
                _ => project,
            }
        );

    /// <summary>Types that people wrote.</summary>
    public static IEnumerable<Type> TypesOf(Assembly assembly) =>
        assembly
            .GetTypes()
            .Where(type =>
                !type.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute))
                && !type.IsDefined(typeof(System.CodeDom.Compiler.GeneratedCodeAttribute))
                && !type.Name.Contains('<')
                && type.Namespace?.StartsWith("Canary.", StringComparison.Ordinal) == true
                && !type.Namespace.Contains(".Migrations", StringComparison.Ordinal)
            );
}
