using System.Net.Http.Json;
using System.Text.Json;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;

namespace Canary.RepositoryPublisher.Tests.Names;

/// <summary>What would be refused is told before anything is built.</summary>
public sealed class AdmissionEndpointsTests
{
    private const string Maintainer = "Architecture: all\nMaintainer: Ada <ada@example.org>\nDescription: a shop\n";

    [Fact]
    public async Task Package_that_will_be_taken_has_no_faults_and_claims_nothing()
    {
        await using var repository = await Repository.StartAsync();

        (await AskAsync(repository, "Package: shop\nVersion: 1.0\n", "shop", "acme/shop")).ShouldBeEmpty();

        (await repository.InStoreAsync(store => store.Names.CountAsync())).ShouldBe(0);
        (await repository.InStoreAsync(store => store.Applications.CountAsync())).ShouldBe(0);
    }

    [Fact]
    public async Task All_that_is_wrong_is_told_at_once()
    {
        await using var repository = await Repository.StartAsync();
        await repository.PublishAsync(
            DebPackage.Create("libc6-other"),
            new Publication("other", "acme/other", IsConfigured: false)
        );

        (await AskAsync(repository, "Package: bash\nVersion: 1.0\nConflicts: nginx\n", "shop", "acme/shop")).ShouldBe([
            "package-name-reserved",
            "relation-not-owned",
        ]);
        (await AskAsync(repository, "Package: libc6-other\nVersion: 1.0\n", "shop", "acme/shop")).ShouldBe([
            "package-name-taken",
        ]);
        (await AskAsync(repository, "Package: shop\nVersion: 1.0\n", "other", "evil/other")).ShouldBe([
            "application-taken",
        ]);
        (await AskAsync(repository, "Package: shop\nVersion: 1.0\nDepends: a [amd64]\n", "shop", null)).ShouldBe([
            "package-invalid",
        ]);
        (await AskAsync(repository, "Package: libc6-other\nVersion: 1.0\n", null, null)).ShouldBeEmpty();
    }

    private static async Task<IReadOnlyList<string?>> AskAsync(
        Repository repository,
        string fields,
        string? application,
        string? source
    )
    {
        using var answer = await repository.Http.PostAsJsonAsync(
            "internal/admission",
            new
            {
                Application = application,
                Repository = source,
                Control = $"{fields}{Maintainer}",
            }
        );
        answer.EnsureSuccessStatusCode();
        var faults = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("faults");
        return [.. faults.EnumerateArray().Select(fault => fault.GetProperty("code").GetString())];
    }
}
