using Canary.Failures;

namespace Canary.Packager.Metadata;

/// <summary>Everything that is wrong with a metadata file, in its order: who mends one thing wants to know of the others.</summary>
#pragma warning disable CA1064 // It never leaves the packager.
internal sealed class MetadataFaults(IReadOnlyList<CanaryException> faults, PackageMetadata readable)
    : Exception(string.Join('\n', faults.Select(fault => fault.Message)))
#pragma warning restore CA1064
{
    public IReadOnlyList<CanaryException> All { get; } = faults;

    /// <summary>What the rest of the file says.</summary>
    public PackageMetadata Readable { get; } = readable;

    /// <summary>Does something, and keeps what is wrong.</summary>
    /// <returns>What it gave, or as much of it as can be read; <c>null</c> if nothing can.</returns>
    public static T? Collect<T>(List<CanaryException> faults, Func<T> deed)
        where T : class
    {
        try
        {
            return deed();
        }
        catch (CanaryException fault)
        {
            faults.Add(fault);
            return null;
        }
        catch (MetadataFaults several)
        {
            faults.AddRange(several.All);
            return several.Readable as T;
        }
    }

    /// <summary>Throws what was collected, if anything.</summary>
    public static void ThrowIfAny(List<CanaryException> faults, PackageMetadata readable)
    {
        if (faults.Count > 0)
        {
            throw new MetadataFaults(faults, readable);
        }
    }

    /// <summary>Does something; all that is wrong becomes one error, with the code of the first and a line for each.</summary>
    /// <exception cref="CanaryException">Something is wrong.</exception>
    public static T Together<T>(Func<T> deed)
    {
        try
        {
            return deed();
        }
        catch (MetadataFaults faults)
        {
            throw faults.All is [var only] ? only : faults.Together();
        }
    }

    private CanaryException Together() =>
        new(
            All[0].Code,
            $"{All.Count} things are wrong:\n{string.Join('\n', All.Select(fault => $"- {fault.Message} {fault.Remedy}"))}",
            "Correct them all; 'canary check' shows what is left, without a build."
        );
}
