using Canary.Files;

namespace Canary.Ingress.Notifications;

/// <summary>Secrets of channels. Each is a file, read again whenever it is needed: a new one holds at once.</summary>
internal static class SecretText
{
    /// <summary>The text of a file, without white space around it.</summary>
    /// <exception cref="DeliveryException">There is none that can be read.</exception>
    public static string Read(string path)
    {
        try
        {
            return SecretFile.ReadText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeliveryException(Unreadable(path, e), "Check the file, its owner and mode.", e);
        }
    }

    /// <summary>Why a file cannot be read, or that nothing is in it; <c>null</c>: all is well.</summary>
    public static string? FaultOf(string path)
    {
        try
        {
            return SecretFile.ReadText(path).Length > 0 ? null : $"the file {path} is empty.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unreadable(path, e);
        }
    }

    private static string Unreadable(string path, Exception e) => $"the file {path} cannot be read: {e.Message}";
}
