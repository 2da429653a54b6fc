using Canary.Failures;
using Canary.GitHub;
using Canary.Ingress.Repositories;
using Canary.Ingress.Repositories.Registrations;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Octokit;

namespace Canary.Ingress.Notifications.GitHub;

/// <summary>Whether the App or the token may do what is needed in each repository of the configuration, and whether it is still called as
/// it is there. What it asks is conditional, and costs none of the requests while nothing changes.</summary>
internal sealed class GitHubRepositoryCheck(
    GitHubApi github,
    RegisteredRepositories registered,
    IOptionsMonitor<IngressOptions> options
) : IHealthCheck
{
    /// <summary>Whoever looks is not to wait for hundreds of answers.</summary>
    private const int Most = 30;

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        var names = Names().ToList();
        var problems = new List<(string Problem, string Remedy)>();
        try
        {
            foreach (var name in names.Take(Most))
            {
                problems.AddRange(await ProblemsOfAsync(name, cancellationToken));
            }
        }
        catch (CanaryException exception)
        {
            return CheckFailure.Degraded(exception.Message, exception.Remedy);
        }

        return problems.Count > 0
            ? CheckFailure.Degraded(
                string.Join(" ", problems.Select(it => it.Problem)),
                string.Join(" ", problems.Select(it => it.Remedy).Distinct())
            )
            : HealthCheckResult.Healthy(Well(names));
    }

    private string Well(List<string> names)
    {
        var seen = Math.Min(names.Count, Most);
        var left =
            names.Count > 0 && RepositoryName.Of(names[0]) is { } first && github.LeftFor(first) is { } it
                ? $" {it.Remaining} of {it.Limit} requests are left in this hour."
                : "";
        return $"{seen} of the {names.Count} repositories that are listed by name can be used.{left}";
    }

    private IEnumerable<string> Names() =>
        registered
            .After(options.CurrentValue.Repositories)
            .Where(it => !it.Name.Contains('*', StringComparison.Ordinal))
            .Where(it => it.CloneUrl is null || github.Address.RepositoryAt(it.CloneUrl) is not null)
            .Select(it => it.Name);

    private async Task<IEnumerable<(string Problem, string Remedy)>> ProblemsOfAsync(
        string name,
        CancellationToken cancellation
    )
    {
        var repository = RepositoryName.Of(name)!;
        try
        {
            var found = await github.AskAsync(
                repository,
                client => client.Repository.Get(repository.Owner, repository.Name),
                cancellation
            );
            var missing = github.IsApp
                ? MissingIn((await github.FindInstallationAsync(repository, cancellation)).Permissions, IsAdded(name))
                : [];
            return NameProblems(name, found)
                .Concat(
                    missing.Count == 0
                        ? []
                        : new[]
                        {
                            (
                                $"In {name} the App lacks {string.Join(", ", missing)}.",
                                "Give the App the permissions of docs/github.md, and let the owner of the repository accept them."
                            ),
                        }
                );
        }
        catch (CanaryException exception) when (!GitHubErrors.IsTransient(exception))
        {
            return [($"{name}: {exception.Message}", exception.Remedy)];
        }
    }

    private static IEnumerable<(string Problem, string Remedy)> NameProblems(string name, Repository found) =>
        found.FullName.Equals(name, StringComparison.OrdinalIgnoreCase)
            ? []
            :
            [
                (
                    $"{name} is called {PlainText.Line(found.FullName, 200)} now.",
                    $"Give it its new name under ingress.repositories, with 'application: {ApplicationName.FromRepository(name)}' unless "
                        + "another is set."
                ),
            ];

    private bool IsAdded(string name) =>
        registered.After([]).Any(it => it.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private List<string> MissingIn(InstallationPermissions held, bool isAdded)
    {
        var settings = options.CurrentValue.Github;
        (string Name, bool IsHeld, bool IsNeeded)[] permissions =
        [
            ("contents: read", held.Contents is not null, true),
            ("checks: write", IsWrite(held.Checks), settings.Checks),
            ("deployments: write", IsWrite(held.Deployments), settings.Deployments),
            ("webhooks: write", IsWrite(held.RepositoryHooks), isAdded),
        ];
        return [.. permissions.Where(it => it is { IsHeld: false, IsNeeded: true }).Select(it => it.Name)];

        static bool IsWrite(StringEnum<InstallationReadWritePermissionLevel>? level) =>
            level is { StringValue: "write" };
    }
}
