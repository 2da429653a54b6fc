using System.Text.Json.Nodes;

namespace Canary.Testing.Jenkins;

/// <summary>What the Notification plugin sends: JobState and BuildState of github.com/jenkinsci/notification-plugin, in snake
/// case.</summary>
public static class JenkinsNotifications
{
    /// <summary>A notification of a build.</summary>
    /// <param name="phase"><c>QUEUED</c>, <c>STARTED</c>, <c>COMPLETED</c> or <c>FINALIZED</c>.</param>
    /// <param name="number">Number of the build.</param>
    /// <param name="status">Its result; null: there is none yet, and the field is missing.</param>
    public static string Of(string phase, int number = 18, string? status = null)
    {
        var build = new JsonObject
        {
            ["full_url"] = $"http://localhost:8080/job/shop/{number}/",
            ["number"] = number,
            ["queue_id"] = 41,
            ["timestamp"] = 1_700_000_000_000,
            ["duration"] = 0,
            ["phase"] = phase,
            ["url"] = $"job/shop/{number}/",
            ["scm"] = new JsonObject
            {
                ["url"] = "https://github.com/acme/shop.git",
                ["branch"] = "origin/main",
                ["commit"] = "c6d86dc654b12425e706bcf951adfe5a8627a517",
                ["changes"] = new JsonArray(),
                ["culprits"] = new JsonArray(),
            },
            ["parameters"] = new JsonObject { ["branch"] = "main" },
            ["log"] = "",
            ["notes"] = "",
            ["artifacts"] = new JsonObject(),
        };
        if (status is not null)
        {
            build["status"] = status;
        }

        return new JsonObject
        {
            ["name"] = "shop",
            ["display_name"] = "shop",
            ["url"] = "job/shop/",
            ["build"] = build,
        }.ToJsonString();
    }
}
