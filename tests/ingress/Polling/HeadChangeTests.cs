using Canary.Ingress.Polling;
using Canary.Ingress.Repositories;

namespace Canary.Ingress.Tests.Polling;

public sealed class HeadChangeTests
{
    [Theory]
    [InlineData("main=1", "main=1", "")]
    [InlineData("main=1", "main=2", "main:1>2")]
    [InlineData("main=1 old=2", "main=1", "")]
    [InlineData("main=1", "main=1 topic=2", "topic:>2")]
    [InlineData("main=1", "main=1 topic=1", "")]
    [InlineData("main=1 topic=2", "main=2 topic=2", "main:1>2")]
    [InlineData("a=1 main=1", "a=2 main=3", "main:1>3 a:1>2")]
    [InlineData("main=1", "renamed=1", "")]
    [InlineData("", "main=1", "main:>1")]
    public void What_moved_is_found_and_the_branch_that_deploys_comes_first(
        string before,
        string now,
        string expected
    ) =>
        string.Join(
                ' ',
                HeadChange
                    .Between(Heads(before), new BranchHeads("main", Heads(now)), "main")
                    .Select(change => $"{change.Branch}:{change.Before}>{change.Commit}")
            )
            .ShouldBe(expected);

    private static Dictionary<string, string> Heads(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(head => head.Split('='))
            .ToDictionary(parts => parts[0], parts => parts[1]);
}
