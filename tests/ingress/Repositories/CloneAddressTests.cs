using Canary.Ingress.Repositories;

namespace Canary.Ingress.Tests.Repositories;

public class CloneAddressTests
{
    private static readonly string[] Schemes = ["https", "ssh", "file"];

    private static readonly string[] Hosts = ["github.com", "git.example.org:8443"];

    [Theory]
    [InlineData("https://github.com/acme/shop.git")]
    [InlineData("https://github.com/acme/shop")]
    [InlineData("https://GitHub.com/Acme/Shop.git")]
    [InlineData("https://git.example.org:8443/acme/shop.git")]
    [InlineData("ssh://git@github.com/acme/shop.git")]
    [InlineData("git@github.com:acme/shop.git")]
    [InlineData("file:///srv/git/shop.git")]
    public void An_allowed_address_of_the_repository_is_taken(string address) =>
        CloneAddress.Fault(address, "acme/shop", Schemes, Hosts).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("https:\\\\github.com://127.0.0.1:1/acme/shop")]
    [InlineData("https:\\\\github.com\\acme\\shop")]
    [InlineData("http://github.com/acme/shop.git")]
    [InlineData("https://evil.example/acme/shop.git")]
    [InlineData("https://github.com.evil.example/acme/shop.git")]
    [InlineData("https://github.com/evil/shop.git")]
    [InlineData("https://github.com:444/acme/shop.git")]
    [InlineData("https://user:password@github.com/acme/shop.git")]
    [InlineData("https://token@github.com/acme/shop.git")]
    [InlineData("https://github.com/acme/../acme/shop.git")]
    [InlineData("https://github.com/acme/%2e%2e/shop.git")]
    [InlineData("https://github.com/acme/shop.git?x=1")]
    [InlineData("https://github.com/acme/shop.git#x")]
    [InlineData("https://github.com/acme/shop.git;id")]
    [InlineData("https://github.com/acme/$(id)")]
    [InlineData("https://github.com/acme/shop.git\n")]
    [InlineData("https://github.com/acme/sh op")]
    [InlineData("ext::sh -c id")]
    [InlineData("ext::sh")]
    [InlineData("fd::17")]
    [InlineData("git://github.com/acme/shop.git")]
    [InlineData("ftp://github.com/acme/shop.git")]
    [InlineData("--upload-pack=id")]
    [InlineData("-u")]
    [InlineData("ssh://-oProxyCommand=id/acme/shop")]
    [InlineData("ssh://git@-oProxyCommand=id/acme/shop")]
    [InlineData("-oProxyCommand=id@github.com:acme/shop")]
    [InlineData("ssh://git:password@github.com/acme/shop.git")]
    [InlineData("file://host/srv/git/shop.git")]
    [InlineData("file:///srv/../etc")]
    [InlineData("/srv/git/shop.git")]
    [InlineData("../shop")]
    [InlineData("https://")]
    [InlineData("https:///acme/shop")]
    public void Any_other_address_is_refused_with_the_reason(string address) =>
        CloneAddress.Fault(address, "acme/shop", Schemes, Hosts).ShouldNotBeNullOrWhiteSpace();

    [Fact]
    public void A_file_is_refused_unless_the_scheme_is_allowed() =>
        CloneAddress.Fault("file:///srv/git/shop.git", "acme/shop", ["https"], Hosts).ShouldNotBeNull();

    [Fact]
    public void A_star_allows_every_host() =>
        CloneAddress.Fault("https://git.acme.example/acme/shop.git", "acme/shop", Schemes, ["*"]).ShouldBeNull();

    [Theory]
    [InlineData("/srv/git/my shop", true)]
    [InlineData("/srv/git/$(id)", true)]
    [InlineData("relative/path", false)]
    [InlineData("/srv/git/a\nb", false)]
    public void An_absolute_path_is_a_local_repository(string path, bool valid) =>
        CloneAddress.IsLocalPath(path).ShouldBe(valid);
}
