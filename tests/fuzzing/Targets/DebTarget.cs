using System.Formats.Tar;
using System.Text;
using Canary.Failures;
using Canary.RepositoryPublisher;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Packages.Archives;
using Canary.RepositoryPublisher.Tests.Fixtures;
using TarEntry = System.Formats.Tar.TarEntry;

namespace Canary.Fuzzing.Tests.Targets;

/// <summary>
/// Uploaded packages, made as packages are and wrong in a few places. What the publisher takes is read again by the framework,
/// which must see no path that leaves, and some of it by dpkg-deb.
/// </summary>
internal sealed class DebTarget : IFuzzTarget
{
    /// <summary>Real programs are slow.</summary>
    private const int OneForDpkg = 200;

    private static readonly string[] Codes =
    [
        RepositoryPublisherCodes.ControlFieldNotAllowed,
        RepositoryPublisherCodes.EpochNotAllowed,
        RepositoryPublisherCodes.FileNotAllowed,
        RepositoryPublisherCodes.PackageInvalid,
        RepositoryPublisherCodes.PackageNameReserved,
        RepositoryPublisherCodes.PackageTooLarge,
    ];

    private readonly TempDirectory _directory = new("fuzz-");
    private readonly PackageAdmission _admission = new(
        Microsoft.Extensions.Options.Options.Create(new RepositoryPublisherOptions())
    );
    private int _accepted;

    public string Name => "deb";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [DebPackage.Create().Bytes, .. DebModel.Compressions.Select(DebModel.Valid)];

    private string File => _directory.Combine("package.deb");

    public byte[] Vary(IReadOnlyList<byte[]> inputs, Random random) =>
        random.Next(4) == 0 ? Mutation.Of(inputs, DebModel.Words, random) : DebModel.Make(random);

    public Reading Read(byte[] input)
    {
        System.IO.File.WriteAllBytes(File, input);
        try
        {
            _admission.CheckFile(File);
            return new Reading($"accepted {input.Length / 1000}", Judge);
        }
        catch (CanaryException refusal) when (Codes.Contains(refusal.Code))
        {
            return new Reading($"{refusal.Code} {Shape(refusal.Message)}");
        }
    }

    public void Dispose() => _directory.Dispose();

    private void Judge()
    {
        using var archive = DebArchive.Open(File);
        using (var files = archive.OpenData())
        {
            JudgeFiles(files);
        }

        var package = DebFile.Read(archive);
        using (var control = archive.OpenControl())
        {
            JudgeControl(control, package);
        }

        if (_accepted++ % OneForDpkg == 0)
        {
            JudgeByDpkgAsync(package).GetAwaiter().GetResult();
        }
    }

    /// <summary>What the framework does not read, such as times that dpkg does not look at, is judged by dpkg alone.</summary>
    private static TarEntry? NextOf(TarReader tar)
    {
        try
        {
            return tar.GetNextEntry();
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Unpacks into a tree that is only thought: nothing may pass through a link, or end above the root.</summary>
    private static void JudgeFiles(Stream files)
    {
        var kinds = new Dictionary<string, TarEntryType>(StringComparer.Ordinal) { [""] = TarEntryType.Directory };
        var links = new Dictionary<string, string>(StringComparer.Ordinal);
        using var tar = new TarReader(files);
        while (NextOf(tar) is { } entry)
        {
            var path = Below(entry.Name);
            var parent = path.LastIndexOf('/') is >= 0 and var slash ? path[..slash] : "";
            kinds.GetValueOrDefault(parent).ShouldBe(TarEntryType.Directory, $"{entry.Name} is in no directory.");
            (path.Length == 0 || kinds.TryAdd(path, entry.EntryType)).ShouldBeTrue($"{entry.Name} is there twice.");
            (entry.Mode & (UnixFileMode.SetUser | UnixFileMode.SetGroup) & RunsAsOwner(entry)).ShouldBe(
                UnixFileMode.None
            );
            if (entry.EntryType == TarEntryType.SymbolicLink)
            {
                links.Add(path, entry.LinkName);
            }
            else if (entry.EntryType == TarEntryType.HardLink)
            {
                kinds
                    .GetValueOrDefault(Below(entry.LinkName))
                    .ShouldBeOneOf(TarEntryType.RegularFile, TarEntryType.HardLink);
            }
            else
            {
                entry.EntryType.ShouldBeOneOf(TarEntryType.RegularFile, TarEntryType.Directory);
            }
        }

        foreach (var (link, target) in links)
        {
            LinkWalk.LeadsAbove(links, link, target).ShouldBeFalse($"{link} leads to {target}.");
        }
    }

    private static UnixFileMode RunsAsOwner(TarEntry entry) =>
        entry.EntryType is TarEntryType.RegularFile or TarEntryType.HardLink
            ? UnixFileMode.SetUser | UnixFileMode.SetGroup
            : UnixFileMode.None;

    private static string Below(string name)
    {
        var path =
            name is "." or "./" ? ""
            : name.StartsWith("./") ? name[2..]
            : name;
        path = path.EndsWith('/') ? path[..^1] : path;
        Path.GetFullPath($"/base/{path}").ShouldBe($"/base/{path}");
        return path;
    }

    private static void JudgeControl(Stream control, DebFile package)
    {
        using var tar = new TarReader(control);
        var found = false;
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.Name is "control" or "./control")
            {
                found.ShouldBeFalse("The framework finds two control files.");
                found = true;
                using var text = new StreamReader(entry.DataStream!, Encoding.UTF8);
                ControlParagraph
                    .Parse(Encoding.UTF8.GetBytes(text.ReadToEnd()))
                    .ToString()
                    .ShouldBe(package.Control.ToString());
            }
        }

        found.ShouldBeTrue();
    }

    private async Task JudgeByDpkgAsync(DebFile package)
    {
        await ProcessRunner.OutputOfAsync("dpkg-deb", ["--info", File]);
        await ProcessRunner.OutputOfAsync("dpkg-deb", ["--contents", File]);
        (
            await ProcessRunner.OutputOfAsync(
                "dpkg-deb",
                ["--show", "--showformat=${Package} ${Version} ${Architecture}", File]
            )
        ).ShouldBe($"{package.Name} {package.Version} {package.Architecture}");
    }

    /// <summary>Without what it quotes.</summary>
    private static string Shape(string message) =>
        string.Concat(
            message.Split('\'').Where((_, i) => i % 2 == 0).SelectMany(part => part.Where(c => !char.IsDigit(c)))
        );
}
