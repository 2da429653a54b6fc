using System.CommandLine;
using Canary.Cli.Api;
using Canary.Cli.Terminal;

namespace Canary.Cli;

/// <summary>One run of one command: what was asked for, how to answer, whom to ask.</summary>
internal sealed class Session : IDisposable
{
    private readonly ParseResult _parse;
    private readonly CliContext _cli;
    private CanaryClient? _client;

    public Session(ParseResult parse, CliContext cli)
        : this(parse, cli, LocatorFor(parse, cli)) { }

    private Session(ParseResult parse, CliContext cli, ServerLocator locator)
    {
        _parse = parse;
        _cli = cli;
        Screen = ScreenFor(_parse, _cli);
        Locator = locator;
    }

    public CliEnvironment Environment => _cli.Environment;
    public TimeProvider Time => Environment.Time;
    public Screen Screen { get; }
    public ServerLocator Locator { get; }
    public CanaryClient Client => _client ??= new CanaryClient(Locator);

    public T? Value<T>(Option<T> option) => _parse.GetValue(option);

    /// <summary>What was given; one that may be left out is <c>null</c> then, of all others the parser sees to it.</summary>
    public T Value<T>(Argument<T> argument) => _parse.GetValue(argument)!;

    public bool IsGiven(Option option) => _parse.GetResult(option) is { Implicit: false };

    /// <summary>Whether a person says where this machine's server keeps its data.</summary>
    public bool NamesDataDirectory =>
        IsGiven(_cli.Options.Data) || NonEmpty(Environment.Variable("CANARY_DATA")) is not null;

    public Decision Decision(string? reason = null) => new() { Reason = reason, By = Environment.UserName };

    /// <summary>The same run with the server of another data directory.</summary>
    public Session At(string dataDirectory) => new(_parse, _cli, new ServerLocator(null, null, dataDirectory));

    /// <summary>The same run with another server.</summary>
    public Session At(Uri server, string token) =>
        new(_parse, _cli, new ServerLocator(server.ToString(), token, Locator.DataDirectory));

    public static Screen ScreenFor(ParseResult parse, CliContext cli) =>
        new(
            cli.Environment,
            parse.GetValue(cli.Options.Json),
            color: !parse.GetValue(cli.Options.NoColor) && NonEmpty(cli.Environment.Variable("NO_COLOR")) is null
        );

    public static ServerLocator LocatorFor(ParseResult parse, CliContext cli) =>
        new(
            parse.GetValue(cli.Options.Server) ?? NonEmpty(cli.Environment.Variable("CANARY_SERVER")),
            parse.GetValue(cli.Options.Token) ?? NonEmpty(cli.Environment.Variable("CANARY_TOKEN")),
            Path.GetFullPath(
                parse.GetValue(cli.Options.Data) ?? cli.Environment.DefaultDataDirectory(),
                cli.Environment.WorkingDirectory
            )
        );

    public void Dispose() => _client?.Dispose();

    private static string? NonEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
