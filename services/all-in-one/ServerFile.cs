using System.Text.Json;
using Canary.Hosting.Discovery;

namespace Canary.AllInOne;

/// <summary><c>server.json</c> in the data directory: where a running server is, for the command-line client.</summary>
internal static class ServerFile
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes the file once the server is ready, and removes it when the server stops.</summary>
    public static void KeepFor(WebApplication app, string data)
    {
        var path = Path.Combine(data, "server.json");
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            var address = app.Services.GetRequiredService<ServiceDirectory>().OwnAddress();
            Write(path, new(address.ToString().TrimEnd('/'), Environment.ProcessId));
            app.Logger.LogInformation("canary-server is ready: {Address} (data: {Data})", address, data);
        });
        app.Lifetime.ApplicationStopping.Register(() => File.Delete(path));
    }

    private static void Write(string path, Content content)
    {
        var temporary = path + ".tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(content, Json) + "\n");
        File.Move(temporary, path, overwrite: true);
    }

    private sealed record Content(string Address, int Pid);
}
