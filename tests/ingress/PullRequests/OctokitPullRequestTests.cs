using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Canary.Ingress.PullRequests;
using Canary.Ingress.Repositories;
using Canary.Ingress.Tests.Webhooks;

namespace Canary.Ingress.Tests.PullRequests;

/// <summary>What GitHub really sent about pull requests.</summary>
public sealed class OctokitPullRequestTests
{
    private static readonly Fixed<IngressOptions> Options = new(
        new IngressOptions
        {
            CloneHosts = ["*"],
            CloneSchemes = ["https", "http"],
            Repositories = [new RepositoryOptions { Name = "*/*", PullRequests = true }],
        }
    );

    private static readonly string[] Heads = ["opened", "reopened", "synchronize", "closed"];

    [Fact]
    public async Task Every_payload_is_read_for_what_it_is()
    {
        var examples = await OctokitExamples.OfAsync("pull_request");
        examples.Count.ShouldBeGreaterThan(30);
        var registry = new RepositoryRegistry(Options);
        var reader = new PullRequestReader(Options);
        foreach (var example in examples)
        {
            var payload = PullRequestJson.Read(
                new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(example.ToJsonString()))
            );
            var reading = reader.Read(payload, registry.Find(payload.Repository!.FullName!, SourceKind.Github));

            if (!Heads.Contains((string)example["action"]!))
            {
                reading.ShouldBeOfType<PullRequestReading.Ignored>().Code.ShouldBe("pull-request-unchanged");
                continue;
            }

            var news = reading.ShouldBeOfType<PullRequestReading.Accepted>().News;
            var pull = example["pull_request"]!;
            news.Number.ShouldBe((int)example["number"]!);
            news.Commit.ShouldBe((string)pull["head"]!["sha"]!);
            news.IsOpen.ShouldBe((string)pull["state"]! == "open");
            news.IsFork.ShouldBe(IdIn(pull["head"]!) is not { } id || id != IdIn(pull["base"]!));
            news.UpdatedAt.ShouldNotBeNull();
        }
    }

    private static long? IdIn(JsonNode end) => (long?)end["repo"]?["id"];
}
