using Canary.Packager.Deb;
using Canary.Testing;

namespace Canary.Packager.Tests.Fixtures;

/// <summary>A directory that dpkg takes for a machine. Scripts run outside of it, with <c>DPKG_ROOT</c>.</summary>
internal sealed class DpkgRoot
{
    public DpkgRoot(TempDirectory directory)
    {
        Path = directory.CreateDirectory("root");
        foreach (var name in (string[])["etc", "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log"])
        {
            directory.CreateDirectory($"root/{name}");
        }

        directory.WriteFile("root/var/lib/dpkg/status", "");
        directory.WriteFile("root/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
        directory.WriteFile("root/etc/group", "root:x:0:\n");
    }

    public string Path { get; }

    public string PathOf(string path) => System.IO.Path.Combine(Path, path);

    public string Read(string path) => File.ReadAllText(PathOf(path));

    public async Task InstallAsync(BuiltPackage package) =>
        (await DpkgAsync("--force-depends", "--force-downgrade", "--install", package.Path)).EnsureSuccess();

    public async Task<string> StatusAsync(string package) =>
        (
            await ProcessRunner.RunAsync(
                "dpkg-query",
                [$"--root={Path}", "--show", "--showformat=${db:Status-Status} ${Version}", package]
            )
        ).Output;

    public Task<ToolResult> DpkgAsync(params string[] arguments) =>
        ProcessRunner.RunAsync(
            "dpkg",
            [
                $"--root={Path}",
                "--force-script-chrootless",
                "--force-not-root",
                "--force-confdef",
                "--force-confold",
                "--force-bad-path",
                .. arguments,
            ],
            environment: new Dictionary<string, string?> { ["LC_ALL"] = "C.UTF-8" }
        );

    /// <summary>Everything below a path, with what links lead to.</summary>
    public IEnumerable<string> Tree(string below) =>
        !Directory.Exists(PathOf(below))
            ? []
            : new DirectoryInfo(PathOf(below))
                .EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
                .Select(entry =>
                    System.IO.Path.GetRelativePath(PathOf(below), entry.FullName)
                    + (
                        entry.LinkTarget is { } target ? $" -> {target}"
                        : entry is DirectoryInfo ? "/"
                        : ""
                    )
                )
                .Order(StringComparer.Ordinal);
}
