using System.Text;
using Canary.Hosting.Logs;
using Canary.Hosting.Security;
using Canary.Testing;

namespace Canary.Hosting.Tests.Logs;

public sealed class ShippedLogsTests : IDisposable
{
    private static readonly LogName Log = new(Guid.NewGuid(), "web-1.example.org");

    private readonly TempDirectory _directory = new();

    [Theory]
    [InlineData(true, 6)]
    [InlineData(false, 0)]
    public async Task What_is_written_after_all_was_sent_goes_on_there_or_is_a_new_attempt(bool isContinued, long begin)
    {
        await WriteAsync(new Logs(_directory.Path, isContinued), "first\n");
        await SendAllAsync(new Logs(_directory.Path, isContinued), "first\n", from: 0);

        await WriteAsync(new Logs(_directory.Path, isContinued), "second\n");

        await SendAllAsync(new Logs(_directory.Path, isContinued), "second\n", from: begin);
    }

    [Fact]
    public async Task What_was_not_sent_is_found_again_with_its_host()
    {
        await WriteAsync(new Logs(_directory.Path, isContinued: true), "first\n");
        await WriteAsync(new Logs(_directory.Path, isContinued: true), "second\n");

        var logs = new Logs(_directory.Path, isContinued: true);

        logs.FindAll().ShouldBe([Log]);
        await SendAllAsync(logs, "first\nsecond\n", from: 0);
        logs.FindAll().ShouldBeEmpty();
    }

    public void Dispose() => _directory.Dispose();

    private static async Task WriteAsync(Logs logs, string text)
    {
        await using var log = logs.Open(Log);
        await log.AppendAsync(Encoding.UTF8.GetBytes(text));
    }

    private static async Task SendAllAsync(Logs logs, string text, long from)
    {
        logs.BeginOf(Log).ShouldBe(from);
        var (bytes, isComplete) = await logs.ReadAsync(Log, from, 1000, CancellationToken.None);
        isComplete.ShouldBeTrue();
        Encoding.UTF8.GetString(bytes).ShouldBe(text);
        logs.Remove(Log, from + bytes.Length);
    }

    private sealed class Logs(string directory, bool isContinued)
        : ShippedLogs(directory, stage: "hosts", isContinued, new KnownSecrets([]));
}
