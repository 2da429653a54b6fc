namespace Canary.Processes.Sandboxes;

/// <summary>The directories of this machine that are lent to a sandbox, and where they are inside.</summary>
public sealed class SandboxPlaces
{
    /// <summary>Where a sandboxed program starts, and finds what it works on.</summary>
    public const string Work = "/build";

    /// <summary>Its home directory.</summary>
    public const string Home = "/home/build";

    /// <summary>Its temporary files.</summary>
    public const string Temporary = "/tmp";

    /// <summary>What builds leave there, the next ones may find.</summary>
    public const string Cache = "/cache";

    /// <summary>The variable that names <see cref="Cache"/>.</summary>
    public const string CacheVariable = "CANARY_CACHE";

    /// <summary>What it is given to keep secret.</summary>
    public const string Secrets = "/run/secrets";

    // Of the user ids that Linux leaves to nobody (systemd, "Users, Groups, UIDs and GIDs on systemd Systems"): 1879048192 to 2147483647.
    private const int FirstUser = 1_879_048_192;
    private const int Users = 1 << 28;

    /// <param name="work">What the program works on.</param>
    /// <param name="scratch">An empty directory beside it, for everything else; what is not lent of it stays out of reach.</param>
    public SandboxPlaces(string work, string scratch)
    {
        WorkOutside = work;
        HomeOutside = Directory.CreateDirectory(Path.Combine(scratch, "home")).FullName;
        TemporaryOutside = Directory.CreateDirectory(Path.Combine(scratch, "tmp")).FullName;
        CacheOutside = Directory.CreateDirectory(Path.Combine(scratch, "cache")).FullName;
        Root = Directory.CreateDirectory(Path.Combine(scratch, "root")).FullName;
        Report = Path.Combine(scratch, "report");
    }

    /// <summary>Where <see cref="Cache"/> is on this machine.</summary>
    public string CacheOutside { get; }

    /// <summary>A user who owns these directories and nothing else, for programs that root starts.</summary>
    internal int User { get; } = FirstUser + Random.Shared.Next(Users);

    internal string WorkOutside { get; }

    internal string HomeOutside { get; }

    internal string TemporaryOutside { get; }

    /// <summary>Where the file system inside is put together.</summary>
    internal string Root { get; }

    /// <summary>Where the sandbox tells what it did to the program.</summary>
    internal string Report { get; }
}
