using System.ComponentModel.DataAnnotations;

namespace Canary.Ingress.Tests;

public class IngressOptionsTests
{
    public static TheoryData<string, Action<IngressOptions>> Faults =>
        new()
        {
            { "OWNER/NAME", o => o.Repositories = [new() { Name = "shop" }] },
            { "OWNER/NAME", o => o.Repositories = [new() { Name = "" }] },
            { "OWNER/NAME", o => o.Repositories = [new() { Name = "acme/../x" }] },
            { "Debian package name", o => o.Repositories = [new() { Name = "acme/shop", Application = "Shop!" }] },
            { "many repositories", o => o.Repositories = [new() { Name = "acme/*", Application = "shop" }] },
            { "set its application", o => o.Repositories = [new() { Name = "acme/__" }] },
            { "branch name", o => o.Repositories = [new() { Name = "acme/shop", Branch = "a..b" }] },
            { "clone-url", o => o.Repositories = [new() { Name = "acme/shop", CloneUrl = "ext::sh -c id" }] },
            {
                "clone-url",
                o => o.Repositories = [new() { Name = "acme/shop", CloneUrl = "https://u:p@github.com/a/b" }]
            },
            {
                "acme/shop and beta/shop",
                o => o.Repositories = [new() { Name = "acme/shop" }, new() { Name = "beta/shop" }]
            },
            { "webhook secret", o => o.WebhookSecrets = ["short"] },
            {
                "webhook secret of 'acme/shop'",
                o => o.Repositories = [new() { Name = "acme/shop", WebhookSecrets = ["short"] }]
            },
            { "ftp", o => o.CloneSchemes = ["ftp"] },
            { "is not between", o => o.RepublishAfter = TimeSpan.Zero },
            { "is not between", o => o.RepublishAtMost = TimeSpan.FromSeconds(1) },
            { "is not between", o => o.DeliveryRetention = TimeSpan.FromDays(1) },
            { "is not between", o => o.Heartbeat = TimeSpan.FromHours(1) },
            { "LogLimit", o => o.LogLimit = 1 },
            { "MinimumFreeSpace", o => o.MinimumFreeSpace = -1 },
        };

    [Fact]
    public void The_defaults_are_valid() => Check(new IngressOptions()).ShouldBeEmpty();

    [Fact]
    public void A_full_configuration_is_valid() =>
        Check(
                new IngressOptions
                {
                    Repositories =
                    [
                        new()
                        {
                            Name = "acme/shop",
                            Application = "web-shop",
                            Branch = "release/1.x",
                            CloneUrl = "git@git.acme.example:{repository}.git",
                        },
                        new() { Name = "beta/shop", CloneUrl = "/srv/git/shop.git" },
                        new() { Name = "acme/*" },
                        new() { Name = "*/*" },
                    ],
                    WebhookSecrets = ["the first secret", "the second secret"],
                    CloneSchemes = ["https", "file"],
                }
            )
            .ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_named(string words, Action<IngressOptions> change)
    {
        var options = new IngressOptions();
        change(options);

        Check(options).ShouldContain(fault => fault.Contains(words));
    }

    [Fact]
    public void A_secret_never_stands_in_a_message() =>
        Check(new IngressOptions { WebhookSecrets = ["hunter2"] }).ShouldAllBe(fault => !fault.Contains("hunter2"));

    private static List<string> Check(IngressOptions options)
    {
        var faults = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true);
        return [.. faults.Select(fault => fault.ErrorMessage!)];
    }
}
