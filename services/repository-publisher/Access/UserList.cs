namespace Canary.RepositoryPublisher.Access;

/// <summary>Users and their passwords.</summary>
internal sealed class UserList
{
    private readonly Dictionary<string, PasswordHash> _users = [];
    private readonly PasswordHash _nobody;

    private UserList(Dictionary<string, PasswordHash> users, IReadOnlyList<int> unreadLines)
    {
        _users = users;
        UnreadLines = unreadLines;
        _nobody = PasswordHash.Unknown(users.Values.Select(hash => hash.Cost).DefaultIfEmpty().Max());
    }

    public int Count => _users.Count;

    /// <summary>Numbers of the lines that name no user whose password can be checked.</summary>
    public IReadOnlyList<int> UnreadLines { get; }

    public static UserList Parse(IReadOnlyList<string> lines)
    {
        var users = new Dictionary<string, PasswordHash>(StringComparer.Ordinal);
        var unread = new List<int>();
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line.StartsWith('#'))
            {
                continue;
            }

            if (line.Split(':', 2) is [{ Length: > 0 } user, var text] && PasswordHash.TryParse(text) is { } hash)
            {
                users[user] = hash;
            }
            else
            {
                unread.Add(i + 1);
            }
        }

        return new UserList(users, unread);
    }

    /// <summary>Whether a user has this password. It takes as long for a user that there is not.</summary>
    public bool Has(string user, string password)
    {
        var known = _users.TryGetValue(user, out var hash);
        return (hash ?? _nobody).IsOf(password) && known;
    }
}
