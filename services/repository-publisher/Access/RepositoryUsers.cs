using System.Text;
using Canary.Failures;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Access;

/// <summary>The users of the file that names them; who is taken out of it is let in no more.</summary>
internal sealed class RepositoryUsers(IOptions<RepositoryPublisherOptions> options, ILogger<RepositoryUsers> logger)
{
    private readonly Lock _gate = new();

    private (DateTime WrittenAt, long Length) _read;
    private (DateTime WrittenAt, long Length)? _unreadable;
    private UserList? _list;

    /// <summary>Whether the repository is for users only.</summary>
    public bool AreRequired => File is not null;

    /// <summary>Where they stand; <c>null</c>: everybody may read the repository.</summary>
    public string? File => options.Value.Access.UsersFile;

    /// <summary>The users as the file has them. One that cannot be read now leaves those of before.</summary>
    /// <exception cref="CanaryException">It could not be read yet.</exception>
    public UserList Current()
    {
        var file = new FileInfo(File!);
        lock (_gate)
        {
            var found = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
            if (_list is null || found != _read)
            {
                _list = ReadAgain(file.FullName, found, _list);
            }

            return _list;
        }
    }

    /// <summary>Reads the file as it is now.</summary>
    /// <exception cref="CanaryException">It cannot be read.</exception>
    public static UserList Read(string path)
    {
        try
        {
            return UserList.Parse(System.IO.File.ReadAllLines(path, Encoding.UTF8));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CanaryException(
                RepositoryPublisherCodes.UsersFileUnreadable,
                $"The users of the repository cannot be read: {exception.Message}",
                "Make the file with htpasswd -B, let the server's user read it, and check repository-publisher.access.users-file.",
                exception
            );
        }
    }

    /// <summary>What cannot be read is tried each time, and told once: rights may change without a trace in the file.</summary>
    private UserList ReadAgain(string path, (DateTime WrittenAt, long Length) found, UserList? before)
    {
        try
        {
            var list = Read(path);
            (_read, _unreadable) = (found, null);
            return list;
        }
        catch (CanaryException fault) when (before is not null)
        {
            if (_unreadable != found)
            {
                logger.LogWarning("{Fault} Those of before stay in force", fault.Message);
                _unreadable = found;
            }

            return before;
        }
    }
}
