using System.Reflection;
using System.Security.Cryptography;
using Canary.Hosting.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Canary.Ingress.Dashboard;

/// <summary>
/// One page that shows everything the API knows, as it happens. Its files are part of the assembly; nothing is loaded from
/// elsewhere, no script or style stands in the page, and the page may not be framed.
/// </summary>
internal static class DashboardEndpoints
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    public static void MapDashboard(this IEndpointRouteBuilder routes)
    {
        routes.MapFile("/", "index.html", "text/html; charset=utf-8");
        routes.MapFile("/assets/dashboard.css", "dashboard.css", "text/css; charset=utf-8");
        routes.MapFile("/assets/dashboard.js", "dashboard.js", "text/javascript; charset=utf-8");
        routes.MapFile("/assets/canary.svg", "canary.svg", "image/svg+xml");
    }

    private static void MapFile(this IEndpointRouteBuilder routes, string path, string file, string contentType)
    {
        var content = Read(file);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..32]}\"");
        routes
            .MapMethods(
                path,
                [HttpMethods.Get, HttpMethods.Head],
                FileContentHttpResult (HttpContext context) =>
                {
                    var headers = context.Response.Headers;
                    headers.ContentSecurityPolicy = ContentSecurityPolicy;
                    headers.CacheControl = "no-cache";
                    return TypedResults.File(content, contentType, entityTag: tag);
                }
            )
            .OpenToStrangers()
            .ExcludeFromDescription();
    }

    private static byte[] Read(string file)
    {
        var assembly = Assembly.GetExecutingAssembly();
        using var resource =
            assembly.GetManifestResourceStream($"dashboard/{file}")
            ?? throw new InvalidOperationException($"The dashboard's file {file} is not part of {assembly.FullName}.");
        using var content = new MemoryStream();
        resource.CopyTo(content);
        return content.ToArray();
    }
}
