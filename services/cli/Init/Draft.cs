namespace Canary.Cli.Init;

/// <summary>What a recipe would write for a repository.</summary>
/// <param name="Name">The package's name.</param>
internal sealed record Draft(string Name)
{
    public string? Version { get; init; }

    public string? Description { get; init; }

    public IReadOnlyList<string> Depends { get; init; } = [];

    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>What the build makes for the package.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Whether the package holds nothing else.</summary>
    public bool Only { get; init; }

    /// <summary>Files of the repository at other places of the host: from, and to.</summary>
    public IReadOnlyList<(string From, string To)> Places { get; init; } = [];

    public IReadOnlyList<DraftService> Services { get; init; } = [];

    /// <summary>Address of the health check; <c>null</c>: that the units are active says enough.</summary>
    public string? Health { get; init; }

    /// <summary>Commands of <c>script/cisetup</c>.</summary>
    public IReadOnlyList<string> Setup { get; init; } = [];

    /// <summary>Commands of <c>script/cibuild</c>.</summary>
    public IReadOnlyList<string> Build { get; init; } = [];

    /// <summary>Commands of <c>script/post-inst</c>; empty: there is none.</summary>
    public IReadOnlyList<string> PostInstall { get; init; } = [];

    /// <summary>Commands of <c>script/post-remove</c>; empty: there is none.</summary>
    public IReadOnlyList<string> PostRemove { get; init; } = [];

    /// <summary>Other files.</summary>
    public IReadOnlyList<DraftFile> Extras { get; init; } = [];

    /// <summary>Debian packages that the machine of builds needs.</summary>
    public IReadOnlyList<string> BuildPackages { get; init; } = [];

    /// <summary>What a person has to do or to know.</summary>
    public IReadOnlyList<string> Steps { get; init; } = [];

    /// <summary>What the program of a command is called on hosts, where the recipe brings it itself.</summary>
    public Func<IReadOnlyList<string>, IReadOnlyList<string>> OnHosts { get; init; } = command => command;

    /// <summary>All files, in the order in which they are told.</summary>
    /// <param name="recipe">Whose draft it is.</param>
    /// <param name="named">Whether the package is called otherwise than the repository.</param>
    public IReadOnlyList<DraftFile> FilesOf(string recipe, bool named) =>
        [
            new("canary.yml", Metadata(recipe, named)),
            .. Extras,
            new("script/cisetup", Script(Setup), IsProgram: true),
            new("script/cibuild", Script(Build), IsProgram: true),
            .. PostInstall.Count > 0
                ? [new DraftFile("script/post-inst", Script(PostInstall), IsProgram: true)]
                : (DraftFile[])[],
            .. PostRemove.Count > 0
                ? [new DraftFile("script/post-remove", Script(PostRemove), IsProgram: true)]
                : (DraftFile[])[],
        ];

    private string Metadata(string recipe, bool named)
    {
        var yaml = new YamlText()
            .Comment($"The recipe \"{recipe}\" of canary init.")
            .Key("name", named ? Name : null)
            .Key("version", Version)
            .Key("description", Description)
            .List("depends", Depends)
            .List("exclude", Exclude);
        if (Include.Count > 0)
        {
            yaml.Line("package:")
                .List("include", Include, indent: 2)
                .Key("only", Only ? "true" : null, indent: 2, plain: true);
        }

        if (Places.Count > 0)
        {
            yaml.Line("files:");
        }

        foreach (var (from, to) in Places)
        {
            yaml.Line($"  - {{from: {YamlText.Scalar(from)}, to: {YamlText.Scalar(to)}}}");
        }

        if (PostRemove.Count > 0)
        {
            yaml.Line("scripts:").Key("post-remove", "script/post-remove", indent: 2);
        }

        if (Services.Count > 0)
        {
            yaml.Line("services:");
        }

        foreach (var service in Services)
        {
            yaml.Line($"  {YamlText.Scalar(service.Key)}:")
                .List("command", service.Command, indent: 4)
                .Map("environment", service.Environment, indent: 4)
                .Key("working-directory", service.WorkingDirectory, indent: 4);
            if (service.Schedule is [var only])
            {
                yaml.Key("schedule", only, indent: 4);
            }
            else
            {
                yaml.List("schedule", service.Schedule, indent: 4);
            }
        }

        if (Health is not null)
        {
            // `${address}` is plain in a block, and would not be in a list.
            yaml.Line("health:").Key("http", Health, indent: 2, plain: true);
        }

        return yaml.ToString();
    }

    private static string Script(IReadOnlyList<string> commands) =>
        commands.Count == 0 ? "#!/bin/sh\nexit 0\n" : $"#!/bin/sh\nset -eu\n\n{string.Join('\n', commands)}\n";
}

/// <summary>A file that would be written.</summary>
internal sealed record DraftFile(string Path, string Content, bool IsProgram = false);

/// <summary>A service that units are written for.</summary>
/// <param name="Key">Its key below <c>services</c>.</param>
/// <param name="Command">Program and arguments.</param>
internal sealed record DraftService(string Key, IReadOnlyList<string> Command)
{
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>Where it starts, in the application's directory; <c>null</c>: there.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>When it runs; empty: always.</summary>
    public IReadOnlyList<string> Schedule { get; init; } = [];
}
