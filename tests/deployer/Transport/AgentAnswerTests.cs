using System.Globalization;
using System.Text;
using Canary.Deployer.Transport;

namespace Canary.Deployer.Tests.Transport;

public sealed class AgentAnswerTests
{
    private const string Boundary = "0123456789abcdef";

    private const string Whole =
        "\n--0123456789abcdef output 8\nline 1\n\n"
        + "\n--0123456789abcdef package 21\nshop installed ok 1.0"
        + "\n--0123456789abcdef result 5\ndone\n"
        + "\n--0123456789abcdef end 0\n";

    [Theory]
    [InlineData("", "")]
    [InlineData("Welcome to web-7\n3 updates can be applied.\n", "")]
    [InlineData("no newline", "")]
    [InlineData("", "Goodbye.")]
    [InlineData("\n--0123456789abcde", "\n--0123456789abcdef ")]
    [InlineData("\n--0123456789abcdef output many\n", "")]
    [InlineData("\n--fedcba9876543210 package 21\nshop installed ok 9.9", "")]
    public void An_answer_is_found_whatever_surrounds_it(string before, string after)
    {
        foreach (var size in new[] { 1, 7, 4096 })
        {
            var answer = Read(before + Whole + after, size);

            answer.IsWhole.ShouldBeTrue();
            answer.Result.ShouldBe("done");
            answer.Output.ShouldBe("line 1\n\n");
            answer.Packages["shop"].Is("1.0").ShouldBeTrue();
            answer.Noise.ShouldContain(before.Trim() is var noise && noise.StartsWith("--") ? "" : noise);
        }
    }

    [Fact]
    public void An_answer_that_ends_in_the_middle_is_not_whole()
    {
        var text = Whole.TrimEnd('\n');
        for (var length = 0; length < text.Length; length++)
        {
            Read(text[..length], size: 4096).IsWhole.ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("none ok ", null, true)]
    [InlineData("config-files ok 1.0", null, true)]
    [InlineData("installed ok 1.0", "1.0", true)]
    [InlineData("installed reinstreq 1.0", "1.0", false)]
    [InlineData("damaged ok 1.0", "1.0", false)]
    [InlineData("half-configured ok 1.0", "1.0", false)]
    [InlineData("half-installed ok ", null, false)]
    public void What_dpkg_says_of_a_package_is_understood(string said, string? version, bool isComplete)
    {
        var text = $"shop {said}";
        var answer = Read($"\n--{Boundary} package {text.Length}\n{text}", size: 4096);

        answer.Packages["shop"].ShouldBe(new InstalledPackage(version, isComplete));
        answer.HasBegun.ShouldBeTrue();
    }

    [Theory]
    [InlineData("1767268800", "2026-01-01T12:00:00Z")]
    [InlineData("", null)]
    [InlineData("noon", null)]
    [InlineData("99999999999999999999", null)]
    [InlineData("999999999999999", null)]
    public void The_clock_of_a_host_is_read_where_it_can_be(string said, string? time)
    {
        var answer = Read($"\n--{Boundary} clock {said.Length}\n{said}", size: 4096);

        answer.Clock.ShouldBe(time is null ? null : DateTimeOffset.Parse(time, CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Noise_alone_is_no_answer()
    {
        var answer = Read("bash: canary-apply: command not found\n", size: 5);

        answer.HasBegun.ShouldBeFalse();
        answer.Noise.ShouldBe("bash: canary-apply: command not found");
    }

    private static AgentAnswer Read(string text, int size)
    {
        var answer = new AgentAnswer(Boundary, _ => { });
        foreach (var piece in Encoding.UTF8.GetBytes(text).Chunk(size))
        {
            answer.Take(piece);
        }

        answer.End();
        return answer;
    }
}
