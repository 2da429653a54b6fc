using System.Security.Claims;
using System.Text.Encodings.Web;
using Canary.Hosting.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Security;

/// <summary>Bearer tokens (RFC 6750).</summary>
internal sealed class TokenAuthentication(
    Tokens tokens,
    IEnumerable<IApplicationTokens> applicationTokens,
    RefusedTokens refused,
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "Bearer";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (
            !header.StartsWith(Name + " ", StringComparison.OrdinalIgnoreCase)
            || Context.GetEndpoint()?.Metadata.GetMetadata<TokensOfItsOwnAttribute>() is not null
        )
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        var presented = header[(Name.Length + 1)..].Trim();
        var role =
            tokens.IsApiToken(presented) ? Roles.Operator
            : tokens.IsReadToken(presented) ? Roles.Reader
            : tokens.IsServiceToken(presented) ? Roles.Service
            : null;
        var application = role is null ? ApplicationOf(presented) : null;
        role ??= application is null ? null : Roles.Application;
        if (role is null)
        {
            refused.Add(Context.Connection.RemoteIpAddress, "It is none of this server's.");
            return Task.FromResult(AuthenticateResult.Fail("The token is not known."));
        }

        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Role, role)], Name);
        if (application is not null)
        {
            identity.AddClaim(new Claim(Roles.ApplicationClaim, application));
        }

        return Task.FromResult(
            AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Name))
        );
    }

    private string? ApplicationOf(string presented) =>
        applicationTokens.Select(known => known.ApplicationOf(presented)).FirstOrDefault(found => found is not null);

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = Name;
        return Problems
            .Result(
                StatusCodes.Status401Unauthorized,
                HostingCodes.TokenMissing,
                "This needs a valid token in the Authorization header.",
                "Use --token or CANARY_TOKEN; the token stands in secrets/api-token of the server's data directory."
            )
            .ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems
            .Result(
                StatusCodes.Status403Forbidden,
                HostingCodes.TokenNotAllowed,
                "The token is valid, but not for this.",
                "Operators use the API token, who only reads the read token, services the service token; a package token brings packages of its "
                    + "application."
            )
            .ExecuteAsync(Context);
}
