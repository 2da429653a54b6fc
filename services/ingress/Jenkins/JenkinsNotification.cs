using System.Text.Json;
using System.Text.Json.Serialization;

namespace Canary.Ingress.Jenkins;

/// <summary>The fields of a notification that say which build it is about (JobState and BuildState of the Notification plugin, in
/// snake case). Everything else in it is not even read: Jenkins is asked.</summary>
internal sealed record JenkinsNotification
{
    /// <summary>The job below Jenkins' address: <c>job/NAME/</c>.</summary>
    public string? Url { get; init; }

    public JenkinsNotifiedBuild? Build { get; init; }
}

internal sealed record JenkinsNotifiedBuild
{
    public int? Number { get; init; }

    public string? Phase { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JenkinsNotification))]
internal sealed partial class NotificationJson : JsonSerializerContext
{
    /// <exception cref="JsonException">Not JSON, or a field has another type than the plugin gives it.</exception>
    public static JenkinsNotification Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.JenkinsNotification)
        ?? throw new JsonException("The notification is null.");
}
