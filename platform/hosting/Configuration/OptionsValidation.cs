using Microsoft.Extensions.Options;

namespace Canary.Hosting.Configuration;

/// <summary>Checks options whenever they are made; what stands in the configuration at start,
/// <see cref="KnownSettings"/> has checked before.</summary>
internal sealed class OptionsValidation<TOptions>(string? name, string section) : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name1, TOptions options) =>
        name1 != name ? ValidateOptionsResult.Skip
        : OptionsFaults.Of(options, section) is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults)
        : ValidateOptionsResult.Success;
}
