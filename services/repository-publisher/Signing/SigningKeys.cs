using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Signing;

/// <summary>The keys as their files have them now: another replica may rotate them.</summary>
internal sealed class SigningKeys
{
    private const string CurrentName = "archive-key.pgp";
    private const string NextName = "archive-key.next.pgp";

    private readonly string _directory;
    private readonly Lock _gate = new();
    private (FileState Current, FileState Next) _state;
    private ArchiveKeys? _keys;

    public SigningKeys(RepositoryLayout layout)
    {
        _directory = layout.Keys;
        CurrentFile = Path.Combine(_directory, CurrentName);
        NextFile = Path.Combine(_directory, NextName);
    }

    public string CurrentFile { get; }

    public string NextFile { get; }

    public ArchiveKeys Now
    {
        get
        {
            lock (_gate)
            {
                var state = (FileState.Of(CurrentFile), FileState.Of(NextFile));
                // A key whose file is gone is still good for as long as the process lives, and the doctor tells of it.
                if (_keys is null || (state != _state && state.Item1.Exists))
                {
                    _keys = Read();
                    _state = state;
                }

                return _keys;
            }
        }
    }

    /// <summary>Opens the keys of a repository, and makes the first one where nothing was ever signed.</summary>
    public static SigningKeys Open(
        RepositoryLayout layout,
        IOptions<RepositoryPublisherOptions> options,
        TimeProvider time
    )
    {
        var keys = new SigningKeys(layout);
        OwnKey.Open(keys, layout, NewKey.From(options.Value), time.GetUtcNow());
        return keys;
    }

    /// <summary>Makes the key that takes the place of the current one, unless there is one already.</summary>
    public void MakeNext(NewKey wanted, DateTimeOffset now) => ArchiveKey.Make(NextFile, wanted, now);

    /// <summary>Puts the next key in the place of the current one, at once.</summary>
    public void Retire()
    {
        Posix.Rename(NextFile, CurrentFile);
        Posix.Flush(_directory);
    }

    private ArchiveKeys Read()
    {
        var current = ArchiveKey.Open(CurrentFile);
        var next = File.Exists(NextFile) ? ArchiveKey.Open(NextFile) : null;
        return new ArchiveKeys(current, next);
    }

    private readonly record struct FileState(bool Exists, DateTime WrittenAt, long Length)
    {
        public static FileState Of(string path)
        {
            var file = new FileInfo(path);
            return file.Exists ? new FileState(true, file.LastWriteTimeUtc, file.Length) : default;
        }
    }
}
