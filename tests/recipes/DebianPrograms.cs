namespace Canary.Recipes.Tests;

/// <summary>From the archive of Debian, as those who wrote them released them.</summary>
internal static class DebianPrograms
{
    private const string Bottle = "/opt/bottle/.venv/bin/python3";

    /// <summary>C.</summary>
    public static RealProgram Memcached { get; } =
        new("memcached", "c")
        {
            FetchAsync = async (version, to) =>
            {
                await InstalledPackages.RequireAsync("build-essential", "libevent-dev");
                return await DebianArchive.SourceAsync(SuiteOf(version), "memcached", to);
            },
            Units = ["memcached.service"],
            Command = ["/opt/memcached/dist/bin/memcached", "--version"],
        };

    /// <summary>Python.</summary>
    public static RealProgram BottleOnWaitress { get; } =
        new("bottle", "python")
        {
            FetchAsync = FetchBottleAsync,
            Units = ["bottle.service"],
            Known =
            [
                "embedded-library expat [opt/bottle/.venv/bin/python",
                "wrong-path-for-interpreter /opt/bottle/.venv/bin/python3 ",
            ],
            Command =
            [
                Bottle,
                "-c",
                "import sys; sys.path.insert(0, '/opt/bottle'); import bottle; print(bottle.__version__)",
            ],
            IsForOneRelease = true,
        };

    /// <summary>PHP.</summary>
    public static RealProgram Adminer { get; } =
        new("adminer", "php")
        {
            FetchAsync = FetchAdminerAsync,
            Units = ["adminer.service"],
            Page = "/version.txt",
        };

    /// <summary>Perl.</summary>
    public static RealProgram Mojolicious { get; } =
        new("mojolicious", "perl")
        {
            FetchAsync = (version, to) => DebianArchive.SourceAsync(SuiteOf(version), "libmojolicious-perl", to),
            Units = ["mojolicious.service"],
            Command = ["perl", "-I/opt/mojolicious/lib", "-MMojolicious", "-e", "print Mojolicious->VERSION"],
        };

    /// <summary>Ruby.</summary>
    public static RealProgram Yard { get; } =
        new("yard", "ruby")
        {
            FetchAsync = async (version, to) =>
            {
                await InstalledPackages.RequireAsync("ruby");
                var name = await DebianArchive.PackageAsync(
                    SuiteOf(version),
                    "yard",
                    "usr/share/rubygems-integration/all/gems/*",
                    to
                );
                // Debian has it in a package of its own, and a link to that here.
                foreach (var link in Directory.GetFiles(to, "jquery*.js", SearchOption.AllDirectories))
                {
                    File.Delete(link);
                }

                return name;
            },
            Units = ["yard.service"],
            Command = ["ruby", "-I/opt/yard/lib", "/opt/yard/bin/yard", "--version"],
            // What it knows of its own source is written by one version of Ruby.
            IsForOneRelease = true,
        };

    /// <summary>A job.</summary>
    public static RealProgram Rsnapshot { get; } =
        new("rsnapshot", "timer")
        {
            FetchAsync = (version, to) =>
                DebianArchive.PackageAsync(SuiteOf(version), "rsnapshot", "usr/bin", Path.Combine(to, "bin")),
            Units = ["rsnapshot.timer"],
            Job = "rsnapshot.service",
            Command = ["/opt/rsnapshot/bin/rsnapshot", "version"],
        };

    /// <summary>Scripts, and units of the repository.</summary>
    public static RealProgram Bats { get; } =
        new("bats", "plain")
        {
            FetchAsync = (version, to) => DebianArchive.PackageAsync(SuiteOf(version), "bats", "usr", to),
            Units = ["bats.timer"],
            Job = "bats.service",
            Command = ["/opt/bats/bin/bats", "--version"],
        };

    /// <summary>A package as Debian has built it.</summary>
    public static RealProgram NodeExporter { get; } =
        new("prometheus-node-exporter", "deb")
        {
            FetchAsync = (version, to) => DebianArchive.FileAsync(SuiteOf(version), "prometheus-node-exporter", to),
            IsBuiltElsewhere = true,
            Units = ["prometheus-node-exporter.service"],
            Port = 9100,
            Page = "/metrics",
            Answer = version => $"version=\"{version}\"",
        };

    private static string SuiteOf(int version) => version == 1 ? "bookworm" : "trixie";

    /// <summary>Brings its server along as a wheel, as where no registry of Python is reachable.</summary>
    private static async Task<string> FetchBottleAsync(int version, string to)
    {
        await InstalledPackages.RequireAsync("python3-venv", "python3-wheel");
        using var waitress = new TempDirectory();
        await DebianArchive.PackageAsync(
            "bookworm",
            "python3-waitress",
            "usr/lib/python3/dist-packages",
            waitress.Path
        );
        var vendor = Directory.CreateDirectory(Path.Combine(to, "vendor")).FullName;
        await ProcessRunner.OutputOfAsync(
            "/usr/bin/python3",
            ["-m", "wheel", "pack", "--dest-dir", vendor, waitress.Path]
        );
        return await DebianArchive.PackageAsync(
            SuiteOf(version),
            "python3-bottle",
            "usr/lib/python3/dist-packages",
            to
        );
    }

    /// <summary>Debian may have the same version twice: a file that it serves tells which one it is.</summary>
    private static async Task<string> FetchAdminerAsync(int version, string to)
    {
        var upstream = await DebianArchive.PackageAsync(SuiteOf(version), "adminer", "usr/share/adminer", to);
        var name = $"{upstream} as of release {version}";
        await File.WriteAllTextAsync(Path.Combine(to, "adminer", "version.txt"), name + "\n");
        return name;
    }
}
