using System.Text.RegularExpressions;

namespace Canary.Cli.Init.Recipes;

/// <summary>C and C++ by their usual tools, installed into a directory of the build.</summary>
internal static partial class CRecipe
{
    private static readonly string[] Signs = ["CMakeLists.txt", "meson.build", "configure", "configure.ac"];

    private static readonly string[] Renewed =
    [
        "# git keeps no times, by which make would take what autoconf and automake have written for outdated.",
        "find . -name aclocal.m4 -exec touch {} +",
        @"find . \( -name configure -o -name '*.in' \) -exec touch {} +",
    ];

    private static readonly string[] Sources = [".c", ".cc", ".cpp", ".cxx"];

    public static Recipe Recipe { get; } =
        new(
            "c",
            "C and C++ by make, CMake, Meson or configure",
            folder =>
                folder.First(Signs)
                ?? (
                    folder.Has("Makefile") && Sources.Any(it => folder.EndingWith(it).Any())
                        ? "Makefile and sources of C"
                        : null
                ),
            Draw
        );

    private static Draft Draw(RepositoryFolder folder, string name)
    {
        var prefix = $"/opt/{name}/dist";
        var (build, packages) = CommandsOf(folder, prefix);
        return new Draft(name)
        {
            Include = ["dist/**"],
            Only = true,
            Services = [new DraftService(name, [$"dist/bin/{name}"])],
            Build = [.. build, $"mv stage{prefix} dist"],
            BuildPackages = ["build-essential", .. packages],
            Steps =
            [
                $"The program was taken to be dist/bin/{name}: correct the command in canary.yml, or take `services` out if people start it.",
            ],
        };
    }

    private static (IReadOnlyList<string> Build, IReadOnlyList<string> Packages) CommandsOf(
        RepositoryFolder folder,
        string prefix
    )
    {
        if (folder.Has("CMakeLists.txt"))
        {
            return (
                [
                    $"cmake -S . -B build -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX={prefix}",
                    "cmake --build build",
                    "ctest --test-dir build --output-on-failure",
                    "DESTDIR=\"$PWD/stage\" cmake --install build --strip",
                ],
                ["cmake"]
            );
        }

        if (folder.Has("meson.build"))
        {
            return (
                [
                    $"meson setup build --buildtype=release --prefix={prefix}",
                    "meson compile -C build",
                    "meson test -C build",
                    "DESTDIR=\"$PWD/stage\" meson install -C build --strip",
                ],
                ["meson"]
            );
        }

        if (folder.HasAny("configure", "configure.ac"))
        {
            var isReady = folder.Has("configure");
            return (
                [
                    .. isReady ? Renewed : ["autoreconf --install"],
                    $"./configure --prefix={prefix}",
                    "make",
                    "make check",
                    "make install-strip DESTDIR=\"$PWD/stage\"",
                ],
                isReady ? [] : ["autoconf", "automake", "libtool"]
            );
        }

        var target = TestTarget().Match(folder.Text("Makefile"));
        IReadOnlyList<string> test = target.Success ? [$"make {target.Groups["name"].Value}"] : [];
        return (["make", .. test, $"make install DESTDIR=\"$PWD/stage\" PREFIX={prefix} prefix={prefix}"], []);
    }

    [GeneratedRegex(@"^(?<name>check|test)\s*:(?!=)", RegexOptions.Multiline)]
    private static partial Regex TestTarget();
}
