namespace Canary.Durability.Connections;

/// <summary>How connections to a broker or a database are encrypted.</summary>
internal static class TlsModes
{
    public const string Off = "off";
    public const string Require = "require";
    public const string Verify = "verify";
}
