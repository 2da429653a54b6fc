using System.ComponentModel.DataAnnotations;

namespace Canary.Durability.Connections;

/// <summary>Files that options name.</summary>
internal static class SecretFiles
{
    /// <summary>What is wrong with a file that an option names.</summary>
    public static IEnumerable<ValidationResult> Check(string? path, string option)
    {
        if (path is null)
        {
            yield break;
        }

        var fault = "";
        try
        {
            using var file = File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fault = exception.Message;
        }

        if (fault.Length > 0)
        {
            yield return new ValidationResult($"The file cannot be read: {fault}", [option]);
        }
    }

    /// <summary>A password: the file's first line.</summary>
    public static string? FirstLineOf(string? path) => path is null ? null : File.ReadLines(path).FirstOrDefault();
}
