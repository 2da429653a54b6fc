using Canary.Files;
using Canary.Ingress.Webhooks;

namespace Canary.Ingress.Repositories.Registrations;

/// <summary>The secrets of webhooks that Canary makes: a file each, which nobody else reads.</summary>
internal sealed class RegistrationSecrets(DataDirectory data)
{
    private const string Directory = "repository-secrets";

    /// <summary>Makes a secret.</summary>
    /// <returns>The name of its file.</returns>
    public string Make()
    {
        var name = Guid.NewGuid().ToString("N");
        System.IO.Directory.CreateDirectory(
            Root,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        );
        SecretFiles.Ensure(PathOf(name));
        return name;
    }

    public string Read(string name) => SecretFile.ReadText(PathOf(name));

    public string PathOf(string name) => Path.Combine(Root, name);

    public void Delete(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            File.Delete(PathOf(name));
        }
    }

    private string Root => Path.Combine(data.For("ingress"), Directory);
}
