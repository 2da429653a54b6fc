namespace Canary.Packager.Deb;

/// <summary>User and group that something in a package belongs to.</summary>
/// <param name="User">Name of the user.</param>
/// <param name="Group">Name of the group, or <see cref="GroupOfUser"/>.</param>
internal sealed record FileOwner(string User, string Group)
{
    /// <summary>Ids that every Debian system has (base-passwd, users-and-groups; Policy 9.2.2: 0-99).</summary>
    private static readonly Dictionary<string, int> Users = new(StringComparer.Ordinal)
    {
        ["root"] = 0,
        ["daemon"] = 1,
        ["bin"] = 2,
        ["sys"] = 3,
        ["games"] = 5,
        ["man"] = 6,
        ["lp"] = 7,
        ["mail"] = 8,
        ["news"] = 9,
        ["uucp"] = 10,
        ["proxy"] = 13,
        ["www-data"] = 33,
        ["backup"] = 34,
        ["list"] = 38,
        ["irc"] = 39,
    };

    private static readonly Dictionary<string, int> Groups = new(StringComparer.Ordinal)
    {
        ["root"] = 0,
        ["daemon"] = 1,
        ["bin"] = 2,
        ["sys"] = 3,
        ["adm"] = 4,
        ["tty"] = 5,
        ["disk"] = 6,
        ["lp"] = 7,
        ["mail"] = 8,
        ["news"] = 9,
        ["uucp"] = 10,
        ["man"] = 12,
        ["proxy"] = 13,
        ["kmem"] = 15,
        ["dialout"] = 20,
        ["fax"] = 21,
        ["voice"] = 22,
        ["cdrom"] = 24,
        ["floppy"] = 25,
        ["tape"] = 26,
        ["sudo"] = 27,
        ["audio"] = 29,
        ["dip"] = 30,
        ["www-data"] = 33,
        ["backup"] = 34,
        ["operator"] = 37,
        ["list"] = 38,
        ["irc"] = 39,
        ["src"] = 40,
        ["shadow"] = 42,
        ["utmp"] = 43,
        ["video"] = 44,
        ["sasl"] = 45,
        ["plugdev"] = 46,
        ["staff"] = 50,
        ["games"] = 60,
    };

    /// <summary>The group that the user logs in with, whatever it is called.</summary>
    public const string GroupOfUser = "";

    /// <summary>Whether every Debian system has a group of this name.</summary>
    public static bool IsGroupEverywhere(string name) => Groups.ContainsKey(name);

    public static FileOwner Root { get; } = new("root", "root");

    /// <summary>Whether every Debian system has both, so that dpkg can unpack it to them.</summary>
    public bool IsEverywhere => Users.ContainsKey(User) && Groups.ContainsKey(Group);

    /// <summary>The user's id, where every system has the same.</summary>
    public int UserId => Users[User];

    /// <summary>The group's id, where every system has the same.</summary>
    public int GroupId => Groups[Group];
}
