namespace Canary.Hosting;

/// <summary>The failures of platform/hosting: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
public static class HostingCodes
{
    /// <summary>Another program listens at the address.</summary>
    /// <remarks>Stop it, or choose another address: <c>hosting.listen</c>.</remarks>
    public const string AddressInUse = "address-in-use";

    /// <summary>The address cannot be listened at.</summary>
    /// <remarks>Choose one of this machine: <c>hosting.listen</c>.</remarks>
    public const string AddressUnusable = "address-unusable";

    /// <summary>A request cannot be read.</summary>
    /// <remarks>Correct it and send it again.</remarks>
    public const string BadRequest = "bad-request";

    /// <summary>A request is larger than the server takes.</summary>
    /// <remarks>Send less.</remarks>
    public const string BodyTooLarge = "body-too-large";

    /// <summary>A request arrives more slowly than the server waits.</summary>
    /// <remarks>Send it again over a better connection.</remarks>
    public const string BodyTooSlow = "body-too-slow";

    /// <summary>The certificate of https, or its key, cannot be read or do not belong together.</summary>
    /// <remarks>Check <c>hosting.certificate-file</c> and <c>hosting.certificate-key-file</c>: PEM, and readable for the server.</remarks>
    public const string CertificateUnusable = "certificate-unusable";

    /// <summary>The configuration file is not what it should be.</summary>
    /// <remarks>Correct the line that the message names.</remarks>
    public const string ConfigurationInvalid = "configuration-invalid";

    /// <summary>The configuration file cannot be read.</summary>
    /// <remarks>Check its path and its permissions.</remarks>
    public const string ConfigurationUnreadable = "configuration-unreadable";

    /// <summary>The database does not answer at the moment.</summary>
    /// <remarks>Try again; <c>/health/ready</c> tells when it is back.</remarks>
    public const string DatabaseUnavailable = "database-unavailable";

    /// <summary>A file cannot be read or written.</summary>
    /// <remarks>Give the user of the service the right to it.</remarks>
    public const string FileUnusable = "file-unusable";

    /// <summary>The server met an error that it did not expect.</summary>
    /// <remarks>Look for the same time in its log; trying again is safe.</remarks>
    public const string InternalError = "internal-error";

    /// <summary>The server is asked for by a name that is not its own.</summary>
    /// <remarks>Set <c>hosting.public-address</c> to the address that others reach it by.</remarks>
    public const string ServerNameUnknown = "server-name-unknown";

    /// <summary>A setting on the command line is not KEY=VALUE.</summary>
    /// <remarks>Write it as the message shows.</remarks>
    public const string SettingInvalid = "setting-invalid";

    /// <summary>A request brings no token, or one that is not known.</summary>
    /// <remarks>Send it as <c>Authorization: Bearer TOKEN</c>; <c>secrets/api-token</c> in the data directory has it.</remarks>
    public const string TokenMissing = "token-missing";

    /// <summary>The token is valid, but not for this.</summary>
    /// <remarks>Operators use the API token, services the service token.</remarks>
    public const string TokenNotAllowed = "token-not-allowed";

    /// <summary>A token file holds less than 16 characters.</summary>
    /// <remarks>Put a long random text into it, for example of <c>openssl rand -hex 32</c>.</remarks>
    public const string TokenTooShort = "token-too-short";

    /// <summary>A token file cannot be read or made.</summary>
    /// <remarks>Check its path, owner and mode.</remarks>
    public const string TokenUnreadable = "token-unreadable";

    /// <summary>More requests are being answered than may be at once, in all or of the client's address.</summary>
    /// <remarks>Wait as long as <c>Retry-After</c> says; <c>hosting.limits.requests-per-address</c> and
    /// <c>hosting.limits.followers-per-address</c> are how many there may be.</remarks>
    public const string TooManyAtOnce = "too-many-at-once";

    /// <summary>A client makes more requests than it may.</summary>
    /// <remarks>Wait as long as <c>Retry-After</c> says; <c>hosting.limits.requests-per-second</c> is how many there may be.</remarks>
    public const string TooManyRequests = "too-many-requests";
}
