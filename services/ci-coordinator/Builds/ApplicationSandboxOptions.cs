using System.ComponentModel.DataAnnotations;
using Canary.Processes.Sandboxes;

namespace Canary.CiCoordinator.Builds;

/// <summary>What the scripts of one application may do.</summary>
public sealed class ApplicationSandboxOptions
{
    /// <summary>What they reach of the network: <c>private</c>, <c>none</c> or <c>automatic</c>. Default: as for all.</summary>
    public SandboxNetwork? Network { get; set; }

    /// <summary>The only IPv4 networks that they reach, each as <c>ADDRESS/BITS</c>. Default: as for all.</summary>
    public IList<string>? Allow { get; set; }

    /// <summary>IPv4 networks that they do not reach, instead of those for all, each as <c>ADDRESS/BITS</c>. Default: as for
    /// all.</summary>
    public IList<string>? Deny { get; set; }

    /// <summary>Most memory of all processes of a build together, in bytes, 16 MiB to 16 TiB. Default: as for all.</summary>
    [Range(16L << 20, 16L << 40)]
    public long? Memory { get; set; }

    /// <summary>Most space of everything that a build writes, in bytes, 1 MiB to 16 TiB. Default: as for all.</summary>
    [Range(1L << 20, 16L << 40)]
    public long? Disk { get; set; }

    /// <summary>Most processes and threads of a build, 16 to 4,194,304. Default: as for all.</summary>
    [Range(16, 4_194_304)]
    public int? Processes { get; set; }

    /// <summary>Most open files of each process of a build, 16 to 1,048,576. Default: as for all.</summary>
    [Range(16, 1_048_576)]
    public int? OpenFiles { get; set; }

    /// <summary>Files and directories of this machine that they may read besides <c>/usr</c>, instead of those for all: absolute paths.
    /// Default: as for all.</summary>
    public IList<string>? ReadOnlyPaths { get; set; }

    internal SandboxOptions Over(SandboxOptions general) =>
        new()
        {
            Network = Network ?? general.Network,
            Allow = Allow ?? general.Allow,
            Deny = Deny ?? general.Deny,
            Memory = Memory ?? general.Memory,
            Disk = Disk ?? general.Disk,
            Processes = Processes ?? general.Processes,
            OpenFiles = OpenFiles ?? general.OpenFiles,
            ReadOnlyPaths = ReadOnlyPaths ?? general.ReadOnlyPaths,
        };
}
