using Canary.Cli.Api;
using Canary.Cli.Terminal;

namespace Canary.Cli.Releases;

/// <summary>What changed in a release, as plain lines for logs.</summary>
internal static class ReleaseLines
{
    public static IEnumerable<string> Between(Release? before, Release now)
    {
        var name = $"{now.Application}@{States.ShortCommit(now.Commit)}";
        if (before is null)
        {
            yield return $"{name}: release {now.Id.Short()} {now.Standing()}"
                + (now.Title is { Length: > 0 } title ? $": {title}" : "");
        }

        if (before is null && now.Upload is { } package)
        {
            yield return $"{name}: package {package.Name} from elsewhere, uploaded by {now.Pusher}";
        }

        if (now.Deployment is { } deployment && before?.Deployment is null)
        {
            yield return $"{name}: deploys {deployment.Version} again, for {deployment.By}"
                + (deployment.Reason is { Length: > 0 } reason ? $": {reason}" : "");
        }

        if (now.Output is { } output && before?.Output is null)
        {
            yield return $"{name}: with {ReleaseView.Built(output)}";
        }

        // A host's end comes before its stage's end, and its beginning after its stage's.
        foreach (var line in Hosts(name, before, now, host => !IsRunning(host)))
        {
            yield return line;
        }
        foreach (var stage in now.Stages)
        {
            var was = before?.Stages.FirstOrDefault(other => other.Name == stage.Name);
            if (
                stage.State != (was?.State ?? "pending")
                && !States.Is(stage.State, "Pending")
                && !stage.IsNotReached(now)
            )
            {
                var time =
                    ReleaseView.Duration(stage, default) is { } taken && stage.FinishedAt is not null
                        ? $" in {Words.Duration(taken)}"
                        : "";
                var detail = stage.Detail is { Length: > 0 } text ? $" ({text})" : "";
                yield return $"{name}: {stage.Name} {States.Words(stage.State)}{time}{detail}";
            }
        }
        foreach (var line in Hosts(name, before, now, IsRunning))
        {
            yield return line;
        }

        var warnings = (now.Warnings ?? []).Except(before?.Warnings ?? []).Select(warning => $"{name}: {warning}");
        foreach (var line in now.IsFinal() ? [] : warnings)
        {
            yield return line;
        }

        if (now.WaitingFor is { Length: > 0 } waitingFor && waitingFor != before?.WaitingFor && !now.IsFinal())
        {
            yield return $"{name}: waiting for {waitingFor}";
        }

        if (now.IsFinal() && before?.IsFinal() != true)
        {
            var version = now.Version is { Length: > 0 } text ? $" ({text})" : "";
            yield return $"{name}: {now.Standing()}{version}";
            var missed = now.Stages.Where(stage => stage.IsNotReached(now)).Select(stage => stage.Name).ToList();
            if (missed.Count > 0)
            {
                yield return $"{name}: not reached: {string.Join(", ", missed)}";
            }
            var spared = now.Hosts.Where(host => host.IsNotReached(now)).Select(host => host.Name).ToList();
            if (spared.Count > 0)
            {
                yield return $"{name}: hosts not reached: {string.Join(", ", spared)}";
            }
            foreach (var line in warnings)
            {
                yield return line;
            }
            if (now.Failure is { } failure)
            {
                yield return $"{name}: {failure.Code}: {failure.Message}";
                if (failure.Remedy is { Length: > 0 } remedy)
                {
                    yield return $"{name}: remedy: {remedy}";
                }
            }
        }
    }

    private static IEnumerable<string> Hosts(string name, Release? before, Release now, Func<ReleaseHost, bool> which)
    {
        foreach (var host in now.Hosts.Where(which))
        {
            var was = before?.Hosts.FirstOrDefault(other => other.Name == host.Name && other.Step == host.Step);
            if (host.State != (was?.State ?? "pending") && !States.Is(host.State, "Pending"))
            {
                var version = !IsRunning(host) && host.Version is { Length: > 0 } text ? $" ({text})" : "";
                var why = host.Failure is { } failure ? $": {failure.Message}" : "";
                yield return $"{name}: host {host.Name} {States.Words(host.State)}{version}{why}";
            }
        }
    }

    private static bool IsRunning(ReleaseHost host) => States.Is(host.State, "Running");
}
