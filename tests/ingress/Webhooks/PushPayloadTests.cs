using System.Buffers;
using System.Text;
using System.Text.Json;
using Canary.Ingress.Webhooks;
using Canary.Ingress.Webhooks.Sources.GitHub;

namespace Canary.Ingress.Tests.Webhooks;

public sealed class PushPayloadTests
{
    [Theory]
    [InlineData("""{"commits":[]}""", false)]
    [InlineData("""{"commits":[{"id":"1","added":["a",["b"]]},{}]}""", true)]
    [InlineData("""{"commits":[null]}""", true)]
    [InlineData("""{"commits":null}""", null)]
    [InlineData("{}", null)]
    public void Of_the_commits_it_is_known_whether_there_are_any(string json, bool? expected)
    {
        Read(json).HasCommits.ShouldBe(expected);
        Read($$"""{"ref":"x","before":"y",{{json[1..]}}""".Replace(",}", "}", StringComparison.Ordinal))
            .HasCommits.ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}{}")]
    [InlineData("""{"commits":{}}""")]
    [InlineData("""{"commits":[{}""")]
    public void What_is_no_payload_is_an_error(string json) => Should.Throw<JsonException>(() => Read(json));

    [Fact]
    public void Millions_of_commits_cost_no_memory()
    {
        var json = Encoding.UTF8.GetBytes(
            $$"""{"ref":"refs/heads/main","commits":[{{string.Join(',', Enumerable.Repeat("{}", 1_000_000))}}]}"""
        );
        Read("{}").HasCommits.ShouldBeNull();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var push = PayloadJson.Push(new ReadOnlySequence<byte>(json));

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(100_000);
        push.HasCommits.ShouldBe(true);
        push.Ref.ShouldBe("refs/heads/main");
    }

    /// <summary>Reads it in one piece, and in pieces of a few bytes.</summary>
    private static PushPayload Read(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var pieces = bytes.Chunk(3).ToList();
        var inPieces = PayloadJson.Push(BodySegment.Join(pieces, bytes.Length));
        PayloadJson.Push(new ReadOnlySequence<byte>(bytes)).ShouldBe(inPieces);
        return inPieces;
    }
}
