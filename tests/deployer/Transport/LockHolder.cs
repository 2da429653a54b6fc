using Canary.Testing;

namespace Canary.Deployer.Tests.Transport;

/// <summary>Another program that holds a lock on a file.</summary>
internal sealed class LockHolder : IAsyncDisposable
{
    private const string Script = """
        open my $f, '>>', $ARGV[0] or die;
        if ($ARGV[1] eq 'flock') { flock $f, 2 or die "no lock: $!" }
        else { fcntl $f, F_SETLK, pack('s s l! l! i', F_WRLCK, SEEK_SET, 0, 0, 0) or die "no lock: $!" }
        open my $r, '>', $ARGV[2]; close $r;
        select undef, undef, undef, 0.02 until -e "$ARGV[2].release";
        """;

    private readonly TempDirectory _directory = new();
    private Task<ToolResult> _process = Task.FromResult<ToolResult>(null!);

    private string Signal => _directory.Combine("held");

    /// <param name="path">The file.</param>
    /// <param name="kind"><c>fcntl</c>, as apt and dpkg lock, or <c>flock</c>.</param>
    public static async Task<LockHolder> StartAsync(string path, string kind = "fcntl")
    {
        var holder = new LockHolder();
        holder._process = ProcessRunner.RunAsync("perl", ["-MFcntl", "-e", Script, path, kind, holder.Signal]);
        await Eventually.TrueAsync(() => File.Exists(holder.Signal));
        return holder;
    }

    public async Task ReleaseAsync()
    {
        await File.WriteAllTextAsync(Signal + ".release", "");
        (await _process).EnsureSuccess();
    }

    public async ValueTask DisposeAsync()
    {
        await ReleaseAsync();
        _directory.Dispose();
    }
}
