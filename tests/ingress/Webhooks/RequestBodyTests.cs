using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using Canary.Ingress.Webhooks;

namespace Canary.Ingress.Tests.Webhooks;

public sealed class RequestBodyTests
{
    private const int Megabyte = 1 << 20;

    private readonly BodyPieces _pieces = new();
    private readonly BodyPlaces _places;

    public RequestBodyTests() => _places = new BodyPlaces(new Fixed<IngressOptions>(new IngressOptions()), _pieces);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(BodyPieces.Size - 1)]
    [InlineData(BodyPieces.Size)]
    [InlineData(BodyPieces.Size + 1)]
    [InlineData(RequestBody.Limit)]
    public async Task A_body_is_what_was_sent(int length)
    {
        var sent = RandomNumberGenerator.GetBytes(length);

        using var body = await ReadAsync(sent);

        body.Content.ToArray().ShouldBe(sent);
        body.Joined().ToArray().ShouldBe(sent);
    }

    [Fact]
    public async Task A_body_takes_what_it_needs_until_it_is_disposed_of()
    {
        var body = await ReadAsync(new byte[Megabyte + 1]);
        _places.Held.ShouldBe(Megabyte + BodyPieces.Size);
        _places.Taken.ShouldBe(1);

        body.Dispose();

        _places.Held.ShouldBe(0);
        _places.Taken.ShouldBe(0);
    }

    [Fact]
    public async Task A_client_may_send_two_of_the_largest_at_once()
    {
        using var first = await ReadAsync(new byte[RequestBody.Limit]);
        using var second = await ReadAsync(new byte[RequestBody.Limit]);

        _places.Held.ShouldBeGreaterThanOrEqualTo(2 * RequestBody.Limit);
    }

    [Fact]
    public async Task Memory_of_large_bodies_is_not_kept_and_that_of_small_ones_is_used_again()
    {
        (await ReadAsync(new byte[RequestBody.Limit])).Dispose();
        (_pieces.Idle * BodyPieces.Size).ShouldBeLessThanOrEqualTo(4 * Megabyte);

        var idle = _pieces.Idle;
        for (var number = 0; number < 10; number++)
        {
            using var body = await ReadAsync(new byte[Megabyte]);
            _pieces.Idle.ShouldBe(idle - (Megabyte / BodyPieces.Size) - 1);
        }
    }

    [Fact]
    public async Task A_body_of_one_piece_is_not_copied()
    {
        using var body = await ReadAsync("small"u8.ToArray());

        body.Content.IsSingleSegment.ShouldBeTrue();
        body.Joined().Span.Overlaps(body.Content.FirstSpan).ShouldBeTrue();
    }

    [Fact]
    public async Task Too_large_a_body_leaves_nothing_behind()
    {
        var place = _places.TryTake(IPAddress.Loopback).ShouldNotBeNull();
        using var sent = new MemoryStream(new byte[RequestBody.Limit + 1]);

        var (body, fault) = await RequestBody.ReadAsync(sent, place, CancellationToken.None);

        body.ShouldBeNull();
        fault.ShouldBe(BodyFault.TooLarge);
        _places.Held.ShouldBe(0);
        _places.Taken.ShouldBe(0);
    }

    private async Task<RequestBody> ReadAsync(byte[] content)
    {
        var place = _places.TryTake(IPAddress.Loopback).ShouldNotBeNull();
        using var sent = new MemoryStream(content);
        var (body, fault) = await RequestBody.ReadAsync(sent, place, CancellationToken.None);
        fault.ShouldBeNull();
        return body.ShouldNotBeNull();
    }
}
