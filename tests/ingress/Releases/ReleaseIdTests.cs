using Canary.Contracts.Releases;

namespace Canary.Ingress.Tests.Releases;

public class ReleaseIdTests
{
    private const string Commit = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";

    [Fact]
    public void Follows_from_application_and_commit_for_ever() =>
        ReleaseId.Of("hello-world", Commit, deploys: true).ShouldBe(Guid.Parse("55362707-126b-8e44-b037-b5fad09af2da"));

    [Fact]
    public void Is_a_version_8_id()
    {
        var id = ReleaseId.Of("shop", Commit, deploys: true);
        id.Version.ShouldBe(8);
        (id.Variant & 0b1100).ShouldBe(0b1000);
    }

    [Fact]
    public void Differs_with_each_thing_that_makes_another_release() =>
        new[]
        {
            ReleaseId.Of("shop", Commit, deploys: true),
            ReleaseId.Of("shop2", Commit, deploys: true),
            ReleaseId.Of("shop", Push.NewCommit(), deploys: true),
            ReleaseId.Of("shop", Commit, deploys: false),
            ReleaseId.Of("shop", Commit, deploys: true, run: 2),
        }.ShouldBeUnique();
}
