using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;

namespace Canary.Processes.Sandboxes;

/// <summary>What the scripts of a commit may do. Section <c>ci-coordinator:builds:sandbox</c>.</summary>
public sealed class SandboxOptions
{
    /// <summary>What the scripts reach of the network: <c>private</c> (the networks of this machine by slirp4netns, but neither this
    /// machine nor link-local and metadata addresses; IPv4), <c>none</c>, or <c>automatic</c>: the first where slirp4netns
    /// works, else the second, and the log of the build says so. Default: <c>automatic</c>.</summary>
    public SandboxNetwork Network { get; set; } = SandboxNetwork.Automatic;

    /// <summary>The only IPv4 networks that scripts reach, each as <c>ADDRESS/BITS</c>. Default: all.</summary>
    public IList<string> Allow { get; set; } = [];

    /// <summary>IPv4 networks that scripts do not reach, each as <c>ADDRESS/BITS</c>: of two networks the more specific one decides,
    /// of two that are the same this one. Name here what listens elsewhere and takes nobody's password, also other
    /// machines of Canary. Default: none.</summary>
    public IList<string> Deny { get; set; } = [];

    /// <summary>Most memory of all processes of a build together, in bytes, 16 MiB to 16 TiB. Default: three quarters of the
    /// memory of the machine.</summary>
    [Range(16L << 20, 16L << 40)]
    public long? Memory { get; set; }

    /// <summary>Most space of everything that a build writes, its cache too, in bytes, 1 MiB to 16 TiB. An empty file counts as 4 KiB.
    /// Default: 20 GiB.</summary>
    [Range(1L << 20, 16L << 40)]
    public long Disk { get; set; } = 20L << 30;

    /// <summary>Most processes and threads of a build, 16 to 4,194,304. Default: 4096.</summary>
    [Range(16, 4_194_304)]
    public int Processes { get; set; } = 4096;

    /// <summary>Most open files of each process of a build, 16 to 1,048,576. Default: 65,536, or what the machine allows if that
    /// is less.</summary>
    [Range(16, 1_048_576)]
    public int OpenFiles { get; set; } = 65_536;

    /// <summary>Files and directories of this machine that scripts may read besides <c>/usr</c>, for example compilers in
    /// <c>/opt</c>: absolute paths. Default: none.</summary>
    public IList<string> ReadOnlyPaths { get; set; } = [];

    /// <summary>What is wrong with it, beside its annotations: each with the name of the option.</summary>
    public IEnumerable<(string Name, string Problem)> Problems()
    {
        foreach (var network in Allow.Where(network => !IsNetwork(network)))
        {
            yield return (nameof(Allow), $"'{network}' is no IPv4 network such as 10.0.0.0/8.");
        }
        foreach (var network in Deny.Where(network => !IsNetwork(network)))
        {
            yield return (nameof(Deny), $"'{network}' is no IPv4 network such as 10.0.0.0/8.");
        }
        foreach (var path in ReadOnlyPaths.Where(path => !Path.IsPathRooted(path)))
        {
            yield return (nameof(ReadOnlyPaths), $"'{path}' is not an absolute path.");
        }
    }

    private static bool IsNetwork(string text) =>
        IPNetwork.TryParse(text, out var network) && network.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
}

/// <summary>What a sandboxed program reaches of the network.</summary>
public enum SandboxNetwork
{
    /// <summary><see cref="Private"/> where that works, else <see cref="None"/>.</summary>
    Automatic,

    /// <summary>The networks of this machine, but not the machine.</summary>
    Private,

    /// <summary>Nothing.</summary>
    None,
}
