using Canary.Ingress.Releases;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Ingress.Tests.Releases;

public sealed class KnownApplicationsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void What_is_remembered_is_forgotten_after_a_moment()
    {
        var known = new KnownApplications(_time);
        known.LastNumberOf("shop").ShouldBeNull();
        known.Remember("shop", 7);
        known.Remember("shop", "acme/shop");

        _time.Advance(TimeSpan.FromSeconds(9));
        known.LastNumberOf("shop").ShouldBe(7);
        known.LastNumberOf("blog").ShouldBeNull();
        known.IsOwner("ACME/shop", "shop").ShouldBeTrue();
        known.IsOwner("evil/shop", "shop").ShouldBeFalse();

        _time.Advance(TimeSpan.FromSeconds(1));
        known.LastNumberOf("shop").ShouldBeNull();
        known.IsOwner("acme/shop", "shop").ShouldBeFalse();
    }
}
