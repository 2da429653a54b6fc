using Canary.Ingress.Webhooks;
using Canary.Testing;

namespace Canary.Ingress.Tests.Webhooks;

public sealed class BodyWorkTests : IDisposable
{
    private readonly BodyWork _work = new();
    private readonly ManualResetEventSlim _over = new();
    private int _begun;

    public void Dispose()
    {
        _over.Dispose();
        _work.Dispose();
    }

    [Fact]
    public async Task Large_bodies_take_turns_and_small_ones_wait_for_none()
    {
        using var left = new CancellationTokenSource();
        var first = RunAsync(BodyWork.Large + 1, CancellationToken.None);
        var second = RunAsync(BodyWork.Large + 1, CancellationToken.None);
        var third = RunAsync(BodyWork.Large + 1, left.Token);
        await Eventually.TrueAsync(() => _begun > 0);

        (await _work.RunAsync(BodyWork.Large, () => "small", CancellationToken.None)).ShouldBe("small");
        await left.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => third);
        _begun.ShouldBe(1);

        _over.Set();
        (await first).ShouldBe(1);
        (await second).ShouldBe(2);
    }

    private Task<int> RunAsync(int length, CancellationToken cancellation) =>
        _work
            .RunAsync(
                length,
                () =>
                {
                    var number = Interlocked.Increment(ref _begun);
                    _over.Wait(TestContext.Current.CancellationToken);
                    return number;
                },
                cancellation
            )
            .AsTask();
}
