namespace Canary.Fuzzing.Tests.Targets;

/// <summary>Goes along symbolic links as the kernel does.</summary>
internal static class LinkWalk
{
    private const int MostHops = 40;

    /// <summary>Whether a link, or one that it leads to, goes above the root.</summary>
    public static bool LeadsAbove(IReadOnlyDictionary<string, string> links, string link, string target)
    {
        var at = new List<string>(link.Split('/')[..^1]);
        var rest = new Stack<string>(target.Split('/').Reverse());
        var hops = 0;
        if (target.StartsWith('/'))
        {
            return true;
        }

        while (rest.TryPop(out var part))
        {
            if (part is "" or ".")
            {
                continue;
            }

            if (part == "..")
            {
                if (at.Count == 0)
                {
                    return true;
                }

                at.RemoveAt(at.Count - 1);
                continue;
            }

            at.Add(part);
            if (links.TryGetValue(string.Join('/', at), out var next))
            {
                if (next.StartsWith('/'))
                {
                    return true;
                }

                // The kernel gives up as well.
                if (++hops > MostHops)
                {
                    return false;
                }

                at.RemoveAt(at.Count - 1);
                foreach (var piece in next.Split('/').Reverse())
                {
                    rest.Push(piece);
                }
            }
        }

        return false;
    }
}
