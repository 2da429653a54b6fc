using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Canary.RepositoryPublisher.Tests.Fixtures;

/// <summary>A publisher in a process of its own that changes its repository without a pause, made to be
/// killed.</summary>
internal sealed partial class RestlessPublisher : IDisposable
{
    /// <summary>First argument of this test program that makes it such a publisher.</summary>
    public const string Argument = "publish-until-killed";

    private const int Kill = 9;

    private readonly Process _process;

    private RestlessPublisher(Process process) => _process = process;

    /// <summary>Starts one on a data directory and awaits its first change.</summary>
    public static async Task<RestlessPublisher> StartAsync(string data)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Argument, data]) { RedirectStandardOutput = true };
        var publisher = new RestlessPublisher(Process.Start(start)!);
        while (await publisher._process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == Argument)
            {
                return publisher;
            }
        }

        throw new InvalidOperationException("The publisher ended before its first change.");
    }

    /// <summary>What the process does.</summary>
    public static async Task RunAsync(string data)
    {
        await using var repository = await Repository.StartAsync(data);
        var versions = Enumerable.Range(1, 8).Select(i => $"{i}.0").ToList();
        foreach (var version in versions)
        {
            await repository.PublishAsync("shop", version);
        }

        var random = new Random();
        Console.WriteLine(Argument);
        while (true)
        {
            var version = versions[random.Next(versions.Count)];
            _ =
                random.Next(3) > 0
                    ? await repository.AdvertiseAsync("shop", version)
                    : await repository.WithdrawAsync("shop", version);
        }
    }

    /// <summary>Kills it as the kernel does: nothing in it runs any more.</summary>
    public async Task KillAsync()
    {
        Signal(_process.Id, Kill).ShouldBe(0);
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Signal(int process, int signal);
}
