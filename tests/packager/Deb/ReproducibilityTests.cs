using System.Globalization;
using Canary.Packager.Deb;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests.Deb;

public sealed class ReproducibilityTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    public static TheoryData<Compression> Compressions => [.. Enum.GetValues<Compression>()];

    [Theory]
    [MemberData(nameof(Compressions))]
    public void Bytes_do_not_depend_on_the_number_of_threads(Compression compression)
    {
        // Beyond the size from which on several threads compress, and beyond one xz block.
        WriteTree("app", 9 << 20);

        var packages = new[] { 1, 3 }.Select(threads =>
            Packing
                .Pack(
                    _directory.Combine("app"),
                    _directory.Combine("shop.deb"),
                    options: new PackagerOptions { Compression = compression, Threads = threads }
                )
                .Sha256
        );

        packages.Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task The_same_commit_gives_the_same_bytes_in_clones_that_differ_in_all_that_git_does_not_know()
    {
        using var origin = await GitRepository.CreateAsync(name: "shop");
        origin
            .WithConventionScripts()
            .WithScript("script/post-inst", "exit 0")
            .WithFile("ünï cödé", "x")
            .WithLink("link", "script/cibuild")
            .WithFile("canary.yml", "version: 1.2.3\nconffiles: [etc/shop.ini]\n")
            .WithFile("etc/shop.ini", "a=1\n");
        var commit = new CommitFacts(
            await origin.CommitAsync(),
            DateTimeOffset.FromUnixTimeSeconds(long.Parse(await origin.GitAsync("log", "-1", "--format=%ct"))),
            "Ada Author",
            "ada@example.org",
            "Change"
        );

        var first = await CloneAsync("first", "022", "C.UTF-8");
        var second = await CloneAsync("a/longer way/second", "077", "tr_TR.UTF-8");
        await ProcessRunner.OutputOfAsync("find", [second, "-exec", "touch", "-h", "-d", "2001-02-03", "{}", "+"]);

        Pack(first, "1.deb").ShouldBe(Pack(second, "2.deb"));
        (
            await ProcessRunner.RunAsync("cmp", [_directory.Combine("1.deb"), _directory.Combine("2.deb")])
        ).EnsureSuccess();

        string Pack(string clone, string name)
        {
            var culture = CultureInfo.CurrentCulture;
            CultureInfo.CurrentCulture = name == "1.deb" ? CultureInfo.InvariantCulture : OtherCulture();
            try
            {
                return Packing.Pack(clone, _directory.Combine(name), commit: commit).Sha256;
            }
            finally
            {
                CultureInfo.CurrentCulture = culture;
            }
        }

        static CultureInfo OtherCulture()
        {
            var culture = new CultureInfo("");
            culture.NumberFormat.NegativeSign = "~";
            culture.NumberFormat.NumberGroupSeparator = culture.NumberFormat.NumberDecimalSeparator = ",";
            culture.DateTimeFormat.AbbreviatedDayNames = ["Paz", "Pzt", "Sal", "Çar", "Per", "Cum", "Cmt"];
            culture.DateTimeFormat.AbbreviatedMonthNames =
            [
                "Oca",
                "Şub",
                "Mar",
                "Nis",
                "May",
                "Haz",
                "Tem",
                "Ağu",
                "Eyl",
                "Eki",
                "Kas",
                "Ara",
                "",
            ];
            culture.DateTimeFormat.TimeSeparator = ".";
            return culture;
        }

        async Task<string> CloneAsync(string name, string mask, string locale)
        {
            var path = _directory.Combine(name);
            await ProcessRunner.OutputOfAsync(
                "sh",
                ["-c", "umask \"$1\" && exec git clone --quiet \"$2\" \"$3\"", "sh", mask, origin.Path, path],
                environment: new Dictionary<string, string?>
                {
                    ["LC_ALL"] = locale,
                    ["GIT_CONFIG_GLOBAL"] = "/dev/null",
                    ["GIT_CONFIG_SYSTEM"] = "/dev/null",
                }
            );
            return path;
        }
    }

    [Fact]
    public void Another_commit_time_gives_other_bytes()
    {
        WriteTree("app", 1000);
        var later = Packing.Commit with { CommittedAt = Packing.Commit.CommittedAt.AddSeconds(1) };

        var packages = new[] { Packing.Commit, later }.Select(commit =>
            Packing.Pack(_directory.Combine("app"), _directory.Combine("shop.deb"), commit: commit).Sha256
        );

        packages.Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public void The_bytes_of_a_known_tree_stay_as_they_are()
    {
        // A change here means that a commit that was packaged before gets other bytes for the same version.
        WriteTree("app", 200_000);
        _directory.WriteFile("app/script/post-inst", "#!/bin/sh\nexit 0\n", executable: true);

        var packages = new[] { Compression.Zstd, Compression.Gzip, Compression.None }.Select(compression =>
            $"{compression} {Packing.Pack(_directory.Combine("app"), _directory.Combine("shop.deb"), options: new PackagerOptions { Compression = compression }).Sha256}"
        );

        Snapshot.Match(string.Join('\n', packages), "known-bytes.txt");
    }

    private void WriteTree(string name, int size)
    {
        var random = new Random(3);
        var content = new byte[size];
        for (var i = 0; i < size; i++)
        {
            content[i] = (byte)"etaoin shrdlu\n"[random.Next(14)];
        }

        Directory.CreateDirectory(_directory.Combine(name));
        File.WriteAllBytes(_directory.Combine(name, "text"), content);
        _directory.WriteFile($"{name}/bin/run", "#!/bin/sh\n", executable: true);
    }
}
