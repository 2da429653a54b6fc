using System.Text;
using Canary.Failures;
using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Pool;

namespace Canary.RepositoryPublisher.Tests.Packages;

/// <summary>What real apt and dpkg say.</summary>
public sealed class HostReadingTests : IDisposable
{
    private readonly TempDirectory _data = new();

    [Theory]
    [InlineData("all")]
    [InlineData("arm64")]
    [InlineData("amd64")]
    public async Task Package_that_hosts_can_read_passes(string architecture)
    {
        await CheckAsync(
            "Depends: libc6 (>= 2.36), a1 | b1:any (<< 4~rc1)\nProvides: web (= 1:2-3)\nConflicts: c1",
            architecture
        );

        Directory.EnumerateFileSystemEntries(_data.Combine("readings")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Depends: libc6 [amd64]", "apt")]
    [InlineData("Depends: a1,,b1", "apt")]
    [InlineData("Provides: web (>= 2)", "apt")]
    [InlineData("Depends: python3 (>= 3.9-)", "dpkg")]
    [InlineData("Conflicts: a1 | b1", "dpkg")]
    [InlineData("Multi-Arch: sometimes", "Multi-Arch")]
    public async Task Package_that_apt_or_dpkg_does_not_read_is_refused(string line, string said)
    {
        var fault = await Should.ThrowAsync<CanaryException>(() => CheckAsync(line, "all"));

        fault.Code.ShouldBe("package-invalid");
        fault.Message.ShouldContain(said);
        Directory.EnumerateFileSystemEntries(_data.Combine("readings")).ShouldBeEmpty();
    }

    /// <summary>Whatever our rules let through, both of them read.</summary>
    [Fact]
    public async Task Relations_that_are_taken_are_read_by_apt_and_dpkg()
    {
        string[] fields = [.. Relations.Fields];
        string[] parts =
        [
            "a1",
            "g++",
            "a1:any",
            "a1:amd64",
            " a1 ",
            "(= 1)",
            "(>= 1:2~b-3)",
            "(<<1.0)",
            "(> 1)",
            "|",
            ",",
            "[amd64]",
            "(= 1-)",
        ];
        var random = new Random(7);
        var (taken, refused) = (0, 0);
        for (var i = 0; i < 400; i++)
        {
            var field = fields[random.Next(fields.Length)];
            var value = string.Join(
                ' ',
                Enumerable.Range(0, random.Next(1, 6)).Select(_ => parts[random.Next(parts.Length)])
            );
            try
            {
                ControlRules.Check(Control($"{field}: {value}", "all"), []);
            }
            catch (CanaryException)
            {
                refused++;
                continue;
            }

            taken++;
            await CheckAsync($"{field}: {value}", "all");
        }

        taken.ShouldBeGreaterThan(10);
        refused.ShouldBeGreaterThan(10);
    }

    public void Dispose() => _data.Dispose();

    private static ControlParagraph Control(string lines, string architecture) =>
        ControlParagraph.Parse(
            Encoding.UTF8.GetBytes(
                $"Package: shop\nVersion: 1.0\nArchitecture: {architecture}\nMaintainer: Ada <ada@example.org>\n{lines}\nDescription: a shop\n that sells\n"
            )
        );

    private Task CheckAsync(string lines, string architecture)
    {
        var package = DebFile.From(Control(lines, architecture));
        var stanza = PoolPackage.From(package, new string('0', 64), 1, DateTimeOffset.UnixEpoch).Stanza;
        return new HostReading(new RepositoryLayout(_data.Path)).CheckAsync(package, stanza, CancellationToken.None);
    }
}
