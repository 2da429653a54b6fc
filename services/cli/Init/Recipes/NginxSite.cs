namespace Canary.Cli.Init.Recipes;

/// <summary>What has nginx of a host serve an application: its configuration, and scripts that make nginx read it.</summary>
internal static class NginxSite
{
    private const string Hidden = "location ~ /\\.(?!well-known/) {\n        return 404;\n    }";

    /// <summary>Adds a site.</summary>
    /// <param name="draft">What it is for.</param>
    /// <param name="root">Its pages: a folder of the application, or <c>.</c></param>
    /// <param name="index">What a directory shows.</param>
    /// <param name="missing">What is answered for what is no file, as <c>try_files</c> has it.</param>
    /// <param name="locations">Further blocks.</param>
    /// <param name="reload">Commands before nginx begins anew.</param>
    public static Draft Add(
        Draft draft,
        string root,
        string index,
        string missing,
        IReadOnlyList<string> locations,
        params IReadOnlyList<string> reload
    )
    {
        var directory = root == "." ? $"/opt/{draft.Name}" : $"/opt/{draft.Name}/{root}";
        IReadOnlyList<string> blocks =
        [
            $"location / {{\n        try_files $uri $uri/ {missing};\n    }}",
            // The first expression that matches wins, so what is closed comes before what is run.
            Hidden,
            .. locations,
        ];
        var file = $"nginx/{draft.Name}.conf";
        return draft with
        {
            Depends = ["nginx", .. draft.Depends],
            Places = [(file, "/etc/nginx/conf.d/")],
            Extras =
            [
                .. draft.Extras,
                new DraftFile(
                    file,
                    $"server {{\n    listen 8080;\n    root {directory};\n    index {index};\n\n    {string.Join("\n\n    ", blocks)}\n}}\n"
                ),
            ],
            Health = "http://${address}:8080/",
            PostInstall =
            [
                "[ -d /run/systemd/system ] || exit 0",
                "nginx -t",
                .. reload,
                "systemctl reload-or-restart nginx",
            ],
            PostRemove =
            [
                "[ \"$1\" = purge ] && [ -d /run/systemd/system ] || exit 0",
                "systemctl reload nginx || true",
            ],
            Steps =
            [
                .. draft.Steps,
                $"nginx will serve it on port 8080: put your name and port into {file}. Its front page has to answer 2xx, or correct `health`.",
            ],
        };
    }
}
