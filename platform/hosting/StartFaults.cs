using System.Net.Sockets;
using Canary.Durability.Storage;
using Canary.Failures;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Canary.Hosting;

/// <summary>Tells people why a program does not start: what is wrong and what to do about it, not where in its code.</summary>
public static class StartFaults
{
    private const int Failed = 1;
    private const int Misconfigured = 2;

    /// <summary>Runs a program; what keeps it from starting goes to standard error, as one line for each fault.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="configuration">Its configuration file; <c>null</c>: the file named by <c>CANARY_CONFIG</c>, or none.</param>
    /// <param name="run">Runs it to its end.</param>
    /// <returns>Exit code: 0, it has ended as it should; 2, settings are wrong; 1, anything else that a person can act on.
    /// </returns>
    public static async Task<int> ExplainAsync(string program, string? configuration, Func<Task> run)
    {
        ArgumentNullException.ThrowIfNull(run);

        using var signals = new StopSignals(program);
        try
        {
            await run();
            return 0;
        }
        catch (OperationCanceledException) when (StopSignals.HaveCome)
        {
            // It was told to stop before it had started.
            return 0;
        }
        catch (OptionsValidationException exception)
        {
            return Explain(
                program,
                Misconfigured,
                string.Join(Environment.NewLine, exception.Failures),
                $"{(exception.Failures.Count() > 1 ? Environment.NewLine + "  " : " ")}Correct these settings in "
                    + $"{configuration ?? CanaryHost.ConfigurationFile ?? "the environment or on the command line"}."
            );
        }
        catch (Exception exception) when (FaultOf(exception) is { } fault)
        {
            return Explain(program, Failed, OnOneLine(fault.Message), " " + fault.Remedy);
        }
    }

    private static CanaryException? FaultOf(Exception exception) =>
        exception switch
        {
            CanaryException known => known,
            AggregateException { InnerExceptions: [var only] } => FaultOf(only),
            IOException { InnerException: AddressInUseException } => new CanaryException(
                HostingCodes.AddressInUse,
                exception.Message.TrimEnd('.') + ".",
                "Another program listens there. Choose another address with --listen (hosting.listen), or port 0 for a free one."
            ),
            SocketException => new CanaryException(
                HostingCodes.AddressUnusable,
                $"The address to listen on cannot be had: {exception.Message.TrimEnd('.')}.",
                "Choose an address of this machine, with a port over 1023 unless this is root, with --listen (hosting.listen)."
            ),
            _ => StorageFaultOf(exception),
        };

    /// <summary>Messages of the platform name the file.</summary>
    private static CanaryException? StorageFaultOf(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (StorageFault.From(cause, PathIn(cause.Message) ?? "the data directory", "start again") is { } full)
            {
                return full;
            }

            if (cause is UnauthorizedAccessException or IOException)
            {
                return new CanaryException(
                    HostingCodes.FileUnusable,
                    cause.Message.TrimEnd('.') + ".",
                    $"Give {Environment.UserName}, who runs this program, the right to read and write there (chown, chmod), "
                        + "and see that the file system is not mounted read-only.",
                    exception
                );
            }
        }

        return null;
    }

    /// <summary>"Access to the path '/srv/canary/lock' is denied."</summary>
    private static string? PathIn(string message) => message.Split('\'') is [_, ['/', ..] path, ..] ? path : null;

    private static string OnOneLine(string message) => message.ReplaceLineEndings(" ");

    private static int Explain(string program, int exitCode, string message, string remedy)
    {
        try
        {
            Console.Error.WriteLine($"{program}: {message}{remedy}");
        }
        catch (IOException)
        {
            // A log on the disk that is full; the exit code is what is left to say.
        }

        return exitCode;
    }
}
