using System.Security.Cryptography;
using System.Text;

namespace Canary.Hosting.Security;

/// <summary>What services of this installation show where only Basic authentication (RFC 7617) is understood. It follows from their token,
/// and the token does not follow from it, so programs may have it that may not have that.</summary>
public sealed class ServicePassword
{
    /// <summary>The user that it is of.</summary>
    public const string User = "canary-service";

    /// <param name="token">The token of services.</param>
    public ServicePassword(string token) =>
        Value = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(token), "basic authentication"u8));

    /// <summary>The password.</summary>
    public string Value { get; }

    /// <summary>Whether a user and a password are these.</summary>
    public bool Is(string user, string password)
    {
        ArgumentNullException.ThrowIfNull(password);

        return user == User
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(password), Encoding.UTF8.GetBytes(Value));
    }
}
