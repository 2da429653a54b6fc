using System.IO.Pipelines;
using System.Text;
using Canary.Files;
using Canary.Ingress.Logs;
using Canary.Testing;

namespace Canary.Ingress.Tests.Logs;

public sealed class StageLogsTests : IDisposable
{
    private static readonly Guid Release = Guid.NewGuid();

    private readonly TempDirectory _data = new();
    private readonly StageLogs _logs;

    public StageLogsTests() =>
        _logs = new StageLogs(
            new DataDirectory(_data.Path),
            new Fixed<IngressOptions>(new IngressOptions()),
            TimeProvider.System
        );

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task A_slow_sender_keeps_nobody_waiting()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("one"u8.ToArray());
        var slow = AppendAsync(0, pipe.Reader.AsStream());

        // The same log, so the same lock.
        using var quick = new MemoryStream("one and more"u8.ToArray());
        (await AppendAsync(0, quick)).Length.ShouldBe(12);

        slow.IsCompleted.ShouldBeFalse();
        await pipe.Writer.CompleteAsync();
        (await slow).Length.ShouldBe(12);
    }

    [Fact]
    public async Task A_long_piece_is_written_to_its_end()
    {
        var text = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"line {i}\n"));
        using var sent = new MemoryStream(Encoding.UTF8.GetBytes(text));

        (await AppendAsync(0, sent)).Length.ShouldBe(text.Length);

        using var written = new MemoryStream();
        await _logs.CopyAsync(Release, "build", 0, written, CancellationToken.None);
        Encoding.UTF8.GetString(written.ToArray()).ShouldBe(text);
    }

    private Task<Appended> AppendAsync(long offset, Stream content) =>
        _logs.AppendAsync(Release, "build", offset, content, CancellationToken.None);
}
