using System.Text;

namespace Canary.Fuzzing.Tests;

/// <summary>A character for each byte, so that any bytes can be written as text.</summary>
internal static class Latin1
{
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
