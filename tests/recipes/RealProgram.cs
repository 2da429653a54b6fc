namespace Canary.Recipes.Tests;

/// <summary>A program that was not written for Canary, in two versions.</summary>
/// <param name="Name">Its name, and its package's.</param>
/// <param name="Recipe">The page of <c>docs/recipes</c> that it is packaged by.</param>
internal sealed record RealProgram(string Name, string Recipe)
{
    /// <summary>Puts a version, 1 or 2, into an empty directory.</summary>
    public required Func<int, string, Task> FetchAsync { get; init; }

    /// <summary>The units that run.</summary>
    public required IReadOnlyList<string> Units { get; init; }

    /// <summary>The part of an address that is asked for; <c>null</c>: nothing listens.</summary>
    public string? Page { get; init; }

    /// <summary>A program on the host that tells the version where no page does.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>What the answer of a version contains, and that of the other one does not.</summary>
    public required Func<int, string> Answer { get; init; }

    /// <summary>Whether what is built on one release of Debian runs on that alone.</summary>
    public bool IsForOneRelease { get; init; }

    public override string ToString() => Name;
}
