using Canary.Cli.Api;
using Canary.Cli.Server;
using Canary.Cli.Terminal;

namespace Canary.Cli.Doctor;

/// <summary><c>canary doctor</c>: what is wrong here, and what to do about it.</summary>
internal static class DoctorCommand
{
    public static CliCommand Create(CliContext cli) =>
        new CliCommand(
            "doctor",
            "Check this machine and the server; each fault with its remedy, exit code 1 if there is one."
        )
        {
            Examples = ["canary doctor", "canary doctor --json | jq '.local[], .server[] | select(.status != \"ok\")'"],
        }.Runs(cli, RunAsync);

    private static async Task<int> RunAsync(Session session, CancellationToken cancellation)
    {
        var local = await new LocalChecks(session).RunAsync(cancellation);
        var server = await ServerAsync(session, cancellation);
        var isHealthy = !local.Concat(server).Any(IsFault);

        if (session.Screen.Json)
        {
            session.Screen.Document(new Output.DoctorDocument(isHealthy, local, server), json => json.DoctorDocument);
        }
        else
        {
            var told = new HashSet<string>();
            Show(session.Screen, "This machine", local, told);
            Show(session.Screen, "The server", server, told);
            session.Screen.Line();
            session.Screen.Line(isHealthy ? "All is well." : "Something is wrong; see the remedies.");
        }
        return isHealthy ? ExitCodes.Ok : ExitCodes.ReleaseFailed;
    }

    private static async Task<IReadOnlyList<Check>> ServerAsync(Session session, CancellationToken cancellation)
    {
        if (!session.Locator.IsExplicit && await ServerProcess.FindRunningAsync(session.Locator, cancellation) is null)
        {
            return
            [
                new Check
                {
                    Name = "server",
                    Status = "skipped",
                    Detail = "No server runs here.",
                    Remedy = "Start one: canary server start.",
                },
            ];
        }
        try
        {
            return (await session.Client.GetStatusAsync(cancellation)).Checks;
        }
        catch (CliException e)
        {
            return
            [
                new Check
                {
                    Name = "server",
                    Status = "failed",
                    Detail = e.Message,
                    Remedy = e.Remedy,
                },
            ];
        }
    }

    /// <param name="screen">Where.</param>
    /// <param name="title">Whose checks they are.</param>
    /// <param name="checks">The checks.</param>
    /// <param name="told">The remedies that were shown already: one that helps twice is read once.</param>
    private static void Show(Screen screen, string title, IReadOnlyList<Check> checks, HashSet<string> told)
    {
        screen.Line();
        screen.Markup($"[bold]{title}[/]");
        foreach (var check in checks)
        {
            var (glyph, color) = check switch
            {
                _ when IsOk(check) => (screen.Glyphs.Good, "green"),
                _ when IsFault(check) => (screen.Glyphs.Bad, "red"),
                _ => (screen.Glyphs.Waiting, "yellow"),
            };
            screen.Item(2, $"[{color}]{glyph}[/]", $"{check.Name}: {check.Detail}");
            if (!IsOk(check) && check.Remedy is { Length: > 0 } remedy)
            {
                screen.Item(5, $"", $"[grey]{(told.Add(remedy) ? remedy : "The same helps.")}[/]");
            }
        }
    }

    private static bool IsOk(Check check) => check.Status.ToLowerInvariant() is "ok" or "healthy" or "passed";

    private static bool IsFault(Check check) =>
        check.Status.ToLowerInvariant() is "failed" or "error" or "unhealthy" or "critical";
}
