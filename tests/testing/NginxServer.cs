namespace Canary.Testing;

/// <summary>A real nginx with one server block, in a directory of its own.</summary>
public static class NginxServer
{
    /// <summary>Starts it.</summary>
    /// <param name="directory">Where it keeps its files.</param>
    /// <param name="server">The block, as a page has it.</param>
    public static async Task<ServerProcess> StartAsync(TempDirectory directory, string server)
    {
        ArgumentNullException.ThrowIfNull(directory);
        await InstalledPackages.RequireAsync("nginx-light");
        var temporary = string.Concat(
            new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(name =>
                $"{name}_temp_path {directory.Combine(name)};\n"
            )
        );
        var errors = directory.Combine("error.log");
        var configuration = directory.WriteFile(
            "nginx.conf",
            $$"""
            daemon off;
            master_process off;
            pid {{directory.Combine("pid")}};
            error_log {{errors}};
            events {}
            http {
            access_log off;
            {{temporary}}
            {{server}}
            }
            """
        );
        return ServerProcess.Start("/usr/sbin/nginx", ["-c", configuration, "-e", errors]);
    }
}
