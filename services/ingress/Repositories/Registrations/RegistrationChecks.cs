using Canary.Ingress.Status;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Repositories.Registrations;

/// <summary>Says for <c>canary doctor</c> how it is with the repositories that people have added.</summary>
internal sealed class RegistrationChecks(IngressStore store, IOptionsMonitor<IngressOptions> options)
{
    private const string Name = "added-repositories";

    /// <summary>Says nothing where none was added.</summary>
    public async Task<IReadOnlyList<StatusCheck>> RunAsync(CancellationToken cancellation)
    {
        var rows = await store.Registrations.AsNoTracking().OrderBy(row => row.Key).ToListAsync(cancellation);
        if (rows.Count == 0)
        {
            return [];
        }

        var problems = rows.Select(ProblemOf).OfType<(string What, string Remedy)>().ToList();
        return
        [
            problems.Count == 0
                ? StatusCheck.Ok(Name, $"Added with their webhooks: {string.Join(", ", rows.Select(row => row.Name))}.")
                : StatusCheck.Warning(
                    Name,
                    string.Join(" ", problems.Select(it => it.What)),
                    string.Join(" ", problems.Select(it => it.Remedy))
                ),
        ];
    }

    private (string What, string Remedy)? ProblemOf(RegistrationRow row) =>
        row.State == RegistrationState.Removing
            ? (
                $"The webhook of {row.Name}, which was removed, may still be at GitHub.",
                $"canary apps remove {row.Name}"
            )
        : IsConfigured(row)
            ? (
                $"{row.Name} was added, and is in the configuration as well, which counts.",
                $"canary apps remove {row.Name}; or take it out of ingress.repositories."
            )
        : row.State == RegistrationState.Adding
            ? ($"Whether {row.Name} has its webhook is not known.", $"canary apps add {row.Name}")
        : row.Secrets.Count > 1
            ? ($"Which secret the webhook of {row.Name} has is not known.", $"canary apps add {row.Name}")
        : null;

    private bool IsConfigured(RegistrationRow row) =>
        RegisteredRepositories.EntryFor(options.CurrentValue.Repositories, row.Name, row.GithubId) is not null;
}
