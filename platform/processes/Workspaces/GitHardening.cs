namespace Canary.Processes.Workspaces;

/// <summary>What every git of Canary is told, whoever starts it. The source is part of the command line too, which starts git on
/// its user's machine; it uses nothing but the platform.</summary>
internal static class GitHardening
{
    /// <summary>Settings that win over those of any file (git-config(1), "Environment").</summary>
    internal static readonly IReadOnlyList<(string Key, string Value)> Settings =
    [
        ("core.hooksPath", "/dev/null"),
        ("core.fsmonitor", "false"),
        // Else a fetch asks repositories whose objects are borrowed for their branches, by their own configuration.
        ("core.alternateRefsCommand", "true"),
        ("submodule.recurse", "false"),
        ("fetch.recurseSubmodules", "false"),
        ("protocol.ext.allow", "never"),
        ("gc.auto", "0"),
        ("maintenance.auto", "false"),
    ];

    /// <summary>Variables for git. Nothing asks, nothing that is missing is fetched on the side, nothing is replaced.</summary>
    internal static Dictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>
        {
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_ASKPASS"] = "/bin/false",
            ["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes",
            ["GIT_OPTIONAL_LOCKS"] = "0",
            ["GIT_NO_REPLACE_OBJECTS"] = "1",
            ["GIT_NO_LAZY_FETCH"] = "1",
            ["GIT_CONFIG_COUNT"] = $"{Settings.Count}",
        };
        for (var i = 0; i < Settings.Count; i++)
        {
            variables[$"GIT_CONFIG_KEY_{i}"] = Settings[i].Key;
            variables[$"GIT_CONFIG_VALUE_{i}"] = Settings[i].Value;
        }

        return variables;
    }
}
