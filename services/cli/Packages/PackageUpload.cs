using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Canary.Cli.Api;
using Spectre.Console;

namespace Canary.Cli.Packages;

/// <summary>Brings a package file to the server; a person who watches sees how far it is.</summary>
internal static class PackageUpload
{
    private const string MediaType = "application/vnd.debian.binary-package";

    private const int BufferSize = 128 << 10;

    public static async Task<Release> SendAsync(
        Session session,
        string path,
        string application,
        bool promotes,
        CancellationToken cancellation
    )
    {
        await using var file = Open(path);
        var order = new PackageOrder(
            application,
            Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation)),
            session.Environment.UserName,
            promotes
        );
        file.Position = 0;
        return session.Screen.Live
            ? await session
                .Screen.Notes.Progress()
                .AutoClear(true)
                .StartAsync(progress =>
                {
                    var bar = progress.AddTask(
                        $"Uploading {Path.GetFileName(path).EscapeMarkup()}",
                        maxValue: file.Length
                    );
                    return SendAsync(session.Client, order, file, bar.Increment, cancellation);
                })
            : await SendAsync(session.Client, order, file, _ => { }, cancellation);
    }

    /// <exception cref="CliException">It cannot be read.</exception>
    public static async Task<string> HashAsync(string path, CancellationToken cancellation)
    {
        await using var content = Open(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation));
    }

    private static async Task<Release> SendAsync(
        CanaryClient client,
        PackageOrder order,
        FileStream file,
        Action<double> sent,
        CancellationToken cancellation
    )
    {
        using var body = new Body(file, sent);
        body.Headers.ContentType = new MediaTypeHeaderValue(MediaType);
        return await client.UploadAsync(order, body, cancellation);
    }

    private static FileStream Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage(
                CliCodes.FileUnreadable,
                $"{path} cannot be read: {e.Message}",
                "Name a package file."
            );
        }
    }

    private sealed class Body(FileStream file, Action<double> sent) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var buffer = new byte[BufferSize];
            int read;
            while ((read = await file.ReadAsync(buffer)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read));
                sent(read);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = file.Length;
            return true;
        }
    }
}
