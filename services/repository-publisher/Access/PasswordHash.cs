using System.Globalization;
using System.Text.RegularExpressions;
using Org.BouncyCastle.Crypto.Generators;

namespace Canary.RepositoryPublisher.Access;

/// <summary>A password as bcrypt keeps it.</summary>
internal sealed partial class PasswordHash
{
    /// <summary>A try would take seconds at the highest cost that bcrypt has.</summary>
    private const int HighestCost = 14;

    private const int LowestCost = 4;

    private readonly string _text;

    private PasswordHash(string text, int cost)
    {
        _text = text;
        Cost = cost;
    }

    /// <summary>The logarithm of the work that a try costs.</summary>
    public int Cost { get; }

    /// <returns><c>null</c>: it is none.</returns>
    public static PasswordHash? TryParse(string text) =>
        Syntax().Match(text) is { Success: true } match
        && int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            is >= LowestCost
                and <= HighestCost
                and var cost
            ? new PasswordHash(text, cost)
            : null;

    /// <summary>A hash of no password that anybody knows, whose tries cost as much.</summary>
    public static PasswordHash Unknown(int cost) =>
        TryParse(
            OpenBsdBCrypt.Generate(
                Guid.NewGuid().ToString("N").ToCharArray(),
                Guid.NewGuid().ToByteArray(),
                Math.Clamp(cost, LowestCost, HighestCost)
            )
        )!;

    public bool IsOf(string password) => OpenBsdBCrypt.CheckPassword(_text, password.ToCharArray());

    [GeneratedRegex(@"\A\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}\z")]
    private static partial Regex Syntax();
}
