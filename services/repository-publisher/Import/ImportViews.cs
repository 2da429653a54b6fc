using Canary.Contracts;

namespace Canary.RepositoryPublisher.Import;

/// <summary>A package file of another repository, as the index there has it.</summary>
internal sealed record ForeignFile
{
    public required string Package { get; init; }

    public required string Version { get; init; }

    public required string Architecture { get; init; }

    public required string Sha256 { get; init; }

    public required long Size { get; init; }

    /// <summary>The application that its name shall belong to.</summary>
    public required string Application { get; init; }
}

/// <summary>Files that somebody would bring.</summary>
internal sealed record ImportQuestion(IReadOnlyList<ForeignFile> Files);

/// <summary>What would come of each file, in the order of the question.</summary>
internal sealed record ImportPlan(IReadOnlyList<PlannedFile> Files);

/// <summary>What would come of a file.</summary>
/// <param name="Sha256">Which file.</param>
/// <param name="State"><c>new</c>, <c>present</c> or <c>refused</c>.</param>
/// <param name="Failure">Why it is refused.</param>
internal sealed record PlannedFile(string Sha256, string State, Failure? Failure);

/// <summary>Packages that suites shall list as another repository did.</summary>
internal sealed record ListingQuestion(IReadOnlyList<ForeignListing> Listings);

/// <summary>The versions of a package in a suite of another repository.</summary>
internal sealed record ForeignListing
{
    /// <summary>The suite here.</summary>
    public required string Suite { get; init; }

    public required string Application { get; init; }

    public required string Package { get; init; }

    /// <summary>In any order; the highest is to be offered.</summary>
    public required IReadOnlyList<string> Versions { get; init; }
}

/// <summary>What came of each listing, in the order of the question.</summary>
internal sealed record ListingAnswer(IReadOnlyList<ListingOutcome> Listings);

/// <summary>What came of a listing.</summary>
internal sealed record ListingOutcome
{
    public required string Suite { get; init; }

    public required string Package { get; init; }

    /// <summary><c>listed</c>, <c>unchanged</c>, <c>kept</c> (a release of this server decides there) or <c>refused</c>.</summary>
    public required string State { get; init; }

    /// <summary>What the suite offers now; <c>null</c>: nothing.</summary>
    public string? Offered { get; init; }

    public Failure? Failure { get; init; }
}
