using Canary.GitHub;

namespace Canary.Hosting.Tests.GitHub;

public sealed class GitHubAddressTests
{
    [Theory]
    [InlineData("https://api.github.com", "https://github.com/acme/shop.git")]
    [InlineData("https://api.github.com", "git@github.com:acme/shop.git")]
    [InlineData("https://api.github.com/", "ssh://git@github.com/acme/shop")]
    [InlineData("https://github.example.org/api/v3", "https://github.example.org/acme/shop.git")]
    [InlineData("https://api.acme.ghe.com", "https://acme.ghe.com/acme/shop")]
    [InlineData("http://127.0.0.1:8080/api/v3", "http://127.0.0.1:8080/acme/shop.git")]
    public void A_repository_is_known_by_the_address_that_git_fetches_it_from(string api, string cloneUrl) =>
        new GitHubAddress(api).RepositoryAt(cloneUrl).ShouldBe(new RepositoryName("acme", "shop"));

    [Theory]
    [InlineData("https://github.com.evil.example/acme/shop.git")]
    [InlineData("https://evil.example/github.com/acme/shop.git")]
    [InlineData("https://github.com:8443/acme/shop.git")]
    [InlineData("http://github.com/acme/shop.git")]
    [InlineData("https://me:word@github.com/acme/shop.git")]
    [InlineData("https://github.com@evil.example/acme/shop.git")]
    [InlineData("https://api.github.com/acme/shop.git")]
    [InlineData("https://github.com/acme/../shop.git")]
    [InlineData("https://github.com/acme/shop/tree/main")]
    [InlineData("https://github.com/acme")]
    [InlineData("/srv/git/acme/shop.git")]
    [InlineData("file:///acme/shop.git")]
    public void Credentials_are_good_for_no_other_address(string cloneUrl) =>
        new GitHubAddress("https://api.github.com").RepositoryAtHttp(cloneUrl).ShouldBeNull();
}
