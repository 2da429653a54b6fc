using Canary.Ingress.Repositories;
using Canary.Testing;

namespace Canary.Ingress.Tests.Repositories;

public class GitNamesTests
{
    public static TheoryData<string> Branches =>
        [
            "main",
            "feature/a",
            "a.b",
            "a-b_c",
            "v1.0",
            "ünïcode/分支",
            "a;rm -rf",
            "$(id)",
            "`id`",
            "a&b",
            "a|b",
            "a'b",
            "a\"b",
            "#1",
            "a%b",
            "a{b}",
            "@a",
            "a@",
            "refs/heads/x",
            "HEAD2",
            "",
            ".",
            "..",
            "a..b",
            "../a",
            "a/../b",
            "a/./b",
            ".a",
            "a/.b",
            "a.",
            "a/",
            "/a",
            "a//b",
            "a.lock",
            "a.lock/b",
            "a lock",
            "a~1",
            "a^",
            "a:b",
            "a?b",
            "a*b",
            "a[b",
            "a\\b",
            "a@{1}",
            "-a",
            "--upload-pack=x",
            "a\tb",
            "a\nb",
            "a\u007fb",
            "a\u0001b",
        ];

    [Theory]
    [MemberData(nameof(Branches))]
    public async Task A_branch_is_what_git_takes_for_one(string name)
    {
        var git = await ProcessRunner.RunAsync("git", ["check-ref-format", "--branch", name]);
        var plain = await ProcessRunner.RunAsync("git", ["check-ref-format", $"refs/heads/{name}"]);

        // "--branch" also resolves @{-1}, so both are asked.
        GitNames.IsBranch(name).ShouldBe(git.ExitCode == 0 && plain.ExitCode == 0, name);
    }

    [Theory]
    [InlineData("@")]
    [InlineData("HEAD")]
    [InlineData("a\u202Eb")]
    [InlineData("a\u0085b")]
    [InlineData("a\u2028b")]
    public void A_branch_that_would_deceive_a_reader_is_refused(string name) => GitNames.IsBranch(name).ShouldBeFalse();

    [Fact]
    public void A_branch_has_at_most_255_characters()
    {
        GitNames.IsBranch(new string('a', 255)).ShouldBeTrue();
        GitNames.IsBranch(new string('a', 256)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("acme/shop", true)]
    [InlineData("Codertocat/Hello-World", true)]
    [InlineData("a/.github", true)]
    [InlineData("a/b_c.d", true)]
    [InlineData("acme", false)]
    [InlineData("acme/", false)]
    [InlineData("/shop", false)]
    [InlineData("acme/shop/x", true)]
    [InlineData("acme//x", false)]
    [InlineData("acme/shop/", false)]
    [InlineData("acme/../x", false)]
    [InlineData("acme/..", false)]
    [InlineData("../shop", false)]
    [InlineData("acme/.", false)]
    [InlineData("acme/-shop", false)]
    [InlineData("-acme/shop", false)]
    [InlineData("acme/sh op", false)]
    [InlineData("acme/shop;id", false)]
    [InlineData("acme/$(id)", false)]
    [InlineData("acme/shöp", false)]
    [InlineData("acme/shop\n", false)]
    public void A_repository_has_an_owner_or_groups_and_a_name(string name, bool valid) =>
        GitNames.IsRepository(name).ShouldBe(valid);

    [Theory]
    [InlineData("6113728f27ae82c7b1a177c8d03f9e96e0adf246", true)]
    [InlineData("6113728f27ae82c7b1a177c8d03f9e96e0adf2466113728f27ae82c7b1a177c8", true)]
    [InlineData("6113728f27ae82c7b1a177c8d03f9e96e0adf24", false)]
    [InlineData("6113728F27AE82C7B1A177C8D03F9E96E0ADF246", false)]
    [InlineData("6113728f27ae82c7b1a177c8d03f9e96e0adf24g", false)]
    [InlineData("", false)]
    public void A_commit_is_a_full_id(string text, bool valid) => GitNames.IsCommit(text).ShouldBe(valid);
}
