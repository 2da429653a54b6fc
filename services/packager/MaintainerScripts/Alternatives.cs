using System.Globalization;

namespace Canary.Packager.MaintainerScripts;

/// <summary>A program that the package offers under a name that several packages may have: update-alternatives(1).</summary>
/// <param name="Name">The name.</param>
/// <param name="Link">Where the name stands, for example <c>/usr/bin/editor</c>.</param>
/// <param name="Path">Absolute path of the program, or one below the application's directory.</param>
/// <param name="Priority">The highest one wins.</param>
internal sealed record Alternative(string Name, string Link, string Path, int Priority);

/// <summary>What maintainer scripts do for alternatives.</summary>
internal static class Alternatives
{
    /// <summary>What a package with these does.</summary>
    /// <param name="alternatives">What it offers.</param>
    /// <param name="prefix">Where the application is, with its slash.</param>
    public static PackagePart Of(IReadOnlyList<Alternative> alternatives, string prefix) =>
        new()
        {
            Snippets =
            [
                .. alternatives
                    .Select(alternative =>
                        alternative with
                        {
                            Path = alternative.Path.StartsWith('/') ? alternative.Path : $"{prefix}/{alternative.Path}",
                        }
                    )
                    .SelectMany(alternative =>
                        (Snippet[])
                            [
                                new("postinst", SnippetPlace.After, Install(alternative)),
                                new("prerm", SnippetPlace.After, Remove(alternative)),
                            ]
                    ),
            ],
        };

    private static string Install(Alternative alternative) =>
        $"""
            # The alternative {alternative.Name}.
            case "$1" in
            configure | abort-upgrade | abort-remove | abort-deconfigure)
              {Command(alternative)} {alternative.Priority.ToString(CultureInfo.InvariantCulture)}
              ;;
            esac
            """;

    /// <summary>A version that goes on to offer it is upgraded to without a break, in which a person's choice would be lost.</summary>
    private static string Remove(Alternative alternative) =>
        $$"""
            # The alternative {{alternative.Name}}.
            if [ "$1" = remove ] || [ "$1" = deconfigure ] || {
              [ "$1" = upgrade ] && [ -d "${0%/info/*}/tmp.ci" ] &&
                ! grep -qsF -e {{Words($"{Command(alternative)} ")}} "${0%/info/*}/tmp.ci/postinst"
            }; then
              update-alternatives --remove {{Words(alternative.Name, alternative.Path)}}
            fi
            """;

    private static string Command(Alternative alternative) =>
        $"update-alternatives --install {Words(alternative.Link, alternative.Name, alternative.Path)}";

    private static string Words(params string[] words) => Shell.Quote(words);
}
