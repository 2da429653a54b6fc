using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Canary.Testing.GitHub;

/// <summary>git over HTTP, by git's own server (git-http-backend(1)), behind the authentication that GitHub has: a token as the
/// password of <c>x-access-token</c> (docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation).</summary>
internal static class GitSmartHttp
{
    public static async Task ServeAsync(HttpContext context, string directory, string path)
    {
        var start = new ProcessStartInfo("git", ["http-backend"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["GIT_PROJECT_ROOT"] = directory;
        start.Environment["GIT_HTTP_EXPORT_ALL"] = "1";
        start.Environment["PATH_INFO"] = path;
        start.Environment["REQUEST_METHOD"] = context.Request.Method;
        start.Environment["QUERY_STRING"] = context.Request.QueryString.Value?.TrimStart('?') ?? "";
        start.Environment["CONTENT_TYPE"] = context.Request.ContentType ?? "";
        start.Environment["HTTP_CONTENT_ENCODING"] = context.Request.Headers.ContentEncoding.ToString();
        start.Environment["GIT_PROTOCOL"] = context.Request.Headers["Git-Protocol"].ToString();
        start.Environment["REMOTE_ADDR"] = "127.0.0.1";
        start.Environment["GIT_CONFIG_COUNT"] = "2";
        start.Environment["GIT_CONFIG_KEY_0"] = "safe.directory";
        start.Environment["GIT_CONFIG_VALUE_0"] = "*";
        start.Environment["GIT_CONFIG_KEY_1"] = "uploadpack.allowAnySHA1InWant";
        start.Environment["GIT_CONFIG_VALUE_1"] = "true";
        using var process = Process.Start(start)!;
        await context.Request.Body.CopyToAsync(process.StandardInput.BaseStream);
        process.StandardInput.Close();
        var said = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(said);
        await process.WaitForExitAsync();
        await RelayAsync(context, said.ToArray());
    }

    /// <summary>The headers of CGI (RFC 3875), an empty line, and the body.</summary>
    private static async Task RelayAsync(HttpContext context, byte[] said)
    {
        var end = said.AsSpan().IndexOf("\r\n\r\n"u8);
        foreach (var line in Encoding.ASCII.GetString(said, 0, end).Split("\r\n"))
        {
            var (name, value) = (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..].Trim());
            if (name == "Status")
            {
                context.Response.StatusCode = int.Parse(value.Split(' ')[0], CultureInfo.InvariantCulture);
            }
            else
            {
                context.Response.Headers[name] = value;
            }
        }

        await context.Response.Body.WriteAsync(said.AsMemory(end + 4));
    }
}
