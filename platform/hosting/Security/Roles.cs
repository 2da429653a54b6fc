using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;

namespace Canary.Hosting.Security;

/// <summary>To whom a token belongs.</summary>
public static class Roles
{
    /// <summary>Whoever may decide.</summary>
    public const string Operator = "operator";

    /// <summary>Whoever may only look.</summary>
    public const string Reader = "reader";

    /// <summary>Whoever may bring packages of one application, which <see cref="ApplicationClaim"/> names.</summary>
    public const string Application = "application";

    /// <summary>Type of the claim that names the application of a token.</summary>
    public const string ApplicationClaim = "application";

    /// <summary>A service of this installation.</summary>
    public const string Service = "service";
}

/// <summary>Who may call an endpoint. Each has one of these rules; a test asks every endpoint for its own.</summary>
public static class EndpointSecurityExtensions
{
    /// <summary>Only operators: people and scripts with the API token.</summary>
    public static TBuilder RequireOperator<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(new AuthorizeAttribute { Roles = Roles.Operator });

    /// <summary>Who has the read token, and operators.</summary>
    public static TBuilder RequireReader<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(new AuthorizeAttribute { Roles = $"{Roles.Reader},{Roles.Operator}" });

    /// <summary>Operators, and who has the token of an application: the endpoint sees to it that it is about that one.</summary>
    public static TBuilder RequireOperatorOrApplication<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(new AuthorizeAttribute { Roles = $"{Roles.Operator},{Roles.Application}" });

    /// <summary>Only other services, with the service token.</summary>
    public static TBuilder RequireService<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(new AuthorizeAttribute { Roles = Roles.Service });

    /// <summary>Everybody. It takes nothing back: within a group that is open, an endpoint may still require somebody.</summary>
    public static TBuilder OpenToStrangers<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new OpenToStrangersAttribute());

    /// <summary>An endpoint that looks at the Authorization header itself: what stands there is none of this host's tokens.</summary>
    public static TBuilder WithTokensOfItsOwn<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new TokensOfItsOwnAttribute());

    /// <summary>Everybody, or who has the read token, and operators.</summary>
    public static TBuilder OpenToStrangersIf<TBuilder>(this TBuilder endpoint, bool open)
        where TBuilder : IEndpointConventionBuilder => open ? endpoint.OpenToStrangers() : endpoint.RequireReader();
}

/// <summary>Says of an endpoint that it is meant for everybody.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OpenToStrangersAttribute : Attribute;

/// <summary>Says of an endpoint that it has tokens of its own.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TokensOfItsOwnAttribute : Attribute;
