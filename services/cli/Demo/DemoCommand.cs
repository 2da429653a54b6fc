using System.CommandLine;
using Canary.Cli.Api;
using Canary.Cli.Local;
using Canary.Cli.Server;
using Canary.Cli.Terminal;

namespace Canary.Cli.Demo;

/// <summary><c>canary demo</c>: the whole product on this machine, with nothing installed and nothing left behind.</summary>
internal static class DemoCommand
{
    private static readonly TimeSpan FastSoak = TimeSpan.FromMilliseconds(200);

    public static CliCommand Create(CliContext cli)
    {
        var keep = new Option<bool>("--keep")
        {
            Description = "Leave everything running afterwards, to look around; prints how to stop it.",
        };
        var fast = new Option<bool>("--fast") { Description = "Let the canaries soak for 0.2 s only." };
        var stop = new Option<string?>("--stop")
        {
            Description = "Stop and remove a demo that was kept; DIR as it was printed.",
            HelpName = "DIR",
        };
        var compose = new Option<string?>("--compose")
        {
            Description = "Play it on the compose installation that './build.sh up' has started; DIR is its folder.",
            HelpName = "DIR",
        };
        return new CliCommand(
            "demo",
            "Show the whole pipeline with a sample application and four simulated hosts: a good commit reaches production "
                + "through a canary, a bad one is caught by it. Everything happens in a private directory (--data, else a "
                + "temporary one). Exit code 1 if anything that the demo claims is not so."
        )
        {
            Options = { keep, fast, stop, compose },
            Examples = ["canary demo", "canary demo --keep", "canary demo --stop /tmp/canary-demo-Xy12Ab"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                if (session.Value(stop) is { } kept)
                {
                    var place = PrivatePlace.Find(Path.GetFullPath(kept, session.Environment.WorkingDirectory));
                    await place.RemoveAsync(session.Time);
                    session.Screen.Note($"Stopped; {place.Path} is gone.");
                    return ExitCodes.Ok;
                }

                if (session.Value(compose) is { } folder)
                {
                    var place = ComposePlace.Find(Path.GetFullPath(folder, session.Environment.WorkingDirectory));
                    using var there = session.At(await place.ServerAsync(cancellation), place.Token);
                    var passed = await new DemoStory(there, place, keep: true).TellAsync(soak: null, cancellation);
                    return passed ? ExitCodes.Ok : ExitCodes.ReleaseFailed;
                }

                await PrivatePlace.RequireMachineAsync(session, cancellation);
                var wanted = session.IsGiven(cli.Options.Data) ? session.Locator.DataDirectory : null;
                return await RunAsync(
                    session,
                    PrivatePlace.Create(wanted),
                    session.Value(keep),
                    session.Value(fast) ? FastSoak : null,
                    cancellation
                );
            }
        );
    }

    private static async Task<int> RunAsync(
        Session session,
        PrivatePlace place,
        bool keep,
        TimeSpan? soak,
        CancellationToken cancellation
    )
    {
        try
        {
            using var here = session.At(place.Data);
            var passed = await new DemoStory(here, place, keep).TellAsync(soak, cancellation);
            return passed ? ExitCodes.Ok : ExitCodes.ReleaseFailed;
        }
        catch (CliException) when (cancellation.IsCancellationRequested)
        {
            throw new CliException(
                ExitCodes.Interrupted,
                CliCodes.Interrupted,
                "The demo was interrupted.",
                "Start it again with 'canary demo'; with --keep it stays up at its end."
            );
        }
        catch (CliException)
        {
            foreach (var line in ServerProcess.TailOf(ServerProcess.LogPath(place.Data), from: 0))
            {
                session.Screen.Note("  server: " + Words.Printable(line));
            }
            throw;
        }
        finally
        {
            if (keep && !cancellation.IsCancellationRequested)
            {
                SayWhatStays(session, place);
            }
            else
            {
                await place.RemoveAsync(session.Time);
                session.Screen.Note($"Cleaned up: nothing runs any more, {place.Path} is gone.");
            }
        }
    }

    private static void SayWhatStays(Session session, PrivatePlace place)
    {
        var program = new ProgramName(session.Environment);
        session.Screen.Note("Everything stays up.");
        if (new ServerLocator(null, null, place.Data).ReadServerFile() is { } server)
        {
            session.Screen.Hint("Its page", server.Address);
        }
        session.Screen.Hint("Look around", program.Call($"--data {place.Data} releases list"));
        session.Screen.Hint("Stop and remove it", program.Demo($"--stop {place.Path}"));
    }
}
