using Canary.Cli.Api;

namespace Canary.Cli.Releases;

/// <summary>Turns the pages of the list of releases.</summary>
internal static class ReleasePages
{
    /// <summary>The server gives no more at once.</summary>
    private const int LargestPage = 500;

    /// <param name="client">The server.</param>
    /// <param name="application">Only its releases.</param>
    /// <param name="state">Only releases in it.</param>
    /// <param name="size">Releases on a page.</param>
    /// <param name="page">Which one, from 1; <c>null</c>: all of them.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<ReleaseList> ReadAsync(
        CanaryClient client,
        string? application,
        string? state,
        int size,
        int? page,
        CancellationToken cancellation
    )
    {
        var skipped = page is { } number ? (long)(number - 1) * size : 0;
        var wanted = page is null ? long.MaxValue : skipped + size;
        var found = new List<Release>();
        string? next = null;
        do
        {
            var limit = (int)Math.Min(LargestPage, wanted - found.Count);
            var list = await client.ListReleasesAsync(application, state, limit, cancellation, next);
            found.AddRange(list.Releases);
            next = list.Next;
        } while (next is not null && found.Count < wanted);

        return new ReleaseList { Releases = [.. found.Skip((int)Math.Min(skipped, int.MaxValue))], Next = next };
    }
}
