using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Canary.Cli.Api;

/// <summary>The ingress HTTP API. Every failure is a <see cref="CliException"/> with the exit code that it leads to.</summary>
internal sealed class CanaryClient(ServerLocator locator) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) })
    {
        // Streams have no end of their own; single answers get theirs in SendAsync.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public static TimeSpan AnswerLimit { get; } = TimeSpan.FromSeconds(30);

    private static TimeSpan LastLinesLimit { get; } = TimeSpan.FromSeconds(5);

    public Task<ReleaseList> ListReleasesAsync(
        string? application,
        string? state,
        int limit,
        CancellationToken cancellation,
        string? before = null
    ) =>
        GetAsync(
            "api/releases"
                + Query(("application", application), ("state", state), ("limit", $"{limit}"), ("before", before)),
            ApiJson.Default.ReleaseList,
            cancellation
        );

    public Task<Release> GetReleaseAsync(string id, CancellationToken cancellation) =>
        GetAsync(ReleasePath(id), ApiJson.Default.Release, cancellation);

    public Task<Release> StartReleaseAsync(ManualRelease request, CancellationToken cancellation) =>
        PostAsync("api/releases", request, ApiJson.Default.ManualRelease, cancellation);

    public async Task<MetadataCheck> CheckAsync(MetadataRequest request, CancellationToken cancellation)
    {
        using var limit = Limit(cancellation);
        using var body = JsonContent.Create(request, ApiJson.Default.MetadataRequest);
        using var answer = await SendAsync(HttpMethod.Post, "api/check", body, limit.Token, cancellation);
        return await ReadAsync(answer, ApiJson.Default.MetadataCheck, limit.Token);
    }

    /// <param name="id">The release.</param>
    /// <param name="decision"><c>promote</c>, <c>rollback</c>, <c>abort</c> or <c>retry</c>.</param>
    /// <param name="words">Who decided, and why.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Release> DecideAsync(string id, string decision, Decision words, CancellationToken cancellation) =>
        PostAsync($"{ReleasePath(id)}/{decision}", words, ApiJson.Default.Decision, cancellation);

    /// <param name="id">The release.</param>
    /// <param name="host">Name of the host.</param>
    /// <param name="steering"><c>retry</c> or <c>skip</c>.</param>
    /// <param name="words">Who decided.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Release> SteerAsync(
        string id,
        string host,
        string steering,
        Decision words,
        CancellationToken cancellation
    ) =>
        PostAsync(
            $"{ReleasePath(id)}/hosts/{Uri.EscapeDataString(host)}/{steering}",
            words,
            ApiJson.Default.Decision,
            cancellation
        );

    public Task<HostSetup> GetHostSetupAsync(CancellationToken cancellation) =>
        GetAsync("api/hosts/setup", ApiJson.Default.HostSetup, cancellation);

    public Task<IssuedEnrolment> IssueEnrolmentAsync(EnrolmentOrder order, CancellationToken cancellation) =>
        PostAsync(
            "api/hosts/enrolments",
            order,
            ApiJson.Default.EnrolmentOrder,
            ApiJson.Default.IssuedEnrolment,
            cancellation
        );

    public Task<ConvergingHosts> ConvergeAsync(ConvergenceOrder order, CancellationToken cancellation) =>
        PostAsync(
            "api/hosts/converge",
            order,
            ApiJson.Default.ConvergenceOrder,
            ApiJson.Default.ConvergingHosts,
            cancellation
        );

    public Task<Release> DeployAsync(string application, DeploymentOrder order, CancellationToken cancellation) =>
        PostAsync(ApplicationPath(application, "deployments"), order, ApiJson.Default.DeploymentOrder, cancellation);

    /// <summary>Uploads a package that was built elsewhere; how long that takes, its size decides.</summary>
    public async Task<Release> UploadAsync(PackageOrder order, HttpContent file, CancellationToken cancellation)
    {
        var query = Query(
            ("application", order.Application),
            ("sha256", order.Sha256),
            ("by", order.By),
            ("promote", order.Promote ? "true" : "false")
        );
        using var answer = await SendAsync(HttpMethod.Post, $"api/packages{query}", file, cancellation);
        return await ReadAsync(answer, ApiJson.Default.Release, cancellation);
    }

    /// <param name="application">The application.</param>
    /// <param name="decision"><c>hold</c> or <c>resume</c>.</param>
    /// <param name="words">Who decided, and why.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<HeldApplication> DecideAboutAsync(
        string application,
        string decision,
        Decision words,
        CancellationToken cancellation
    ) =>
        PostAsync(
            ApplicationPath(application, decision),
            words,
            ApiJson.Default.Decision,
            ApiJson.Default.HeldApplication,
            cancellation
        );

    public Task<IReadOnlyList<Application>> ListApplicationsAsync(CancellationToken cancellation) =>
        GetAsync("api/applications", ApiJson.Default.IReadOnlyListApplication, cancellation);

    public Task<IReadOnlyList<Host>> ListHostsAsync(CancellationToken cancellation) =>
        GetAsync("api/hosts", ApiJson.Default.IReadOnlyListHost, cancellation);

    public Task<AuditPage> ListDecisionsAsync(
        string? application,
        string? release,
        int limit,
        long? before,
        CancellationToken cancellation
    ) =>
        GetAsync(
            "api/audit"
                + Query(
                    ("application", application),
                    ("release", release),
                    ("limit", $"{limit}"),
                    ("before", before?.ToString(CultureInfo.InvariantCulture))
                ),
            ApiJson.Default.AuditPage,
            cancellation
        );

    public Task<IReadOnlyList<Alarm>> ListAlarmsAsync(string? application, CancellationToken cancellation) =>
        GetAsync("api/alarms" + Query(("application", application)), ApiJson.Default.IReadOnlyListAlarm, cancellation);

    public Task<AlarmTest> TestAlarmsAsync(AlarmTestOrder order, CancellationToken cancellation) =>
        PostAsync("api/alarms/tests", order, ApiJson.Default.AlarmTestOrder, ApiJson.Default.AlarmTest, cancellation);

    public Task<AlarmTest> GetAlarmTestAsync(string id, CancellationToken cancellation) =>
        GetAsync($"api/alarms/tests/{Uri.EscapeDataString(id)}", ApiJson.Default.AlarmTest, cancellation);

    public Task<FreezeList> ListFreezesAsync(CancellationToken cancellation) =>
        GetAsync("api/freezes", ApiJson.Default.FreezeList, cancellation);

    public Task<Freeze> AddFreezeAsync(FreezeOrder order, CancellationToken cancellation) =>
        PostAsync("api/freezes", order, ApiJson.Default.FreezeOrder, ApiJson.Default.Freeze, cancellation);

    public async Task<Freeze> RemoveFreezeAsync(string id, string by, CancellationToken cancellation)
    {
        using var limit = Limit(cancellation);
        var path = $"api/freezes/{Uri.EscapeDataString(id)}" + Query(("by", by));
        using var answer = await SendAsync(HttpMethod.Delete, path, null, limit.Token, cancellation);
        return await ReadAsync(answer, ApiJson.Default.Freeze, limit.Token);
    }

    public Task<PullRequestList> ListPullRequestsAsync(string? application, bool all, CancellationToken cancellation) =>
        GetAsync(
            "api/pulls" + Query(("application", application), ("all", all ? "true" : null)),
            ApiJson.Default.PullRequestList,
            cancellation
        );

    public Task<PullRequest> GetPullRequestAsync(string path, string? repository, CancellationToken cancellation) =>
        GetAsync(path + Query(("repository", repository)), ApiJson.Default.PullRequest, cancellation);

    public Task<PullRequest> ApprovePullRequestAsync(
        string path,
        string? repository,
        PullRequestApproval approval,
        CancellationToken cancellation
    ) =>
        PostAsync(
            path + Query(("repository", repository)),
            approval,
            ApiJson.Default.PullRequestApproval,
            ApiJson.Default.PullRequest,
            cancellation
        );

    public Task<PullRequest> RetryPullRequestAsync(
        string path,
        string? repository,
        Decision words,
        CancellationToken cancellation
    ) =>
        PostAsync(
            path + Query(("repository", repository)),
            words,
            ApiJson.Default.Decision,
            ApiJson.Default.PullRequest,
            cancellation
        );

    /// <summary>The log of a build as text; with <paramref name="follow"/> it ends when the build does.</summary>
    public async Task<Stream> OpenPullRequestLogAsync(
        string path,
        string? repository,
        string? commit,
        bool follow,
        CancellationToken cancellation
    )
    {
        var query = Query(("repository", repository), ("commit", commit), ("follow", follow ? "true" : null));
        var answer = await SendAsync(HttpMethod.Get, path + query, null, cancellation);
        return await answer.Content.ReadAsStreamAsync(cancellation);
    }

    public Task<MessageList> ListMessagesAsync(string? queue, CancellationToken cancellation) =>
        GetAsync("api/messages" + Query(("queue", queue)), ApiJson.Default.MessageList, cancellation);

    public Task<FailedMessage> GetMessageAsync(Guid id, string? queue, CancellationToken cancellation) =>
        GetAsync(MessagePath(id, "", queue), ApiJson.Default.FailedMessage, cancellation);

    public Task<FailedMessage> RetryMessageAsync(Guid id, string? queue, CancellationToken cancellation) =>
        DecideAsync(HttpMethod.Post, MessagePath(id, "/retry", queue), cancellation);

    public Task<FailedMessage> DiscardMessageAsync(Guid id, string? queue, CancellationToken cancellation) =>
        DecideAsync(HttpMethod.Delete, MessagePath(id, "", queue), cancellation);

    public Task<RepositoryList> ListRepositoriesAsync(CancellationToken cancellation) =>
        GetAsync("api/repositories", ApiJson.Default.RepositoryList, cancellation);

    public Task<ChangedRepository> AddRepositoryAsync(RepositoryOrder order, CancellationToken cancellation) =>
        PostAsync(
            "api/repositories",
            order,
            ApiJson.Default.RepositoryOrder,
            ApiJson.Default.ChangedRepository,
            cancellation
        );

    public async Task<ChangedRepository> RemoveRepositoryAsync(
        string repository,
        string by,
        CancellationToken cancellation
    )
    {
        using var limit = Limit(cancellation);
        var name = string.Join('/', repository.Split('/').Select(Uri.EscapeDataString));
        var path = $"api/repositories/{name}" + Query(("by", by));
        using var answer = await SendAsync(HttpMethod.Delete, path, null, limit.Token, cancellation);
        return await ReadAsync(answer, ApiJson.Default.ChangedRepository, limit.Token);
    }

    public Task<ChannelList> ListChannelsAsync(CancellationToken cancellation) =>
        GetAsync("api/notifications", ApiJson.Default.ChannelList, cancellation);

    public Task<ChannelTest> TestChannelAsync(string name, Decision words, CancellationToken cancellation) =>
        PostAsync(
            $"api/notifications/{Uri.EscapeDataString(name)}/test",
            words,
            ApiJson.Default.Decision,
            ApiJson.Default.ChannelTest,
            cancellation
        );

    public Task<PackageList> ListPackagesAsync(string? suite, CancellationToken cancellation) =>
        GetAsync("api/apt/packages" + Query(("suite", suite)), ApiJson.Default.PackageList, cancellation);

    public Task<PackageDetails> GetPackageAsync(string name, string? version, CancellationToken cancellation) =>
        GetAsync(
            $"api/apt/packages/{Uri.EscapeDataString(name)}" + Query(("version", version)),
            ApiJson.Default.PackageDetails,
            cancellation
        );

    public Task<PackageOrigin> FindPackageFileAsync(string sha256, CancellationToken cancellation) =>
        GetAsync($"api/apt/files/{sha256}", ApiJson.Default.PackageOrigin, cancellation);

    /// <summary>Waits for as long as it takes to read the whole repository.</summary>
    public async Task<RepositoryVerification> VerifyRepositoryAsync(bool quick, CancellationToken cancellation)
    {
        var path = "api/apt/verification" + Query(("quick", quick ? "true" : null));
        using var answer = await SendAsync(HttpMethod.Post, path, null, cancellation);
        return await ReadAsync(answer, ApiJson.Default.RepositoryVerification, cancellation);
    }

    public Task<UnneededFiles> ListUnneededFilesAsync(CancellationToken cancellation) =>
        GetAsync("api/apt/unneeded", ApiJson.Default.UnneededFiles, cancellation);

    public async Task<UnneededFiles> RemoveUnneededFilesAsync(string by, CancellationToken cancellation)
    {
        using var limit = Limit(cancellation);
        var path = "api/apt/unneeded" + Query(("by", by));
        using var answer = await SendAsync(HttpMethod.Delete, path, null, limit.Token, cancellation);
        return await ReadAsync(answer, ApiJson.Default.UnneededFiles, limit.Token);
    }

    public async Task<ImportPlan> PlanImportAsync(IReadOnlyList<ForeignFile> files, CancellationToken cancellation)
    {
        using var body = JsonContent.Create(new ImportQuestion(files), ApiJson.Default.ImportQuestion);
        using var answer = await SendAsync(HttpMethod.Post, "api/apt/imports/plan", body, cancellation);
        return await ReadAsync(answer, ApiJson.Default.ImportPlan, cancellation);
    }

    /// <summary>Sends a package file, for as long as it takes.</summary>
    public async Task ImportAsync(ForeignFile file, string path, string by, CancellationToken cancellation)
    {
        await using var content = File.OpenRead(path);
        using var body = new StreamContent(content);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/vnd.debian.binary-package");
        var address =
            $"api/apt/imports/files/{file.Sha256}"
            + Query(
                ("package", file.Package),
                ("version", file.Version),
                ("architecture", file.Architecture),
                ("size", file.Size.ToString(CultureInfo.InvariantCulture)),
                ("application", file.Application),
                ("by", by)
            );
        using var answer = await SendAsync(HttpMethod.Put, address, body, cancellation);
    }

    public async Task<ListingAnswer> ListImportedAsync(
        IReadOnlyList<ForeignListing> listings,
        string by,
        CancellationToken cancellation
    )
    {
        using var body = JsonContent.Create(new ListingQuestion(listings, by), ApiJson.Default.ListingQuestion);
        using var answer = await SendAsync(HttpMethod.Post, "api/apt/imports/listings", body, cancellation);
        return await ReadAsync(answer, ApiJson.Default.ListingAnswer, cancellation);
    }

    public Task<SigningKeyList> ListSigningKeysAsync(CancellationToken cancellation) =>
        GetAsync("api/apt/keys", ApiJson.Default.SigningKeyList, cancellation);

    public Task<SigningKeyList> RotateSigningKeyAsync(Decision words, CancellationToken cancellation) =>
        PostAsync(
            "api/apt/keys/rotation",
            words,
            ApiJson.Default.Decision,
            ApiJson.Default.SigningKeyList,
            cancellation
        );

    public Task<SigningKeyList> RetireSigningKeyAsync(Decision words, bool early, CancellationToken cancellation) =>
        PostAsync(
            "api/apt/keys/retirement" + Query(("early", early ? "true" : null)),
            words,
            ApiJson.Default.Decision,
            ApiJson.Default.SigningKeyList,
            cancellation
        );

    public Task<ServerStatus> GetStatusAsync(CancellationToken cancellation) =>
        GetAsync("api/status?fresh=true", ApiJson.Default.ServerStatus, cancellation);

    public async Task<bool> IsReadyAsync(CancellationToken cancellation)
    {
        try
        {
            using var answer = await SendAsync(HttpMethod.Get, "health/ready", null, cancellation);
            return true;
        }
        catch (CliException)
        {
            return false;
        }
    }

    /// <summary>Every change of the release until the server ends the stream.</summary>
    public async IAsyncEnumerable<Release> StreamReleaseAsync(
        string id,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var answer = await SendAsync(HttpMethod.Get, $"{ReleasePath(id)}/events", null, cancellation);
        await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
        var events = SseParser.Create(
            body,
            (type, data) => type == "release" ? JsonSerializer.Deserialize(data, ApiJson.Default.Release) : null
        );
        await foreach (var item in events.EnumerateAsync(cancellation))
        {
            if (item.Data is { } release)
            {
                yield return release;
            }
        }
    }

    /// <summary>The log of a stage, or of a host, as text; with <paramref name="follow"/> it ends when the stage does, or the
    /// release.</summary>
    public async Task<Stream> OpenLogAsync(
        string id,
        string? stage,
        string? host,
        bool follow,
        CancellationToken cancellation
    )
    {
        var query = Query(("stage", stage), ("host", host), ("follow", follow ? "true" : null));
        var answer = await SendAsync(HttpMethod.Get, $"{ReleasePath(id)}/logs{query}", null, cancellation);
        return await answer.Content.ReadAsStreamAsync(cancellation);
    }

    /// <summary>The last lines of a stage's log; empty where there is none.</summary>
    public async Task<IReadOnlyList<string>> ReadLogTailAsync(
        string id,
        string stage,
        int lines,
        CancellationToken cancellation
    )
    {
        var tail = new Queue<string>(lines);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        either.CancelAfter(LastLinesLimit);
        try
        {
            // The end of a log may arrive later than the outcome.
            await using var log = await OpenLogAsync(id, stage, host: null, follow: true, either.Token);
            using var reader = new StreamReader(log, Encoding.UTF8);
            while (await reader.ReadLineAsync(either.Token) is { } line)
            {
                if (tail.Count == lines)
                {
                    tail.Dequeue();
                }
                tail.Enqueue(line);
            }
            return [.. tail];
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return [.. tail];
        }
        catch (CliException e) when (e.ExitCode == ExitCodes.NotFound)
        {
            return [];
        }
    }

    public void Dispose() => _http.Dispose();

    private static string ReleasePath(string id) => "api/releases/" + Uri.EscapeDataString(id);

    private static string ApplicationPath(string application, string what) =>
        $"api/applications/{Uri.EscapeDataString(application)}/{what}";

    private static string MessagePath(Guid id, string decision, string? queue) =>
        $"api/messages/{id}{decision}{Query(("queue", queue))}";

    private static string Query(params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = new StringBuilder();
        foreach (var (name, value) in parameters)
        {
            if (!string.IsNullOrEmpty(value))
            {
                query
                    .Append(query.Length == 0 ? '?' : '&')
                    .Append(name)
                    .Append('=')
                    .Append(Uri.EscapeDataString(value));
            }
        }
        return query.ToString();
    }

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var limit = Limit(cancellation);
        using var answer = await SendAsync(HttpMethod.Get, path, null, limit.Token, cancellation);
        return await ReadAsync(answer, type, limit.Token);
    }

    private Task<Release> PostAsync<T>(string path, T value, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        PostAsync(path, value, type, ApiJson.Default.Release, cancellation);

    private async Task<TAnswer> PostAsync<T, TAnswer>(
        string path,
        T value,
        JsonTypeInfo<T> type,
        JsonTypeInfo<TAnswer> answerType,
        CancellationToken cancellation
    )
    {
        using var limit = Limit(cancellation);
        using var body = JsonContent.Create(value, type);
        using var answer = await SendAsync(HttpMethod.Post, path, body, limit.Token, cancellation);
        return await ReadAsync(answer, answerType, limit.Token);
    }

    private async Task<FailedMessage> DecideAsync(HttpMethod method, string path, CancellationToken cancellation)
    {
        using var limit = Limit(cancellation);
        using var answer = await SendAsync(method, path, null, limit.Token, cancellation);
        return await ReadAsync(answer, ApiJson.Default.FailedMessage, limit.Token);
    }

    private static CancellationTokenSource Limit(CancellationToken cancellation)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerLimit);
        return limit;
    }

    private static async Task<T> ReadAsync<T>(
        HttpResponseMessage answer,
        JsonTypeInfo<T> type,
        CancellationToken cancellation
    )
    {
        try
        {
            return await answer.Content.ReadFromJsonAsync(type, cancellation) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new CliException(
                ExitCodes.Unreachable,
                CliCodes.UnexpectedAnswer,
                $"{answer.RequestMessage?.RequestUri} did not answer as a Canary server: {e.Message}",
                "Check that --server names a Canary server of this version: canary server status."
            );
        }
    }

    private Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? body,
        CancellationToken cancellation
    ) => SendAsync(method, path, body, cancellation, cancellation);

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? body,
        CancellationToken limit,
        CancellationToken interrupted
    )
    {
        var server = locator.Locate();
        using var request = new HttpRequestMessage(method, new Uri(server.Uri, path)) { Content = body };
        if (server.Token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.Token);
        }

        HttpResponseMessage answer;
        try
        {
            answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit);
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(server.Uri, e.InnerException?.Message ?? e.Message);
        }
        catch (OperationCanceledException) when (!interrupted.IsCancellationRequested)
        {
            throw Unreachable(server.Uri, $"no answer within {AnswerLimit.TotalSeconds:0} seconds");
        }

        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }
        using (answer)
        {
            throw await RefusalAsync(server, answer, limit);
        }
    }

    private CliException Unreachable(Uri server, string why) =>
        new(
            ExitCodes.Unreachable,
            CliCodes.ServerUnreachable,
            $"No answer from {server}: {why}.",
            locator.IsExplicit
                ? "Check the address and that the server runs: canary server status --server URL."
                : "Start the server: canary server start. What stopped it stands in its log: canary server status."
        );

    private static async Task<CliException> RefusalAsync(
        ServerAddress server,
        HttpResponseMessage answer,
        CancellationToken cancellation
    )
    {
        Problem? problem = null;
        if (answer.Content.Headers.ContentType?.MediaType is "application/problem+json" or "application/json")
        {
            try
            {
                problem = await answer.Content.ReadFromJsonAsync(ApiJson.Default.Problem, cancellation);
            }
            catch (JsonException)
            {
                // The status code alone still says what kind of refusal it is.
            }
        }

        var (exitCode, code, message, remedy) = answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => (
                ExitCodes.NotAllowed,
                CliCodes.NotAllowed,
                server.Token is null ? "The server wants a token." : "The server does not accept the token.",
                "Give the operator token with --token or CANARY_TOKEN; it stands in secrets/api-token of the server's "
                    + "data directory."
            ),
            HttpStatusCode.NotFound => (
                ExitCodes.NotFound,
                CliCodes.NotFound,
                "The server knows no such thing.",
                "See what there is: canary releases list."
            ),
            HttpStatusCode.Conflict => (
                ExitCodes.Conflict,
                CliCodes.Conflict,
                "That does not apply to the release as it is now.",
                "See how far it is: canary releases show ID."
            ),
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => (
                ExitCodes.Usage,
                CliCodes.BadRequest,
                "The server did not accept the request.",
                "Check the command line: --help."
            ),
            _ => (
                ExitCodes.Unreachable,
                CliCodes.ServerFailed,
                $"The server answered {(int)answer.StatusCode} {answer.ReasonPhrase}.",
                "Look into the server's log: canary server status tells where it is."
            ),
        };
        return new CliException(
            exitCode,
            problem?.Code ?? code,
            problem?.Detail ?? problem?.Title ?? message,
            problem?.Remedy ?? remedy
        );
    }
}
