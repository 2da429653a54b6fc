using System.Security.Claims;

namespace Canary.Ingress.Audit;

/// <summary>What a person decided, and who that is by their own word.</summary>
internal sealed record AuditedDecision(string Action, string By, string? Reason = null)
{
    public string? Application { get; init; }

    public Guid? ReleaseId { get; init; }

    public string? Host { get; init; }

    public string? Detail { get; init; }
}

/// <summary>Writes down what people decide, with the token that they showed and the address that they came from; and what Canary decides
/// for them, with neither.</summary>
internal sealed class AuditLog(IngressStore store, IHttpContextAccessor requests, TimeProvider time)
{
    private const string Nobody = "none";

    /// <summary>Adds a decision to what the store saves next: it is on record exactly if it takes effect.</summary>
    public void Add(AuditedDecision decision)
    {
        var request = requests.HttpContext;
        var address = request?.Connection.RemoteIpAddress;
        store.Audit.Add(
            new AuditEntry
            {
                DecidedAt = time.GetUtcNow(),
                Action = decision.Action,
                Application = decision.Application,
                ReleaseId = decision.ReleaseId,
                Host = decision.Host,
                Detail = decision.Detail,
                By = decision.By,
                Reason = decision.Reason,
                Token = request?.User.FindFirstValue(ClaimTypes.Role) ?? Nobody,
                Address = address is null ? Nobody : $"{(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)}",
            }
        );
    }

    /// <summary>Writes a decision down that has taken effect elsewhere.</summary>
    public async Task WriteAsync(AuditedDecision decision, CancellationToken cancellationToken)
    {
        Add(decision);
        await store.SaveChangesAsync(cancellationToken);
    }
}
