namespace Canary.Recipes.Tests;

/// <summary>A program in two versions: one that was not written for Canary, or where there is none, the example of a page.</summary>
/// <param name="Name">Its name, and its package's.</param>
/// <param name="Recipe">The page of <c>docs/recipes</c> that it is packaged by.</param>
internal sealed record RealProgram(string Name, string Recipe)
{
    /// <summary>Puts the first or the second version into an empty directory, and says what it is called: its source, or the file of a
    /// package.</summary>
    public required Func<int, string, Task<string>> FetchAsync { get; init; }

    /// <summary>Whether somebody else has built the package.</summary>
    public bool IsBuiltElsewhere { get; init; }

    /// <summary>Whether it is the example of the page.</summary>
    public bool IsOfThePage { get; init; }

    /// <summary>The units that are active.</summary>
    public required IReadOnlyList<string> Units { get; init; }

    /// <summary>A unit that runs to its end; <c>null</c>: none does.</summary>
    public string? Job { get; init; }

    /// <summary>The part of an address that is asked for; <c>null</c>: a command tells the version.</summary>
    public string? Page { get; init; }

    /// <summary>Where the page is.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>A program of the host that tells the version.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>What the answer of a version contains, and that of another does not.</summary>
    public Func<string, string> Answer { get; init; } = version => version;

    /// <summary>Whether what is built on one release of Debian runs on that alone.</summary>
    public bool IsForOneRelease { get; init; }

    /// <summary>What lintian calls an error and cannot be otherwise, as the page says.</summary>
    public IReadOnlyList<string> Known { get; init; } = [];

    public override string ToString() => Name;
}
