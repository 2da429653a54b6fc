using System.Globalization;

namespace Canary.Processes.Workspaces;

/// <summary>
/// Hands a credential to one git: in the environment of this process alone, which others cannot read, and from there by a credential
/// helper (gitcredentials(7)) for one server. So it is on no command line, in no address and in no file, and git offers it to nobody to
/// whom an answer leads.
/// </summary>
internal static class GitCredentialHelper
{
    private const string UserVariable = "CANARY_GIT_USER";

    private const string PasswordVariable = "CANARY_GIT_PASSWORD";

    /// <summary>git passes <c>get</c>, or <c>store</c> and <c>erase</c>, which nobody does.</summary>
    private const string Helper =
        $$"""!f() { test "$1" = get && printf 'username=%s\npassword=%s\n' "${{UserVariable}}" "${{PasswordVariable}}"; }; f""";

    /// <param name="credential">The credential.</param>
    /// <param name="settings">How many settings the environment of git has already.</param>
    internal static (string Name, string Value)[] Variables(GitCredential credential, int settings)
    {
        var key = $"credential.{credential.Server.GetLeftPart(UriPartial.Authority)}.helper";
        // The empty one takes away those of files, which would otherwise be told to store the password.
        (string Key, string Value)[] added = [(key, ""), (key, Helper)];
        return
        [
            (UserVariable, credential.User),
            (PasswordVariable, credential.Password),
            ("GIT_CONFIG_COUNT", (settings + added.Length).ToString(CultureInfo.InvariantCulture)),
            .. added.SelectMany(
                (setting, i) =>
                    ((string, string)[])
                        [
                            ($"GIT_CONFIG_KEY_{settings + i}", setting.Key),
                            ($"GIT_CONFIG_VALUE_{settings + i}", setting.Value),
                        ]
            ),
        ];
    }
}
