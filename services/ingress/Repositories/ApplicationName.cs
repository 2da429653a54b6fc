using System.Text;

namespace Canary.Ingress.Repositories;

/// <summary>Names of applications, which are names of Debian packages (Debian Policy 5.6.1).</summary>
internal static class ApplicationName
{
    public const int Longest = 100;

    /// <summary>Lower-case letters, digits, <c>+ - .</c>; at least two characters; begins with a letter or digit.</summary>
    public static bool IsValid(string name) =>
        name.Length is >= 2 and <= Longest
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '+' or '-' or '.');

    /// <summary>The application that the repository at an address stands for by convention.</summary>
    public static string? FromAddress(string address) =>
        FromRepository(Path.GetFileNameWithoutExtension(address.TrimEnd('/')));

    /// <summary>The application that a repository of this name stands for by convention (<c>Hello_World</c>:
    /// <c>hello-world</c>); <c>null</c> if the name leaves nothing to use.</summary>
    public static string? FromRepository(string fullName)
    {
        var name = fullName[(fullName.TrimEnd('/').LastIndexOf('/') + 1)..].TrimEnd('/');
        var application = new StringBuilder(name.Length);
        foreach (var c in name.ToLowerInvariant())
        {
            application.Append(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '+' or '.' ? c : '-');
        }

        var trimmed = application.ToString().Trim('-', '+', '.');
        return IsValid(trimmed) ? trimmed : null;
    }
}
