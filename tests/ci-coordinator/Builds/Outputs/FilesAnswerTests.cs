using System.Text;
using Canary.CiCoordinator.Builds;
using Canary.CiCoordinator.Builds.Outputs;
using Canary.Failures;
using Canary.Metadata;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds.Outputs;

/// <summary>What <c>canary-output</c> may say, and where it may end.</summary>
public sealed class FilesAnswerTests
{
    private static readonly CanaryException Gone = new("build-host-lost", "It is gone.", "Look.");

    [Fact]
    public async Task What_it_said_before_it_broke_is_heard()
    {
        var said = await Should.ThrowAsync<CanaryException>(() => ListAsync("problem the disk is ill\0", Gone));
        said.Code.ShouldBe("build-output-unreadable");
        said.Message.ShouldContain("the disk is ill");

        (await Should.ThrowAsync<CanaryException>(() => ListAsync("f 1 1 1 a\0f 1", Gone))).ShouldBe(Gone);
    }

    [Fact]
    public async Task A_link_may_lead_to_a_place_with_any_name() =>
        (await ListAsync("l 0 1 1 a\0problem x\0l 0 1 2 b\0end\0end\0"))
            .Select(file => (file.Path, file.Target))
            .ShouldBe([("a", "problem x"), ("b", "end")]);

    [Fact]
    public async Task A_commit_with_too_many_files_is_refused()
    {
        var files = new Answering("f 1 1 1 a\0f 1 1 2 b\0many\0");

        var refused = await Should.ThrowAsync<CanaryException>(() =>
            CommitFiles.ReadAsync(files, new PathGlobs(["dist"]), 2, TestContext.Current.CancellationToken)
        );

        refused.Code.ShouldBe("build-output-too-large");
        refused.Message.ShouldStartWith("The commit has more than 2 files");
    }

    [Fact]
    public async Task Nothing_fails_for_a_list_that_nobody_needs()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var nothing = new PathGlobs([]);
        var commit = await CommitFiles.ReadAsync(new Answering("end\0"), nothing, 1, cancellation);
        var collection = new OutputCollection(new OutputPlan(nothing, [], commit, "unused"), new BuildOutputOptions());

        (await collection.CollectAsync(new Answering("", Gone), null!, cancellation)).ShouldBe(new(null, null));
    }

    private static async Task<IReadOnlyList<BuiltFile>> ListAsync(string answer, Exception? then = null)
    {
        var found = new List<BuiltFile>();
        await BuiltFile.ListAsync(new Answering(answer, then), 100, found.Add, TestContext.Current.CancellationToken);
        return found;
    }

    private sealed class Answering(string text, Exception? then = null) : IBuildFiles
    {
        public async Task AskAsync(
            FilesRequest request,
            Func<ReadOnlyMemory<byte>, ValueTask> answer,
            CancellationToken cancellation
        )
        {
            await answer(Encoding.UTF8.GetBytes(text));
            if (then is not null)
            {
                throw then;
            }
        }
    }
}
