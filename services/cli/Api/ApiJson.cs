using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Canary.Cli.Api;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonNode))]
[JsonSerializable(typeof(Release))]
[JsonSerializable(typeof(ReleaseList))]
[JsonSerializable(typeof(IReadOnlyList<Application>))]
[JsonSerializable(typeof(IReadOnlyList<Host>))]
[JsonSerializable(typeof(ServerStatus))]
[JsonSerializable(typeof(ManualRelease))]
[JsonSerializable(typeof(DeploymentOrder))]
[JsonSerializable(typeof(HeldApplication))]
[JsonSerializable(typeof(HostSetup))]
[JsonSerializable(typeof(EnrolmentOrder))]
[JsonSerializable(typeof(IssuedEnrolment))]
[JsonSerializable(typeof(ConvergenceOrder))]
[JsonSerializable(typeof(ConvergingHosts))]
[JsonSerializable(typeof(Decision))]
[JsonSerializable(typeof(MetadataRequest))]
[JsonSerializable(typeof(MetadataCheck))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(IReadOnlyList<Alarm>))]
[JsonSerializable(typeof(FreezeOrder))]
[JsonSerializable(typeof(Freeze))]
[JsonSerializable(typeof(FreezeList))]
[JsonSerializable(typeof(PullRequestList))]
[JsonSerializable(typeof(PullRequest))]
[JsonSerializable(typeof(PullRequestApproval))]
[JsonSerializable(typeof(AlarmTestOrder))]
[JsonSerializable(typeof(AlarmTest))]
[JsonSerializable(typeof(MessageList))]
[JsonSerializable(typeof(FailedMessage))]
[JsonSerializable(typeof(RepositoryList))]
[JsonSerializable(typeof(RepositoryOrder))]
[JsonSerializable(typeof(ChangedRepository))]
[JsonSerializable(typeof(ChannelList))]
[JsonSerializable(typeof(ChannelTest))]
[JsonSerializable(typeof(PackageList))]
[JsonSerializable(typeof(PackageDetails))]
[JsonSerializable(typeof(PackageOrigin))]
[JsonSerializable(typeof(UnneededFiles))]
[JsonSerializable(typeof(RepositoryVerification))]
[JsonSerializable(typeof(SigningKeyList))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(ServerFile))]
[JsonSerializable(typeof(Output.ApplicationList))]
[JsonSerializable(typeof(Output.HostList))]
[JsonSerializable(typeof(Output.Bootstrap))]
[JsonSerializable(typeof(Output.HostImport))]
[JsonSerializable(typeof(Output.RenderedFile))]
[JsonSerializable(typeof(Output.DecidedMessages))]
[JsonSerializable(typeof(Output.AlarmList))]
[JsonSerializable(typeof(Output.ChannelTests))]
[JsonSerializable(typeof(Output.LogLine))]
[JsonSerializable(typeof(Output.ErrorDocument))]
[JsonSerializable(typeof(Output.ServerDocument))]
[JsonSerializable(typeof(Output.DoctorDocument))]
[JsonSerializable(typeof(Output.VerifiedFile))]
[JsonSerializable(typeof(Output.RepositoryImport))]
[JsonSerializable(typeof(ImportQuestion))]
[JsonSerializable(typeof(ImportPlan))]
[JsonSerializable(typeof(PlannedFile))]
[JsonSerializable(typeof(ListingQuestion))]
[JsonSerializable(typeof(ListingAnswer))]
[JsonSerializable(typeof(Output.DemoDocument))]
[JsonSerializable(typeof(Output.ScriptDocument))]
[JsonSerializable(typeof(Output.RecipeList))]
[JsonSerializable(typeof(Output.InitDocument))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    // Readable on a terminal and in a file; nothing here is put into HTML.
    private static readonly JavaScriptEncoder Relaxed = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>One document for people and jq.</summary>
    public static ApiJson Indented { get; } =
        new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = Relaxed });

    /// <summary>One document per line, for streams.</summary>
    public static ApiJson Lines { get; } =
        new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = Relaxed });
}
