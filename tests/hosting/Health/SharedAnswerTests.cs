using Canary.Hosting.Health;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Hosting.Tests.Health;

public sealed class SharedAnswerTests
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();
    private readonly SemaphoreSlim _found = new(0);
    private readonly SharedAnswer<int> _answer;
    private int _runs;

    public SharedAnswerTests() =>
        _answer = new SharedAnswer<int>(
            async stopping =>
            {
                var run = Interlocked.Increment(ref _runs);
                await _found.WaitAsync(stopping);
                return run > 0 ? run : throw new InvalidOperationException("It cannot be found.");
            },
            _time,
            CancellationToken.None
        );

    [Fact]
    public async Task All_who_ask_at_once_share_one_search()
    {
        var asked = Enumerable.Range(0, 300).Select(_ => GetAsync(Kept)).ToList();
        var fresh = GetAsync(TimeSpan.Zero);

        _found.Release();

        (await Task.WhenAll(asked)).ShouldAllBe(run => run == 1);
        (await fresh).ShouldBe(1);
    }

    [Fact]
    public async Task What_was_found_is_kept_for_a_while_unless_it_must_be_fresh()
    {
        _found.Release(3);
        (await GetAsync(Kept)).ShouldBe(1);
        (await GetAsync(Kept)).ShouldBe(1);

        (await GetAsync(TimeSpan.Zero)).ShouldBe(2);
        (await GetAsync(Kept)).ShouldBe(2);

        _time.Advance(Kept);
        (await GetAsync(Kept)).ShouldBe(3);
    }

    [Fact]
    public async Task A_failure_is_not_kept()
    {
        _runs = -1;
        _found.Release(2);

        await Should.ThrowAsync<InvalidOperationException>(() => GetAsync(Kept));

        (await GetAsync(Kept)).ShouldBe(1);
    }

    [Fact]
    public async Task Who_leaves_ends_nobody_elses_search()
    {
        using var leaving = new CancellationTokenSource();
        var left = _answer.GetAsync(Kept, leaving.Token);
        var stayed = GetAsync(Kept);

        await leaving.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => left);
        _found.Release();
        (await stayed).ShouldBe(1);
    }

    private Task<int> GetAsync(TimeSpan oldest) => _answer.GetAsync(oldest, CancellationToken.None);
}
