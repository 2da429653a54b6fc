using Canary.Files;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Rehearsal;

/// <summary>The Debian system that packages are rehearsed in.</summary>
internal sealed class RehearsalSystem(DataDirectory data, IOptions<PackagerOptions> options)
{
    /// <summary>What <c>hosts/prepare-rehearsal.sh</c> writes last: release and architecture.</summary>
    private const string Mark = "etc/canary-rehearsal";

    /// <summary>The script takes no place on whose way others than root may write, as the packager may in its data directory.</summary>
    private const string SuggestedPath = "/var/lib/canary-rehearsal/system";

    /// <summary>Where it is, or should be.</summary>
    public string Path => options.Value.Rehearsal.System ?? System.IO.Path.Combine(data.For("packager"), "rehearsal");

    /// <summary>What it is, for example <c>bookworm amd64</c>; <c>null</c>: there is none.</summary>
    public string? Name
    {
        get
        {
            try
            {
                return File.ReadAllText(System.IO.Path.Combine(Path, Mark)).Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>How to make one.</summary>
    public string Remedy
    {
        get
        {
            var place = options.Value.Rehearsal.System ?? SuggestedPath;
            return $"Make one, as root: canary-prepare-rehearsal --owner USER {place} (without the packages of Canary: hosts/prepare-rehearsal.sh), where USER runs the "
                + $"packager, and set packager.rehearsal.system: {place}; or set "
                + "packager.rehearsal.mode: off.";
        }
    }
}
