using Renci.SshNet;

namespace Canary.Machines.Ssh;

/// <summary>How both ends of a connection agree on its key. The first exchange of a client's list that the server knows as well is
/// taken (RFC 4253, 7.1).</summary>
public static class SshKeyExchanges
{
    /// <summary>What is offered where nothing else is asked for. curve25519 is first: it is safe, and a login costs a fraction of
    /// what one costs with an exchange that quantum computers cannot undo either, which come last.</summary>
    public static IReadOnlyList<string> Standard { get; } =
    [
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521",
        "diffie-hellman-group16-sha512",
        "diffie-hellman-group18-sha512",
        "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group14-sha256",
        "mlkem768x25519-sha256",
        "sntrup761x25519-sha512",
        "sntrup761x25519-sha512@openssh.com",
    ];

    /// <summary>What is wrong with a list of them.</summary>
    /// <returns>A sentence; <c>null</c>: nothing.</returns>
    public static string? ProblemWith(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);

        var unknown = names.Except(Standard, StringComparer.Ordinal).ToList();
        return unknown.Count == 0
            ? null
            : $"There is no key exchange '{string.Join("', '", unknown)}'. Known are {string.Join(", ", Standard)}.";
    }

    /// <summary>Offers these, in their order, and no others.</summary>
    internal static void Offer(ConnectionInfo connection, IReadOnlyList<string> names)
    {
        var known = connection.KeyExchangeAlgorithms.ToDictionary(StringComparer.Ordinal);
        connection.KeyExchangeAlgorithms.Clear();
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            connection.KeyExchangeAlgorithms.Add(name, known[name]);
        }
    }
}
