using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Canary.Benchmarks.Webhooks;

/// <summary>
/// Requests as GitHub sends them, whole and signed beforehand: pushes of about 2 KB, each of a commit of its own, to a hundred
/// repositories in turn. Who sends them has nothing left to compute.
/// </summary>
internal sealed class SignedPushes(string secret)
{
    private const int Repositories = 100;
    private const int BodySize = 2048;

    private readonly byte[] _secret = Encoding.UTF8.GetBytes(secret);
    private int _made;

    /// <summary>Makes the next ones.</summary>
    public IReadOnlyList<byte[]> Next(int count) => [.. Enumerable.Range(0, count).Select(_ => Request(_made++))];

    private byte[] Request(int number)
    {
        var body = Body(number);
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(_secret, body));
        var head = $"""
            POST /webhooks/github HTTP/1.1
            Host: canary.example
            User-Agent: GitHub-Hookshot/0d0b5a1
            Accept: */*
            Content-Type: application/json
            Content-Length: {body.Length}
            X-GitHub-Delivery: {new Guid(number, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5)}
            X-GitHub-Event: push
            X-GitHub-Hook-ID: 292430182
            X-Hub-Signature-256: sha256={signature}


            """;
        return [.. Encoding.ASCII.GetBytes(head.ReplaceLineEndings("\r\n")), .. body];
    }

    private static byte[] Body(int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"app-{number % Repositories}");
        var commit = number.ToString("x40", CultureInfo.InvariantCulture);
        var before = (number + (1 << 30)).ToString("x40", CultureInfo.InvariantCulture);
        var text = $$$"""
            {"ref":"refs/heads/main","before":"{{{before}}}","after":"{{{commit}}}","repository":{"id":{{{number
                % Repositories}}},
            "node_id":"MDEwOlJlcG9zaXRvcnkx","name":"{{{name}}}","full_name":"acme/{{{name}}}","private":true,"owner":{"name":"acme",
            "email":"dev@acme.example","login":"acme","id":42,"type":"Organization","site_admin":false},
            "html_url":"https://github.com/acme/{{{name}}}","clone_url":"https://github.com/acme/{{{name}}}.git",
            "default_branch":"main","master_branch":"main","stargazers":3,"forks":1,"open_issues":7,"size":1042},
            "pusher":{"name":"ada","email":"ada@acme.example"},"sender":{"login":"ada","id":1815,"type":"User"},"created":false,
            "deleted":false,"forced":false,"base_ref":null,"compare":"https://github.com/acme/{{{name}}}/compare/{{{before[
                ..12
            ]}}}...{{{commit[^12..]}}}",
            "commits":[{"id":"{{{commit}}}","tree_id":"{{{before}}}","distinct":true,"message":"Sell more hats","timestamp":"2026-05-04T12:00:00Z",
            "author":{"name":"Ada","email":"ada@acme.example","username":"ada"},"committer":{"name":"Ada","email":"ada@acme.example"},
            "added":["{{{Padding(number)}}}"],"removed":[],"modified":["README.md"]}],
            "head_commit":{"id":"{{{commit}}}","message":"Sell more hats","timestamp":"2026-05-04T12:00:00Z"}}
            """;
        return Encoding.ASCII.GetBytes(text.ReplaceLineEndings(""));
    }

    /// <summary>Names of files fill the body up.</summary>
    private static string Padding(int number) =>
        string.Concat(Enumerable.Range(0, 12).Select(i => $"src/hats/{number:d8}/{i:d2}.txt\",\""))[..^3];

    /// <summary>Size of the bodies, for a publish of the same size.</summary>
    public static int Size => BodySize;
}
