using System.Text.Json;
using Canary.Failures;
using Canary.Packager.Deb;
using Polly;

namespace Canary.Packager.Checks;

/// <summary>What the repository publisher says of a package that is not built yet: it alone knows who owns which name, and what the
/// configuration allows.</summary>
internal sealed class PublisherRules(HttpClient publisher, ILogger<PublisherRules> logger)
{
    /// <summary>Asks for all that the publisher would refuse.</summary>
    /// <returns>Nothing as well if it does not answer: it decides itself when the package arrives.</returns>
    public async Task<IReadOnlyList<CheckFault>> FaultsOfAsync(
        PackageSpec package,
        PackageOwner owner,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var answer = await publisher.PostAsJsonAsync(
                "internal/admission",
                new
                {
                    owner.Application,
                    owner.Repository,
                    owner.IsApplicationConfigured,
                    Control = package.ControlText,
                },
                cancellationToken
            );
            answer.EnsureSuccessStatusCode();
            return (await answer.Content.ReadFromJsonAsync<Admission>(cancellationToken))!.Faults;
        }
        catch (Exception e) when (e is HttpRequestException or ExecutionRejectedException or JsonException)
        {
            logger.LogWarning(
                "The repository publisher was not asked about {Package}: {Reason}",
                package.Name,
                e.Message
            );
            return [];
        }
    }

    /// <exception cref="CanaryException">The publisher would refuse the package.</exception>
    public async Task CheckAsync(PackageSpec package, PackageOwner owner, CancellationToken cancellationToken)
    {
        var faults = await FaultsOfAsync(package, owner, cancellationToken);
        if (faults.Count > 0)
        {
            throw faults.Count == 1
                ? new CanaryException(faults[0].Code, faults[0].Message, faults[0].Remedy)
                : new CanaryException(
                    faults[0].Code,
                    $"{faults.Count} things are wrong:\n{string.Join('\n', faults.Select(fault => $"- {fault.Message} {fault.Remedy}"))}",
                    "Correct them all; 'canary check' shows what is left, without a build."
                );
        }
    }

    private sealed record Admission(IReadOnlyList<CheckFault> Faults);
}

/// <summary>Whom a package is for.</summary>
/// <param name="Application">The application; <c>null</c>: not known.</param>
/// <param name="Repository">The repository; <c>null</c>: not known.</param>
/// <param name="IsApplicationConfigured">Whether the configuration gives the application to that repository by name.</param>
internal sealed record PackageOwner(string? Application, string? Repository, bool IsApplicationConfigured);
