using Canary.Ingress.Repositories;

namespace Canary.Ingress.Tests.Repositories;

public class ApplicationNameTests
{
    [Theory]
    [InlineData("acme/shop", "shop")]
    [InlineData("Codertocat/Hello-World", "hello-world")]
    [InlineData("acme/My_App", "my-app")]
    [InlineData("acme/libstdc++", "libstdc")]
    [InlineData("acme/.github", "github")]
    [InlineData("acme/node.js", "node.js")]
    [InlineData("/home/ada/Mein Laden", "mein-laden")]
    [InlineData("/home/ada/shop/", "shop")]
    public void Follows_from_the_repositorys_name(string repository, string application) =>
        ApplicationName.FromRepository(repository).ShouldBe(application);

    [Theory]
    [InlineData("acme/x")]
    [InlineData("acme/___")]
    [InlineData("/")]
    [InlineData("/srv/日本")]
    public void Some_names_give_none(string repository) => ApplicationName.FromRepository(repository).ShouldBeNull();

    [Theory]
    [InlineData("shop", true)]
    [InlineData("0ad", true)]
    [InlineData("g++", true)]
    [InlineData("a", false)]
    [InlineData("Shop", false)]
    [InlineData("-shop", false)]
    [InlineData("shop_1", false)]
    [InlineData("shop/..", false)]
    public void Is_a_Debian_package_name(string name, bool valid) => ApplicationName.IsValid(name).ShouldBe(valid);
}
