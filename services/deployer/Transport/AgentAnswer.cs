using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Canary.Deployer.Transport;

/// <summary>Reads the answer of <c>canary-apply</c> out of what a host prints, whatever else it prints before, between and
/// after (<c>hosts/canary-apply</c> describes the frames).</summary>
/// <param name="boundary">What begins a frame, new for each request.</param>
/// <param name="output">Takes what apt, scripts and health commands print, while they do.</param>
internal sealed class AgentAnswer(string boundary, Action<string> output)
{
    private const int LongestHeader = 40;

    private const int MostNoise = 2000;

    private readonly byte[] _mark = Encoding.ASCII.GetBytes($"\n--{boundary} ");
    private readonly ArrayBufferWriter<byte> _pending = new();
    private readonly ArrayBufferWriter<byte> _noise = new();
    private readonly StringBuilder _output = new();
    private readonly Dictionary<string, InstalledPackage> _packages = new(StringComparer.Ordinal);
    private readonly HashSet<string> _abilities = new(StringComparer.Ordinal);

    /// <summary>Whether any frame came.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether the last frame came.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>The word of the result; empty before it came.</summary>
    public string Result { get; private set; } = "";

    /// <summary>What there is to say about the result.</summary>
    public string Text { get; private set; } = "";

    /// <summary>What the host's clock showed, in whole seconds; <c>null</c>: it did not say.</summary>
    public DateTimeOffset? Clock { get; private set; }

    /// <summary>How many bytes of a hook's output have been passed on; <c>null</c>: it did not say.</summary>
    public long? Offset { get; private set; }

    /// <summary>What was printed while the request was carried out.</summary>
    public string Output => _output.ToString();

    /// <summary>The beginning of what is no answer: greetings, complaints of a shell.</summary>
    public string Noise => Encoding.UTF8.GetString(_noise.WrittenSpan).Trim();

    public IReadOnlyDictionary<string, InstalledPackage> Packages => _packages;

    /// <summary>What this <c>canary-apply</c> can do and older ones cannot.</summary>
    public IReadOnlySet<string> Abilities => _abilities;

    /// <summary>Takes the next bytes.</summary>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        _pending.Write(bytes);
        var rest = _pending.WrittenSpan;
        while (TryTakeFrame(ref rest)) { }

        if (rest.Length != _pending.WrittenCount)
        {
            var left = rest.ToArray();
            _pending.ResetWrittenCount();
            _pending.Write(left);
        }
    }

    /// <summary>The request is sent again.</summary>
    public void Restart()
    {
        End();
        _packages.Clear();
        _abilities.Clear();
        (HasBegun, IsWhole, Result, Text, Clock, Offset) = (false, false, "", "", null, null);
    }

    /// <summary>Nothing comes any more.</summary>
    public void End()
    {
        AddNoise(_pending.WrittenSpan);
        _pending.ResetWrittenCount();
    }

    private bool TryTakeFrame(ref ReadOnlySpan<byte> rest)
    {
        var start = rest.IndexOf(_mark);
        if (start < 0)
        {
            // The mark may have begun.
            var noise = Math.Max(0, rest.Length - _mark.Length);
            AddNoise(rest[..noise]);
            rest = rest[noise..];
            return false;
        }

        AddNoise(rest[..start]);
        rest = rest[start..];
        var header = rest[_mark.Length..];
        var end = header[..Math.Min(header.Length, LongestHeader)].IndexOf((byte)'\n');
        if (end < 0)
        {
            return header.Length >= LongestHeader && Skip(ref rest);
        }

        var space = header[..end].IndexOf((byte)' ');
        if (
            space < 0
            || !Utf8Parser.TryParse(header[(space + 1)..end], out int length, out var digits)
            || digits != end - space - 1
            || length < 0
        )
        {
            return Skip(ref rest);
        }

        var content = header[(end + 1)..];
        if (content.Length < length)
        {
            return false;
        }

        HasBegun = true;
        Accept(Encoding.ASCII.GetString(header[..space]), Encoding.UTF8.GetString(content[..length]));
        rest = content[length..];
        return true;
    }

    /// <summary>What looks like a frame and is none.</summary>
    private bool Skip(ref ReadOnlySpan<byte> rest)
    {
        AddNoise(rest[.._mark.Length]);
        rest = rest[_mark.Length..];
        return true;
    }

    private void Accept(string kind, string content)
    {
        switch (kind)
        {
            case "output":
                _output.Append(content);
                output(content);
                break;
            case "package":
                if (content.Split(' ') is [var name, var status, var error, var version])
                {
                    _packages[name] = Read(status, error, version);
                }

                break;
            case "result":
                var end = content.IndexOf('\n', StringComparison.Ordinal);
                Result = end < 0 ? content : content[..end];
                Text = end < 0 ? "" : content[(end + 1)..].Trim();
                break;
            case "clock" when IsTime(content, out var seconds):
                Clock = DateTimeOffset.FromUnixTimeSeconds(seconds);
                break;
            case "offset" when long.TryParse(content, NumberStyles.None, CultureInfo.InvariantCulture, out var offset):
                Offset = offset;
                break;
            case "ability":
                _abilities.Add(content);
                break;
            case "end":
                IsWhole = true;
                break;
            default:
                // Of a newer canary-apply.
                break;
        }
    }

    /// <summary>Digits, as many as fit: a clock may show anything.</summary>
    private static bool IsTime(string content, out long seconds) =>
        long.TryParse(content, NumberStyles.None, CultureInfo.InvariantCulture, out seconds)
        && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private static InstalledPackage Read(string status, string error, string version) =>
        (status, error, version) switch
        {
            ("none" or "not-installed" or "config-files", _, _) => InstalledPackage.None,
            (_, _, "") => new InstalledPackage(Version: null, IsComplete: false),
            ("installed", "ok", _) => new InstalledPackage(version, IsComplete: true),
            _ => new InstalledPackage(version, IsComplete: false),
        };

    private void AddNoise(ReadOnlySpan<byte> bytes) =>
        _noise.Write(bytes[..Math.Min(bytes.Length, MostNoise - _noise.WrittenCount)]);
}
