using System.Text.Json;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>The queue (<c>queue/api/json</c>).</summary>
internal sealed record JenkinsQueue(IReadOnlyList<JenkinsQueueItem>? Items);

/// <summary>A build that waits for an executor, or has left the queue less than five minutes ago (<c>queue/item/ID/api/json</c>).</summary>
internal sealed record JenkinsQueueItem
{
    public const string Fields = "id,why,cancelled,executable[number],actions[parameters[name,value]]";

    public required long Id { get; init; }

    /// <summary>What it waits for.</summary>
    public string? Why { get; init; }

    public bool Cancelled { get; init; }

    /// <summary>The build, once an executor has it.</summary>
    public JenkinsExecutable? Executable { get; init; }

    public IReadOnlyList<JenkinsAction?>? Actions { get; init; }
}

internal sealed record JenkinsExecutable(int Number);

/// <summary>What a plugin or Jenkins itself has to say of a build: each kind has fields of its own.</summary>
internal sealed record JenkinsAction
{
    public const string Fields = "parameters[name,value],lastBuiltRevision[SHA1],causes[userId]";

    /// <summary>Of <c>hudson.model.ParametersAction</c>.</summary>
    public IReadOnlyList<JenkinsParameter?>? Parameters { get; init; }

    /// <summary>Of the git plugin's <c>BuildData</c>: what was checked out. A build has one for each repository.</summary>
    public JenkinsRevision? LastBuiltRevision { get; init; }

    /// <summary>Of <c>hudson.model.CauseAction</c>: who started it.</summary>
    public IReadOnlyList<JenkinsCause?>? Causes { get; init; }
}

internal sealed record JenkinsParameter(string? Name, JsonElement Value);

internal sealed record JenkinsRevision(string? Sha1);

internal sealed record JenkinsCause(string? UserId);

/// <summary>A job (<c>job/NAME/api/json</c>).</summary>
internal sealed record JenkinsJobState
{
    /// <summary>Whether builds can be started; <c>null</c>: it is no job, but a folder.</summary>
    public bool? Buildable { get; init; }

    public IReadOnlyList<JenkinsProperty?>? Property { get; init; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<JenkinsBuild>? Builds { get; init; }

    /// <summary>Names of the parameters that it takes; Jenkins drops all others.</summary>
    public IEnumerable<string> Parameters =>
        from property in Property ?? []
        from parameter in property?.ParameterDefinitions ?? []
        where parameter.Name is not null
        select parameter.Name;
}

internal sealed record JenkinsProperty(IReadOnlyList<JenkinsParameterDefinition>? ParameterDefinitions);

internal sealed record JenkinsParameterDefinition(string? Name);

/// <summary>A build (<c>job/NAME/NUMBER/api/json</c>).</summary>
internal sealed record JenkinsBuild
{
    public const string Fields = $"number,queueId,building,result,duration,actions[{JenkinsAction.Fields}]";

    public required int Number { get; init; }

    /// <summary>Id of the queue item that it was.</summary>
    public long? QueueId { get; init; }

    public bool Building { get; init; }

    /// <summary><c>SUCCESS</c>, <c>UNSTABLE</c>, <c>FAILURE</c>, <c>NOT_BUILT</c> or <c>ABORTED</c>; <c>null</c> before there is one.
    /// A pipeline may have one while it is still building.</summary>
    public string? Result { get; init; }

    /// <summary>In milliseconds.</summary>
    public long Duration { get; init; }

    public IReadOnlyList<JenkinsAction?>? Actions { get; init; }

    public bool HasEnded => !Building && Result is not null;

    /// <summary>The commits that it has checked out so far, of all repositories.</summary>
    public IEnumerable<string> Commits =>
        (Actions ?? []).Select(action => action?.LastBuiltRevision?.Sha1).OfType<string>();

    public bool WasStartedBy(string user) =>
        (Actions ?? [])
            .SelectMany(action => action?.Causes ?? [])
            .Any(cause => user.Equals(cause?.UserId, StringComparison.OrdinalIgnoreCase));
}

internal static class JenkinsParameters
{
    /// <summary>The value of a parameter; <c>null</c>: there is none, or it is no text.</summary>
    public static string? ValueOf(this IReadOnlyList<JenkinsAction?>? actions, string name) =>
        (actions ?? [])
            .SelectMany(action => action?.Parameters ?? [])
            .Where(parameter => parameter?.Name == name && parameter.Value.ValueKind == JsonValueKind.String)
            .Select(parameter => parameter!.Value.GetString())
            .FirstOrDefault();
}

/// <summary>A piece of a build's log.</summary>
/// <param name="Text">The piece.</param>
/// <param name="Next">Where the next one begins: in Jenkins' file, which holds more than is shown.</param>
/// <param name="HasMore">Whether more may come.</param>
internal sealed record JenkinsLogPiece(ReadOnlyMemory<byte> Text, long Next, bool HasMore);

/// <summary>A token against forged requests, which goes with its session (<c>crumbIssuer/api/json</c>).</summary>
internal sealed record JenkinsCrumb(string Crumb, string CrumbRequestField);
