namespace Canary.Cli.Repo.Import;

/// <summary>Which suites of another repository become which here.</summary>
internal static class SuiteChoice
{
    /// <param name="foreign">Suites there.</param>
    /// <param name="ours">Suites here.</param>
    /// <param name="said">What was asked for: <c>THEIRS</c>, <c>THEIRS=OURS</c>.</param>
    /// <returns>Suites there, each with those here that list what it lists.</returns>
    /// <exception cref="CliException">It does not follow which, or there is no such suite.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Of(
        IReadOnlyList<string> foreign,
        IReadOnlyList<string> ours,
        IReadOnlyList<string> said
    )
    {
        if (said.Count > 0)
        {
            return Said(foreign, ours, said);
        }

        var same = foreign.Intersect(ours).ToList();
        if (same.Count > 0)
        {
            return same.ToDictionary(name => name, IReadOnlyList<string> (name) => [name]);
        }

        return foreign.Count == 1
            ? new Dictionary<string, IReadOnlyList<string>> { [foreign[0]] = ours }
            : throw CliException.Usage(
                CliCodes.Usage,
                $"The repository has the suites {string.Join(", ", foreign)}, and none of the server's ({string.Join(", ", ours)}).",
                $"Say which becomes which: --suite {foreign[0]}={ours[^1]}."
            );
    }

    private static Dictionary<string, IReadOnlyList<string>> Said(
        IReadOnlyList<string> foreign,
        IReadOnlyList<string> ours,
        IReadOnlyList<string> said
    )
    {
        var chosen = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var choice in said)
        {
            var (theirs, here) = choice.Split('=', 2) is [var before, var after] ? (before, after) : (choice, choice);
            Require(foreign, theirs, "The repository");
            Require(ours, here, "The server");
            chosen[theirs] = [.. chosen.GetValueOrDefault(theirs, []).Append(here).Distinct()];
        }

        return chosen;
    }

    private static void Require(IReadOnlyList<string> suites, string name, string whose)
    {
        if (!suites.Contains(name))
        {
            throw CliException.Usage(
                CliCodes.Usage,
                $"{whose} has no suite '{name}': it has {string.Join(", ", suites)}.",
                "Write --suite THEIRS=OURS."
            );
        }
    }
}
