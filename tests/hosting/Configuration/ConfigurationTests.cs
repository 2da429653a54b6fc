using System.ComponentModel.DataAnnotations;
using Canary.Failures;
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

    [Fact]
    public void Faults_of_what_a_list_holds_are_named_with_their_place()
    {
        var exception = Should.Throw<OptionsValidationException>(() =>
            Read("parcels: { depots: [{ name: north, doors: 3 }, { name: south, doors: -1 }] }")
        );

        exception
            .Failures.ShouldHaveSingleItem()
            .ShouldBe("parcels.depots[1].doors: '-1' is not a whole number from 0 to 100.");
    }

    [Fact]
    public void Faults_of_all_options_and_of_their_own_rules_are_reported_together()
    {
        var exception = Should.Throw<OptionsValidationException>(() =>
            Read("parcels: { largest-weight: -1, label: x }\nhosting: { public-address: nowhere }")
        );

        exception
            .Failures.Order(StringComparer.Ordinal)
            .ShouldBe([
                "hosting.public-address: 'nowhere' is not an address such as https://canary.example.org.",
                "parcels.label: must be longer",
                "parcels.largest-weight: '-1' is not a whole number from 0 to 100.",
            ]);
    }

    [Theory]
    [InlineData("largest-weight: none", "parcels.largest-weight: 'none' is not a whole number from 0 to 100.")]
    [InlineData(
        "shipping-time: soon",
        "parcels.shipping-time: 'soon' is not a duration such as 00:05:00 (hours:minutes:seconds) from 00:00:00 to "
            + "1.00:00:00."
    )]
    [InlineData("shipping-time: 30", "parcels.shipping-time: '30' is not a duration")]
    [InlineData("express: perhaps", "parcels.express: 'perhaps' is not true or false.")]
    [InlineData("handling: rough", "parcels.handling: 'rough' is not one of normal, withcare.")]
    [InlineData("handling: 1", "parcels.handling: '1' is not one of")]
    [InlineData("depots: north", "parcels.depots: 'north' is a single value; a list is needed")]
    [InlineData("depots: [north]", "parcels.depots.0: 'north' is a single value; there are settings below it.")]
    [InlineData("depots: [{ doors: many }]", "parcels.depots.0.doors: 'many' is not a whole number from 0 to 100.")]
    [InlineData("return: at-once", "parcels.return: 'at-once' is a single value; there are settings below it.")]
    [InlineData("return: { within: '' }", "parcels.return.within: '' is not a duration")]
    [InlineData("return: { tries: 0 }", "parcels.return.tries: '0' is not a whole number from 1 to 3.")]
    public void A_value_of_the_wrong_kind_is_named_with_its_key_and_what_is_permitted(string yaml, string fault)
    {
        var exception = Should.Throw<OptionsValidationException>(() => Read($"parcels: {{ {yaml} }}"));

        exception.Failures.ShouldHaveSingleItem().ShouldStartWith(fault);
    }

    [Theory]
    [InlineData("depots: ")]
    [InlineData("depots: []")]
    [InlineData("return: ")]
    [InlineData("shipping-time: 0")]
    [InlineData("largest-number: ''")]
    [InlineData("handling: Normal")]
    public void Nothing_and_zero_are_values_where_they_mean_something(string yaml) =>
        Should.NotThrow(() => Read($"parcels: {{ {yaml} }}"));

    [Theory]
    [InlineData("parcels: { largest-wait: 1 }", "parcels.largestwait", "largest-weight")]
    [InlineData("parcels: { depots: [{ nam: north }] }", "parcels.depots.0.nam", ", name.")]
    [InlineData("parcel: { largest-weight: 1 }", "parcel.largestweight", "parcels")]
    public void A_mistyped_setting_is_refused_and_the_known_ones_are_named(string yaml, string key, string known)
    {
        var fault = Should.Throw<OptionsValidationException>(() => Read(yaml)).Failures.ShouldHaveSingleItem();

        fault.ShouldStartWith($"{key}: there is no such setting. Known here: ");
        fault.ShouldContain(known);
    }

    [Fact]
    public void Mistyped_settings_and_wrong_values_are_told_at_once() =>
        Should
            .Throw<OptionsValidationException>(() => Read("parcels: { largest-wait: 1, largest-weight: heavy }"))
            .Failures.Count()
            .ShouldBe(2);

    [Fact]
    public void Broken_yaml_is_reported_with_its_line()
    {
        var exception = Should.Throw<CanaryException>(() => Read("parcels:\n  a: [1,\n"));

        exception.Code.ShouldBe("configuration-invalid");
        exception.Message.ShouldContain("line ");
    }

    [Fact]
    public void Yaml_on_which_the_library_gives_up_is_reported_like_any_other()
    {
        var exception = Should.Throw<CanaryException>(() => Read("!!%2222222[22: canary\n"));

        exception.Code.ShouldBe("configuration-invalid");
        exception.Message.ShouldContain("canary-server.yml");
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
    [InlineData("ingress.package-token-files.reveal.js=/t", "ingress:packagetokenfiles:reveal.js=/t")]
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

    public sealed class ParcelOptions : IValidatableObject
    {
        [Range(0, 100)]
        public int LargestWeight { get; set; }

        [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
        public TimeSpan ShippingTime { get; set; }

        public List<Depot> Depots { get; set; } = [];

        public bool Express { get; set; }

        public int? LargestNumber { get; set; }

        public Handling Handling { get; set; }

        public ReturnOptions Return { get; set; } = new();

        public string Label { get; set; } = "parcel";

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (Label.Length < 2)
            {
                yield return new ValidationResult("must be longer", [nameof(Label)]);
            }
        }
    }

    public sealed class ReturnOptions
    {
        public TimeSpan Within { get; set; } = TimeSpan.FromDays(14);

        [Range(1, 3)]
        public int Tries { get; set; } = 1;
    }

    public enum Handling
    {
        Normal,
        WithCare,
    }

    public sealed class Depot
    {
        public string Name { get; set; } = "";

        public string? DoorCode { get; set; }

        [Range(0, 100)]
        public int Doors { get; set; }
    }
}
