using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Configuration;

/// <summary>Checks options by their annotations at start, and names each fault by its key in the configuration file.</summary>
internal sealed class OptionsValidation<TOptions>(string? name, string section) : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name1, TOptions options)
    {
        if (name1 != name)
        {
            return ValidateOptionsResult.Skip;
        }

        var faults = new List<ValidationResult>();
        if (Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true))
        {
            return ValidateOptionsResult.Success;
        }

        return ValidateOptionsResult.Fail(
            faults.Select(fault => $"{KeyOf(fault.MemberNames.FirstOrDefault())}: {fault.ErrorMessage}")
        );
    }

    private string KeyOf(string? member)
    {
        var prefix = section.Replace(':', '.');
        return member is null ? prefix : $"{prefix}.{KnownSettings.Kebab(member)}";
    }
}
