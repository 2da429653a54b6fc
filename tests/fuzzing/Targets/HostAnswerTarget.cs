using System.Text;
using Canary.Deployer.Transport;

namespace Canary.Fuzzing.Tests.Targets;

/// <summary>What hosts answer, in pieces of any size.</summary>
internal sealed class HostAnswerTarget()
    : TextTarget(
        "host-answer",
        [
            Mark,
            $"{Mark}output 3\nabc",
            $"{Mark}package 21\nshop installed ok 1.0",
            $"{Mark}package 12\nshop none ok",
            $"{Mark}result 5\ndone\n",
            $"{Mark}clock 10\n1767268800",
            $"{Mark}end 0\n",
            $"{Mark}end -1\n",
            $"{Mark}end +0\n",
            $"{Mark}end 2147483647\n",
            $"{Mark}clock 19\n9223372036854775807",
            $"{Mark}new 1\nx",
            "\n",
            "--",
            " ",
            "\0",
            "\u00ff",
        ],
        [
            $"Welcome\n{Mark}output 8\nline 1\n\n{Mark}package 21\nshop installed ok 1.0{Mark}clock 10\n1767268800{Mark}result 5\ndone\n{Mark}end 0\n",
            $"{Mark}result 20\nunhealthy\nit is bad\n{Mark}end 0\n",
            "bash: canary-apply: command not found\n",
            "",
        ]
    )
{
    private const string Boundary = "0123456789abcdef";

    private const string Mark = $"\n--{Boundary} ";

    public override Reading Read(byte[] input)
    {
        var whole = Take(input, input.Length);
        return new Reading(
            $"{whole.HasBegun} {whole.IsWhole} {whole.Clock is not null} {Math.Min(whole.Packages.Count, 3)} {whole.Result is "done"} "
                + $"{whole.Output.Length > 0} {whole.Noise.Length > 0} {whole.Text.Length > 0}",
            () => Judge(input, whole)
        );
    }

    private static AgentAnswer Take(byte[] input, int size)
    {
        var answer = new AgentAnswer(Boundary, _ => { });
        foreach (var piece in input.Chunk(Math.Max(1, size)))
        {
            answer.Take(piece);
        }

        answer.End();
        return answer;
    }

    /// <summary>It says the same however it arrives, and no more than was sent.</summary>
    private static void Judge(byte[] input, AgentAnswer whole)
    {
        var inPieces = Take(input, 1 + (input.Length % 97));
        (
            inPieces.HasBegun,
            inPieces.IsWhole,
            inPieces.Result,
            inPieces.Text,
            inPieces.Clock,
            inPieces.Output,
            inPieces.Noise
        ).ShouldBe((whole.HasBegun, whole.IsWhole, whole.Result, whole.Text, whole.Clock, whole.Output, whole.Noise));
        inPieces.Packages.ShouldBe(whole.Packages, ignoreOrder: true);
        whole.Output.Length.ShouldBeLessThanOrEqualTo(input.Length);
        if (whole.IsWhole)
        {
            input.AsSpan().IndexOf(Encoding.ASCII.GetBytes($"{Mark}end ")).ShouldBeGreaterThanOrEqualTo(0);
        }
    }
}
