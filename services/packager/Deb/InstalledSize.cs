using Canary.Packager.Source;

namespace Canary.Packager.Deb;

/// <summary>The field <c>Installed-Size</c>.</summary>
internal static class InstalledSize
{
    /// <summary>As dpkg-gencontrol counts: files in whole KiB, everything else one each.</summary>
    public static long Of(PackageSpec spec) =>
        spec.Items.Sum(item => item.Kind == FileKind.File ? (item.Size + 1023) / 1024 : 1);
}
