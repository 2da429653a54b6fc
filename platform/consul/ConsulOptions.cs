using System.ComponentModel.DataAnnotations;

namespace Canary.Consul;

/// <summary>How this host talks to Consul, 1.8 or later. Section <c>hosting:consul</c>.</summary>
public sealed class ConsulOptions : IValidatableObject
{
    /// <summary>Addresses of Consul agents, for example <c>http://127.0.0.1:8500</c>. The first is the agent that this
    /// host registers with; the others are asked when it does not answer. Default: none, Consul is not used.</summary>
    public IList<string> Addresses { get; set; } = [];

    /// <summary>The datacenter that is meant. Default: the agent's own.</summary>
    public string? Datacenter { get; set; }

    /// <summary>File with the ACL token; read anew for each request. Default: none, for a Consul without ACLs.</summary>
    public string? TokenFile { get; set; }

    /// <summary>File with the certificate authority of the agents (PEM). Default: those that this machine
    /// trusts.</summary>
    public string? CaFile { get; set; }

    /// <summary>Longest time for an answer, retries included, 1 second to 1 minute. Default: 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long Consul may hold back an answer while nothing changes (a blocking query), 1 second to
    /// 10 minutes. Default: 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Wait { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether the services of this host are registered in Consul, as <c>canary-</c> and their name, with a
    /// check of <c>/health/ready</c>. Default: <c>false</c>.</summary>
    public bool Register { get; set; }

    /// <summary>Time between two of those checks, 1 second to 1 hour. Default: 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a registered service may fail its check before Consul forgets it, 1 minute (Consul takes no
    /// less) to 7 days. Default: 30 minutes.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan DeregisterAfter { get; set; } = TimeSpan.FromMinutes(30);

    internal bool IsUsed => Addresses.Count > 0;

    /// <summary>The agents, for messages.</summary>
    internal string Agents => string.Join(", ", Addresses);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var address in Addresses.Where(address => !IsHttp(address)))
        {
            yield return new ValidationResult(
                $"'{address}' is not an address such as http://127.0.0.1:8500.",
                [nameof(Addresses)]
            );
        }

        if (Register && !IsUsed)
        {
            yield return new ValidationResult(
                "It needs the address of an agent in hosting.consul.addresses.",
                [nameof(Register)]
            );
        }
    }

    private static bool IsHttp(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);
}
