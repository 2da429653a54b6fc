using Canary.Chaos.Tests.Plan;
using Canary.RepositoryPublisher.Tests.Fixtures;

namespace Canary.Chaos.Tests.Audit;

/// <summary>G5: the signed suites are consistent for apt, and they and Consul say what the hosts run.</summary>
internal sealed class AdvertisedAudit(DistributedInstallation installation, ChaosPlan plan, HostState hosts)
{
    public async Task<IEnumerable<string>> FindAsync()
    {
        var found = new List<string>();
        var key = await installation.Http.GetByteArrayAsync(
            new Uri(installation.Repository, "canary-archive-keyring.pgp")
        );
        foreach (var suite in (string[])["canary", "production"])
        {
            using var apt = new AptHost(installation.Repository, key, suite);
            var update = await apt.UpdateAsync();
            if (update.ExitCode != 0)
            {
                found.Add($"apt refuses the suite {suite}: {update.Text.ReplaceLineEndings(" ")}");
                continue;
            }

            foreach (var application in plan.Applications)
            {
                var host = suite == "canary" ? application.Canary : application.Production[0];
                var installed = await hosts.InstalledAsync(host, application.Name);
                var offered = await apt.VersionsAsync(application.Name) is [var first, ..] ? first : null;
                if (offered != installed)
                {
                    found.Add(
                        $"the suite {suite} offers {application.Name} {offered ?? "not"}, and {host} has {installed ?? "not"}"
                    );
                }

                var name = suite == "canary" ? "canary_version" : "version";
                var shared = await installation.Consul!.GetKeyAsync($"{application.Name}::{name}");
                if (shared != installed)
                {
                    found.Add(
                        $"Consul has {shared ?? "nothing"} at {application.Name}::{name}, and {host} has {installed ?? "not"}"
                    );
                }
            }
        }

        return found;
    }
}
