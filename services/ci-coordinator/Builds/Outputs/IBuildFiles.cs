namespace Canary.CiCoordinator.Builds.Outputs;

/// <summary>The files of a build, where its scripts ran, by <c>canary-output</c> (<c>hosts/canary-output</c>).</summary>
internal interface IBuildFiles
{
    /// <summary>Has it answer one request.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="answer">Gets the answer as it comes, until it throws.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="Failures.CanaryException">The place of the build is not there any more.</exception>
    Task AskAsync(FilesRequest request, Func<ReadOnlyMemory<byte>, ValueTask> answer, CancellationToken cancellation);
}

/// <summary>A request to <c>canary-output</c>.</summary>
/// <param name="Verb">What it shall do.</param>
/// <param name="Arguments">Its arguments after the directory.</param>
/// <param name="Paths">What it reads.</param>
internal sealed record FilesRequest(string Verb, IReadOnlyList<string> Arguments, IReadOnlyList<string> Paths)
{
    /// <summary>For the longest list, and the most bytes, of a slow disk and network.</summary>
    public static TimeSpan TimeLimit { get; } = TimeSpan.FromMinutes(30);

    public static FilesRequest List(int most) => new("list", [FormattableString.Invariant($"{most}")], []);

    public static FilesRequest Pack(IReadOnlyList<string> paths) => new("pack", [], paths);
}
