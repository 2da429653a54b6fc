using Canary.Cli.Terminal;
using Canary.Testing;
using Spectre.Console;
using Spectre.Console.Testing;

namespace Canary.Cli.Tests;

/// <summary>Runs the program in this process, with its own output, environment and data directory.</summary>
internal sealed class CliRun : IDisposable
{
    private readonly TempDirectory directory = new();
    private readonly Dictionary<string, string> variables = [];
    private readonly TestConsole console = new TestConsole().Width(110).SupportsUnicode(true);

    public CliRun()
    {
        variables["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "";
        variables["HOME"] = directory.Path;
        Data = directory.Combine("data");
        variables["CANARY_DATA"] = Data;
    }

    public string Data { get; }

    public StringWriter Out { get; } = new();
    public StringWriter Error { get; } = new();

    /// <summary>What was drawn, when a person watches.</summary>
    public string Drawn => Trimmed(console.Output);

    public string Output => Out.ToString();

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Whether a person sits at the terminal; what they type goes to <see cref="Type"/>.</summary>
    public bool IsTerminal { get; set; }

    public string WorkingDirectory { get; set; } = "/";

    public CliRun With(string variable, string value)
    {
        variables[variable] = value;
        return this;
    }

    /// <summary>Makes it find the server as it finds one on this machine.</summary>
    public CliRun At(FakeServer server, string? token = FakeServer.Token)
    {
        directory.WriteFile(
            "data/server.json",
            $$"""{"address":"{{server.Address}}","pid":{{Environment.ProcessId}}}"""
        );
        if (token is not null)
        {
            directory.WriteFile("data/secrets/api-token", token + "\n");
        }
        return this;
    }

    public CliRun Type(string text)
    {
        console.Input.PushTextWithEnter(text);
        return this;
    }

    public string PathOf(string name) => directory.Combine(name);

    public Task<int> RunAsync(params string[] arguments) => RunAsync(CancellationToken.None, arguments);

    public Task<int> RunAsync(CancellationToken interrupted, params string[] arguments)
    {
        var environment = new CliEnvironment
        {
            Out = Out,
            Error = Error,
            OutIsTerminal = IsTerminal,
            InIsTerminal = IsTerminal,
            Variable = name => variables.GetValueOrDefault(name),
            WorkingDirectory = WorkingDirectory,
            UserName = "ada",
            Time = Time,
            CreateConsole = settings =>
                IsTerminal && settings.Out!.Writer == Out ? console.Interactive() : AnsiConsole.Create(settings),
        };
        return CanaryCli.RunAsync(arguments, environment, interrupted);
    }

    public void Dispose()
    {
        console.Dispose();
        Out.Dispose();
        Error.Dispose();
        directory.Dispose();
    }

    private static string Trimmed(string text) =>
        string.Join('\n', text.Split('\n').Select(line => line.TrimEnd())).Trim('\n') + "\n";
}
