using System.Diagnostics;
using System.Globalization;
using Canary.Processes;
using Canary.Testing;

namespace Canary.Hosting.Tests.Processes;

public sealed class CarriedProgramTests : IDisposable
{
    private readonly TempDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task It_runs_though_other_programs_are_started_while_it_is_written()
    {
        using var enough = new CancellationTokenSource();
        var others = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => StartOthers(enough.Token))));
        try
        {
            foreach (var attempt in Enumerable.Range(0, 200))
            {
                var program = Sandbox(_place.Combine(attempt.ToString(CultureInfo.InvariantCulture)));

                // Asked for nonsense it says so: it has run.
                (await ProcessRunner.RunAsync(program.Path, ["--verbose"])).ExitCode.ShouldBe(64);
            }
        }
        finally
        {
            await enough.CancelAsync();
            await others;
        }
    }

    [Fact]
    public void What_an_older_process_left_is_replaced()
    {
        var path = _place.WriteFile("canary-sandbox", "older", executable: true);

        Sandbox(_place.Path).Path.ShouldBe(path);

        File.ReadAllText(path).ShouldBe(File.ReadAllText(SourceTree.PathOf("hosts", "canary-sandbox")));
        Directory.GetFiles(_place.Path).ShouldBe([path]);
    }

    private static CarriedProgram Sandbox(string directory) =>
        new(typeof(CarriedProgram).Assembly, "canary-sandbox", directory);

    private static void StartOthers(CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            using var other = Process.Start("true");
            other.WaitForExit();
        }
    }
}
