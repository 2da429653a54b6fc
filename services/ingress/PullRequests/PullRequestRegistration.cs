namespace Canary.Ingress.PullRequests;

internal static class PullRequestRegistration
{
    public static IServiceCollection AddPullRequests(this IServiceCollection services) =>
        services
            .AddSingleton<PullRequestReader>()
            .AddSingleton<PullRequestIntake>()
            .AddSingleton<PullRequestAnswers>()
            .AddSingleton<PullRequestHeads>()
            .AddSingleton<PullRequestReports>()
            .AddScoped<PullRequestBuilds>()
            .AddScoped<PullRequestQueries>()
            .AddScoped<PullRequestDecisions>()
            .AddScoped<PullRequestChecks>()
            .AddSingleton<PullRequestWorker>()
            .AddHostedService(provider => provider.GetRequiredService<PullRequestWorker>());
}
