using System.Buffers;
using System.Text;
using Canary.Ingress.Webhooks;
using Canary.Ingress.Webhooks.Sources.GitHub;

namespace Canary.Ingress.Tests.Webhooks;

public class GitHubSignatureTests
{
    private const string Documented = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    private static readonly byte[] Secret = "It's a Secret to Everybody"u8.ToArray();

    private static readonly byte[] Body = "Hello, World!"u8.ToArray();

    [Fact]
    public void GitHubs_documented_example_is_valid() => IsValid(Documented, Body, [Secret]).ShouldBeTrue();

    [Fact]
    public void Our_signature_is_the_documented_one() =>
        GitHubSignature.Of(Body, Encoding.UTF8.GetString(Secret)).ShouldBe(Documented);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256=")]
    [InlineData("757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1")]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e170")]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e16")]
    [InlineData("sha256=zz7107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    [InlineData("sha1=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    [InlineData("sha256=0000000000000000000000000000000000000000000000000000000000000000")]
    public void Missing_wrong_and_truncated_signatures_are_refused(string? signature) =>
        IsValid(signature, Body, [Secret]).ShouldBeFalse();

    [Fact]
    public void Either_secret_is_taken_during_a_rotation()
    {
        IsValid(Documented, Body, ["the new secret"u8.ToArray(), Secret]).ShouldBeTrue();
        IsValid(Documented, Body, [Secret, "the old secret"u8.ToArray()]).ShouldBeTrue();
        IsValid(Documented, Body, ["another"u8.ToArray()]).ShouldBeFalse();
    }

    [Fact]
    public void Without_secrets_nothing_is_valid() => IsValid(Documented, Body, []).ShouldBeFalse();

    [Fact]
    public void A_body_in_pieces_has_the_signature_of_the_whole()
    {
        var signature = GitHubSignature.Parse(Documented).ShouldNotBeNull();

        signature.IsOf(BodySegment.Join([.. Body.Chunk(5)], Body.Length), [Secret]).ShouldBeTrue();
        signature.IsOf(BodySegment.Join([.. Body.Chunk(5)], Body.Length - 1), [Secret]).ShouldBeFalse();
    }

    private static bool IsValid(string? header, byte[] body, IReadOnlyList<byte[]> secrets) =>
        GitHubSignature.Parse(header)?.IsOf(new ReadOnlySequence<byte>(body), secrets) == true;
}
