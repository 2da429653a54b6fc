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
}
