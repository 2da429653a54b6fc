using System.Globalization;
using System.Net;
using System.Security.Authentication;
using Canary.Failures;

namespace Canary.Consul;

/// <summary>What can go wrong with Consul, and what to do about it.</summary>
public static class ConsulErrors
{
    /// <summary>Code: no agent answers, or the cluster has no leader. It passes by itself.</summary>
    public const string Unreachable = "consul-unreachable";

    /// <summary>Code: the token lacks a permission.</summary>
    public const string Denied = "consul-denied";

    /// <summary>Code: Consul does not know the token.</summary>
    public const string TokenUnknown = "consul-token-unknown";

    /// <summary>Code: the token's file cannot be read.</summary>
    public const string TokenUnreadable = "consul-token-unreadable";

    /// <summary>Code: Consul does not know the datacenter.</summary>
    public const string DatacenterUnknown = "consul-datacenter-unknown";

    /// <summary>Code: the agent's certificate is not trusted.</summary>
    public const string Untrusted = "consul-untrusted";

    /// <summary>Code: Consul is needed and not configured.</summary>
    public const string NotConfigured = "consul-not-configured";

    /// <summary>Code: Consul answers in a way that is not expected.</summary>
    public const string Unexpected = "consul-error";

    private const int LongestQuotation = 200;

    /// <summary>Whether waiting helps.</summary>
    public static bool Passes(CanaryException exception) => exception.Code == Unreachable;

    /// <summary>The token may not do what is needed.</summary>
    public static CanaryException Forbidden(IEnumerable<ConsulPermission> missing, string? said = null) =>
        new(
            Denied,
            $"Consul's ACLs do not allow this token {string.Join(", ", missing)}"
                + (string.IsNullOrWhiteSpace(said) ? "." : $" (it says: {Quote(said)})."),
            "Add the rule to the token's policy (docs/consul.md has a complete one), or give another token in "
                + "hosting.consul.token-file."
        );

    internal static CanaryException Unforeseen(Exception exception) =>
        new(
            Unexpected,
            $"What Consul says could not be worked with: {exception.Message}",
            "Look for the same time in the log of this service.",
            exception
        );

    internal static CanaryException NoAddress() =>
        new(
            NotConfigured,
            "Consul is needed, but no address of an agent is configured.",
            "Set hosting.consul.addresses, for example to [http://127.0.0.1:8500]."
        );

    internal static CanaryException NoAnswer(ConsulOptions options, Exception exception) =>
        Causes(exception).OfType<AuthenticationException>().FirstOrDefault() is { } distrust
            ? new CanaryException(
                Untrusted,
                $"The certificate of Consul at {options.Agents} is not trusted: {distrust.Message}",
                "Give the certificate authority of the agents in hosting.consul.ca-file, and use a name in "
                    + "hosting.consul.addresses that the certificate holds.",
                exception
            )
            : new CanaryException(
                Unreachable,
                $"Consul at {options.Agents} does not answer: {exception.Message}",
                "See that a Consul agent runs there, and that hosting.consul.addresses names it.",
                exception
            );

    internal static CanaryException Slow(ConsulOptions options, TimeSpan limit, Exception exception) =>
        new(
            Unreachable,
            $"Consul at {options.Agents} does not answer within {limit.TotalSeconds:0.#} s.",
            "See that a Consul agent runs there, and that hosting.consul.addresses names it.",
            exception
        );

    internal static CanaryException NoToken(string path, Exception exception) =>
        new(
            TokenUnreadable,
            $"The file of the Consul token, {path}, cannot be read: {exception.Message}",
            "Make the file, readable by the user that runs this service, or correct hosting.consul.token-file.",
            exception
        );

    internal static CanaryException NoAuthority(string path, Exception exception) =>
        new(
            Untrusted,
            $"The certificate authority {path} cannot be read: {exception.Message}",
            "Give a PEM file in hosting.consul.ca-file, readable by the user that runs this service.",
            exception
        );

    /// <summary>What an answer that is no success means.</summary>
    internal static CanaryException Refused(
        ConsulOptions options,
        HttpStatusCode status,
        string said,
        ConsulPermission needed
    )
    {
        if (status == HttpStatusCode.Forbidden)
        {
            return said.Contains("ACL not found", StringComparison.OrdinalIgnoreCase)
                ? new CanaryException(
                    TokenUnknown,
                    $"Consul at {options.Agents} does not know the token of this service.",
                    "Make a token with the policy of docs/consul.md and put it into hosting.consul.token-file."
                )
                : Forbidden([needed], said);
        }

        if (said.Contains("No path to datacenter", StringComparison.OrdinalIgnoreCase))
        {
            return new CanaryException(
                DatacenterUnknown,
                $"Consul at {options.Agents} does not know the datacenter '{options.Datacenter}'.",
                "Correct hosting.consul.datacenter, or leave it out to use the agent's own."
            );
        }

        var number = ((int)status).ToString(CultureInfo.InvariantCulture);
        return (int)status >= 500 || status == HttpStatusCode.TooManyRequests
            ? new CanaryException(
                Unreachable,
                $"Consul at {options.Agents} cannot answer ({number}): {Quote(said)}",
                "Look at the Consul servers: consul members, consul operator raft list-peers."
            )
            : new CanaryException(
                Unexpected,
                $"Consul at {options.Agents} answered {number}: {Quote(said)}",
                "See that hosting.consul.addresses names a Consul agent of version 1.8 or later."
            );
    }

    private static string Quote(string said)
    {
        var text = said.Trim();
        return text.Length > LongestQuotation ? text[..LongestQuotation] + "…" : text;
    }

    private static IEnumerable<Exception> Causes(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return exception;
        }
    }
}
