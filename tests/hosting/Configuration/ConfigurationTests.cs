using System.ComponentModel.DataAnnotations;
using Canary.Hosting.Configuration;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Tests.Configuration;

public sealed class ConfigurationTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Hyphens_in_keys_are_for_people_and_lists_keep_their_order()
    {
        var options = Read(
            """
            parcels:
              largest-weight: 20
              shipping-time: 00:05:00
              depots:
                - name: north-west
                  door-code: "0042"
                - name: south
            hosting:
              services:
                repository-publisher: http://repo.example:8080
            """
        );

        options.LargestWeight.ShouldBe(20);
        options.ShippingTime.ShouldBe(TimeSpan.FromMinutes(5));
        options.Depots.Select(depot => depot.Name).ShouldBe(["north-west", "south"]);
        options.Depots[0].DoorCode.ShouldBe("0042");
    }

    [Fact]
    public void Command_line_wins_over_the_file()
    {
        Read("parcels: { largest-weight: 20 }", "--parcels:largestweight=7").LargestWeight.ShouldBe(7);
    }

    [Fact]
    public void Every_fault_is_named_by_its_key_at_once()
    {
        var exception = Should.Throw<OptionsValidationException>(() =>
            Read("parcels: { largest-weight: -1, shipping-time: 10.00:00:00 }")
        );

        exception.Failures.Count().ShouldBe(2);
        exception.Failures.ShouldContain(failure => failure.StartsWith("parcels.largest-weight: "));
        exception.Failures.ShouldContain(failure => failure.StartsWith("parcels.shipping-time: "));
    }

    [Theory]
    [InlineData("parcels: { largest-wait: 1 }", "parcels.largestwait", "largest-weight")]
    [InlineData("parcels: { depots: [{ nam: north }] }", "parcels.depots.0.nam", "depots")]
    [InlineData("parcel: { largest-weight: 1 }", "parcel.largestweight", "parcels")]
    public void A_mistyped_setting_is_refused_and_the_known_ones_are_named(string yaml, string key, string known)
    {
        var exception = Should.Throw<CanaryException>(() => Read(yaml));

        exception.Message.ShouldContain($"'{key}'");
        exception.Remedy.ShouldContain(known);
    }

    [Fact]
    public void Broken_yaml_is_reported_with_its_line()
    {
        var exception = Should.Throw<CanaryException>(() => Read("parcels:\n  a: [1,\n"));

        exception.Code.ShouldBe("configuration-invalid");
        exception.Message.ShouldContain("line ");
    }

    [Fact]
    public void A_missing_file_is_reported_with_its_path()
    {
        var exception = Should.Throw<CanaryException>(() =>
            CanaryHost.CreateBuilder([], _directory.Combine("missing.yml"))
        );

        exception.Message.ShouldContain("missing.yml");
        exception.Remedy.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("deployer.failure-budget=1-2", "deployer:failurebudget=1-2")]
    [InlineData("repository-publisher:valid-for=a=b", "repository-publisher:validfor=a=b")]
    [InlineData("hosting.services.repository-publisher=http://r:1", "hosting:services:repository-publisher=http://r:1")]
    public void Settings_are_normalised_but_not_their_values(string written, string expected) =>
        ConfigurationKeys.NormaliseSetting(written).ShouldBe(expected);

    private ParcelOptions Read(string yaml, params string[] arguments)
    {
        var file = _directory.WriteFile("canary-server.yml", yaml);
        var builder = CanaryHost.CreateBuilder([$"--hosting:data={_directory.Path}", .. arguments], file);
        builder.AddModule<ParcelStore>("parcels", module => module.AddOptions<ParcelOptions>());
        using var app = (IDisposable)builder.Build();
        return ((WebApplication)app).Services.GetRequiredService<IOptions<ParcelOptions>>().Value;
    }

    public sealed class ParcelOptions
    {
        [Range(0, 100)]
        public int LargestWeight { get; set; }

        [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
        public TimeSpan ShippingTime { get; set; }

        public List<Depot> Depots { get; set; } = [];
    }

    public sealed class Depot
    {
        public string Name { get; set; } = "";

        public string? DoorCode { get; set; }
    }
}
