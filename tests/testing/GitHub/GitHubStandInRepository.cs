using System.Text.Json.Nodes;

namespace Canary.Testing.GitHub;

/// <summary>A repository of the stand-in.</summary>
public sealed class GitHubStandInRepository
{
    internal GitHubStandInRepository(long id, string name)
    {
        Id = id;
        FullName = name;
    }

    public long Id { get; }

    /// <summary><c>OWNER/NAME</c> as it is now.</summary>
    public string FullName { get; internal set; }

    /// <summary>What it was called before.</summary>
    public List<string> FormerNames { get; } = [];

    public string DefaultBranch { get; set; } = "main";

    public bool IsPrivate { get; set; } = true;

    /// <summary>The repository that git fetches; null: there is none.</summary>
    public string? GitDirectory { get; set; }

    /// <summary>Whether the App is installed on it, and the token may use it.</summary>
    public bool IsGranted { get; set; } = true;

    /// <summary>As they were made, oldest first.</summary>
    public List<JsonObject> CheckRuns { get; } = [];

    /// <summary>As they were made, oldest first.</summary>
    public List<JsonObject> Statuses { get; } = [];

    /// <summary>As they were made, oldest first.</summary>
    public List<JsonObject> Deployments { get; } = [];

    /// <summary>Of each deployment by its id, oldest first.</summary>
    public Dictionary<long, List<JsonObject>> DeploymentStatuses { get; } = [];

    /// <summary>Its webhooks.</summary>
    public List<JsonObject> Hooks { get; } = [];

    /// <summary>Of each webhook by its id, newest first.</summary>
    public Dictionary<long, List<JsonObject>> Deliveries { get; } = [];

    /// <summary>The newest state of a deployment; null: it has none yet.</summary>
    public string? StateOf(JsonObject deployment)
    {
        ArgumentNullException.ThrowIfNull(deployment);

        return DeploymentStatuses[deployment["id"]!.GetValue<long>()].LastOrDefault()?["state"]?.ToString();
    }
}
