namespace Canary.Cli.Init.Recipes;

/// <summary>npm, or what a repository uses in its place.</summary>
/// <param name="Setup">Installs what the lock file says.</param>
/// <param name="Run">Runs a script of <c>package.json</c>, whose name follows.</param>
/// <param name="Prune">Removes packages of development.</param>
internal sealed record NodeTool(string Setup, string Run, string Prune)
{
    private static readonly string[] NpmLocks = ["package-lock.json", "npm-shrinkwrap.json"];

    /// <summary>Whether two builds of a commit install the same.</summary>
    public required bool IsLocked { get; init; }

    public static NodeTool Of(RepositoryFolder folder, JsonFields package) =>
        folder.Has("pnpm-lock.yaml") ? Pnpm(Spec(package, "pnpm"))
        : folder.Has("yarn.lock") ? Yarn(Spec(package, "yarn"))
        : Npm(folder.HasAny(NpmLocks));

    private static NodeTool Npm(bool isLocked)
    {
        const string Options = "--no-audit --no-fund --cache \"$CANARY_CACHE/npm\"";
        return new($"npm {(isLocked ? "ci" : "install")} {Options}", "npm run", $"npm prune --omit=dev {Options}")
        {
            IsLocked = isLocked,
        };
    }

    // Copied: what is linked to the store outside of the repository cannot be in a package.
    private static NodeTool Pnpm(string spec) =>
        new(
            $"npx --yes {spec} install --frozen-lockfile --package-import-method=copy --store-dir \"$CANARY_CACHE/pnpm\"",
            $"npx --yes {spec} run",
            $"npx --yes {spec} prune --prod"
        )
        {
            IsLocked = true,
        };

    private static NodeTool Yarn(string spec) =>
        new(
            $"npx --yes {spec} install --frozen-lockfile --cache-folder \"$CANARY_CACHE/yarn\"",
            $"npx --yes {spec} run",
            $"npx --yes {spec} install --frozen-lockfile --production --cache-folder \"$CANARY_CACHE/yarn\""
        )
        {
            IsLocked = true,
        };

    /// <summary>The version that the repository asks for; the rest of it is a digest.</summary>
    private static string Spec(JsonFields package, string tool) =>
        package.Text("packageManager") is { } wanted
        && wanted.StartsWith(tool + "@", StringComparison.Ordinal)
        && wanted.Split('+')[0] is var spec
        && spec.All(c => char.IsAsciiLetterOrDigit(c) || c is '@' or '.' or '-')
            ? spec
            : tool;
}
