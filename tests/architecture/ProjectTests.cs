using System.Text.RegularExpressions;
using System.Xml.Linq;
using Canary.Testing;

namespace Canary.Architecture.Tests;

public sealed partial class ProjectTests
{
    /// <summary>Which project may reference which. Services share contracts and the platform, and never each other; within the
    /// platform references point downwards.</summary>
    private static readonly Dictionary<string, string[]> AllowedReferences = new()
    {
        ["Canary.Contracts"] = [],
        ["Canary.Failures"] = ["Canary.Contracts"],
        ["Canary.Files"] = ["Canary.Failures"],
        ["Canary.Metadata"] = ["Canary.Failures"],
        ["Canary.Processes"] = ["Canary.Files"],
        ["Canary.Machines"] = ["Canary.Files"],
        ["Canary.Durability"] = ["Canary.Files"],
        ["Canary.Hosting"] = ["Canary.Durability", "Canary.Processes"],
        ["Canary.Consul"] = ["Canary.Hosting", "Canary.Machines"],
        ["Canary.GitHub"] = ["Canary.Hosting"],
        ["Canary.Ingress"] = ["Canary.Contracts", "Canary.GitHub", "Canary.Hosting"],
        ["Canary.Packager"] =
        [
            "Canary.Consul",
            "Canary.Contracts",
            "Canary.GitHub",
            "Canary.Hosting",
            "Canary.Machines",
            "Canary.Metadata",
        ],
        ["Canary.RepositoryPublisher"] = ["Canary.Contracts", "Canary.Hosting"],
        ["Canary.CiCoordinator"] =
        [
            "Canary.Consul",
            "Canary.Contracts",
            "Canary.GitHub",
            "Canary.Hosting",
            "Canary.Machines",
            "Canary.Metadata",
        ],
        ["Canary.Deployer"] = ["Canary.Consul", "Canary.Contracts", "Canary.Hosting", "Canary.Machines"],
        ["Canary.Ingress.Program"] = ["Canary.Consul", "Canary.Ingress"],
        ["Canary.CiCoordinator.Program"] = ["Canary.CiCoordinator", "Canary.Consul"],
        ["Canary.Packager.Program"] = ["Canary.Consul", "Canary.Packager"],
        ["Canary.RepositoryPublisher.Program"] = ["Canary.Consul", "Canary.GitHub", "Canary.RepositoryPublisher"],
        ["Canary.Deployer.Program"] = ["Canary.Consul", "Canary.Deployer", "Canary.GitHub"],
        // The programs of the services come along, for installations of five.
        ["Canary.AllInOne"] =
        [
            "Canary.CiCoordinator.Program",
            "Canary.Consul",
            "Canary.Deployer.Program",
            "Canary.Ingress.Program",
            "Canary.Packager.Program",
            "Canary.RepositoryPublisher.Program",
        ],
        ["Canary.Cli"] = [],
        // Makes packages and a repository by the services' own code.
        ["Canary.Packages"] = ["Canary.Packager", "Canary.RepositoryPublisher"],
    };

    /// <summary>Which project may use which package. A new one here is a decision, not an accident.</summary>
    private static readonly Dictionary<string, string[]> AllowedPackages = new()
    {
        ["Canary.Contracts"] = [],
        ["Canary.Failures"] = [],
        ["Canary.Files"] = [],
        ["Canary.Metadata"] = ["YamlDotNet"],
        ["Canary.Processes"] = [],
        ["Canary.Machines"] = ["BouncyCastle.Cryptography", "SSH.NET"],
        ["Canary.Durability"] =
        [
            "CloudNative.CloudEvents.SystemTextJson",
            "MassTransit",
            "MassTransit.RabbitMQ",
            "Microsoft.EntityFrameworkCore.Sqlite",
            "Npgsql.EntityFrameworkCore.PostgreSQL",
        ],
        ["Canary.Hosting"] =
        [
            "Microsoft.Extensions.Http.Resilience",
            "OpenTelemetry.Exporter.OpenTelemetryProtocol",
            "OpenTelemetry.Exporter.Prometheus.AspNetCore",
            "OpenTelemetry.Extensions.Hosting",
            "OpenTelemetry.Instrumentation.AspNetCore",
            "OpenTelemetry.Instrumentation.Http",
            "OpenTelemetry.Instrumentation.Runtime",
            "Serilog.AspNetCore",
            "YamlDotNet",
        ],
        ["Canary.Consul"] = ["Microsoft.Extensions.Http.Resilience"],
        ["Canary.GitHub"] = ["Microsoft.Extensions.Http.Resilience", "Octokit"],
        ["Canary.Ingress"] = ["MailKit"],
        ["Canary.CiCoordinator"] = ["Microsoft.Extensions.Http.Resilience", "SSH.NET", "ZstdSharp.Port"],
        ["Canary.Packager"] = ["SharpZipLib", "ZstdSharp.Port"],
        ["Canary.RepositoryPublisher"] = ["BouncyCastle.Cryptography", "ZstdSharp.Port"],
        ["Canary.Deployer"] = ["SSH.NET", "YamlDotNet"],
        ["Canary.Ingress.Program"] = [],
        ["Canary.CiCoordinator.Program"] = [],
        ["Canary.Packager.Program"] = [],
        ["Canary.RepositoryPublisher.Program"] = [],
        ["Canary.Deployer.Program"] = [],
        ["Canary.AllInOne"] = ["System.CommandLine"],
        ["Canary.Cli"] = ["Fluid.Core", "Spectre.Console", "System.CommandLine", "YamlDotNet"],
        ["Canary.Packages"] = ["System.CommandLine"],
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

    [Theory]
    [InlineData("Canary.Ingress")]
    [InlineData("Canary.RepositoryPublisher")]
    public void A_service_that_reaches_no_machine_references_neither_SSH_nor_Consul(string service)
    {
        var below = WithAllBelow(Find(service));

        below.Select(project => project.Name).Intersect(["Canary.Machines", "Canary.Consul"]).ShouldBeEmpty();
        below.SelectMany(project => project.Packages).ShouldNotContain("SSH.NET");
    }

    [Fact]
    public void Projects_reference_each_other_without_a_cycle() =>
        Project
            .All.Where(project => project.References.Select(Find).SelectMany(WithAllBelow).Contains(project))
            .Select(project => project.Name)
            .ShouldBeEmpty();

    [Fact]
    public void Tests_mirror_the_source_tree()
    {
        string[] ofTheWhole =
        [
            "architecture",
            "benchmarks",
            "chaos",
            "end-to-end",
            "fleet",
            "fuzzing",
            "kubernetes",
            "pipeline",
            "recipes",
            "reproducibility",
            "simulation",
            "testing",
        ];
        // What tests/hosting needs is a host with everything below it, so it holds the tests of all of them.
        string[] withHosting = ["consul", "durability", "failures", "files", "github", "machines", "processes"];
        var tested = Project
            .All.Where(project => !IsBelowTests(project) && !project.IsProgram)
            .Select(project => Path.GetFileName(project.Folder))
            // Who reads metadata whole is the packager.
            .Where(folder => folder is not ("all-in-one" or "metadata") && !withHosting.Contains(folder));
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
        if (name is "Canary.AllInOne" or "Canary.Cli")
        {
            File.Exists(Path.Combine(project.Folder, "Program.cs")).ShouldBeTrue($"{name} has no Program.cs.");
            return;
        }

        var program = Find(name + ".Program");
        program.Folder.ShouldBe(Path.Combine(project.Folder, "program"));
        Directory.GetFiles(program.Folder, "*.cs").ShouldBe([Path.Combine(program.Folder, "Program.cs")]);

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

    [Fact]
    public void Every_restore_takes_what_the_lock_files_say()
    {
        var properties = XDocument.Load(SourceTree.PathOf("Directory.Build.props")).Descendants().ToList();

        properties
            .Where(property =>
                property.Name.LocalName is "RestorePackagesWithLockFile" or "RestoreLockedMode" or "NuGetLockFilePath"
            )
            .Select(property =>
                $"{property.Parent!.Attribute("Label")?.Value}: {property.Name.LocalName} = {property.Value}"
            )
            .Where(line => !line.Contains("NuGetLockFilePath = $(ArtifactsPath)/obj/", StringComparison.Ordinal))
            .ShouldBe([
                "Reproducible restores and builds: RestorePackagesWithLockFile = true",
                "Reproducible restores and builds: RestoreLockedMode = true",
                // build.cake compares what it restored with the lock files.
                "./build.sh dist: RestoreLockedMode = false",
                // Of people who write a migration.
                ": RestoreLockedMode = false",
            ]);
        SourceFiles.Read("build.cake").ShouldContain("RequireLocked(project);");
        Project
            .All.Select(project => project.File)
            .Concat(
                SourceFiles
                    .Find("*.props")
                    .Concat(SourceFiles.Find("*.targets"))
                    .Select(file => SourceTree.PathOf(file))
            )
            .Where(file =>
                Path.GetFileName(file) != "Directory.Build.props" || Path.GetDirectoryName(file) != SourceTree.Root
            )
            .Where(file => LockSetting().IsMatch(File.ReadAllText(file)))
            .ShouldBeEmpty("Only Directory.Build.props says how packages are restored.");
    }

    [Theory]
    [InlineData("true")]
    [InlineData(null)]
    public async Task A_build_is_locked_wherever_it_runs(string? ci)
    {
        var mode = await ProcessRunner.OutputOfAsync(
            "dotnet",
            ["msbuild", SourceTree.PathOf("services/cli/Canary.Cli.csproj"), "-getProperty:RestoreLockedMode"],
            environment: new Dictionary<string, string?> { ["CI"] = ci }
        );

        mode.Trim().ShouldBe("true");
    }

    private static Project Find(string name) => Project.All.Single(project => project.Name == name);

    private static HashSet<Project> WithAllBelow(Project project) =>
        [project, .. project.References.Select(Find).SelectMany(WithAllBelow)];

    private static bool IsBelowTests(Project project) =>
        Path.GetRelativePath(SourceTree.Root, project.File).StartsWith("tests/", StringComparison.Ordinal);

    [GeneratedRegex("RestoreLockedMode|RestorePackagesWithLockFile|NuGetLockFilePath")]
    private static partial Regex LockSetting();

    [GeneratedRegex(
        """
            , "([^"]+\.csproj)"
            """
    )]
    private static partial Regex ProjectPath();
}
