namespace Canary.Recipes.Tests;

/// <summary>From the archive of Debian, as those who wrote them released them.</summary>
internal static class DebianPrograms
{
    private const string Bottle = "/opt/bottle/.venv/bin/python3";

    /// <summary>C.</summary>
    public static RealProgram Tinyproxy { get; } =
        new("tinyproxy", "c")
        {
            FetchAsync = async (version, to) =>
            {
                await InstalledPackages.RequireAsync("build-essential");
                return await DebianSource.Of("tinyproxy")(version, to);
            },
            Units = ["tinyproxy.service"],
            Page = "/",
            Answer = version => $"version {version}",
        };

    /// <summary>Python.</summary>
    public static RealProgram BottleOnWaitress { get; } =
        new("bottle", "python")
        {
            FetchAsync = FetchBottleAsync,
            Units = ["bottle.service"],
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
            FetchAsync = DebianSource.Of("libmojolicious-perl"),
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
                return await DebianSource.Of("yard")(version, to);
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
            FetchAsync = async (version, to) =>
            {
                await InstalledPackages.RequireAsync("build-essential", "rsync");
                return await DebianSource.Of("rsnapshot")(version, to);
            },
            Units = ["rsnapshot.timer"],
            Job = "rsnapshot.service",
            Command = ["/opt/rsnapshot/dist/bin/rsnapshot", "version"],
        };

    /// <summary>Brings its server along as a wheel, as where no registry of Python is reachable.</summary>
    private static async Task<string> FetchBottleAsync(int version, string to)
    {
        await InstalledPackages.RequireAsync("python3-setuptools", "python3-venv", "python3-wheel");
        using var waitress = new TempDirectory();
        await DebianSource.FetchAsync("bookworm", "waitress", waitress.Path);
        await ProcessRunner.OutputOfAsync(
            "/usr/bin/python3",
            ["setup.py", "--quiet", "bdist_wheel", "--dist-dir", Path.Combine(to, "vendor")],
            waitress.Path
        );
        return await DebianSource.Of("python-bottle")(version, to);
    }

    /// <summary>Debian may have the same version twice: a file that it serves tells which one it is.</summary>
    private static async Task<string> FetchAdminerAsync(int version, string to)
    {
        var upstream = await DebianSource.Of("adminer")(version, to);
        var name = $"{upstream} as of release {version}";
        await File.WriteAllTextAsync(Path.Combine(to, "adminer", "version.txt"), name + "\n");
        return name;
    }
}
