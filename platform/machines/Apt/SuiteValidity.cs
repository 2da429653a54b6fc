using System.Globalization;

namespace Canary.Machines.Apt;

/// <summary>For how long a <c>Release</c> file may be believed. A good signature stays good, so whoever can answer in the repository's place
/// can show one of long ago. The source is part of the command line too.</summary>
internal static class SuiteValidity
{
    private const string Field = "Valid-Until: ";

    /// <summary>Whether it is still valid; without an end it is, as for apt.</summary>
    public static bool IsValid(string release, DateTimeOffset now) =>
        release.Split('\n').FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal)) is not { } line
        || (
            DateTimeOffset.TryParseExact(
                line[Field.Length..],
                "ddd, dd MMM yyyy HH:mm:ss 'UTC'",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var until
            )
            && now <= until
        );
}
