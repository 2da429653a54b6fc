using Canary.Testing;

namespace Canary.Packager.Tests.Builders.Fpm;

/// <summary>A program that stands in for FPM: see <c>fpm-stand-in</c> for what it does and where that is documented. Where the variable
/// CANARY_TEST_FPM names the real one, that is run where nothing else is asked for.</summary>
internal sealed class FpmStandIn : IDisposable
{
    private static readonly string? Real = Environment.GetEnvironmentVariable("CANARY_TEST_FPM");

    private readonly TempDirectory _directory = new("canary-fpm-");

    public FpmStandIn()
    {
        Directory.CreateDirectory(Calls);
        File.Copy(SourceTree.PathOf("tests", "packager", "Builders", "Fpm", "fpm-stand-in"), Program);
        if (Real is not null)
        {
            Wrap();
        }
    }

    public string Program => _directory.Combine("fpm");

    private string Calls => _directory.Combine("calls");

    /// <summary>Has it do something else than it should.</summary>
    public void Behave(string behaviour) => _directory.WriteFile("behaviour", behaviour);

    /// <summary>The command lines that it got, argument by argument.</summary>
    public IReadOnlyList<IReadOnlyList<string>> CommandLines() =>
        [.. Files(recorded => !recorded.EndsWith(".environment", StringComparison.Ordinal)).Select(Split)];

    /// <summary>The environments that it found.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Environments() =>
        [.. Files(recorded => recorded.EndsWith(".environment", StringComparison.Ordinal)).Select(Split)];

    /// <summary>Ids of those of its processes that run.</summary>
    public IReadOnlyList<int> Running() =>
        [
            .. Directory
                .EnumerateDirectories("/proc")
                .Where(process => int.TryParse(Path.GetFileName(process), out _) && Runs(process))
                .Select(process => int.Parse(Path.GetFileName(process), provider: null)),
        ];

    public void Dispose() => _directory.Dispose();

    private bool Runs(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"))
                .Split('\0')
                .Contains(Program, StringComparer.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile.
            return false;
        }
    }

    private void Wrap()
    {
        File.Move(Program, _directory.Combine("stand-in"));
        _directory.WriteFile(
            "fpm",
            $"""
            #!/bin/sh
            here=$(dirname "$0")
            [ ! -e "$here/behaviour" ] || exec "$here/stand-in" "$@"
            if [ "$1" != --version ]; then
              printf '%s\0' "$@" >"$here/calls/$$"
              env -0 >"$here/calls/$$.environment"
            fi
            exec {Real} "$@"

            """,
            executable: true
        );
    }

    private IEnumerable<string> Files(Func<string, bool> wanted) =>
        Directory.EnumerateFiles(Calls).Where(wanted).Order(StringComparer.Ordinal);

    private static IReadOnlyList<string> Split(string file) => File.ReadAllText(file).Split('\0')[..^1];
}
