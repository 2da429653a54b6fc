using System.Runtime.InteropServices;

namespace Canary.Benchmarks;

/// <summary>Makes an application of a given size out of real files of the .NET SDK: seven of ten files are text, the others
/// programs. The same seed gives the same tree.</summary>
internal static class ApplicationTree
{
    private const int FilesInFolder = 50;

    private const int FilesInModule = 20;

    private static readonly string[] ModuleFolders = ["lib", "lib/internal", "dist/esm", "dist/cjs", "test/fixtures"];

    private static readonly string[] ModuleSuffixes = [".js", ".d.ts", ".js.map", ".json", ".md", ".mjs"];

    public static void Create(string root, int files, long bytes)
    {
        var random = new Random(1);
        // Log-normal sizes, as those of real source trees are.
        var weights = Enumerable.Range(0, files).Select(_ => Math.Exp(1.3 * Gauss(random))).ToList();
        var scale = bytes / weights.Sum();
        using var text = new Corpus(Path.Combine(DotnetRoot, "packs"), "*.xml");
        using var programs = new Corpus(Path.Combine(DotnetRoot, "sdk"), "*.dll");
        for (var i = 0; i < files; i++)
        {
            var isProgram = i % 10 < 3;
            var folder = Directory.CreateDirectory(Path.Combine(root, $"d{i / FilesInFolder:000}")).FullName;
            using var file = File.Create(Path.Combine(folder, $"f{i:00000}{(isProgram ? ".dll" : ".txt")}"));
            (isProgram ? programs : text).CopyTo(file, Math.Max(1, (int)(weights[i] * scale)));
        }
    }

    /// <summary>What npm leaves: packages, some within others, of many small files of text, and links to their programs.</summary>
    public static void CreateModules(string root, int files, long bytes)
    {
        var random = new Random(1);
        var weights = Enumerable.Range(0, files).Select(_ => Math.Exp(1.3 * Gauss(random))).ToList();
        var scale = bytes / weights.Sum();
        var programs = Directory.CreateDirectory(Path.Combine(root, ".bin")).FullName;
        using var text = new Corpus(Path.Combine(DotnetRoot, "packs"), "*.xml");
        for (var i = 0; i < files; i++)
        {
            var package = i / FilesInModule;
            var name = $"module-{package:0000}";
            var place = package % 7 == 6 ? $"module-{package - 1:0000}/node_modules/{name}" : name;
            var folder = Path.Combine(root, place, ModuleFolders[i % ModuleFolders.Length]);
            Directory.CreateDirectory(folder);
            using (
                var file = File.Create(Path.Combine(folder, $"f{i:00000}{ModuleSuffixes[i % ModuleSuffixes.Length]}"))
            )
            {
                text.CopyTo(file, Math.Max(1, (int)(weights[i] * scale)));
            }

            if (i % (5 * FilesInModule) == 0)
            {
                File.CreateSymbolicLink(Path.Combine(programs, name), $"../{place}/{ModuleFolders[0]}/f{i:00000}.js");
            }
        }
    }

    private static string DotnetRoot =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    private static double Gauss(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>The contents of files, one after the other, from the start again at the end.</summary>
    private sealed class Corpus(string folder, string pattern) : IDisposable
    {
        private readonly IReadOnlyList<string> _files =
        [
            .. Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal),
        ];

        private int _next;
        private FileStream? _current;

        public void CopyTo(FileStream target, int count)
        {
            var buffer = new byte[Math.Min(count, 1 << 16)];
            while (count > 0)
            {
                var read = _current?.Read(buffer, 0, Math.Min(count, buffer.Length)) ?? 0;
                if (read == 0)
                {
                    _current?.Dispose();
                    _current = File.OpenRead(_files[_next++ % _files.Count]);
                    continue;
                }

                target.Write(buffer, 0, read);
                count -= read;
            }
        }

        public void Dispose() => _current?.Dispose();
    }
}
