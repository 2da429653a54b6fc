using Canary.Failures;
using Canary.Hosting;
using Canary.Hosting.Security;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Access;

/// <summary>Whether those who may read the repository can, and whether their passwords are safe on the way.</summary>
internal sealed class AccessCheck(RepositoryUsers users, IOptions<HostingOptions> hosting) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            users.File is { } file ? Check(file) : HealthCheckResult.Healthy("Everybody may read the repository.")
        );

    private HealthCheckResult Check(string file)
    {
        UserList list;
        try
        {
            list = RepositoryUsers.Read(file);
        }
        catch (CanaryException fault)
        {
            return CheckFailure.Unhealthy(fault);
        }

        if (list.UnreadLines.Count > 0)
        {
            return CheckFailure.Degraded(
                $"{list.UnreadLines.Count} of the users in {file} cannot come in (line {list.UnreadLines[0]}): their passwords are not hashed by bcrypt "
                    + "with a cost from 4 to 14.",
                $"Set them again: htpasswd -B -C 10 {file} USER."
            );
        }

        if (list.Count == 0)
        {
            return CheckFailure.Degraded(
                $"{file} names nobody: no host can read the repository.",
                $"Add a user for the hosts: htpasswd -B -C 10 {file} USER."
            );
        }

        var read = $"{list.Count} {(list.Count == 1 ? "user" : "users")} of {file} may read the repository.";
        return IsSafe(hosting.Value)
            ? HealthCheckResult.Healthy(read)
            : CheckFailure.Degraded(
                $"{read} Their passwords come over http, where anybody on the way reads them.",
                "Serve https: hosting.certificate-file, or a proxy that does, with its address in hosting.public-address."
            );
    }

    private static bool IsSafe(HostingOptions hosting) =>
        hosting.PublicAddress is { } address
            ? address.StartsWith("https:", StringComparison.OrdinalIgnoreCase)
            : Reach.IsOnlyLocal(hosting)
                || hosting
                    .Listen.Split(';')
                    .All(listen => listen.Trim().StartsWith("https:", StringComparison.OrdinalIgnoreCase));
}
