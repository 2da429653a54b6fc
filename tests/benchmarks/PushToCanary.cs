using Canary.Testing;

namespace Canary.Benchmarks;

/// <summary>From a signed webhook to a canary that runs the commit: all in one process.</summary>
internal sealed class PushToCanary : IBenchmark
{
    public string Name => "push-to-canary";

    public async Task RunAsync(Settings settings, Rows rows, CancellationToken cancellationToken)
    {
        using var directory = new TempDirectory();
        using var releases = await TimedReleases.CreateAsync(directory);
        await using var server = await CanaryServer.StartAsync(
            directory.Combine("data"),
            $"""
            ingress:
              webhook-secret-files: [{directory.WriteFile("webhook-secret", CanaryServer.Secret)}]
              clone-schemes: [file]
              repositories:
                - name: acme/*
            deployer:
              soak: 00:00:00
              promotion: manual
              inventory:
                path: {directory.WriteFile("hosts.yml", Hosts)}

            """,
            cancellationToken
        );
        rows.AddRange([
            .. await releases.MeasureAsync(
                server,
                settings.Repetitions(full: 25, quick: 3),
                goal: 300,
                cancellationToken
            ),
            new Row("memory after these releases, resident", "MB", [Math.Round(server.Memory.Resident, 1)]),
        ]);
    }

    private const string Hosts = """
        hosts:
          - name: canary-1
            channel: canary
          - name: production-1
            channel: production

        """;
}
