using System.Globalization;
using System.Text.RegularExpressions;
using Canary.Failures;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>The fields that a package may have, and what they may hold. All of them go into indexes that every host reads.</summary>
internal static partial class ControlRules
{
    /// <summary>What each field must be; relations have rules of their own.</summary>
    private static readonly Dictionary<string, Func<string, bool>> Fields = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Package"] = PackageName.IsValid,
        ["Version"] = value => DebianVersion.TryParse(value) is not null,
        ["Architecture"] = IsLine,
        ["Maintainer"] = IsLine,
        ["Installed-Size"] = value => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _),
        ["Section"] = SectionSyntax().IsMatch,
        ["Multi-Arch"] = value => value is "no" or "same" or "foreign" or "allowed",
        ["Priority"] = value => value is "optional" or "extra",
        ["Homepage"] = IsLine,
        ["Description"] = value => value.Length > 0,
        ["Source"] = IsLine,
        ["Built-Using"] = IsLine,
        ["Static-Built-Using"] = IsLine,
        ["Original-Maintainer"] = IsLine,
        ["Bugs"] = IsLine,
        ["License"] = IsLine,
        ["Vendor"] = IsLine,
    };

    /// <summary>Fields that no configuration lets in: the repository states them itself, or they take a host's say over what is
    /// installed.</summary>
    private static readonly HashSet<string> NeverAllowed = new(StringComparer.OrdinalIgnoreCase)
    {
        "Essential",
        "Important",
        "Protected",
        "Filename",
        "Size",
        "MD5sum",
        "SHA1",
        "SHA256",
        "SHA512",
        "Status",
        "Phased-Update-Percentage",
        "Conffiles",
        "Config-Version",
    };

    public static bool CanBeAllowed(string field) => FieldSyntax().IsMatch(field) && !NeverAllowed.Contains(field);

    /// <exception cref="CanaryException">A field is not allowed, or not what dpkg and apt read.</exception>
    public static void Check(ControlParagraph control, ICollection<string> allowed)
    {
        foreach (var (name, value) in control.Fields)
        {
            if (Relations.Fields.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                continue;
            }

            if (!Fields.TryGetValue(name, out var isRight))
            {
                isRight = allowed.Contains(name, StringComparer.OrdinalIgnoreCase) ? IsLine : throw NotAllowed(name);
            }

            if (!isRight(value))
            {
                throw InvalidPackage.Because($"its field {name} cannot be '{Shortened(value)}'");
            }
        }

        foreach (var field in Relations.Fields)
        {
            _ = Relations.NamesIn(control, field);
        }
    }

    private static bool IsLine(string value) => value.Length > 0 && !value.Contains('\n', StringComparison.Ordinal);

    private static string Shortened(string value) =>
        value.Length > 100 ? value[..100] + "…" : value.Replace("\n", " ", StringComparison.Ordinal);

    private static CanaryException NotAllowed(string field) =>
        new(
            RepositoryPublisherCodes.ControlFieldNotAllowed,
            $"The package has the field '{field}', which the repository does not take.",
            CanBeAllowed(field)
                ? $"Build it without that field, or add '{field}' to repository-publisher.admission.fields."
                : "Build it without that field; no setting allows it."
        );

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9+-]*(/[A-Za-z0-9][A-Za-z0-9+-]*)?\z")]
    private static partial Regex SectionSyntax();

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9-]*\z")]
    private static partial Regex FieldSyntax();
}
