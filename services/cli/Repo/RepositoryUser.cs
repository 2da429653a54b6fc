using System.Net.Http.Headers;
using System.Text;

namespace Canary.Cli.Repo;

/// <summary>Who reads a repository that is not open to everybody.</summary>
internal sealed record RepositoryUser(string Name, string Password)
{
    /// <summary>What is shown to it.</summary>
    public AuthenticationHeaderValue Header =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Name}:{Password}")));

    /// <param name="name">Name of the user; <c>null</c>: none.</param>
    /// <param name="passwordFile">File with its password in the first line.</param>
    /// <exception cref="CliException">One is missing, or the file cannot be read.</exception>
    public static async Task<RepositoryUser?> ReadAsync(
        string? name,
        string? passwordFile,
        CancellationToken cancellation
    )
    {
        if (name is null && passwordFile is null)
        {
            return null;
        }

        if (name is null || passwordFile is null)
        {
            throw CliException.Usage(
                CliCodes.Usage,
                "--repository-user and --repository-password-file belong together.",
                "Name the user, and the file whose first line is its password."
            );
        }

        try
        {
            var lines = await File.ReadAllLinesAsync(passwordFile, cancellation);
            return new RepositoryUser(name, lines.FirstOrDefault() ?? "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage(
                CliCodes.FileUnreadable,
                $"{passwordFile} cannot be read: {e.Message}",
                "Name the file whose first line is the password."
            );
        }
    }
}
