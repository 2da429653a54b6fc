namespace Canary.Hosting.Security;

/// <summary>Tokens that are good for one application each.</summary>
public interface IApplicationTokens
{
    /// <summary>The application of a token; <c>null</c>: it is none of these.</summary>
    string? ApplicationOf(string presented);
}
