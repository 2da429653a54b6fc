using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Failures;
using Canary.Files;
using Canary.GitHub;
using Canary.Hosting;
using Canary.Hosting.Security;
using Canary.Ingress.Alarms;
using Canary.Ingress.Alarms.Sources;
using Canary.Ingress.AptRepository;
using Canary.Ingress.Audit;
using Canary.Ingress.Checks;
using Canary.Ingress.Dashboard;
using Canary.Ingress.Enrolment;
using Canary.Ingress.Fleet;
using Canary.Ingress.Freezes;
using Canary.Ingress.Jenkins;
using Canary.Ingress.Logs;
using Canary.Ingress.Messages;
using Canary.Ingress.Notifications;
using Canary.Ingress.Packages;
using Canary.Ingress.Polling;
using Canary.Ingress.PullRequests;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Canary.Ingress.Repositories.Registrations;
using Canary.Ingress.Sessions;
using Canary.Ingress.Status;
using Canary.Ingress.Webhooks;
using Canary.Ingress.Webhooks.Sources;
using Canary.Ingress.Webhooks.Sources.Gitea;
using Canary.Ingress.Webhooks.Sources.GitHub;
using Canary.Ingress.Webhooks.Sources.GitLab;
using MassTransit;
using MassTransit.Middleware;
using Microsoft.Extensions.Options;

namespace Canary.Ingress;

/// <summary>Webhooks in; the HTTP API, its read model and the dashboard out.</summary>
public static class IngressModule
{
    /// <summary>Snapshots of one release are recorded one after the other; those of different ones side by side.</summary>
    private const int Partitions = 16;

    /// <summary>Adds ingress to a host.</summary>
    public static CanaryHostBuilder AddIngress(this CanaryHostBuilder host)
    {
        ArgumentNullException.ThrowIfNull(host);

        return host.AddGitHub()
            .AddModule<IngressStore>(
                "ingress",
                module =>
                {
                    module.AddOptions<IngressOptions>();
                    module.AddOptions<NotificationOptions>("notifications");
                    module.RunsGit();
                    var partitions = new Partitioner(Partitions, new Murmur3UnsafeHashGenerator());
                    module.AddConsumer<ReleaseProjection>(endpoint =>
                        endpoint.UsePartitioner<ReleaseChanged>(partitions, context => context.Message.ReleaseId)
                    );
                    module.AddConsumer<RolloutProjection>(endpoint =>
                        endpoint.UsePartitioner<RolloutChanged>(partitions, context => context.Message.ReleaseId)
                    );
                    module.AddConsumer<HoldProjection>();
                    module.AddConsumer<HostsProjection>();
                    module.AddConsumer<FleetProjection>();
                    module.AddConsumer<PullRequestProjection>();
                    module.AddConsumer<AcknowledgeAlarmConsumer>();
                    module.AddConsumer<AcknowledgeAlarmTestConsumer>();
                    module.AddConsumer<AcknowledgeEnrolmentConsumer>();
                    module
                        .Services.AddWebhooks()
                        .AddAlarms()
                        .AddReleases()
                        .AddPullRequests()
                        .AddLogs()
                        .AddFleet()
                        .AddEnrolment()
                        .AddChecks()
                        .AddAptRepository()
                        .AddPackages()
                        .AddStatus()
                        .AddProblems()
                        .AddNotifications()
                        .AddPolling()
                        .AddRegistrations();
                    module.AddGitHubCheck();
                    module.MapEndpoints(MapAll);
                }
            );
    }

    private static void MapAll(IEndpointRouteBuilder routes)
    {
        routes.MapWebhooks();
        routes.MapAlarmWebhooks();
        JenkinsWebhook.Map(routes);
        routes.MapLogWriting();
        routes.MapEnrolment();
        routes.MapDashboard();

        var api = routes.MapGroup("/api");
        api.MapDecisions();
        api.MapMessages();
        api.MapChecks();
        api.MapPackages();

        var isReadingOpen = IsReadingOpen(routes.ServiceProvider);
        api.MapSession(isReadingOpen);

        var reading = api.MapGroup("").OpenToStrangersIf(isReadingOpen);
        reading.MapReleases();
        reading.MapSteering();
        reading.MapEvents();
        reading.MapLogReading();
        reading.MapFleet();
        reading.MapEnrolments();
        reading.MapStatus();
        reading.MapAudit();
        reading.MapAlarms();
        reading.MapFreezes();
        reading.MapNotifications();
        reading.MapRepositories();
        reading.MapAptRepository();
        reading.MapRegistrations();
        reading.MapPullRequests();
    }

    /// <exception cref="CanaryException">Everybody in the network would read what is meant for this machine.</exception>
    private static bool IsReadingOpen(IServiceProvider services)
    {
        var hosting = services.GetRequiredService<IOptions<HostingOptions>>().Value;
        var wanted = services.GetRequiredService<IOptions<IngressOptions>>().Value.AnonymousRead;
        return wanted == true && !Reach.ListensOnLoopback(hosting)
            ? throw new CanaryException(
                IngressCodes.AnonymousReadExposed,
                $"ingress.anonymous-read would let everybody who reaches {hosting.Listen} read releases and logs.",
                "Leave it out and give those who read the token in secrets/read-token, or listen on a loopback address."
            )
            : wanted ?? Reach.IsOnlyLocal(hosting);
    }

    private static IServiceCollection AddWebhooks(this IServiceCollection services) =>
        services
            .AddSingleton<RepositoryRegistry>()
            .AddSingleton<RepositoryIds>()
            .AddSingleton<SecretFiles>()
            .AddSingleton<WebhookSecrets>()
            .AddHostedService(provider => provider.GetRequiredService<WebhookSecrets>())
            .AddSingleton(provider => new SecretSource(() =>
                provider.GetRequiredService<WebhookSecrets>().Current().SelectMany(scope => scope.Secrets)
            ))
            .AddSingleton<JenkinsSecrets>()
            .AddHostedService(provider => provider.GetRequiredService<JenkinsSecrets>())
            .AddSingleton(provider => new SecretSource(() => provider.GetRequiredService<JenkinsSecrets>().Current()))
            .AddScoped<JenkinsWebhook>()
            .AddSingleton<BodyPieces>()
            .AddSingleton<BodyPlaces>()
            .AddSingleton<BodyWork>()
            .AddSingleton<WebhookBodies>()
            .AddSingleton<RefusedWebhooks>()
            .AddSingleton<PushReader>()
            .AddSingleton<IPushSource, GitHubSource>()
            .AddSingleton<IPushSource, GiteaSource>()
            .AddSingleton<IPushSource, GitLabSource>()
            .AddScoped<PushWebhook>()
            .AddHostedService<DeliveryCleanup>();

    private static IServiceCollection AddRegistrations(this IServiceCollection services) =>
        services
            .AddSingleton<RegistrationSecrets>()
            .AddSingleton<RegisteredRepositories>()
            .AddHostedService(provider => provider.GetRequiredService<RegisteredRepositories>())
            .AddSingleton<RepositoryHooks>()
            .AddScoped<Registrar>()
            .AddScoped<RegistrationChecks>();

    private static IServiceCollection AddPackages(this IServiceCollection services) =>
        services
            .AddSingleton<PackageTokens>()
            .AddSingleton<IApplicationTokens>(provider => provider.GetRequiredService<PackageTokens>())
            .AddSingleton(provider => new SecretSource(() => provider.GetRequiredService<PackageTokens>().All()));

    private static IServiceCollection AddPolling(this IServiceCollection services) =>
        services
            .AddSingleton<IBranchReader, GitHubBranches>()
            .AddSingleton<IBranchReader, GitBranches>()
            .AddSingleton(provider => new FetchedHeads(
                Path.Combine(provider.GetRequiredService<DataDirectory>().For("ingress"), "fetched-heads")
            ))
            .AddSingleton(provider => new PollSchedule(
                provider.GetRequiredService<TimeProvider>(),
                Random.Shared.NextDouble
            ))
            .AddScoped<RepositoryLook>()
            .AddScoped<PollingChecks>()
            .AddHostedService<RepositoryPoller>();

    private static IServiceCollection AddAlarms(this IServiceCollection services)
    {
        services
            .AddHttpClient(
                AlertmanagerClient.ClientName,
                client =>
                {
                    client.Timeout = TimeSpan.FromSeconds(10);
                    client.MaxResponseContentBufferSize = AlertmanagerClient.LongestAnswer;
                }
            )
            // Whoever answers with another address does not get the token.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false })
            .RemoveAllLoggers();
        services.AddHealthChecks().AddCheck<AlertmanagerWatch>("alertmanager", tags: [CanaryHostBuilder.DoctorTag]);
        return services
            .AddSingleton<IAlarmSource, AlertmanagerAlarms>()
            .AddSingleton<IAlarmSource, NewRelicAlarms>()
            .AddSingleton<IAlarmSource, NagiosAlarms>()
            .AddSingleton<IAlarmSource, GenericAlarms>()
            .AddSingleton<AlarmTokens>()
            .AddHostedService(provider => provider.GetRequiredService<AlarmTokens>())
            .AddSingleton(provider => new SecretSource(() => provider.GetRequiredService<AlarmTokens>().All()))
            .AddSingleton<AlarmWebhook>()
            .AddScoped<AlarmRules>()
            .AddScoped<AlarmDrills>()
            .AddScoped<AlarmBook>()
            .AddScoped<Regrets>()
            .AddScoped<LateRollbacks>()
            .AddHostedService<AlarmReporter>()
            .AddSingleton<AlertmanagerClient>()
            .AddSingleton<AlertmanagerWatch>()
            .AddHostedService(provider => provider.GetRequiredService<AlertmanagerWatch>());
    }

    private static IServiceCollection AddReleases(this IServiceCollection services) =>
        services
            .AddSingleton<PushAdmission>()
            .AddSingleton<KnownApplications>()
            .AddScoped<GroupAdmission>()
            .AddScoped<ReleaseQueries>()
            .AddHttpContextAccessor()
            .AddScoped<AuditLog>()
            .AddScoped<Decisions>()
            .AddScoped<Deployments>()
            .AddScoped<HoldDecisions>()
            .AddScoped<Convergence>()
            .AddScoped<HostVersions>()
            .AddScoped<ReleaseWatch>()
            .AddSingleton<GitInspector>()
            .AddScoped<ManualRun>()
            .AddSingleton<Forgetting>()
            .AddHostedService(provider => provider.GetRequiredService<Forgetting>())
            .AddSingleton<ReleaseFeed>()
            .AddHostedService(provider => provider.GetRequiredService<ReleaseFeed>())
            .AddScoped<FreezeDecisions>()
            .AddSingleton<FreezeReminder>()
            .AddHostedService(provider => provider.GetRequiredService<FreezeReminder>())
            .AddSingleton<PushRepublisher>()
            .AddHostedService(provider => provider.GetRequiredService<PushRepublisher>());

    private static IServiceCollection AddLogs(this IServiceCollection services) =>
        services.AddSingleton<StageLogs>().AddSingleton<LogReader>();

    private static IServiceCollection AddFleet(this IServiceCollection services) =>
        services.AddScoped<FleetQueries>().AddScoped<FleetWarnings>();

    private static IServiceCollection AddEnrolment(this IServiceCollection services) =>
        services
            .AddSingleton<RefusedEnrolments>()
            .AddScoped<EnrolmentTokens>()
            .AddScoped<Enrolments>()
            .AddScoped<HostSetup>()
            .AddSingleton<EnrolmentReporter>()
            .AddHostedService(provider => provider.GetRequiredService<EnrolmentReporter>());

    private static IServiceCollection AddStatus(this IServiceCollection services)
    {
        services.AddHttpClient(StatusChecks.ClientName);
        return services
            .AddSingleton<StartTime>()
            .AddSingleton<StatusReport>()
            .AddScoped<RepositoryIdChecks>()
            .AddScoped<StatusChecks>();
    }

    /// <summary>What the platform answers by itself (no such route, wrong method, unreadable body) carries a code and a
    /// remedy too.</summary>
    private static IServiceCollection AddProblems(this IServiceCollection services) =>
        services
            .Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true)
            .Configure<ProblemDetailsOptions>(problems => problems.CustomizeProblemDetails = GeneralProblems.Complete);
}
