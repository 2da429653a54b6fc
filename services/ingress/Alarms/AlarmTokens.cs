using System.Security.Cryptography;
using System.Text;
using Canary.Files;
using Canary.Ingress.Alarms.Sources;
using Canary.Ingress.Webhooks;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Alarms;

/// <summary>The tokens that sources of alarms show, each its own. Without configuration ingress makes one for each, so that an alarm of nobody is
/// never believed.</summary>
internal sealed class AlarmTokens(
    IOptionsMonitor<IngressOptions> options,
    IEnumerable<IAlarmSource> sources,
    DataDirectory data,
    SecretFiles secretFiles
) : IHostedService
{
    private const string Directory = "alarm-tokens";

    private const string Bearer = "Bearer ";

    /// <summary>Makes the tokens that people look for when they set up a source.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var source in sources)
        {
            _ = FilesOf(source.Name);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Whether the headers show a token of a source: as a bearer token, or as the password of basic authentication, which is all
    /// that some sources can send.</summary>
    public bool Accepts(string source, IHeaderDictionary headers)
    {
        if (PresentedIn(headers) is not { } presented)
        {
            return false;
        }

        var digest = SHA256.HashData(presented);
        var accepted = false;
        foreach (var token in TokensOf(source))
        {
            accepted |= CryptographicOperations.FixedTimeEquals(SHA256.HashData(token), digest);
        }

        return accepted;
    }

    /// <summary>The files with the tokens of a source.</summary>
    public IReadOnlyList<string> FilesOf(string source)
    {
        var alarms = options.CurrentValue.Alarms;
        var configured = source switch
        {
            AlertmanagerAlarms.SourceName => alarms.Alertmanager.TokenFiles,
            NewRelicAlarms.SourceName => alarms.NewRelicTokenFiles,
            NagiosAlarms.SourceName => alarms.NagiosTokenFiles,
            _ => alarms.GenericTokenFiles,
        };
        return configured.Count > 0 ? configured : [Ensure(source)];
    }

    /// <summary>All of them; they are kept out of logs.</summary>
    public IEnumerable<byte[]> All() => sources.SelectMany(source => TokensOf(source.Name));

    private IEnumerable<byte[]> TokensOf(string source) =>
        FilesOf(source).Select(file => secretFiles.Read(file, [])).OfType<byte[]>();

    private string Ensure(string source)
    {
        var directory = Path.Combine(data.For("ingress"), Directory);
        System.IO.Directory.CreateDirectory(
            directory,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        );
        return SecretFiles.Ensure(Path.Combine(directory, source));
    }

    private static byte[]? PresentedIn(IHeaderDictionary headers) =>
        headers.Authorization.ToString() is var header && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? Encoding.UTF8.GetBytes(header[Bearer.Length..].Trim())
            : BasicPassword.Of(headers);
}
