using System.Formats.Tar;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Canary.CiCoordinator.Builds;
using Canary.CiCoordinator.Builds.Outputs;
using Canary.Contracts.Building;
using Canary.Files;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ZstdSharp;

namespace Canary.CiCoordinator.Tests.Builds.Outputs;

/// <summary>Takes what builds make for their packages, as the repository publisher does.</summary>
internal sealed class KeptOutputs : HttpMessageHandler
{
    private readonly Dictionary<string, byte[]> _archives = [];

    private readonly HttpClient _client;

    public KeptOutputs() =>
        _client = new HttpClient(this, disposeHandler: false) { BaseAddress = new Uri("http://publisher/") };

    /// <summary>What it answers instead of taking something, one after the other.</summary>
    public Queue<HttpStatusCode> Refusals { get; } = [];

    public int Count => _archives.Count;

    public BuildOutputs For(DataDirectory data, IOptions<BuildOptions> options) =>
        new(
            new LocalFiles(data),
            () => new OutputUploads(_client, options, TimeProvider.System, NullLogger<OutputUploads>.Instance),
            options
        );

    /// <summary>What an archive holds, a line each: <c>x path content</c>, <c>f path content</c> or <c>l path target</c>.</summary>
    public IReadOnlyList<string> Read(BuildOutput output)
    {
        using var tar = new TarReader(new DecompressionStream(new MemoryStream(_archives[output.Sha256])));
        var lines = new List<string>();
        while (tar.GetNextEntry() is { } entry)
        {
            entry.ModificationTime.ShouldBe(DateTimeOffset.UnixEpoch);
            (entry.Uid, entry.Gid).ShouldBe((0, 0));
            lines.Add(
                entry.EntryType == TarEntryType.SymbolicLink
                    ? $"l {entry.Name} {entry.LinkName}"
                    : $"{((entry.Mode & UnixFileMode.UserExecute) != 0 ? 'x' : 'f')} {entry.Name} {ContentOf(entry)}".TrimEnd()
            );
        }

        return lines;
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        if (Refusals.TryDequeue(out var refusal))
        {
            return new HttpResponseMessage(refusal) { Content = new StringContent("") };
        }

        request.Method.ShouldBe(HttpMethod.Put);
        var bytes = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        request.RequestUri!.AbsolutePath.ShouldBe($"/internal/outputs/{digest}");
        _archives[digest] = bytes;
        return new HttpResponseMessage(HttpStatusCode.Created);
    }

    protected override void Dispose(bool disposing)
    {
        _client.Dispose();
        base.Dispose(disposing);
    }

    private static string ContentOf(TarEntry entry) =>
        entry.DataStream is { } stream ? new StreamReader(stream, Encoding.UTF8).ReadToEnd() : "";
}
