using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using Canary.Testing.Load;

namespace Canary.Fleet.Tests.World;

/// <summary>People who look at the shop all the time, through both load balancers. One in four asks for the canaries.</summary>
internal sealed partial class Visitors : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Server, string Version), int> _seen = [];
    private readonly ConstantLoad _load;

    public Visitors(IReadOnlyList<Balancer> balancers, FleetSettings settings) =>
        _load = new ConstantLoad(
            new LoadSettings
            {
                Addresses = [.. balancers.Select(balancer => balancer.Address)],
                People = settings.People,
                Pause = settings.Pause,
                Prepare = (person, request) => request.Headers.Add("X-SHOP-Canary", person % 4 == 3 ? "true" : "false"),
                Judge = Judge,
                MayRepeat = (address, begin) =>
                    balancers.Single(balancer => balancer.Address == address).WasDeadSince(begin),
            }
        );

    public int Answered => _load.Answered;

    /// <summary>How many requests found a load balancer dead, and were answered by the other one.</summary>
    public int Repeated => _load.Repeated;

    public IReadOnlyCollection<FailedRequest> Failures => _load.Failures;

    /// <summary>Which versions were seen on which hosts.</summary>
    public IReadOnlyCollection<(string Server, string Version)> Seen => [.. _seen.Keys];

    /// <summary>Whether a release has failed a request of anybody.</summary>
    public bool HasMetBrokenBy(int number) =>
        Failures.Any(failure => failure.Answer?.Body.Contains(Shop.BrokenBy(number), StringComparison.Ordinal) == true);

    public Task EndAsync() => _load.EndAsync();

    public ValueTask DisposeAsync() => _load.DisposeAsync();

    private string? Judge(Answer answer)
    {
        if (answer.Status != HttpStatusCode.OK)
        {
            return $"{(int)answer.Status} from {answer.Server ?? "the load balancer"}: {answer.Body.Split('\n')[0]}";
        }

        if (answer.Server is not { } server || Version().Match(answer.Body) is not { Success: true } version)
        {
            return $"that is no page of the shop: {answer.Body}";
        }

        _seen.AddOrUpdate((server, version.Groups[1].Value), 1, (_, count) => count + 1);
        return answer.Body.TrimEnd().EndsWith("</html>", StringComparison.Ordinal) ? null : "the page is cut off";
    }

    [GeneratedRegex("<p>Version ([0-9.]+)</p>")]
    private static partial Regex Version();
}
