using System.Net.Http.Json;
using System.Text.Json;
using Canary.Contracts;
using Canary.Contracts.Packaging;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests.Checks;

/// <summary>What the publisher would refuse is refused before anything is built.</summary>
public sealed class PublisherRulesTests
{
    private static readonly Failure Taken = new()
    {
        Code = "package-name-taken",
        Message = "The package name 'other' belongs to the application 'other'.",
        Remedy = "Choose another one.",
    };

    private static readonly Failure Relation = new()
    {
        Code = "relation-not-owned",
        Message = "shop has 'nginx' in its field Conflicts.",
        Remedy = "Remove it.",
    };

    [Fact]
    public async Task Package_that_the_publisher_would_refuse_is_not_built()
    {
        await using var host = await PackagerHost.StartAsync();
        using var repository = await GitRepository.CreateAsync(name: "shop");
        repository.WithConventionScripts().WithFile("canary.yml", "name: other\nconflicts: [nginx]\n");
        host.Faults = [Taken, Relation];

        var failed = (
            await host.PackageAsync(host.Command(repository, await repository.CommitAsync()))
        ).ShouldBeOfType<PackagingFailed>();

        failed.Failure.Code.ShouldBe("package-name-taken");
        failed.Failure.Message.ShouldContain(Taken.Message);
        failed.Failure.Message.ShouldContain(Relation.Message);
        host.Uploads.ShouldBeEmpty();
        var question = host.Questions.ShouldHaveSingleItem();
        question.GetProperty("application").GetString().ShouldBe("shop");
        question.GetProperty("control").GetString().ShouldNotBeNull().ShouldContain("Package: other\n");
        question.GetProperty("control").GetString().ShouldNotBeNull().ShouldContain("Conflicts: nginx\n");
    }

    [Fact]
    public async Task Check_tells_what_the_publisher_would_refuse()
    {
        await using var host = await PackagerHost.StartAsync();
        host.Faults = [Taken];

        var answer = await CheckAsync(host, "name: other", application: "shop");

        answer.GetProperty("faults")[0].GetProperty("code").GetString().ShouldBe("package-name-taken");
        answer.GetProperty("faults")[0].GetProperty("remedy").GetString().ShouldBe(Taken.Remedy);
        host.Questions.ShouldHaveSingleItem().GetProperty("repository").GetString().ShouldBe("acme/shop");
    }

    [Fact]
    public async Task Publisher_is_not_asked_about_a_package_without_a_name()
    {
        await using var host = await PackagerHost.StartAsync();

        await CheckAsync(host, "version: 1.0.0", application: null);

        host.Questions.ShouldBeEmpty();
    }

    private static async Task<JsonElement> CheckAsync(PackagerHost host, string metadata, string? application)
    {
        using var http = host.Http;
        using var answer = await http.PostAsJsonAsync(
            "internal/check",
            new
            {
                Application = application,
                Repository = "acme/shop",
                Metadata = new Dictionary<string, string> { ["canary.yml"] = metadata },
                Files = new[] { "script/cisetup", "script/cibuild" },
            }
        );
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
