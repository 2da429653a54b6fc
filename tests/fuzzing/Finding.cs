namespace Canary.Fuzzing.Tests;

/// <summary>An input that the reader does not cope with.</summary>
/// <param name="Input">The input.</param>
/// <param name="Kind">What inputs that show the same have in common.</param>
/// <param name="What">What happened.</param>
internal sealed record Finding(byte[] Input, string Kind, string What);
