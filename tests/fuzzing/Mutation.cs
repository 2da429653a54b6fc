namespace Canary.Fuzzing.Tests;

/// <summary>Changes bytes without knowing what they mean.</summary>
internal static class Mutation
{
    private const int Longest = 64 << 10;

    /// <summary>As long as files of metadata may be; rarely, since it is slow.</summary>
    private const int LongestOfAll = 1 << 20;

    private static readonly byte[][] Numbers =
    [
        .. new[]
        {
            "0",
            "-1",
            "1e9",
            "2147483647",
            "2147483648",
            "4294967295",
            "9223372036854775807",
            "99999999999999999999",
        }.Select(Latin1.Bytes),
    ];

    public static byte[] Of(IReadOnlyList<byte[]> inputs, byte[][] words, Random random)
    {
        var bytes = Any(inputs, random);
        do
        {
            bytes = Once(bytes, inputs, words, random);
        } while (random.Next(3) > 0);

        return bytes;
    }

    public static T Any<T>(IReadOnlyList<T> choices, Random random) => choices[random.Next(choices.Count)];

    private static byte[] Once(byte[] bytes, IReadOnlyList<byte[]> inputs, byte[][] words, Random random)
    {
        var at = random.Next(bytes.Length + 1);
        var end = Math.Min(bytes.Length, at + random.Next(1, 1 << random.Next(1, 10)));
        switch (random.Next(10))
        {
            case 0 when at < end:
                return Replace(bytes, at, at + 1, [(byte)(bytes[at] ^ (1 << random.Next(8)))]);
            case 1:
                return Replace(bytes, at, Math.Min(bytes.Length, at + 1), [(byte)random.Next(256)]);
            case 2:
                return Replace(bytes, at, end, []);
            case 3:
                return Replace(bytes, at, at, bytes[at..end]);
            case 4:
                return Repeated(bytes, at, end, random);
            case 5:
                return Replace(bytes, at, end, Any(Numbers, random));
            case 6:
                var other = Any(inputs, random);
                var from = random.Next(other.Length + 1);
                return Replace(bytes, at, end, other[from..Math.Min(other.Length, from + random.Next(1, 200))]);
            case 7:
                return random.Next(10) == 0 ? bytes[..at] : bytes;
            case 8 when words.Length > 0:
                return Replace(bytes, at, end, Any(words, random));
            default:
                return words.Length > 0 ? Replace(bytes, at, at, Any(words, random)) : bytes;
        }
    }

    private static byte[] Repeated(byte[] bytes, int at, int end, Random random)
    {
        if (at == end)
        {
            return bytes;
        }

        var longest = random.Next(300) == 0 ? LongestOfAll : Longest;
        var times = Math.Max(1, Math.Min(1 << random.Next(1, 20), (longest - bytes.Length) / (end - at)));
        return Replace(bytes, at, end, [.. Enumerable.Repeat(bytes[at..end], times).SelectMany(piece => piece)]);
    }

    private static byte[] Replace(byte[] bytes, int from, int to, byte[] by) =>
        bytes.Length - (to - from) + by.Length <= Longest || by.Length > Longest / 2
            ? [.. bytes.AsSpan(0, from), .. by, .. bytes.AsSpan(to)]
            : bytes;
}
