using System.ComponentModel.DataAnnotations;
using Canary.Hosting.Http;

namespace Canary.GitHub;

/// <summary>How this host talks to GitHub, or to a GitHub Enterprise Server, as a GitHub App or with a token. Section <c>github</c>.
/// Without <see cref="AppId"/> and <see cref="TokenFile"/> it does not.</summary>
public sealed class GitHubOptions : IValidatableObject
{
    /// <summary>Address of the REST API. Default: <c>https://api.github.com</c>; of a GitHub Enterprise Server, for example,
    /// <c>https://github.example.org/api/v3</c>.</summary>
    public string Address { get; set; } = "https://api.github.com";

    /// <summary>Id (a number) or client id of the GitHub App that Canary acts as. Default: none.</summary>
    public string? AppId { get; set; }

    /// <summary>File with the private key of that App (PEM), as GitHub gives it out. It is read again when it is used.</summary>
    public string? PrivateKeyFile { get; set; }

    /// <summary>File with a token, in place of an App: a fine-grained personal access token, for example. It is read again for each
    /// request. Default: none.</summary>
    public string? TokenFile { get; set; }

    /// <summary>File with the certificates (PEM) of the authorities that the certificate of the address may be of. Default: those that
    /// this machine trusts.</summary>
    public string? CaFile { get; set; }

    /// <summary>Longest time for one answer, retries included. 1 s to 1 min; default 20 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Pause after GitHub has refused requests as too many without saying when to come again. 1 s to 1 hour; default 1 min, the
    /// least that GitHub asks for.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LimitPause { get; set; } = TimeSpan.FromMinutes(1);

    internal bool IsApp => AppId is not null;

    internal bool IsUsed => IsApp || TokenFile is not null;

    internal IEnumerable<string?> SecretFiles => [PrivateKeyFile, TokenFile];

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (
            !Uri.TryCreate(Address, UriKind.Absolute, out var address)
            || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps)
            || address.UserInfo.Length > 0
            || address.Query.Length > 0
        )
        {
            yield return new ValidationResult(
                $"'{Address}' is not an address such as https://api.github.com.",
                [nameof(Address)]
            );
        }

        if (AppId is not null && !AppId.All(char.IsAsciiLetterOrDigit))
        {
            yield return new ValidationResult(
                $"'{AppId}' is neither the id nor the client id of a GitHub App.",
                [nameof(AppId)]
            );
        }

        if (IsApp != PrivateKeyFile is not null)
        {
            yield return new ValidationResult(
                "An App has both an app-id and a private-key-file.",
                [nameof(AppId), nameof(PrivateKeyFile)]
            );
        }

        if (CaFile is { } file && TrustedAuthorities.FaultOf(file) is { } fault)
        {
            yield return new ValidationResult(fault, [nameof(CaFile)]);
        }

        if (IsApp && TokenFile is not null)
        {
            yield return new ValidationResult(
                "Canary acts as an App or with a token, not both: leave app-id or token-file out.",
                [nameof(TokenFile)]
            );
        }
    }
}
