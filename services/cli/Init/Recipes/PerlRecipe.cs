using System.Globalization;
using System.Text.RegularExpressions;

namespace Canary.Cli.Init.Recipes;

/// <summary>Perl with its modules in the package.</summary>
internal static partial class PerlRecipe
{
    private const string Modules = "-Ilocal/lib/perl5";

    private static readonly string[] Signs = ["cpanfile", "Makefile.PL", "Build.PL"];

    private static readonly string[] Servers = ["Starman", "Starlet", "Twiggy", "Gazelle"];

    public static Recipe Recipe { get; } =
        new("perl", "Perl with the modules of its cpanfile", folder => folder.First(Signs), Draw);

    private static Draft Draw(RepositoryFolder folder, string name)
    {
        var asked = folder.Text("cpanfile");
        var start = folder.First("app.pl", "server.pl", "main.pl", $"bin/{name}", $"script/{name}");
        var psgi = folder.First("app.psgi");
        IReadOnlyList<string>? command =
            psgi is not null ? ["perl", Modules, "-Ilib", $"local/bin/{ServerOf(asked)}", "--port", "8080", psgi]
            : start is not null ? ["perl", Modules, "-Ilib", start]
            : null;
        var mirror = folder.Has("vendor/cache/modules/02packages.details.txt.gz")
            ? "--mirror \"file://$PWD/vendor/cache\" --mirror-only "
            : "";
        return new Draft(name)
        {
            Depends = [Runtime(asked)],
            Include = ["local/**"],
            Services = command is null ? [] : [new DraftService(name, command)],
            Setup =
            [
                "export PERL_CPANM_HOME=\"$CANARY_CACHE/cpanm\"",
                $"cpanm --notest {mirror}--local-lib-contained local --installdeps .",
            ],
            Build =
            [
                .. start is not null && psgi is null ? [$"perl {Modules} -Ilib -c {start}"] : (string[])[],
                .. folder.EndingWith(".t", "t").Any() ? [$"prove {Modules} -Ilib -r t"] : (string[])[],
            ],
            BuildPackages = ["cpanminus", "build-essential"],
            Steps =
            [
                "Modules with C are for one version of Perl: build on the release of Debian that the hosts run. What Debian has itself can stand in `depends` "
                    + "instead (libmojolicious-perl).",
            ],
        };
    }

    private static string ServerOf(string asked) =>
        Array.Find(
            Servers,
            server =>
                asked.Contains($"'{server}'", StringComparison.Ordinal)
                || asked.Contains($"\"{server}\"", StringComparison.Ordinal)
        )
            is { } found
            ? found.ToLowerInvariant()
            : "plackup";

    /// <summary>Debian writes 5.030 as 5.30.</summary>
    private static string Runtime(string asked)
    {
        var wanted = Wanted().Match(asked);
        return
            wanted.Success
            && int.TryParse(
                wanted.Groups["minor"].ValueSpan,
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var minor
            )
            ? string.Create(CultureInfo.InvariantCulture, $"perl (>= 5.{minor})")
            : "perl";
    }

    [GeneratedRegex(@"^\s*requires\s*['""]perl['""]\s*(?:,|=>)\s*['""]?v?5\.(?<minor>\d{1,3})", RegexOptions.Multiline)]
    private static partial Regex Wanted();
}
