using Canary.Hosting.Http;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Webhooks.Sources;

/// <summary>Headers that name an event or a delivery.</summary>
internal static class PushHeader
{
    private const int Longest = 100;

    /// <summary>The first of the headers that is there, as one harmless line; <c>null</c>: none is.</summary>
    public static string? Line(IHeaderDictionary headers, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (PlainText.Line(headers[name], Longest) is { } line)
            {
                return line;
            }
        }

        return null;
    }

    public static ProblemHttpResult EventMissing(string header, string service) =>
        Missing(
            IngressCodes.EventMissing,
            header,
            $"Send the webhook as {service} does, with the name of the event in this header."
        );

    public static ProblemHttpResult DeliveryMissing(string header, string service) =>
        Missing(
            IngressCodes.DeliveryMissing,
            header,
            $"Send the webhook as {service} does, with the id of the delivery in this header."
        );

    private static ProblemHttpResult Missing(string code, string header, string remedy) =>
        Problems.Result(StatusCodes.Status400BadRequest, code, $"The header {header} is missing.", remedy);
}
