using Canary.Cli.Terminal;
using Canary.Testing;
using Spectre.Console;
using Spectre.Console.Rendering;
using Spectre.Console.Testing;

namespace Canary.Cli.Tests;

/// <summary>Runs the program in this process, with its own output, environment and data directory.</summary>
internal sealed class CliRun : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Dictionary<string, string> _variables = [];
    private readonly TestConsole _console = new TestConsole().SupportsUnicode(true);

    public CliRun()
    {
        _variables["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "";
        _variables["HOME"] = _directory.Path;
        Data = _directory.Combine("data");
        _variables["CANARY_DATA"] = Data;
    }

    public string Data { get; }

    public StringWriter Out { get; } = new();
    public StringWriter Error { get; } = new();

    /// <summary>What was drawn, when a person watches.</summary>
    public string Drawn => Trimmed(_console.Output);

    public string Output => Out.ToString();

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Whether a person sits at the terminal; what they type goes to <see cref="Type"/>.</summary>
    public bool IsTerminal { get; set; }

    /// <summary>How wide that terminal is, in characters.</summary>
    public int Width { get; init; } = 110;

    /// <summary>Whether that person never types anything.</summary>
    public bool IsUnavailable { get; set; }

    public string WorkingDirectory { get; set; } = "/";

    public CliRun With(string variable, string value)
    {
        _variables[variable] = value;
        return this;
    }

    /// <summary>Makes it find the server as it finds one on this machine.</summary>
    public CliRun At(FakeServer server, string? token = FakeServer.Token)
    {
        _directory.WriteFile(
            "data/server.json",
            $$"""{"address":"{{server.Address}}","pid":{{Environment.ProcessId}}}"""
        );
        if (token is not null)
        {
            _directory.WriteFile("data/secrets/api-token", token + "\n");
        }
        return this;
    }

    public CliRun Type(string text)
    {
        _console.Input.PushTextWithEnter(text);
        return this;
    }

    public string PathOf(string name) => _directory.Combine(name);

    public Task<int> RunAsync(params string[] arguments) => RunAsync(CancellationToken.None, arguments);

    public Task<int> RunAsync(CancellationToken interrupted, params string[] arguments)
    {
        _console.Width(Width);
        var environment = new CliEnvironment
        {
            Out = Out,
            Error = Error,
            OutIsTerminal = IsTerminal,
            Width = IsTerminal ? Width : null,
            InIsTerminal = IsTerminal,
            Variable = name => _variables.GetValueOrDefault(name),
            WorkingDirectory = WorkingDirectory,
            UserName = "ada",
            Time = Time,
            CreateConsole = settings =>
                IsTerminal && settings.Out!.Writer == Out
                    ? IsUnavailable
                        ? new UnattendedConsole(_console.Interactive())
                        : _console.Interactive()
                    : AnsiConsole.Create(settings),
        };
        return CanaryCli.RunAsync(arguments, environment, interrupted);
    }

    public void Dispose()
    {
        _console.Dispose();
        Out.Dispose();
        Error.Dispose();
        _directory.Dispose();
    }

    private static string Trimmed(string text) =>
        string.Join('\n', text.Split('\n').Select(line => line.TrimEnd())).Trim('\n') + "\n";
}

/// <summary>A terminal at which nobody sits any more.</summary>
internal sealed class UnattendedConsole(IAnsiConsole console) : IAnsiConsole, IAnsiConsoleInput
{
    public Profile Profile => console.Profile;

    public IAnsiConsoleCursor Cursor => console.Cursor;

    public IAnsiConsoleInput Input => this;

    public IExclusivityMode ExclusivityMode => console.ExclusivityMode;

    public RenderPipeline Pipeline => console.Pipeline;

    public void Clear(bool home) => console.Clear(home);

    public void Write(IRenderable renderable) => console.Write(renderable);

    public void WriteAnsi(Action<AnsiWriter> action) => console.WriteAnsi(action);

    public bool IsKeyAvailable() => false;

    public ConsoleKeyInfo? ReadKey(bool intercept) => throw new InvalidOperationException("It would wait for ever.");

    public async Task<ConsoleKeyInfo?> ReadKeyAsync(bool intercept, CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        return null;
    }
}
