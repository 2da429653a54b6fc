namespace Canary.Cli.Init.Recipes;

/// <summary>One program of Cargo.</summary>
internal static class RustRecipe
{
    private const string Manifest = "Cargo.toml";

    public static Recipe Recipe { get; } =
        new("rust", "Rust: one program", folder => folder.Has(Manifest) ? Manifest : null, Draw);

    private static Draft Draw(RepositoryFolder folder, string name)
    {
        var toml = folder.Text(Manifest);
        var package = TomlLines.Table(toml, "package");
        var program =
            TomlLines.Table(toml, "[bin]").GetValueOrDefault("name") ?? package.GetValueOrDefault("name") ?? name;
        if (!program.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw RepositoryFolder.Invalid(Manifest, $"'{program}' is no name of a program");
        }

        var isWorkspace = package.Count == 0;
        return new Draft(name)
        {
            Version = package.GetValueOrDefault("version"),
            Description = package.GetValueOrDefault("description"),
            Include = [$"bin/{program}"],
            Only = true,
            Services = [new DraftService(name, [$"bin/{program}"])],
            Setup = ["export CARGO_HOME=\"$CANARY_CACHE/cargo\"", "cargo fetch --locked"],
            Build =
            [
                "export CARGO_HOME=\"$CANARY_CACHE/cargo\" RUSTFLAGS=\"--remap-path-prefix=$PWD=. -C strip=symbols\"",
                "cargo test --release --locked",
                "cargo build --release --locked",
                $"install -D target/release/{program} bin/{program}",
            ],
            BuildPackages = ["cargo"],
            Steps =
            [
                .. isWorkspace
                    ?
                    [
                        $"It is a workspace: {program} was taken for its program. Correct it in canary.yml and script/cibuild if it is called otherwise.",
                    ]
                    : (string[])[],
                .. folder.Has("Cargo.lock") ? (string[])[] : ["Commit Cargo.lock: the scripts build with --locked."],
            ],
        };
    }
}
