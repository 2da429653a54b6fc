using System.Text.Json;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;

namespace Canary.Ingress.Releases;

/// <summary>Which releases a list shows: those in some states, or those whose rollout is in a phase.</summary>
internal sealed record StateFilter(IReadOnlyList<string> States, string? Phase)
{
    /// <summary>Value for releases that have not ended.</summary>
    public const string Active = "active";

    private static readonly string[] All =
    [
        ReleaseView.Received,
        ReleaseStates.Admitting,
        ReleaseStates.Building,
        ReleaseStates.Packaging,
        ReleaseStates.Publishing,
        ReleaseStates.Held,
        ReleaseStates.RollingOut,
        .. ReleaseStates.Final,
    ];

    private static readonly string[] Phases =
    [
        RolloutStates.Queued,
        RolloutStates.Preflight,
        RolloutStates.DeployingCanary,
        RolloutStates.Soaking,
        RolloutStates.AwaitingPromotion,
        RolloutStates.DeployingWave,
        RolloutStates.Paused,
        RolloutStates.RollingBack,
    ];

    /// <summary>What a filter may name, for messages.</summary>
    public static string Names =>
        string.Join(", ", All.Concat(Phases).Select(JsonNamingPolicy.KebabCaseLower.ConvertName).Append(Active));

    /// <summary>What a text names: a state, a phase of a rollout, or all that has not ended; <c>null</c> if it names none. Case
    /// does not count, nor do hyphens and spaces.</summary>
    public static StateFilter? Parse(string text)
    {
        var name = text.Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        if (name.Equals(Active, StringComparison.OrdinalIgnoreCase))
        {
            return new StateFilter([.. All.Except(ReleaseStates.Final)], null);
        }

        return Find(All) is { } state ? new StateFilter([state], null)
            : Find(Phases) is { } phase ? new StateFilter([ReleaseStates.RollingOut], phase)
            : null;

        string? Find(string[] names) => names.FirstOrDefault(it => it.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Those of the releases that it lets through.</summary>
    public IQueryable<ReleaseRow> Apply(IQueryable<ReleaseRow> releases, IQueryable<RolloutRow> rollouts)
    {
        var states = States;
        var phase = Phase;
        var some = releases.Where(x => states.Contains(x.State));
        return phase is null ? some : some.Where(x => rollouts.Any(y => y.ReleaseId == x.Id && y.State == phase));
    }
}
