namespace Canary.AllInOne;

/// <summary>The failures of services/all-in-one: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
internal static class AllInOneCodes
{
    /// <summary>Another server runs on the data directory.</summary>
    /// <remarks>Use that one, stop it, or choose another directory with <c>--data</c>.</remarks>
    public const string DataDirectoryInUse = "data-directory-in-use";

    /// <summary>A backup was not written.</summary>
    /// <remarks>Name the data directory with <c>--data</c> if it is another one, and make the backup again.</remarks>
    public const string BackupFailed = "backup-failed";

    /// <summary>The databases are in PostgreSQL, so no backup of the data directory has them.</summary>
    /// <remarks>Use <c>pg_dump</c>, and copy the publisher's data directory and the files with secrets after it.</remarks>
    public const string BackupElsewhere = "backup-elsewhere";

    /// <summary>A file to restore is no backup of canary-server.</summary>
    /// <remarks>Name a file that <c>canary-server backup</c> has written.</remarks>
    public const string BackupForeign = "backup-foreign";

    /// <summary>A restoration was stopped half way: the data directory is neither what it was nor what the backup holds.</summary>
    /// <remarks>Restore the backup again; what was there before is in <c>before-restore-…</c> of the data directory.</remarks>
    public const string RestoreUnfinished = "restore-unfinished";

    /// <summary>A backup was cut or changed after it was written.</summary>
    /// <remarks>Use another one: the data directory is as it was.</remarks>
    public const string BackupDamaged = "backup-damaged";
}
