using System.Text;
using Canary.Failures;
using Canary.Metadata;
using Canary.Packager;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Source;
using Canary.RepositoryPublisher;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Packages;
using SourceTree = Canary.Packager.Source.SourceTree;

namespace Canary.Fuzzing.Tests.Targets;

/// <summary>
/// <c>canary.yml</c> and <c>fpm.json</c>, up to the package that they lead to: what the packager builds, the publisher takes.
/// </summary>
internal sealed class MetadataTarget(string file) : TextTarget(file.Replace('.', '-'), Words, [.. Seeded(file)])
{
    private static readonly CommitFacts Commit = new(
        "0123456789012345678901234567890123456789",
        DateTimeOffset.UnixEpoch,
        "Ada",
        "ada@example.org",
        "Sell more"
    );

    private readonly TempDirectory _directory = new("fuzz-");
    private SourceTree? _tree;
    private int _accepted;

    private static string[] Words =>
        [
            .. MetadataKeys.CanaryYml.Keys.SelectMany(key => new[] { $"\n{key}: ", $",\"{key}\":" }),
            .. MetadataKeys.FpmJson.Keys.Select(key => $",\"{key}\":"),
            .. MetadataKeys
                .Rollout.Keys.Concat(MetadataKeys.Health.Keys)
                .Concat(MetadataKeys.Scripts.Keys)
                .Select(key => $"\n  {key}: "),
            "[",
            "]",
            "{",
            "}",
            "\"",
            "'",
            ",",
            ":",
            "\n",
            "- ",
            "? ",
            "&a ",
            "*a",
            "<<: *a",
            "!!",
            "|\n ",
            ">\n ",
            "---\n",
            "...",
            "# ",
            "%",
            "../",
            "/etc/passwd",
            "**",
            "[z-a]",
            "\\u0000",
            "\u00c2\u00a0",
            "\u00e2\u0080\u00a8",
            "libc6 (>= 2)",
            "a | b",
            "1:2.0-1",
            "100%",
            "30s",
            "http://${address}:${port}/",
            "/opt/shop",
            "script/post-inst",
            "null",
            "~",
            "1e999",
        ];

    private static IEnumerable<string> Seeded(string file) =>
        file == MetadataReader.CanaryYml
            ?
            [
                "name: shop\nversion: 1.0.0\ndescription: |\n  A shop\n\n  that sells\nmaintainer: Ada <ada@example.org>\nlicense: MIT\n"
                    + "homepage: https://example.org\nsection: web\narchitecture: all\ndepends: [ruby, libc6 (>= 2.36)]\nrecommends: a | b\n"
                    + "provides: web (= 1.0)\nprefix: /srv/shop\nexclude: ['*.md', 'test/**', '[a-c]x']\nconffiles: [config/shop.ini]\n"
                    + "scripts:\n  post-install: script/post-inst\ncompression: xz\nrole: fe\n"
                    + "health:\n  http: http://${address}:${port}/health\n  timeout: 5s\n  grace: 1m\n"
                    + "rollout:\n  soak: 10m\n  promotion: manual\n  waves: [1, 25%, 100%]\n  failure-budget: 10%\n",
                "health:\n  command: [bin/check, --all]\n",
                "services:\n  web: {command: [bin/check, \"100% $HOME\"], environment: {A: 'b \"c'}, directories: [state, logs]}\n  job: {command: bin/check --all, schedule: daily}\n",
                "alternatives: {editor: {link: /usr/bin/editor, path: bin/check}}\ntriggers: [interest /x]\nrm-conffiles: [/etc/x]\n",
                "",
            ]
            :
            [
                """
                    {"name":"shop","version":"1.0","description":"A shop","maintainer":"Ada <ada@example.org>","license":"MIT","url":"https://example.org",
                    "category":"web","architecture":"x86_64","depends":["ruby","libc6 (>= 2.36)"],"deb-recommends":"a","conflicts":[],"prefix":"/srv/shop",
                    "exclude":["*.md"],"config-files":["config/shop.ini"],"after-install":"script/post-inst","iteration":null,}
                    """,
                "{}",
                "// nothing",
            ];

    private SourceTree Tree => _tree ??= MakeTree();

    public override Reading Read(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        try
        {
            var metadata = MetadataFaults.Together(() =>
                file == MetadataReader.CanaryYml
                    ? MetadataKeys.ReadCanaryYml(file, YamlNodes.Parse(file, text))
                    : MetadataKeys.ReadFpmJson(file, JsonNodes.Parse(file, text))
            );
            var package = PackagePlanner.Plan("shop", Commit, Tree, metadata, new PackagerOptions());
            return new Reading($"{package.Fields.Count} fields, {package.Items.Count} items", () => Judge(package));
        }
        catch (CanaryException refusal)
        {
            return new Reading($"{refusal.Code} {Shape(refusal.Remedy)}");
        }
    }

    public override void Dispose()
    {
        _directory.Dispose();
        base.Dispose();
    }

    private SourceTree MakeTree()
    {
        foreach (
            var path in new[] { "config/shop.ini", "script/post-inst", "bin/check", "README.md", "test/a/b.rb", "ax" }
        )
        {
            _directory.WriteFile($"tree/{path}", "x\n");
        }

        File.CreateSymbolicLink(_directory.Combine("tree/link"), "bin/check");
        return SourceTree.Read(_directory.Combine("tree"));
    }

    private void Judge(PackageSpec package)
    {
        foreach (
            var path in package.Items.Select(item => item.Path).Concat(package.Conffiles.Select(path => path[1..]))
        )
        {
            path.Split('/').Any(part => part is "" or "." or "..").ShouldBeFalse(path);
        }

        var control = ControlParagraph.Parse(Encoding.UTF8.GetBytes(package.ControlText));
        ControlRules.Check(control, []);
        DebFile.From(control).Name.ShouldBe(package.Name);
        if (_accepted++ % 100 == 0)
        {
            Build(package);
        }
    }

    private void Build(PackageSpec package)
    {
        var path = _directory.Combine("package.deb");
        new DebBuilder(threads: 1).Build(package, path);
        var admission = new AdmissionOptions { Epochs = { package.Name }, ReservedNames = { package.Name } };
        new PackageAdmission(
            Microsoft.Extensions.Options.Options.Create(new RepositoryPublisherOptions { Admission = admission })
        ).CheckFile(path);
    }

    /// <summary>The first words: what follows quotes the input.</summary>
    private static string Shape(string text) => string.Join(' ', text.Split(' ').Take(4));
}
