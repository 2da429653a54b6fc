using System.Buffers;
using System.Text;
using Canary.Hosting.Logs;
using Canary.Hosting.Security;
using Canary.Testing;

namespace Canary.Hosting.Tests.Logs;

/// <summary>What a log shows of what strangers print.</summary>
public sealed class ShippedLogTests : IDisposable
{
    private const string Secret = "correct-horse-battery-staple";

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("==> script/cibuild passed in 0.1 s\n", "| ==> script/cibuild passed in 0.1 s\n")]
    [InlineData("==>", "| ==>")]
    [InlineData("one\n==> two\n", "one\n| ==> two\n")]
    [InlineData("\r==> after a return\n", "\n| ==> after a return\n")]
    [InlineData("\u001b[2K==> after a sequence\n", "| ==> after a sequence\n")]
    [InlineData("\u200b=\u0000=\u001b[1m> letters apart\n", "| ==> letters apart\n")]
    [InlineData("== not\n==\n=\n", "== not\n==\n=\n")]
    [InlineData("in a line ==> is fine\n", "in a line ==> is fine\n")]
    [InlineData("| ==> quoted\n", "| ==> quoted\n")]
    public async Task Output_cannot_pass_for_a_line_of_our_own(string output, string shown)
    {
        foreach (var pieces in new[] { output.Length, 1 })
        {
            (await ShowAsync([.. output.Chunk(pieces).Select(piece => new string(piece))])).ShouldBe(shown);
        }
    }

    [Fact]
    public async Task A_line_of_our_own_begins_on_a_line_of_its_own()
    {
        var logs = NewLogs();
        await using (var log = logs.Open(new LogName(Guid.Empty)))
        {
            await log.AppendAsync("no line end"u8.ToArray());
            await log.HeadingAsync("first\nmore of it");
            await log.AppendAsync("=="u8.ToArray());
            await log.HeadingAsync("second");
            await log.AppendAsync("> not a heading\nkilled"u8.ToArray());
        }
        await using (var log = logs.Open(new LogName(Guid.Empty)))
        {
            await log.HeadingAsync("another attempt");
        }

        Read()
            .ShouldBe(
                "no line end\n==> first\n    more of it\n==\n==> second\n> not a heading\nkilled\n==> another attempt\n"
            );
    }

    [Theory]
    [InlineData("\u001b[31mred\u001b[0m \u001b[1;2Hhere", "red here")]
    [InlineData("\u001b]0;title\u0007a\u001b]8;;http://x\u001b\\b\u001bP1$r\u001b\\c", "abc")]
    [InlineData("\u001b(Ba\u001b7b\u001bcc", "abc")]
    [InlineData("\u001b]never ends\nbut lines do", "\nbut lines do")]
    [InlineData("10%\r20%\r\ndone\b\b\u007f\u0000", "10%\n20%\ndone")]
    [InlineData("a\u009b31mb\u0085c\u202ed\u2028e", "a31mbcde")]
    [InlineData("Grüße, 世界 \U0001F600\t!", "Grüße, 世界 \U0001F600\t!")]
    public async Task Nothing_rewrites_a_terminal(string output, string shown)
    {
        (await ShowAsync(output)).ShouldBe(shown);
        var bytes = Encoding.UTF8.GetBytes(output);
        (await ShowAsync([.. bytes.Select(one => new[] { one })])).ShouldBe(shown);
    }

    [Fact]
    public async Task What_is_no_UTF_8_is_a_question_mark() =>
        (
            await ShowAsync([
                [0xFF, (byte)'a', 0xC3],
                [(byte)'b', 0xE4, 0xB8],
                [(byte)'\n', 0xC3],
            ])
        ).ShouldBe("?a?b?\n?");

    [Fact]
    public async Task Secrets_are_masked_however_the_output_is_cut()
    {
        var inBase64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret));
        var withUser = Convert.ToBase64String(Encoding.UTF8.GetBytes("me:" + Secret));
        var output =
            $"token={Secret};\n{Secret}{Secret}\ncorr\u001b[0mect-horse-battery-staple\n{inBase64}\n{withUser}\ncorrect-horse\n";
        for (var at = 0; at <= output.Length; at++)
        {
            var shown = await ShowAsync(output[..at], output[at..]);

            shown.ShouldStartWith("token=***;\n***\n***\n***");
            shown.ShouldEndWith("\ncorrect-horse\n");
            shown.ShouldNotContain(Secret);
            shown.ShouldNotContain(inBase64[..12]);
            shown.ShouldNotContain(withUser[8..20]);
        }
    }

    [Fact]
    public async Task Nothing_is_held_back_that_begins_no_secret()
    {
        await using var log = NewLogs(Secret).Open(new LogName(Guid.Empty));

        await log.AppendAsync("waiting\nPassword: "u8.ToArray());
        Read().ShouldBe("waiting\nPassword: ");
        await log.AppendAsync("corr"u8.ToArray());
        Read().ShouldBe("waiting\nPassword: ");
        await log.AppendAsync("al\n"u8.ToArray());
        Read().ShouldBe("waiting\nPassword: corral\n");
    }

    [Fact]
    public async Task Our_own_lines_and_what_a_failure_quotes_hold_no_secret_either()
    {
        await using var log = NewLogs().Open(new LogName(Guid.Empty));
        await log.ConcealAsync([Encoding.UTF8.GetBytes(Secret)]);

        await log.HeadingAsync($"On branch {Secret}");
        await log.AppendAsync(Encoding.UTF8.GetBytes($"it was {Secret[..10]}"));
        await log.AppendAsync(Encoding.UTF8.GetBytes(Secret[10..]));

        (await log.EndOutputAsync()).ShouldBe("it was ***");
        Read().ShouldBe("==> On branch ***\nit was ***");
    }

    [Fact]
    public async Task The_lines_of_a_key_are_masked_one_by_one_and_in_base64()
    {
        var key = string.Join(
            '\n',
            [
                "-----BEGIN PRIVATE KEY-----",
                .. Enumerable.Range(0, 5).Select(n => Convert.ToBase64String(SomeBytes(n, 48))),
                "-----END PRIVATE KEY-----\n",
            ]
        );
        var wrapped = string.Join(
            '\n',
            Convert.ToBase64String(Encoding.UTF8.GetBytes(key)).Chunk(76).Select(line => new string(line))
        );

        var shown = await ShowAsync(key + wrapped, Secrets(key));

        var lines = shown.Split('\n');
        lines[0].ShouldBe("-----BEGIN PRIVATE KEY-----");
        lines[1..6].ShouldAllBe(line => line == "***");
        lines[7..^1].ShouldAllBe(line => line == "***");
    }

    [Fact]
    public void Whatever_the_secrets_and_the_cuts_all_of_each_secret_is_covered_and_nothing_else()
    {
        const int seed = 20261129;
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            // Few letters, so that secrets overlap and begin alike.
            var secrets = Enumerable.Range(0, random.Next(1, 6)).Select(_ => Letters(8 + random.Next(200))).ToList();
            var text = string.Concat(
                Enumerable
                    .Range(0, 20)
                    .Select(_ =>
                        random.Next(3) switch
                        {
                            0 => Letters(random.Next(30)),
                            1 => secrets[random.Next(secrets.Count)],
                            _ => secrets[random.Next(secrets.Count)][..random.Next(8)],
                        }
                    )
            );
            var mask = new SecretMask(secrets.Select(Encoding.UTF8.GetBytes));

            MaskInPieces(mask, text).ShouldBe(MaskSlowly(secrets, text), $"seed {seed}, round {round}");
        }

        string Letters(int length) => new([.. Enumerable.Range(0, length).Select(_ => "ab"[random.Next(2)])]);

        string MaskInPieces(SecretMask mask, string text)
        {
            var output = new MaskedOutput(mask);
            var shown = new ArrayBufferWriter<byte>();
            var rest = Encoding.UTF8.GetBytes(text).AsSpan();
            while (!rest.IsEmpty)
            {
                var piece = rest[..random.Next(1, Math.Min(rest.Length, 100) + 1)];
                output.Take(piece, shown);
                rest = rest[piece.Length..];
            }
            output.End(shown);
            return Encoding.UTF8.GetString(shown.WrittenSpan);
        }
    }

    private static string MaskSlowly(IEnumerable<string> secrets, string text)
    {
        var isCovered = new bool[text.Length];
        foreach (var form in secrets.SelectMany(secret => SecretForms.Of(Encoding.UTF8.GetBytes(secret))))
        {
            var found = Encoding.UTF8.GetString(form);
            for (var at = text.IndexOf(found, StringComparison.Ordinal); at >= 0; )
            {
                Array.Fill(isCovered, true, at, found.Length);
                at = text.IndexOf(found, at + 1, StringComparison.Ordinal);
            }
        }
        var shown = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            shown.Append(
                !isCovered[at] ? text[at].ToString()
                : at > 0 && isCovered[at - 1] ? ""
                : "***"
            );
        }
        return shown.ToString();
    }

    private static byte[] SomeBytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private Task<string> ShowAsync(params string[] pieces) =>
        ShowAsync([.. pieces.Select(Encoding.UTF8.GetBytes)], Secrets(Secret));

    private Task<string> ShowAsync(string output, KnownSecrets secrets) =>
        ShowAsync([Encoding.UTF8.GetBytes(output)], secrets);

    private Task<string> ShowAsync(byte[][] pieces) => ShowAsync(pieces, Secrets(Secret));

    private async Task<string> ShowAsync(byte[][] pieces, KnownSecrets secrets)
    {
        var name = new LogName(Guid.NewGuid());
        await using (var log = new Logs(_directory.Path, secrets).Open(name))
        {
            foreach (var piece in pieces)
            {
                await log.AppendAsync(piece);
            }
        }
        return Read(name);
    }

    private string Read(LogName name = default) =>
        File.ReadAllText(Directory.GetFiles(_directory.Path, $"{name.ReleaseId:N}.*").ShouldHaveSingleItem());

    private Logs NewLogs(params string[] secrets) => new(_directory.Path, Secrets(secrets));

    private static KnownSecrets Secrets(params string[] secrets) =>
        new([new SecretSource(() => secrets.Select(Encoding.UTF8.GetBytes))]);

    private sealed class Logs(string directory, KnownSecrets secrets)
        : ShippedLogs(directory, stage: "build", isContinued: false, secrets);
}
