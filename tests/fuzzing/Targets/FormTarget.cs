using System.Net;
using Canary.Ingress.Webhooks;

namespace Canary.Fuzzing.Tests.Targets;

/// <summary>Webhooks that come as forms.</summary>
internal sealed class FormTarget()
    : TextTarget(
        "form",
        ["payload=", "&", "=", "+", "%", "%7B", "%7d", "%0", "%zz", "%+1", "%25", "%00", "%C3%A9"],
        ["payload=%7B%22ref%22%3A%22refs%2Fheads%2Fmain%22%7D", "a=b&payload=x+y&payload=z", "payload", "payload=%", ""]
    )
{
    public override Reading Read(byte[] input)
    {
        try
        {
            var payload = FormPayload.Decode(input.ToArray())?.ToArray();
            return payload is null
                ? new Reading($"no payload {input.Length % 5}")
                : new Reading($"payload {Math.Min(payload.Length, 3)}", () => Judge(input, payload));
        }
        catch (FormatException)
        {
            return new Reading($"malformed {input.Length % 5}");
        }
    }

    /// <summary>The framework reads the same.</summary>
    private static void Judge(byte[] input, byte[] payload)
    {
        var prefix = "payload="u8;
        foreach (var field in input.AsSpan().Split((byte)'&'))
        {
            if (input.AsSpan(field).StartsWith(prefix))
            {
                var text = input.AsSpan(field)[prefix.Length..].ToArray();
                payload.ShouldBe(WebUtility.UrlDecodeToBytes(text, 0, text.Length));
                return;
            }
        }

        throw new InvalidOperationException("The form has no payload, and one was read.");
    }
}
