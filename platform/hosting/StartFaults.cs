using System.Net.Sockets;
using Canary.Failures;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Canary.Hosting;

/// <summary>Tells people why a program does not start: what is wrong and what to do about it, not where in its code.</summary>
public static class StartFaults
{
    private const int Failed = 1;
    private const int Misconfigured = 2;

    /// <summary>Runs a program; what keeps it from starting goes to standard error.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="configuration">Its configuration file; <c>null</c>: the file named by <c>CANARY_CONFIG</c>, or none.</param>
    /// <param name="run">Runs it to its end.</param>
    /// <returns>Exit code: 0, it has ended as it should; 2, settings are wrong; 1, anything else that a person can act on.
    /// </returns>
    public static async Task<int> ExplainAsync(string program, string? configuration, Func<Task> run)
    {
        ArgumentNullException.ThrowIfNull(run);

        try
        {
            await run();
            return 0;
        }
        catch (CanaryException exception)
        {
            return Explain(program, Failed, exception.Message, exception.Remedy);
        }
        catch (OptionsValidationException exception)
        {
            return Explain(
                program,
                Misconfigured,
                string.Join(Environment.NewLine, exception.Failures),
                $"Correct these settings in {configuration ?? CanaryHost.ConfigurationFile ?? "the environment or on the command line"}."
            );
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            return Explain(
                program,
                Failed,
                exception.Message,
                "Another program listens there. Choose another address with --listen (hosting.listen), or port 0 for a free one."
            );
        }
        catch (SocketException exception)
        {
            return Explain(
                program,
                Failed,
                $"The address to listen on cannot be had: {exception.Message}",
                "Choose an address of this machine, with a port over 1023 unless this is root, with --listen (hosting.listen)."
            );
        }
    }

    private static int Explain(string program, int exitCode, string message, string remedy)
    {
        Console.Error.WriteLine($"{program}: {message}");
        Console.Error.WriteLine($"  {remedy}");
        return exitCode;
    }
}
