using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Canary.Hosting.Http;

/// <summary>Headers that keep browsers from making more of an answer than it is. They are on every one, errors included; a page says
/// itself what it needs.</summary>
internal static class SecurityHeaders
{
    private static readonly (string Name, string Value)[] All =
    [
        ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ];

    public static void UseSecurityHeaders(this IApplicationBuilder app, HostingOptions options)
    {
        var stay = options.Hsts > TimeSpan.Zero ? $"max-age={(long)options.Hsts.TotalSeconds}" : null;
        app.Use(
            (context, next) =>
            {
                // Late, because an error clears what was set before it.
                context.Response.OnStarting(SetAsync, context.Response);
                if (stay is not null && context.Request.IsHttps)
                {
                    context.Response.OnStarting(() => Stay(context.Response, stay));
                }

                return next(context);
            }
        );
    }

    private static Task Stay(HttpResponse response, string seconds)
    {
        response.Headers.StrictTransportSecurity = seconds;
        return Task.CompletedTask;
    }

    private static Task SetAsync(object response)
    {
        var headers = ((HttpResponse)response).Headers;
        foreach (var (name, value) in All)
        {
            headers.TryAdd(name, value);
        }

        return Task.CompletedTask;
    }
}
