using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Canary.Durability.Storage;
using Canary.Hosting.Http;
using Canary.Ingress.Audit;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Enrolment;

/// <summary>Issues tokens that hosts enrol with.</summary>
internal sealed partial class EnrolmentTokens(IngressStore store, AuditLog audit, StoreClock clock, TimeProvider time)
{
    private const int MostHosts = 10_000;

    private const int NamedInAudit = 20;

    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    private static readonly TimeSpan Usual = TimeSpan.FromHours(24);

    /// <summary>What a token is kept as.</summary>
    public static string DigestOf(string token) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>What a host may be called.</summary>
    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?\z")]
    public static partial Regex HostName();

    public async Task<Results<Created<IssuedEnrolment>, ProblemHttpResult>> IssueAsync(
        EnrolmentRequest request,
        CancellationToken cancellationToken
    )
    {
        var hosts = (request.Hosts ?? []).Distinct(StringComparer.Ordinal).ToList();
        if (hosts.Count is 0 or > MostHosts)
        {
            return Invalid($"A token is for 1 to {MostHosts} hosts, and not for {hosts.Count}.");
        }

        if (hosts.FindIndex(host => host is null || !HostName().IsMatch(host)) is >= 0 and var wrong)
        {
            return Invalid($"'{PlainText.Line(hosts[wrong], 100)}' is not a host name.");
        }

        var validFor = request.ValidFor ?? Usual;
        if (validFor < Shortest || validFor > Longest)
        {
            return Invalid($"A token is good for {Shortest} to {Longest}, and not for {validFor}.");
        }

        var token = RandomNumberGenerator.GetHexString(64, lowercase: true);
        var by = PlainText.Line(request.By, PushDraft.LongestPusher) ?? "operator";
        store.EnrolmentTokens.Add(
            new EnrolmentTokenRow
            {
                Digest = DigestOf(token),
                Hosts = hosts,
                By = by,
                IssuedAt = time.GetUtcNow(),
                ExpiresAt = clock.Now + validFor,
            }
        );
        audit.Add(
            new AuditedDecision(AuditedActions.IssueEnrolment, by)
            {
                Host = hosts is [var one] ? one : null,
                Detail =
                    $"{string.Join(", ", hosts.Take(NamedInAudit))}{(hosts.Count > NamedInAudit ? $" and {hosts.Count - NamedInAudit} more" : "")}"
                    + $", for {validFor}",
            }
        );
        await store.SaveChangesAsync(cancellationToken);
        return TypedResults.Created(
            (string?)null,
            new IssuedEnrolment
            {
                Token = token,
                Hosts = hosts,
                ValidFor = validFor,
            }
        );
    }

    private static ProblemHttpResult Invalid(string what) =>
        Problems.Result(
            StatusCodes.Status400BadRequest,
            IngressCodes.EnrolmentInvalid,
            what,
            "Name the hosts as the inventory does: canary hosts bootstrap HOST."
        );
}
