namespace Canary.Processes.Sandboxes;

/// <summary>Something that a program is given to keep secret.</summary>
/// <param name="Name">Name of the file in which it finds it.</param>
/// <param name="Content">What that file holds.</param>
public sealed record Secret(string Name, byte[] Content)
{
    /// <summary>The variable that names the directory of the files, where there are any.</summary>
    public const string Variable = "CANARY_SECRETS";
}
