using System.Text.Json;

namespace Canary.AllInOne.Backups;

/// <summary>What a backup holds. It stands at its end: a file that was cut has none.</summary>
internal sealed record BackupManifest
{
    /// <summary>First entry of a backup, which tells it from any other archive.</summary>
    public const string MarkerName = "canary-backup";

    /// <summary>Content of the first entry.</summary>
    public const string Marker = "1\n";

    /// <summary>Last entry.</summary>
    public const string Name = "canary-backup.json";

    /// <summary>Below it is the data directory.</summary>
    public const string Data = "data/";

    /// <summary>The configuration file, where there is one.</summary>
    public const string Configuration = "configuration.yml";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Version of the server that wrote it.</summary>
    public required string Version { get; init; }

    /// <summary>SHA-256 of each file by its name in the archive, lower-case hexadecimal.</summary>
    public required IReadOnlyDictionary<string, string> Files { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    public static BackupManifest? Read(Stream content) => JsonSerializer.Deserialize<BackupManifest>(content, Json);
}
