using System.Text.Json;

namespace Canary.Ingress.Notifications.GitHub;

/// <summary>What GitHub was told of one release, as it is kept with the release: so that nothing is made twice, and what is so already is
/// not said again.</summary>
internal sealed class Progress
{
    public Dictionary<string, ReportedThing> Checks { get; init; } = [];

    public Dictionary<string, ReportedThing> Deployments { get; init; } = [];

    public static Progress Of(string? told) =>
        told is null ? new Progress() : JsonSerializer.Deserialize<Progress>(told, JsonSerializerOptions.Web)!;

    public ReportedThing Check(string part) => At(Checks, part);

    public ReportedThing Deployment(string part) => At(Deployments, part);

    public string ToText() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    private static ReportedThing At(Dictionary<string, ReportedThing> things, string part)
    {
        if (!things.TryGetValue(part, out var thing))
        {
            thing = new ReportedThing();
            things.Add(part, thing);
        }

        return thing;
    }
}

/// <summary>A check run, a status or a deployment of GitHub.</summary>
internal sealed class ReportedThing
{
    /// <summary>Ids that it has there. There are several where a request came to GitHub twice, or so late that it was made anew.</summary>
    public List<long> Ids { get; init; } = [];

    /// <summary><see cref="ReportedPart.Key"/> of what was said last.</summary>
    public string? Said { get; set; }

    /// <summary>Whether somebody tried to make it; nobody may have heard what came of that.</summary>
    public bool IsTried { get; set; }
}
