using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Canary.Hosting.Http;

/// <summary>Requests that take no places from those of another kind.</summary>
internal enum RequestKind
{
    /// <summary>Answered as soon as may be.</summary>
    Brief,

    /// <summary>Answered bit by bit, for as long as something happens.</summary>
    Following,

    /// <summary>Must get through, whatever strangers do at the other doors.</summary>
    Vital,
}

/// <summary>What kind of requests an endpoint takes, as far as their number goes. Without a word they are brief.</summary>
public static class RequestKinds
{
    /// <summary>An endpoint whose clients stay: streams of events, logs that grow.</summary>
    public static TBuilder Followed<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new RequestKindAttribute(RequestKind.Following));

    /// <summary>An endpoint with places that no other one takes: probes, webhooks.</summary>
    public static TBuilder Vital<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new RequestKindAttribute(RequestKind.Vital));

    internal static RequestKind Of(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<RequestKindAttribute>()?.Kind ?? RequestKind.Brief;
}

/// <summary>Says of an endpoint what kind of requests it takes.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequestKindAttribute(RequestKind kind) : Attribute
{
    public RequestKind Kind => kind;
}
