using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;

namespace Canary.Hosting.Security;

internal static class Roles
{
    public const string Operator = "operator";
    public const string Service = "service";
}

/// <summary>Who may call an endpoint.</summary>
public static class EndpointSecurityExtensions
{
    /// <summary>Only operators: people and scripts with the API token.</summary>
    public static TBuilder RequireOperator<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(new AuthorizeAttribute { Roles = Roles.Operator });

    /// <summary>Only other services, with the service token.</summary>
    public static TBuilder RequireService<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(new AuthorizeAttribute { Roles = Roles.Service });
}
