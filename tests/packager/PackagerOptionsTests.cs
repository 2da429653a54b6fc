using System.ComponentModel.DataAnnotations;

namespace Canary.Packager.Tests;

public sealed class PackagerOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Faults(new PackagerOptions()).ShouldBeEmpty();

    [Fact]
    public void Every_fault_is_named() =>
        Faults(
                new PackagerOptions
                {
                    Compression = (Packager.Deb.Compression)9,
                    Maintainer = "Bob",
                    Threads = 0,
                    UploadTimeout = TimeSpan.Zero,
                }
            )
            .SelectMany(fault => fault.MemberNames)
            .ShouldContain(nameof(PackagerOptions.Threads));

    [Fact]
    public void What_only_code_can_tell_is_checked_too() =>
        Faults(new PackagerOptions { Compression = (Packager.Deb.Compression)9, Maintainer = "Bob" })
            .SelectMany(fault => fault.MemberNames)
            .ShouldBe([nameof(PackagerOptions.Compression), nameof(PackagerOptions.Maintainer)], ignoreOrder: true);

    private static List<ValidationResult> Faults(PackagerOptions options)
    {
        var faults = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true);
        return faults;
    }
}
