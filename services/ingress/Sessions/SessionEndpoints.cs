using System.Security.Claims;
using Canary.Hosting.Security;

namespace Canary.Ingress.Sessions;

/// <summary>Who asks, by their token.</summary>
internal sealed record SessionView
{
    /// <summary><c>operator</c>, <c>reader</c> or <c>service</c>; <c>null</c>: nobody that the server knows.</summary>
    public required string? Role { get; init; }

    /// <summary>Whether they may see releases, hosts and logs.</summary>
    public required bool MayRead { get; init; }

    /// <summary>Whether they may decide about releases.</summary>
    public required bool MayDecide { get; init; }
}

/// <summary>Tells whoever asks what they may, so that a page need not find out by being refused.</summary>
internal static class SessionEndpoints
{
    /// <param name="routes">Routes under <c>/api</c>.</param>
    /// <param name="isReadingOpen">Whether reading takes no token.</param>
    public static void MapSession(this IEndpointRouteBuilder routes, bool isReadingOpen) =>
        routes
            .MapGet("/session", (ClaimsPrincipal user) => TypedResults.Ok(SessionOf(user, isReadingOpen)))
            .OpenToStrangers()
            .WithName("GetSession")
            .WithSummary("Tells who the token of the request belongs to, and what they may.");

    private static SessionView SessionOf(ClaimsPrincipal user, bool isReadingOpen) =>
        new()
        {
            Role = user.FindFirstValue(ClaimTypes.Role),
            MayRead = isReadingOpen || user.IsInRole(Roles.Reader) || user.IsInRole(Roles.Operator),
            MayDecide = user.IsInRole(Roles.Operator),
        };
}
