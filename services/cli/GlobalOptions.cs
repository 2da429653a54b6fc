using System.CommandLine;

namespace Canary.Cli;

/// <summary>The options that every command has.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Server { get; } =
        new("--server")
        {
            Description =
                "Address of the server; default: CANARY_SERVER, else the server of this machine (its data directory's "
                + "server.json).",
            HelpName = "URL",
            Recursive = true,
        };

    public Option<string?> Token { get; } =
        new("--token")
        {
            Description =
                "Operator token, for everything that changes state; default: CANARY_TOKEN, else the token of the server of "
                + "this machine.",
            HelpName = "TOKEN",
            Recursive = true,
        };

    public Option<string?> Data { get; } =
        new("--data")
        {
            Description =
                "Data directory of the server of this machine; default: CANARY_DATA, else /var/lib/canary for root and "
                + "~/.local/share/canary for others.",
            HelpName = "DIR",
            Recursive = true,
        };

    public Option<bool> Json { get; } =
        new("--json")
        {
            Description = "Print JSON: one document, or one per line for streams; errors as JSON on standard error.",
            Recursive = true,
        };

    public Option<bool> NoColor { get; } =
        new("--no-color") { Description = "No colours (as with NO_COLOR set).", Recursive = true };

    public IEnumerable<Option> All => [Server, Token, Data, Json, NoColor];
}
