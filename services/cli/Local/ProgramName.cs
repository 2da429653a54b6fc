using Canary.Cli.Terminal;

namespace Canary.Cli.Local;

/// <summary>How a person calls this program once more, so that what is told can be typed.</summary>
internal sealed class ProgramName(CliEnvironment environment)
{
    private const string Usual = "canary";

    /// <summary>The script that built this program and started it, as it was typed.</summary>
    private readonly string? _script = environment.Variable("CANARY_BUILD_SCRIPT") is { Length: > 0 } script
        ? script
        : null;

    public string Call(string arguments) => $"{(_script is null ? Name : $"{_script} run --")} {arguments}";

    public string Demo(string arguments) => $"{_script ?? Name} demo {arguments}";

    /// <summary>Its path, where the PATH has another one or none; a program that hosts it has a name of its own.</summary>
    private string Name =>
        Environment.ProcessPath is { } path
        && Path.GetFileName(path) == Usual
        && Tool.Find(Usual, environment.Variable("PATH")) != path
            ? path
            : Usual;
}
