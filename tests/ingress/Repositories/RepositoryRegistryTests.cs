using Canary.Ingress.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Tests.Repositories;

public sealed class RepositoryRegistryTests
{
    private static readonly RepositoryRegistry Registry = new(
        new ServiceCollection()
            .Configure<IngressOptions>(options =>
                options.Repositories = [
                    new() { Name = "acme/*" },
                    new() { Name = "other/api", Application = "api" },
                    new() { Name = "local/blog", CloneUrl = "/src/other/blog" },
                    new() { Name = "group/sub/*", Source = SourceKind.Gitlab },
                    new()
                    {
                        Name = "other/api",
                        Application = "api-of-gitea",
                        Source = SourceKind.Gitea,
                    },
                ]
            )
            .BuildServiceProvider()
            .GetRequiredService<IOptionsMonitor<IngressOptions>>()
    );

    [Theory]
    [InlineData("other/api", "api", true)]
    [InlineData("Other/API", "api", true)]
    [InlineData("other/api", "shop", false)]
    [InlineData("acme/api", "api", false)]
    [InlineData("local/blog", "blog", true)]
    [InlineData("/src/other/blog", "blog", true)]
    [InlineData("/src/other/blog/", "blog", true)]
    [InlineData("/src/acme/blog", "blog", false)]
    [InlineData("https://example.org/other/api.git", "api", false)]
    public void An_application_is_given_to_the_repository_that_is_named_without_a_pattern(
        string repository,
        string application,
        bool given
    ) => Registry.Gives(application, repository).ShouldBe(given);

    [Theory]
    [InlineData("acme/shop", SourceKind.Github, "shop")]
    [InlineData("acme/shop", SourceKind.Gitea, null)]
    [InlineData("acme/shop/part", SourceKind.Github, null)]
    [InlineData("other/api", SourceKind.Github, "api")]
    [InlineData("other/api", SourceKind.Gitea, "api-of-gitea")]
    [InlineData("group/sub/tool", SourceKind.Gitlab, "tool")]
    [InlineData("group/sub", SourceKind.Gitlab, null)]
    [InlineData("group/sub/deeper/tool", SourceKind.Gitlab, null)]
    public void A_repository_is_known_where_it_lies(string repository, SourceKind source, string? application) =>
        (Registry.Find(repository, source)?.Application).ShouldBe(application);
}
