using System.Globalization;
using System.Text;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>A job of Jenkins.</summary>
/// <param name="Name">Its name below those of its folders, as Jenkins shows it.</param>
/// <param name="Path">Where it is below Jenkins' address: <c>job/FOLDER/job/NAME/</c>.</param>
internal sealed record JenkinsJob(string Name, string Path)
{
    public const string Application = "{application}";
    public const string Branch = "{branch}";

    /// <summary>The job that a template means for a build.</summary>
    public static JenkinsJob Of(string template, string application, string branch)
    {
        var names = template
            .Split('/')
            .Select(part =>
                part.Replace(Application, application, StringComparison.Ordinal)
                    .Replace(Branch, NameOf(branch), StringComparison.Ordinal)
            )
            .ToList();
        return new JenkinsJob(
            string.Join('/', names),
            string.Concat(names.Select(name => $"job/{Uri.EscapeDataString(name)}/"))
        );
    }

    /// <summary>What of a template is known before anything is built: the job, or the folders above it; <c>null</c>: nothing.</summary>
    public static JenkinsJob? KnownPartOf(string template)
    {
        var known = template
            .Split('/')
            .TakeWhile(part =>
                !part.Contains(Application, StringComparison.Ordinal)
                && !part.Contains(Branch, StringComparison.Ordinal)
            )
            .ToList();
        return known.Count == 0 ? null : Of(string.Join('/', known), application: "", branch: "");
    }

    /// <summary>What is wrong with a template; <c>null</c>: nothing.</summary>
    public static string? ProblemOf(string template) =>
        template.Split('/').Any(part => part.Trim().Length == 0 || part is "." or "..")
            ? $"'{template}' is not the name of a job, such as team/{Application}."
            : null;

    /// <summary>Where one of its builds is below Jenkins' address.</summary>
    public string PathOf(int build) => $"{Path}{build.ToString(CultureInfo.InvariantCulture)}/";

    /// <summary>How a multibranch job names the job of a branch: what cannot stand in an address is escaped, and the address escapes
    /// that again, so that <c>feature/x</c> is at <c>job/feature%252Fx</c> (NameEncoder of the Branch API plugin).</summary>
    private static string NameOf(string branch)
    {
        var name = new StringBuilder(branch.Length);
        foreach (var character in branch)
        {
            if (character is '#' or '%' or '/' or '?' or '[' or ']' or '\\')
            {
                name.Append(CultureInfo.InvariantCulture, $"%{(int)character:X2}");
            }
            else
            {
                name.Append(character);
            }
        }

        return name.ToString();
    }
}
