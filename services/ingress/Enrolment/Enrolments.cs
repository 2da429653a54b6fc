using System.Text.RegularExpressions;
using Canary.Durability.Storage;
using Canary.Hosting.Http;
using Canary.Ingress.Audit;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Enrolment;

/// <summary>Takes what hosts say of themselves, from those that show a token. It is on record before the host is told so.</summary>
internal sealed partial class Enrolments(
    IngressStore store,
    AuditLog audit,
    RefusedEnrolments refused,
    StoreClock clock,
    IHttpContextAccessor requests
)
{
    private const string Bearer = "Bearer ";

    private const int MostKeys = 10;

    private const string Remedy = "Ask for a token: canary hosts bootstrap HOST.";

    public async Task<Results<Ok<EnrolledHostView>, ProblemHttpResult>> EnrolAsync(
        HostFacts facts,
        CancellationToken cancellationToken
    )
    {
        // Nobody learns which hosts there are before a token is shown.
        if (await TokenAsync(cancellationToken) is not { } token)
        {
            return Refuse(
                StatusCodes.Status401Unauthorized,
                IngressCodes.EnrolmentTokenInvalid,
                "The header Authorization shows no token that was issued here.",
                Remedy
            );
        }

        if (facts.Host is not { } host || !token.Hosts.Contains(host, StringComparer.Ordinal))
        {
            return Refuse(
                StatusCodes.Status403Forbidden,
                IngressCodes.EnrolmentHostUnexpected,
                $"The token is not for a host '{PlainText.Line(facts.Host, 100)}'.",
                "Name the host as the token does (--name), or ask for a token: canary hosts bootstrap HOST."
            );
        }

        var keys = (facts.HostKeys ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (keys.Count is 0 or > MostKeys || keys.Exists(key => key is null || !Fingerprint().IsMatch(key)))
        {
            return Refuse(
                StatusCodes.Status400BadRequest,
                IngressCodes.EnrolmentInvalid,
                $"A host has 1 to {MostKeys} fingerprints, as ssh-keygen -l prints them.",
                "Send SHA256:… of each file /etc/ssh/ssh_host_*_key.pub."
            );
        }

        if (await FormerAsync(token, host, cancellationToken) is { } former)
        {
            return Again(former, keys);
        }

        var known = await NewestAsync(host, cancellationToken);
        var isUnchanged = known is not null && known.HostKeys.SequenceEqual(keys, StringComparer.Ordinal);
        if (token.ExpiresAt <= clock.Now)
        {
            return isUnchanged
                ? TypedResults.Ok(new EnrolledHostView { Host = host, HostKeys = keys })
                : Refuse(
                    StatusCodes.Status401Unauthorized,
                    IngressCodes.EnrolmentTokenExpired,
                    "The token is not good any more.",
                    Remedy
                );
        }

        // Many have a token of many hosts: with it, none of them takes the place of one that has enrolled.
        if (known is not null && !isUnchanged && token.Hosts.Count > 1)
        {
            return Refuse(
                StatusCodes.Status409Conflict,
                IngressCodes.EnrolmentHostKnown,
                $"{host} has enrolled before, with other keys, and the token is for other hosts as well.",
                $"If the host was installed anew, ask for a token of its own: canary hosts bootstrap {host}. If it was not, somebody else "
                    + "has the token: look at canary audit."
            );
        }

        store.Enrolments.Add(
            new EnrolmentRow
            {
                Token = token.Digest,
                Host = host,
                HostKeys = keys,
                SendAt = clock.Now,
            }
        );
        audit.Add(
            new AuditedDecision(AuditedActions.EnrolHost, $"{host}, with a token of {token.By}")
            {
                Host = host,
                Detail = string.Join(", ", keys),
            }
        );
        try
        {
            await store.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException)
        {
            store.ChangeTracker.Clear();
            // Somebody was faster with the same token, or the database is away.
            if (await FormerAsync(token, host, cancellationToken) is not { } other)
            {
                throw;
            }

            return Again(other, keys);
        }

        return TypedResults.Ok(new EnrolledHostView { Host = host, HostKeys = keys });
    }

    /// <summary>A host whose answer was lost asks again, and is answered as before; anybody else is not.</summary>
    private Results<Ok<EnrolledHostView>, ProblemHttpResult> Again(EnrolmentRow former, IReadOnlyList<string> keys) =>
        former.HostKeys.SequenceEqual(keys, StringComparer.Ordinal)
            ? TypedResults.Ok(new EnrolledHostView { Host = former.Host, HostKeys = former.HostKeys })
            : Refuse(
                StatusCodes.Status409Conflict,
                IngressCodes.EnrolmentTokenUsed,
                $"The token was used for {former.Host} before, with other keys.",
                "If the host was installed anew since, ask for another token: canary hosts bootstrap HOST. If it was not, somebody else "
                    + "had the token: look at canary audit."
            );

    private Task<EnrolmentRow?> FormerAsync(
        EnrolmentTokenRow token,
        string host,
        CancellationToken cancellationToken
    ) =>
        store
            .Enrolments.AsNoTracking()
            .SingleOrDefaultAsync(row => row.Token == token.Digest && row.Host == host, cancellationToken);

    private Task<EnrolmentRow?> NewestAsync(string host, CancellationToken cancellationToken) =>
        store
            .Enrolments.AsNoTracking()
            .Where(row => row.Host == host)
            .OrderByDescending(row => row.Number)
            .FirstOrDefaultAsync(cancellationToken);

    private async Task<EnrolmentTokenRow?> TokenAsync(CancellationToken cancellationToken)
    {
        var header = requests.HttpContext!.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var digest = EnrolmentTokens.DigestOf(header[Bearer.Length..].Trim());
        return await store
            .EnrolmentTokens.AsNoTracking()
            .SingleOrDefaultAsync(row => row.Digest == digest, cancellationToken);
    }

    private ProblemHttpResult Refuse(int status, string code, string what, string remedy)
    {
        refused.Add(requests.HttpContext!.Connection.RemoteIpAddress, what);
        return Problems.Result(status, code, what, remedy);
    }

    [GeneratedRegex(@"\ASHA256:[A-Za-z0-9+/]{43}\z")]
    private static partial Regex Fingerprint();
}
