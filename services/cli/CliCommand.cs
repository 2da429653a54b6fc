using System.CommandLine;
using Canary.Cli.Terminal;

namespace Canary.Cli;

/// <summary>What every command is made with.</summary>
internal sealed record CliContext(CliEnvironment Environment, GlobalOptions Options);

/// <summary>A command with examples in its help.</summary>
internal sealed class CliCommand(string name, string description) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; init; } = [];

    public CliCommand Runs(CliContext cli, Func<Session, CancellationToken, Task<int>> run)
    {
        SetAction(
            async (parse, cancellation) =>
            {
                using var session = new Session(parse, cli);
                return await run(session, cancellation);
            }
        );
        return this;
    }
}
