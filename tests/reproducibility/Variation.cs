namespace Canary.Reproducibility.Tests;

/// <summary>Something that reprotest lets differ between two builds.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Settings">How it is to be done, in reprotest's syntax; empty: as reprotest does it.</param>
/// <param name="Needs">Program and arguments that succeed where this machine can give it; <c>null</c>: every machine can.</param>
internal sealed record Variation(string Name, string Settings = "", params string[]? Needs)
{
    /// <summary>The locale of that variation: it sorts <c>z</c> before <c>t</c>.</summary>
    public const string Locale = "et_EE.UTF-8";

    /// <summary>The user that everything belongs to the second time.</summary>
    public const string OtherUser = "nobody";

    public const string AsAnotherUser = "user_group";

    public const string InAnotherOrder = "fileordering";

    public static IReadOnlyList<Variation> All { get; } =
    [
        new("environment"),
        new("build_path"),
        new("kernel", Needs: ["setarch", "linux64", "--uname-2.6", "true"]),
        new("aslr"),
        new(
            "num_cpus",
            Needs: ["sh", "-c", "test \"$(nproc)\" -gt 1 || { echo 'there is one processor' >&2; exit 1; }"]
        ),
        new("time", "time.faketimes+=+400days+7hours+13minutes", "faketime", "+400days", "true"),
        new(
            AsAnotherUser,
            $"user_group.available+={OtherUser}:nogroup",
            ["sudo", "-u", OtherUser, "test", "-x", Reprotest.Program]
        ),
        new(InAnotherOrder, Needs: ["sh", "-c", MountOnce]),
        new("domain_host", "domain_host.use_sudo=1", ["sudo", "unshare", "--uts", "hostname", "reprotest"]),
        new("home"),
        new("locales", Needs: ["sh", "-c", "command -v localedef && test -e /usr/share/i18n/locales/et_EE"]),
        new("exec_path"),
        new("timezone"),
        new("umask"),
    ];

    private const string MountOnce = """
        d=$(mktemp -d) && mkdir "$d/a" "$d/b" && disorderfs -q --shuffle-dirents=yes "$d/a" "$d/b" && fusermount -u "$d/b"
        code=$?
        rm -rf "$d"
        exit $code
        """;

    /// <summary>As reprotest is told of it.</summary>
    public string Switch => Settings.Length == 0 ? $"+{Name}" : $"+{Name},{Settings}";

    /// <summary>Whether this machine can give it.</summary>
    /// <param name="environment">What reprotest runs in.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns><c>null</c> if so, else why not.</returns>
    public async Task<string?> ReasonWhyNotAsync(
        IReadOnlyDictionary<string, string?> environment,
        CancellationToken cancellation
    )
    {
        if (Needs is not [var program, .. var arguments])
        {
            return null;
        }

        var tried = await ProcessRunner.RunAsync(
            "env",
            [program, .. arguments],
            "/",
            environment,
            cancellationToken: cancellation
        );
        return tried.ExitCode == 0 ? null
            : tried.Error.Trim() is { Length: > 0 } said ? said
            : $"{tried.Command} exited with {tried.ExitCode}";
    }
}
