using System.Text.Json;

namespace Canary.Hosting.Discovery;

/// <summary>What another service's problem answer (RFC 9457) says; all <c>null</c> when it is no problem.</summary>
public readonly record struct ProblemText(string? Code, string? Detail, string? Remedy)
{
    /// <summary>Reads the body of an answer.</summary>
    public static ProblemText Read(string answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? new ProblemText(Text("code"), Text("detail"), Text("remedy"))
                : default;

            string? Text(string name) =>
                json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                    ? value.GetString()
                    : null;
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
