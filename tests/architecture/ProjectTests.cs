using System.Text.RegularExpressions;
using Canary.Testing;

namespace Canary.Architecture.Tests;

public sealed partial class ProjectTests
{
    private static readonly string[] Service = ["Canary.Contracts", "Canary.Hosting"];

    /// <summary>Which project may reference which: services share contracts and hosting, and never each other.</summary>
    private static readonly Dictionary<string, string[]> AllowedReferences = new()
    {
        ["Canary.Contracts"] = [],
        ["Canary.Hosting"] = ["Canary.Contracts"],
        ["Canary.Ingress"] = Service,
        ["Canary.CiCoordinator"] = Service,
        ["Canary.Packager"] = Service,
        ["Canary.RepositoryPublisher"] = Service,
        ["Canary.Deployer"] = Service,
        ["Canary.AllInOne"] =
        [
            "Canary.CiCoordinator",
            "Canary.Deployer",
            "Canary.Hosting",
            "Canary.Ingress",
            "Canary.Packager",
            "Canary.RepositoryPublisher",
        ],
        ["Canary.Cli"] = [],
    };

    /// <summary>Which project may use which package. A new one here is a decision, not an accident.</summary>
    private static readonly Dictionary<string, string[]> AllowedPackages = new()
    {
        ["Canary.Contracts"] = [],
        ["Canary.Hosting"] =
        [
            "BouncyCastle.Cryptography",
            "CloudNative.CloudEvents.SystemTextJson",
            "MassTransit",
            "MassTransit.RabbitMQ",
            "Microsoft.EntityFrameworkCore.Sqlite",
            "Microsoft.Extensions.Http.Resilience",
            "Npgsql.EntityFrameworkCore.PostgreSQL",
            "OpenTelemetry.Exporter.OpenTelemetryProtocol",
            "OpenTelemetry.Exporter.Prometheus.AspNetCore",
            "OpenTelemetry.Extensions.Hosting",
            "OpenTelemetry.Instrumentation.AspNetCore",
            "OpenTelemetry.Instrumentation.Http",
            "OpenTelemetry.Instrumentation.Runtime",
            "Serilog.AspNetCore",
            "SSH.NET",
            "YamlDotNet",
        ],
        ["Canary.Ingress"] = [],
        ["Canary.CiCoordinator"] = ["SSH.NET"],
        ["Canary.Packager"] = ["SharpZipLib", "YamlDotNet", "ZstdSharp.Port"],
        ["Canary.RepositoryPublisher"] = ["BouncyCastle.Cryptography", "ZstdSharp.Port"],
        ["Canary.Deployer"] = ["SSH.NET", "YamlDotNet"],
        ["Canary.AllInOne"] = ["System.CommandLine"],
        ["Canary.Cli"] = ["Spectre.Console", "System.CommandLine"],
    };

    public static TheoryData<string> Products => [.. AllowedReferences.Keys];

    public static TheoryData<string> Services => [.. Project.All.Where(p => p.IsService).Select(p => p.Name)];

    [Fact]
    public void Every_project_outside_of_tests_has_a_place_in_the_tables() =>
        Project
            .All.Where(project => !IsBelowTests(project))
            .Select(project => project.Name)
            .ShouldBe(AllowedReferences.Keys, ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Products))]
    public void A_project_references_only_what_the_table_allows(string name) =>
        Find(name).References.Except(AllowedReferences[name]).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Products))]
    public void A_project_uses_exactly_the_packages_of_the_table(string name) =>
        Find(name).Packages.ShouldBe(AllowedPackages[name], ignoreOrder: true);

    [Fact]
    public void Tests_mirror_the_source_tree()
    {
        string[] ofTheWhole = ["architecture", "benchmarks", "chaos", "end-to-end", "kubernetes", "testing"];
        var tested = Project
            .All.Where(project => !IsBelowTests(project))
            .Select(project => Path.GetFileName(project.Folder))
            .Where(folder => folder != "all-in-one");
        Project
            .All.Where(IsBelowTests)
            .Select(project => Path.GetFileName(project.Folder))
            .ShouldBe(tested.Concat(ofTheWhole), ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_is_a_program_and_one_registration_method(string name)
    {
        var project = Find(name);
        if (name == "Canary.Hosting")
        {
            return;
        }

        File.Exists(Path.Combine(project.Folder, "Program.cs")).ShouldBeTrue($"{name} has no Program.cs.");
        if (name is "Canary.AllInOne" or "Canary.Cli")
        {
            return;
        }

        var module = $"{name["Canary.".Length..]}Module";
        File.Exists(Path.Combine(project.Folder, module + ".cs")).ShouldBeTrue($"{name} has no {module}.cs.");
        Assemblies.Load(name).GetType($"{name}.{module}").ShouldNotBeNull($"{name} has no class {module}.");
    }

    [Fact]
    public void No_project_or_folder_is_a_place_for_anything()
    {
        string[] banned = ["Common", "Utils", "Utilities", "Helpers", "BuildingBlocks", "Shared", "Misc"];
        var names = Project
            .All.SelectMany(project => project.Name.Split('.'))
            .Concat(SourceFiles.Find("*.cs").SelectMany(file => Path.GetDirectoryName(file)!.Split('/')));
        names.Intersect(banned, StringComparer.OrdinalIgnoreCase).ShouldBeEmpty();
    }

    [Fact]
    public void The_solution_holds_every_project()
    {
        var solution = SourceFiles.Read("Canary.Micro.sln");
        ProjectPath()
            .Matches(solution)
            .Select(match => match.Groups[1].Value.Replace('\\', '/'))
            .ShouldBe(Project.All.Select(p => Path.GetRelativePath(SourceTree.Root, p.File)), ignoreOrder: true);
    }

    [Fact]
    public void Every_project_has_its_lock_file_so_that_restores_repeat() =>
        Project
            .All.Where(project => !File.Exists(Path.Combine(project.Folder, "packages.lock.json")))
            .Select(project => project.Name)
            .ShouldBeEmpty();

    private static Project Find(string name) => Project.All.Single(project => project.Name == name);

    private static bool IsBelowTests(Project project) =>
        Path.GetRelativePath(SourceTree.Root, project.File).StartsWith("tests/", StringComparison.Ordinal);

    [GeneratedRegex(
        """
            , "([^"]+\.csproj)"
            """
    )]
    private static partial Regex ProjectPath();
}
