namespace Canary.Fuzzing.Tests;

public sealed class FuzzTests
{
    public static TheoryData<string> Targets => [.. FuzzTargets.All.Keys];

    [Theory]
    [MemberData(nameof(Targets))]
    public void What_was_found_once_is_coped_with(string name)
    {
        using var target = FuzzTargets.All[name]();
        var fuzzer = new Fuzzer(target, [], seed: 1);
        foreach (var file in new Corpus(name).Files)
        {
            fuzzer.Try(File.ReadAllBytes(file))?.What.ShouldBeNull(file);
        }
    }

    [Theory]
    [InlineData("webhook", 3000)]
    [InlineData("webhook-gitea", 1500)]
    [InlineData("webhook-gitlab", 1500)]
    [InlineData("webhook-pull-request", 1500)]
    [InlineData("form", 3000)]
    [InlineData("canary-yml", 1500)]
    [InlineData("fpm-json", 1500)]
    [InlineData("hosts-yml", 1500)]
    [InlineData("deb", 1500)]
    [InlineData("host-answer", 1500)]
    public void Whatever_is_sent_is_read_or_refused(string name, int inputs)
    {
        using var target = FuzzTargets.All[name]();
        var fuzzer = new Fuzzer(target, new Corpus(name).Inputs, seed: 1);
        foreach (var input in fuzzer.Beginnings.Concat(Enumerable.Range(0, inputs).Select(_ => fuzzer.Next())))
        {
            fuzzer.Try(input)?.What.ShouldBeNull(Convert.ToBase64String(input));
        }

        fuzzer.Outcomes.ShouldBeGreaterThan(5);
    }

    [Fact]
    public void Every_target_is_tried_here() =>
        typeof(FuzzTests)
            .GetMethod(nameof(Whatever_is_sent_is_read_or_refused))!
            .GetCustomAttributes(typeof(InlineDataAttribute), inherit: false)
            .Cast<InlineDataAttribute>()
            .Select(data => (string)data.Data[0]!)
            .ShouldBe(FuzzTargets.All.Keys);
}
