using System.Diagnostics;
using System.Text;
using Canary.Packager.Deb;

namespace Canary.Packages;

/// <summary>Lays out what each package is made of: the folder of its name here, what it shares with a checkout, and published programs.</summary>
/// <param name="sources">Root of the sources.</param>
/// <param name="programs">Published programs.</param>
/// <param name="version">Version of all packages, which those that belong together name.</param>
internal sealed class PackageTrees(string sources, string programs, string version)
{
    private const UnixFileMode Plain =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode Executable =
        Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The five of a distributed installation: what each is called in its unit. They are laid out of one folder.</summary>
    private static readonly Dictionary<string, string> Services = new(StringComparer.Ordinal)
    {
        ["ingress"] = "webhooks, HTTP API and pages",
        ["ci-coordinator"] = "releases and builds",
        ["packager"] = "packages of commits",
        ["repository-publisher"] = "the package repository",
        ["deployer"] = "rollouts to hosts",
    };

    /// <summary>What stands in the sources once, and goes into packages as it does into a checkout's installation.</summary>
    private static readonly Dictionary<string, (string From, string To)[]> Shared = new(StringComparer.Ordinal)
    {
        ["canary-host"] =
        [
            ("hosts/canary-apply", "hosts/canary-apply"),
            ("hosts/install.sh", "hosts/install.sh"),
            ("hosts/canary-converge.service", "systemd/canary-converge.service"),
            ("hosts/canary-converge.timer", "systemd/canary-converge.timer"),
        ],
        ["canary-build-host"] =
        [
            .. (
                (string[])
                    [
                        "canary-build",
                        "canary-sandbox",
                        "canary-cache",
                        "canary-output",
                        "canary-fpm",
                        "install-build-host.sh",
                        "install-fpm-host.sh",
                    ]
            ).Select(file => ($"hosts/{file}", $"hosts/{file}")),
        ],
        ["canary-runtime"] = [("hosts/prepare-rehearsal.sh", "hosts/prepare-rehearsal.sh")],
    };

    /// <summary>Traces for LTTng alone need it, and a library that few have.</summary>
    private const string TraceProvider = "libcoreclrtraceptprovider.so";

    /// <summary>Names of the packages.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "canary",
        "canary-runtime",
        "canary-server",
        "canary-host",
        "canary-build-host",
        .. Services.Keys.Select(service => $"canary-{service}"),
    ];

    /// <summary>Lays one out.</summary>
    public async Task<PackageTree> LayOutAsync(string name, CancellationToken cancellation)
    {
        var tree = new PackageTree();
        var service = Services.Keys.SingleOrDefault(service => name == $"canary-{service}");
        var restrictions = await ReadAsync("restrictions", cancellation);
        CopyTemplate(
            Path.Combine(sources, "packages", service is null ? name : "canary-service"),
            tree,
            text =>
                text.Replace("${version}", version, StringComparison.Ordinal)
                    .Replace("${restrictions}", restrictions, StringComparison.Ordinal)
                    .Replace("${service}", service, StringComparison.Ordinal)
                    .Replace("${purpose}", service is null ? null : Services[service], StringComparison.Ordinal)
        );
        Copy(Path.Combine(sources, "LICENSE"), tree.Of("LICENSE"));
        foreach (var (from, to) in Shared.GetValueOrDefault(name, []))
        {
            Copy(Path.Combine(sources, from), tree.Of(to));
        }

        if (name == "canary-runtime")
        {
            CopyPrograms("server", tree);
            ShareRuntime(tree);
        }
        else if (name == "canary")
        {
            CopyPrograms("cli", tree);
            await AskProgramAsync(tree, cancellation);
        }

        return tree;
    }

    private Task<string> ReadAsync(string file, CancellationToken cancellation) =>
        File.ReadAllTextAsync(Path.Combine(sources, "packages", file), cancellation);

    private static void CopyTemplate(string folder, PackageTree tree, Func<string, string> fill)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var copy = tree.Of(Path.GetRelativePath(folder, file));
            var name = copy.Replace("SERVICE", fill("${service}"), StringComparison.Ordinal);
            File.WriteAllText(name, fill(File.ReadAllText(file)));
            File.SetUnixFileMode(
                name,
                File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute) ? Executable : Plain
            );
        }
    }

    private static void Copy(string from, string to)
    {
        File.Copy(from, to);
        File.SetUnixFileMode(to, File.GetUnixFileMode(from).HasFlag(UnixFileMode.UserExecute) ? Executable : Plain);
    }

    private void CopyPrograms(string which, PackageTree tree)
    {
        var folder = Path.Combine(programs, which);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(folder, file);
            if (Path.GetFileName(file) == TraceProvider || Path.GetExtension(file) is ".pdb" or ".xml")
            {
                continue;
            }

            var copy = tree.Of(Path.Combine("programs", path));
            File.Copy(file, copy);
            // What packages of NuGet say of their files is chance.
            var isProgram = path.Contains('/', StringComparison.Ordinal)
                ? File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute)
                : Path.GetExtension(file).Length == 0;
            File.SetUnixFileMode(copy, isProgram ? Executable : Plain);
        }
    }

    /// <summary>The programs of the services were published beside the server, which has all that they need: its list of libraries and its
    /// runtime are theirs.</summary>
    private static void ShareRuntime(PackageTree tree)
    {
        foreach (var service in Services.Keys)
        {
            foreach (var kind in (string[])["deps.json", "runtimeconfig.json"])
            {
                File.Copy(
                    tree.Of($"programs/canary-server.{kind}"),
                    tree.Of($"programs/canary-{service}.{kind}"),
                    overwrite: true
                );
            }
        }
    }

    /// <summary>What the program says of itself.</summary>
    private static async Task AskProgramAsync(PackageTree tree, CancellationToken cancellation)
    {
        foreach (
            var (file, arguments) in ((string, string[])[])
                [
                    ("canary.1.gz", ["manual"]),
                    ("canary.bash", ["completion", "bash"]),
                    ("canary.zsh", ["completion", "zsh"]),
                    ("canary.fish", ["completion", "fish"]),
                ]
        )
        {
            using var program = Process.Start(
                new ProcessStartInfo(tree.Of("programs/canary"), arguments)
                {
                    RedirectStandardOutput = true,
                    StandardOutputEncoding = Encoding.UTF8,
                }
            )!;
            var said = Encoding.UTF8.GetBytes(await program.StandardOutput.ReadToEndAsync(cancellation));
            // Policy 12.1: pages are compressed.
            var content = Path.GetExtension(file) == ".gz" ? GzipWriter.Compress(said) : said;
            await File.WriteAllBytesAsync(tree.Of(file), content, cancellation);
            await program.WaitForExitAsync(cancellation);
            if (program.ExitCode != 0)
            {
                throw new InvalidOperationException(
                    $"canary {string.Join(' ', arguments)} ended with {program.ExitCode}."
                );
            }
        }
    }
}
