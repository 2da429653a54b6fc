using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Canary.Hosting;
using Canary.Hosting.Http;
using Canary.Ingress.AptRepository;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Enrolment;

/// <summary>The script that sets up a host: what <c>hosts/</c> has, with where this server is and whom to trust. It has no secret.</summary>
internal sealed class HostSetup(
    IngressStore store,
    PublisherClient publisher,
    IOptionsMonitor<IngressOptions> options,
    IOptions<HostingOptions> hosting,
    IHttpContextAccessor requests
)
{
    public const string ScriptPath = "/hosts/setup.sh";

    private static readonly string[] Files =
    [
        "install.sh",
        "canary-apply",
        "canary-converge.service",
        "canary-converge.timer",
    ];

    /// <summary>The script, and what else a person should know of it.</summary>
    public async Task<(HostSetupView? View, byte[] Script, ProblemHttpResult? Problem)> MakeAsync(
        CancellationToken cancellationToken
    )
    {
        var request = requests.HttpContext!.Request;
        var server = (hosting.Value.PublicAddress ?? $"{request.Scheme}://{request.Host}").TrimEnd('/');
        if (new Uri(server).IsLoopback)
        {
            return (
                null,
                [],
                Problems.Result(
                    StatusCodes.Status409Conflict,
                    IngressCodes.PublicAddressMissing,
                    $"Hosts would look for this server at {server}, which is themselves.",
                    "Set hosting.public-address to the address that hosts reach it by."
                )
            );
        }

        var keys = await publisher.KeysAsync(cancellationToken);
        if (keys.Value is null)
        {
            return (null, [], keys.Problem);
        }

        var deployerKey = (await store.Fleet.AsNoTracking().SingleOrDefaultAsync(cancellationToken))?.DeployerKey;
        if (deployerKey is null)
        {
            return (
                null,
                [],
                Problems.Result(
                    StatusCodes.Status503ServiceUnavailable,
                    IngressCodes.DeployerKeyUnknown,
                    "The deployer has not said which key it logs in to hosts with.",
                    "See that the deployer runs, and what canary doctor says of ssh-key."
                )
            );
        }

        var repository = options.CurrentValue.RepositoryAddress ?? $"{server}/repository/";
        var fingerprint = keys.Value.Keys[0].Fingerprint;
        var script = Encoding.UTF8.GetBytes(Compose(server, repository, fingerprint, deployerKey));
        return (
            new HostSetupView
            {
                Script = server + ScriptPath,
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(script)),
                Repository = repository,
                Fingerprint = fingerprint,
                DeployerKey = deployerKey,
            },
            script,
            null
        );
    }

    private static string Compose(string server, string repository, string fingerprint, string deployerKey)
    {
        var files = new StringBuilder();
        foreach (var file in Files)
        {
            files.Append(
                CultureInfo.InvariantCulture,
                $"cat >\"$directory/{file}\" <<'CANARY_END_OF_FILE'\n{Resource($"hosts/{file}")}CANARY_END_OF_FILE\n"
            );
        }

        return Resource("setup.sh")
            .Replace("@server@", Quoted(server), StringComparison.Ordinal)
            .Replace("@repository@", Quoted(repository), StringComparison.Ordinal)
            .Replace("@fingerprint@", Quoted(fingerprint), StringComparison.Ordinal)
            .Replace("@deployer-key@", Quoted(deployerKey), StringComparison.Ordinal)
            .Replace("@files@\n", $"{files}", StringComparison.Ordinal);
    }

    private static string Quoted(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
