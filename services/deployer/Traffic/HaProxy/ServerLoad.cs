using Canary.Failures;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>What <c>show stat</c> tells of a server.</summary>
/// <param name="Name">The server.</param>
/// <param name="Open">Requests and connections that it has, or that wait for it.</param>
internal sealed record ServerLoad(string Name, int Open)
{
    /// <summary>Reads the answer to <c>show stat</c>.</summary>
    /// <exception cref="CanaryException"><c>haproxy-unreadable</c></exception>
    public static IReadOnlyList<ServerLoad> Parse(string instance, string answer)
    {
        try
        {
            return
            [
                .. RuntimeTable
                    .Read(answer, ',')
                    .Select(row => new ServerLoad(
                        RuntimeTable.Text(row, "svname"),
                        RuntimeTable.Number(row, "scur") + RuntimeTable.Number(row, "qcur")
                    )),
            ];
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw RuntimeTable.Unreadable(instance, "show stat", exception);
        }
    }
}
