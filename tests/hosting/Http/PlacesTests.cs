using System.Net;
using Canary.Hosting.Http;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Hosting.Tests.Http;

public sealed class PlacesTests : IDisposable
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Two = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress Three = IPAddress.Parse("192.0.2.3");

    private readonly FakeTimeProvider _time = new();
    private readonly Places _places;

    public PlacesTests() =>
        _places = new Places(inAll: new PlaceBound(2, Waiting: 3), ofOne: new PlaceBound(1, Waiting: 2), _time);

    public void Dispose() => _places.Dispose();

    [Fact]
    public async Task An_address_waits_for_its_own_place_and_others_do_not()
    {
        var first = await TakeAsync(One);
        var second = TakeAsync(One);

        (await TakeAsync(Two)).ShouldNotBeNull();
        second.IsCompleted.ShouldBeFalse();

        first!.Dispose();
        (await second).ShouldNotBeNull();
    }

    [Fact]
    public async Task All_together_have_only_what_there_is()
    {
        var first = await TakeAsync(One);
        (await TakeAsync(Two)).ShouldNotBeNull();
        var third = TakeAsync(Three);
        third.IsCompleted.ShouldBeFalse();

        first!.Dispose();
        (await third).ShouldNotBeNull();
    }

    [Fact]
    public async Task No_more_wait_than_may()
    {
        (await TakeAsync(One)).ShouldNotBeNull();
        var (second, third) = (TakeAsync(One), TakeAsync(One));

        (await TakeAsync(One)).ShouldBeNull();

        second.IsCompleted.ShouldBeFalse();
        third.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Who_waits_takes_not_all_the_room_to_wait()
    {
        (await TakeAsync(One)).ShouldNotBeNull();
        (await TakeAsync(Two)).ShouldNotBeNull();
        var waiting = Enumerable.Range(0, 3).Select(_ => TakeAsync(One)).ToList();

        TakeAsync(Three).IsCompleted.ShouldBeFalse();

        (await TakeAsync(Two)).ShouldBeNull();
        waiting.Count(request => request.IsCompleted).ShouldBe(1);
    }

    [Fact]
    public async Task Nobody_waits_for_ever_and_who_gave_up_holds_nothing()
    {
        var first = await TakeAsync(One);
        var second = TakeAsync(One);

        _time.Advance(TimeSpan.FromMinutes(1));

        (await second).ShouldBeNull();
        first!.Dispose();
        (await TakeAsync(One)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Who_leaves_while_it_waits_holds_nothing()
    {
        using var gone = new CancellationTokenSource();
        var first = await TakeAsync(One);
        (await TakeAsync(Two)).ShouldNotBeNull();
        var third = _places.TakeAsync(Three, gone.Token).AsTask();

        await gone.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => third);
        first!.Dispose();
        (await TakeAsync(Three)).ShouldNotBeNull();
    }

    private Task<IDisposable?> TakeAsync(IPAddress address) =>
        _places.TakeAsync(address, CancellationToken.None).AsTask();
}
