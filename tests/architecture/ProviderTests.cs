using Canary.Hosting;
using Microsoft.Extensions.Options;

namespace Canary.Architecture.Tests;

/// <summary>Wherever one of several implementations is chosen by its name, it is chosen in one way.</summary>
public sealed class ProviderTests
{
    public static TheoryData<string> Settings => [.. Seams().Select(seam => seam.Setting)];

    [Fact]
    public void Every_option_that_names_a_provider_is_one_of_the_choices() =>
        OptionTypes
            .All.SelectMany(options => options.Options())
            // Where there may be many of a thing, each has a choice of its own: its section checks it.
            .Where(option => !option.IsInList)
            .Select(option => option.Key)
            .Where(key =>
                key.EndsWith(".provider", StringComparison.Ordinal) || key.EndsWith(".kind", StringComparison.Ordinal)
            )
            .ShouldBe(Seams().Select(seam => seam.Setting.Replace(':', '.')), ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Settings))]
    public void The_default_of_a_choice_is_the_default_of_its_option(string setting)
    {
        var seam = Seams().Single(it => it.Setting == setting);

        seam.Names.ShouldContain(seam.Default);
        OptionTypes
            .All.SelectMany(options => options.Options())
            .Single(option => option.Key == setting.Replace(':', '.'))
            .DefaultText.ShouldBe(seam.Default);
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void A_name_that_nobody_knows_is_refused_with_those_that_are_known_and_the_nearest(string setting)
    {
        var seam = Seams().Single(it => it.Setting == setting);
        var host = HostWith($"--{setting}={seam.Default}x");

        var key = setting.Replace(':', '.') + ": ";
        var failure = Should
            .Throw<OptionsValidationException>(host.Build)
            .Failures.Single(it => it.StartsWith(key, StringComparison.Ordinal));

        failure.ShouldStartWith($"{key}there is no '{seam.Default}x'.");
        seam.Names.ShouldAllBe(name => failure.Contains(name, StringComparison.Ordinal));
        failure.ShouldEndWith($"Did you mean {seam.Default}?");
    }

    // Some choices are only there once another one is made.
    private static IReadOnlyList<Hosting.Providers.ProviderSeam> Seams() =>
        HostWith("--ci-coordinator:builds:provider=ssh").Seams;

    private static CanaryHostBuilder HostWith(params string[] settings)
    {
        var host = CanaryHost.CreateBuilder(["--ci-coordinator:builds:provider=ssh", .. settings]);
        foreach (var add in OptionTypes.Registrations())
        {
            add.Invoke(null, [host]);
        }

        return host;
    }
}
