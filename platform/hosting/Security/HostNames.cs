using System.Net;
using Canary.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Hosting.Security;

/// <summary>
/// Refuses strangers who ask for the server by a name that is not its own. A page of somebody else may let its name lead here, and
/// its reader's browser would let it read what this server tells its own machine (DNS rebinding). Whoever shows a token is not such a
/// page, and an address cannot be made to lead elsewhere.
/// </summary>
public static class HostNames
{
    internal static void UseHostNames(this IApplicationBuilder app, HostingOptions options) =>
        app.Use(
            (context, next) =>
                IsKnown(context.Request.Host.Host, options)
                || context.User.Identity?.IsAuthenticated == true
                || context.GetEndpoint()?.Metadata.GetMetadata<AnyHostNameAttribute>() is not null
                    ? next(context)
                    : Refusal(context).ExecuteAsync(context)
        );

    /// <summary>Lets an endpoint be asked by any name: by probes, by hosts that know the server by another one, or by those who
    /// sign.</summary>
    public static TBuilder UnderAnyHostName<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new AnyHostNameAttribute());

    internal static bool IsKnown(string name, HostingOptions options) =>
        name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(name.Trim('[', ']'), out _)
        || (
            options.PublicAddress is { } address
                ? name.Equals(new Uri(address).Host, StringComparison.OrdinalIgnoreCase)
                : !Reach.ListensOnLoopback(options)
        );

    private static ProblemHttpResult Refusal(HttpContext context) =>
        Problems.Result(
            StatusCodes.Status421MisdirectedRequest,
            HostingCodes.ServerNameUnknown,
            $"This server is not known as '{context.Request.Host.Host}'.",
            "Set hosting.public-address to the address that others reach it by, or use that address."
        );
}

/// <summary>Says of an endpoint that the name in the request does not matter.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AnyHostNameAttribute : Attribute;
