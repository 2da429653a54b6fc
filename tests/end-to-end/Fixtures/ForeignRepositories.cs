using Canary.Testing;

namespace Canary.EndToEnd.Tests.Fixtures;

/// <summary>Repositories as other programs make them: the real reprepro and aptly, and the layout that freight documents.</summary>
internal sealed class ForeignRepositories : IDisposable
{
    private readonly TempDirectory _directory = new("canary-foreign-");

    public string Path => _directory.Path;

    /// <summary>The public half of the key that signs, as gpgv reads it.</summary>
    public string Keyring => _directory.Combine("key.gpg");

    private string Home => _directory.Combine("gnupg");

    private Dictionary<string, string?> Environment => new() { ["GNUPGHOME"] = Home, ["HOME"] = _directory.Path };

    public string PathOf(params string[] parts) => _directory.Combine(parts);

    /// <summary>Makes a key of its own.</summary>
    public async Task<string> MakeKeyAsync()
    {
        _directory.CreateDirectory("gnupg");
        File.SetUnixFileMode(Home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await RunAsync(
            "gpg",
            "--batch",
            "--passphrase",
            "",
            "--quick-generate-key",
            "Old repository <old@example.org>",
            "ed25519",
            "sign",
            "never"
        );
        await RunAsync("gpg", "--batch", "--output", Keyring, "--export");
        var listed = await RunAsync("gpg", "--batch", "--with-colons", "--list-keys");
        return listed.Output.Split('\n').First(line => line.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9];
    }

    /// <summary>Makes a package as any other program would, by dpkg-deb.</summary>
    public async Task<string> PackageAsync(string name, string version, string content = "")
    {
        var tree = _directory.CreateDirectory(
            "trees",
            $"{name}_{version.Replace(':', '_')}{content.GetHashCode(StringComparison.Ordinal)}"
        );
        Directory.CreateDirectory(System.IO.Path.Combine(tree, "DEBIAN"));
        Directory.CreateDirectory(System.IO.Path.Combine(tree, "opt", name));
        await File.WriteAllTextAsync(System.IO.Path.Combine(tree, "opt", name, "version"), $"{version} {content}\n");
        await File.WriteAllTextAsync(
            System.IO.Path.Combine(tree, "DEBIAN", "control"),
            $"""
            Package: {name}
            Version: {version}
            Architecture: all
            Maintainer: Old <old@example.org>
            License: unknown
            Vendor: none
            Section: default
            Priority: extra
            Homepage: http://example.org/no-uri-given
            Description: no description given

            """
        );
        var file = System.IO.Path.Combine(
            _directory.CreateDirectory("made"),
            System.IO.Path.GetFileName(tree) + ".deb"
        );
        await RunAsync("dpkg-deb", "--root-owner-group", "--build", tree, file);
        return file;
    }

    /// <summary>A base directory of reprepro with signed suites.</summary>
    public async Task<string> RepreproAsync(string key, params (string Suite, string[] Packages)[] suites)
    {
        await InstalledPackages.RequireAsync("reprepro", "gnupg");
        var root = _directory.CreateDirectory("reprepro");
        _directory.WriteFile(
            "reprepro/conf/distributions",
            string.Join(
                "\n",
                suites.Select(suite =>
                    $"Codename: {suite.Suite}\nArchitectures: amd64 arm64\nComponents: main\nSignWith: {key}\n"
                )
            )
        );
        foreach (var (suite, packages) in suites)
        {
            foreach (var package in packages)
            {
                await RunAsync("reprepro", "--basedir", root, "includedeb", suite, package);
            }
        }

        return root;
    }

    /// <summary>A published directory of aptly, unsigned, with one suite.</summary>
    public async Task<string> AptlyAsync(string suite, params string[] packages)
    {
        await InstalledPackages.RequireAsync("aptly");
        var root = _directory.CreateDirectory("aptly");
        var configuration = _directory.WriteFile("aptly.conf", $$"""{"rootDir": "{{root}}"}""");
        await RunAsync("aptly", $"-config={configuration}", "repo", "create", "old");
        await RunAsync("aptly", [$"-config={configuration}", "repo", "add", "old", .. packages]);
        await RunAsync(
            "aptly",
            $"-config={configuration}",
            "publish",
            "repo",
            "-skip-signing",
            "-architectures=amd64,all",
            $"-distribution={suite}",
            "old"
        );
        return System.IO.Path.Combine(root, "public");
    }

    /// <summary>
    /// What freight calls its cache, by the layout of freight-cache(1): files in <c>pool/SUITE/COMPONENT/LETTER/SOURCE</c>, indexes in
    /// <c>dists/SUITE-TIME</c>, and the link <c>dists/SUITE</c> to it. freight itself is not in Debian: apt-ftparchive writes the indexes.
    /// </summary>
    public async Task<string> FreightAsync(string suite, params (string Name, string File)[] packages)
    {
        await InstalledPackages.RequireAsync("apt-utils");
        var root = _directory.CreateDirectory("freight");
        foreach (var (name, file) in packages)
        {
            var place = _directory.CreateDirectory("freight", "pool", suite, "main", name[..1], name);
            File.Copy(file, System.IO.Path.Combine(place, System.IO.Path.GetFileName(file)));
        }

        var dist = $"{suite}-20260105120000000000000";
        var indexes = _directory.CreateDirectory("freight", "dists", dist, "main", "binary-amd64");
        var made = await RunInAsync(root, "apt-ftparchive", "packages", $"pool/{suite}/main");
        await File.WriteAllTextAsync(System.IO.Path.Combine(indexes, "Packages"), made.Output);
        await RunAsync("gzip", "--keep", System.IO.Path.Combine(indexes, "Packages"));
        var release = await RunInAsync(System.IO.Path.Combine(root, "dists", dist), "apt-ftparchive", "release", ".");
        await File.WriteAllTextAsync(
            System.IO.Path.Combine(root, "dists", dist, "Release"),
            $"Codename: {suite}\nComponents: main\nArchitectures: amd64\n{release.Output}"
        );
        File.CreateSymbolicLink(System.IO.Path.Combine(root, "dists", suite), dist);
        return root;
    }

    public void Dispose() => _directory.Dispose();

    private Task<ToolResult> RunAsync(string program, params string[] arguments) =>
        RunInAsync(_directory.Path, program, arguments);

    private async Task<ToolResult> RunInAsync(string directory, string program, params string[] arguments) =>
        (await ProcessRunner.RunAsync(program, arguments, directory, Environment)).EnsureSuccess();
}
