using System.Text.Json.Serialization;
using Canary.Cli.Api;

namespace Canary.Cli;

/// <summary>The documents that <c>--json</c> prints beside those of the API.</summary>
internal static class Output
{
    internal sealed record ApplicationList(IReadOnlyList<Application> Applications);

    internal sealed record HostList(IReadOnlyList<Host> Hosts);

    /// <param name="As">The way.</param>
    /// <param name="Hosts">Whom it is for.</param>
    /// <param name="ValidFor">How long the token in it is good.</param>
    /// <param name="Files">What to use.</param>
    internal sealed record Bootstrap(
        string As,
        IReadOnlyList<string> Hosts,
        TimeSpan ValidFor,
        IReadOnlyList<BootstrapFile> Files
    );

    /// <param name="Path">Where it belongs, below one directory.</param>
    /// <param name="Content">What is in it.</param>
    /// <param name="Secret">Whether it has the token or a password in it.</param>
    internal sealed record BootstrapFile(string Path, string Content, bool Secret);

    internal sealed record HostImport(IReadOnlyList<ImportedHost> Added, IReadOnlyList<string> Kept);

    internal sealed record ImportedHost
    {
        public required string Name { get; init; }
        public required string Address { get; init; }
        public required string Channel { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Role { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public IReadOnlyList<string>? Applications { get; init; }

        /// <summary>Port of sshd, if it is not 22.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public int? Port { get; init; }

        public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();
    }

    internal sealed record RenderedFile(string? File, bool Changed, string? Content);

    internal sealed record DecidedMessages(IReadOnlyList<FailedMessage> Messages);

    internal sealed record AlarmList(IReadOnlyList<Alarm> Alarms);

    internal sealed record ChannelTests(IReadOnlyList<ChannelTest> Tests);

    internal sealed record LogLine(
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Stage,
        string Line,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Host
    );

    internal sealed record ErrorDocument(Error Error);

    internal sealed record Error(string Code, string Message, string Remedy, int ExitCode);

    internal sealed record ServerDocument(bool Running, string? Address, int? Pid, string DataDirectory, string Log)
    {
        /// <summary>Of the key that signs the repository; <c>null</c>: the data directory does not say.</summary>
        public string? Fingerprint { get; init; }

        public ServerStatus? Status { get; init; }
    }

    internal sealed record DoctorDocument(bool Healthy, IReadOnlyList<Check> Local, IReadOnlyList<Check> Server);

    internal sealed record ScriptDocument(string Shell, string Script);

    internal sealed record VerifiedFile
    {
        public required string File { get; init; }

        public required string Sha256 { get; init; }

        public required string Package { get; init; }

        public required string Version { get; init; }

        public required string Architecture { get; init; }

        /// <summary>The application that owns it; <c>null</c>: nobody was asked who knows.</summary>
        public string? Application { get; init; }

        public string? Repository { get; init; }

        /// <summary>The commit that it was made of, or the beginning of it.</summary>
        public string? Commit { get; init; }

        /// <summary>Who uploaded it, where it was built elsewhere.</summary>
        public string? UploadedBy { get; init; }

        public DateTimeOffset? UploadedAt { get; init; }

        /// <summary>Suites that list it.</summary>
        public required IReadOnlyList<string> Suites { get; init; }

        /// <summary>Keys that have signed the suites, with <c>--repository</c>; else those that the server signs with, which nothing was
        /// verified of.</summary>
        public required IReadOnlyList<string> Fingerprints { get; init; }
    }

    internal sealed record RecipeList(IReadOnlyList<RecipeEntry> Recipes);

    internal sealed record RecipeEntry(string Name, string Title);

    internal sealed record InitDocument(string Recipe, string Name, string Reason, IReadOnlyList<InitFile> Files)
    {
        /// <summary>Debian packages that the machine of builds needs.</summary>
        public required IReadOnlyList<string> BuildPackages { get; init; }

        /// <summary>What remains to be done.</summary>
        public required IReadOnlyList<string> Steps { get; init; }
    }

    /// <param name="Path">In the repository.</param>
    /// <param name="State"><c>written</c>, <c>replaced</c>, <c>kept</c>, or <c>planned</c>.</param>
    /// <param name="Mode">In octal digits.</param>
    /// <param name="Content">What it would hold.</param>
    internal sealed record InitFile(string Path, string State, string Mode, string Content);

    internal sealed record RepositoryImport(
        bool DryRun,
        IReadOnlyList<ImportedSuite> Suites,
        IReadOnlyList<ImportedPackage> Files,
        IReadOnlyList<ListingOutcome> Listings
    );

    /// <param name="Name">Its name in the other repository.</param>
    /// <param name="Becomes">The suites that list its packages here.</param>
    /// <param name="Fingerprints">Keys whose signatures were verified; empty without <c>--keyring</c>.</param>
    internal sealed record ImportedSuite(
        string Name,
        IReadOnlyList<string> Becomes,
        IReadOnlyList<string> Fingerprints
    );

    internal sealed record ImportedPackage
    {
        public required string Package { get; init; }

        public required string Version { get; init; }

        public required string Architecture { get; init; }

        /// <summary>The application that its name belongs to.</summary>
        public required string Application { get; init; }

        public required string Sha256 { get; init; }

        public required long Size { get; init; }

        /// <summary><c>new</c> (with --dry-run), <c>imported</c>, <c>present</c> or <c>refused</c>.</summary>
        public required string State { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public Failure? Failure { get; init; }
    }

    internal sealed record DemoDocument(
        bool Passed,
        double Seconds,
        string Directory,
        IReadOnlyList<Claim> Claims,
        IReadOnlyList<Release> Releases
    );

    internal sealed record Claim(string Text, bool Holds, string? Found);
}
