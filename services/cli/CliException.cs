namespace Canary.Cli;

/// <summary>What went wrong, on what, and what to do about it.</summary>
internal sealed class CliException(int exitCode, string code, string message, string remedy) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
    public string Code { get; } = code;
    public string Remedy { get; } = remedy;

    public static CliException Usage(string code, string message, string remedy) =>
        new(ExitCodes.Usage, code, message, remedy);
}
