using Canary.Contracts.Publishing;
using Canary.Failures;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;

namespace Canary.RepositoryPublisher.Tests.Names;

public sealed class NameOwnershipTests
{
    [Fact]
    public async Task Name_belongs_to_the_application_that_first_published_it()
    {
        await using var repository = await Repository.StartAsync();
        await PublishAsync(repository, "shop", "1.0", By("shop", "acme/shop"));

        var fault = await RefusalAsync(repository, "shop", "2.0", By("evil", "acme/evil"));

        fault.Code.ShouldBe("package-name-taken");
        fault.Message.ShouldContain("'shop' belongs to the application 'shop'");
        fault.Remedy.ShouldContain("repository-publisher.admission.owners.shop");
        await PublishAsync(repository, "shop", "2.0", By("shop", "acme/shop"));
        (await VersionsAsync(repository)).ShouldBe(["shop 1.0", "shop 2.0"]);
    }

    [Fact]
    public async Task Application_belongs_to_the_repository_that_first_published_for_it()
    {
        await using var repository = await Repository.StartAsync();
        await PublishAsync(repository, "api", "1.0", By("api", "acme/api"));

        foreach (var package in new[] { "api", "api-other" })
        {
            var fault = await RefusalAsync(repository, package, "2.0", By("api", "other/api"));

            fault.Code.ShouldBe("application-taken");
            fault.Message.ShouldContain("other/api belongs to acme/api");
            fault.Remedy.ShouldContain("'application: api'");
        }

        await PublishAsync(repository, "api", "3.0", By("api", "Acme/API"));
        (await VersionsAsync(repository)).ShouldBe(["api 1.0", "api 3.0"]);
    }

    [Fact]
    public async Task Directories_of_the_same_last_name_are_two_repositories()
    {
        await using var repository = await Repository.StartAsync();
        await PublishAsync(repository, "api", "1.0", By("api", "/src/acme/api"));

        var fault = await RefusalAsync(repository, "api", "2.0", By("api", "/src/Acme/api"));

        fault.Code.ShouldBe("application-taken");
        fault.Remedy.ShouldContain("'clone-url: /src/Acme/api'");
        (
            await RefusalAsync(repository, "api", "2.0", By("api", "https://git.example.org/acme/api.git"))
        ).Remedy.ShouldContain("'- name: OWNER/NAME', 'clone-url: https://git.example.org/acme/api.git'");
    }

    [Fact]
    public async Task Repository_that_the_configuration_names_takes_the_application_over()
    {
        await using var repository = await Repository.StartAsync();
        await PublishAsync(repository, "api", "1.0", By("api", "acme/api"));

        await PublishAsync(repository, "api", "2.0", By("api", "other/api") with { IsConfigured = true });

        (await RefusalAsync(repository, "api", "3.0", By("api", "acme/api"))).Code.ShouldBe("application-taken");
        await PublishAsync(repository, "api", "3.0", By("api", "other/api"));
    }

    [Fact]
    public async Task Configuration_hands_a_name_over()
    {
        using var data = new TempDirectory();
        await using (var before = await Repository.StartAsync(data.Path))
        {
            await PublishAsync(before, "shop", "1.0", By("shop", "acme/shop"));
        }

        await using var repository = await Repository.StartAsync(data.Path, settings: ["Admission:Owners:shop=store"]);

        (await RefusalAsync(repository, "shop", "2.0", By("shop", "acme/shop"))).Code.ShouldBe("package-name-taken");
        await PublishAsync(repository, "shop", "2.0", By("store", "acme/store"));
        (await repository.InStoreAsync(store => store.Names.SingleAsync())).Application.ShouldBe("store");
    }

    [Fact]
    public async Task Application_that_changes_the_name_of_its_package_keeps_the_old_one()
    {
        await using var repository = await Repository.StartAsync();
        await PublishAsync(repository, "rn", "1.0", By("rn", "acme/rn"));
        await PublishAsync(repository, "rn-web", "1.0", By("rn", "acme/rn"));

        (await RefusalAsync(repository, "rn", "2.0", By("evil", "acme/evil"))).Code.ShouldBe("package-name-taken");
        await PublishAsync(repository, "rn", "2.0", By("rn", "acme/rn"));
    }

    [Fact]
    public async Task Published_bytes_are_not_published_for_another_application()
    {
        await using var repository = await Repository.StartAsync();
        var package = await PublishAsync(repository, "shop", "1.0", By("shop", "acme/shop"));

        (
            await Should.ThrowAsync<CanaryException>(() => repository.PublishAsync(package, By("evil", "acme/evil")))
        ).Code.ShouldBe("package-name-taken");
    }

    [Fact]
    public async Task Refused_publication_claims_nothing()
    {
        await using var repository = await Repository.StartAsync();
        await PublishAsync(repository, "shop", "1.0", By("shop", "acme/shop"));

        await RefusalAsync(repository, "shop", "2.0", By("evil", "acme/evil"));

        (await repository.InStoreAsync(store => store.Applications.ToListAsync()))
            .ShouldHaveSingleItem()
            .Application.ShouldBe("shop");
    }

    [Fact]
    public async Task Name_that_was_published_before_owners_were_kept_belongs_to_whoever_publishes_it_next()
    {
        await using var repository = await Repository.StartAsync();
        await repository.InStoreAsync(store =>
        {
            store.Names.Add(new OwnedName { Name = "shop-web" });
            return store.SaveChangesAsync();
        });

        await PublishAsync(repository, "shop-web", "1.0", By("shop", "acme/shop"));

        (await RefusalAsync(repository, "shop-web", "2.0", By("evil", "acme/evil"))).Code.ShouldBe(
            "package-name-taken"
        );
    }

    [Fact]
    public async Task Application_cannot_advertise_what_belongs_to_another()
    {
        await using var repository = await Repository.StartAsync();
        await PublishAsync(repository, "shop", "1.0", By("store", "acme/store"));

        var answer = (await repository.AdvertiseAsync("shop", "1.0")).ShouldBeOfType<AdvertisingFailed>();

        answer.Failure.Code.ShouldBe("package-name-taken");
        repository.Listed("production").ShouldBeEmpty();
    }

    [Fact]
    public async Task Owner_that_is_no_package_name_is_refused_at_start()
    {
        var fault = await Should.ThrowAsync<Exception>(() =>
            Repository.StartAsync(settings: ["Admission:Owners:shop=No Name"])
        );

        fault.Message.ShouldContain("No Name");
    }

    private static Publication By(string application, string source) => new(application, source, IsConfigured: false);

    private static Task<DebPackage> PublishAsync(
        Repository repository,
        string name,
        string version,
        Publication publication
    ) => repository.PublishAsync(DebPackage.Create(name, version), publication);

    private static Task<CanaryException> RefusalAsync(
        Repository repository,
        string name,
        string version,
        Publication publication
    ) => Should.ThrowAsync<CanaryException>(() => PublishAsync(repository, name, version, publication));

    private static Task<List<string>> VersionsAsync(Repository repository) =>
        repository.InStoreAsync(store =>
            store.Packages.OrderBy(it => it.Id).Select(it => it.Name + " " + it.Version).ToListAsync()
        );
}
