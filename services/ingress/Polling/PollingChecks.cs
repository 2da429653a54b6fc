using System.Globalization;
using Canary.Ingress.Repositories;
using Canary.Ingress.Status;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Polling;

/// <summary>Says for <c>canary doctor</c> which repositories are looked at, and which cannot be read.</summary>
internal sealed class PollingChecks(RepositoryRegistry registry, IngressStore store)
{
    private const string Name = "polling";

    private const int MostNamed = 5;

    public async Task<IReadOnlyList<StatusCheck>> RunAsync(CancellationToken cancellation)
    {
        var polled = registry.Polled().ToList();
        if (polled.Count == 0)
        {
            return [];
        }

        var rows = await store.LookedAt.AsNoTracking().ToDictionaryAsync(row => row.Id, cancellation);
        List<(KnownRepository Repository, LookedAtRow Row)> failing =
        [
            .. polled
                .Where(it => rows.TryGetValue(it.Key, out var row) && row.Problem is not null)
                .Select(it => (it, rows[it.Key])),
        ];
        if (failing.Count > 0)
        {
            return
            [
                StatusCheck.Warning(
                    Name,
                    $"{failing.Count} of {polled.Count} repositories cannot be looked at. "
                        + string.Join(
                            " ",
                            failing
                                .Take(MostNamed)
                                .Select(it =>
                                    string.Create(
                                        CultureInfo.InvariantCulture,
                                        $"{it.Repository.Name}, since {it.Row.FailingSince:u}: {it.Row.Problem}"
                                    )
                                )
                        ),
                    failing[0].Row.Remedy ?? "See the log of this server."
                ),
            ];
        }

        var oldest = polled.Select(it => rows.GetValueOrDefault(it.Key)?.LookedAt).Min();
        var waiting = polled.Count(it => rows.GetValueOrDefault(it.Key)?.LookedAt is null);
        return
        [
            StatusCheck.Ok(
                Name,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{polled.Count} {(polled.Count == 1 ? "repository is" : "repositories are")} looked at{(waiting > 0 ? $", {waiting} for the first time in a moment" : $"; the last look at each is from {oldest:u} or later")}."
                )
            ),
        ];
    }
}
