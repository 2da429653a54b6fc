using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Canary.Ingress.Tests.Webhooks;

/// <summary>A webhook as Gitea or GitLab sends it.</summary>
internal sealed record SourceWebhook(string Route, string Payload)
{
    public const string Commit = "da1560886d4f094c3e6c9ef40349f7d38b5d27d7";

    /// <summary>The headers that prove who sends it, and say what it is.</summary>
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>The example of docs.gitea.com ("Webhooks", usage), of another repository and address.</summary>
    public static string GiteaPush(
        string commit = Commit,
        string before = "28e1879d029cb852e4844d9c718537df08844e03"
    ) =>
        $$"""
            {
              "secret": "3gEsCfjlV2ugRwgpU#w1*WaW*wa4NXgGmpCfkbG3",
              "ref": "refs/heads/main",
              "before": "{{before}}",
              "after": "{{commit}}",
              "compare_url": "https://git.example.org/gitea/webhooks/compare/{{before}}...{{commit}}",
              "commits": [
                {
                  "id": "{{commit}}",
                  "message": "Webhooks Yay!",
                  "url": "https://git.example.org/gitea/webhooks/commit/{{commit}}",
                  "author": { "name": "Gitea", "email": "someone@gitea.io", "username": "gitea" },
                  "committer": { "name": "Gitea", "email": "someone@gitea.io", "username": "gitea" },
                  "timestamp": "2017-03-13T13:52:11-04:00"
                }
              ],
              "repository": {
                "id": 140,
                "owner": { "id": 1, "login": "gitea", "full_name": "Gitea", "username": "gitea" },
                "name": "webhooks",
                "full_name": "gitea/webhooks",
                "description": "",
                "private": false,
                "fork": false,
                "html_url": "https://git.example.org/gitea/webhooks",
                "ssh_url": "ssh://gitea@git.example.org:2222/gitea/webhooks.git",
                "clone_url": "https://git.example.org/gitea/webhooks.git",
                "default_branch": "main"
              },
              "pusher": { "id": 1, "login": "gitea", "full_name": "Gitea", "username": "gitea" },
              "sender": { "id": 1, "login": "gitea", "full_name": "Gitea", "username": "gitea" }
            }
            """;

    /// <summary>The example of docs.gitlab.com ("Webhook events", push events), of another address and in a subgroup.</summary>
    public static string GitLabPush(
        string commit = Commit,
        string before = "95790bf891e76fee5e1747ab589903a6a1f80f22",
        string reference = "refs/heads/master"
    ) =>
        $$"""
            {
              "object_kind": "push",
              "event_name": "push",
              "before": "{{before}}",
              "after": "{{commit}}",
              "ref": "{{reference}}",
              "ref_protected": true,
              "checkout_sha": "{{commit}}",
              "user_id": 4,
              "user_name": "John Smith",
              "user_username": "jsmith",
              "user_email": "john@example.com",
              "project_id": 15,
              "project": {
                "id": 15,
                "name": "Diaspora",
                "web_url": "https://git.example.org/mike/social/diaspora",
                "git_ssh_url": "git@git.example.org:mike/social/diaspora.git",
                "git_http_url": "https://git.example.org/mike/social/diaspora.git",
                "namespace": "Mike",
                "visibility_level": 0,
                "path_with_namespace": "mike/social/diaspora",
                "default_branch": "master"
              },
              "commits": [
                {
                  "id": "b6568db1bc1dcd7f8b4d5a946b0b91f9dacd7327",
                  "message": "Update Catalan translation to e38cb41.\n\nSee https://gitlab.com/gitlab-org/gitlab for more information",
                  "added": ["CHANGELOG"]
                },
                {
                  "id": "{{commit}}",
                  "message": "fixed readme",
                  "author": { "name": "GitLab dev user", "email": "gitlabdev@dv6700.(none)" }
                }
              ],
              "total_commits_count": 4
            }
            """;

    public static SourceWebhook Gitea(string payload, string secret, string? delivery = null) =>
        new("gitea", payload)
        {
            Headers = new()
            {
                ["X-Gitea-Delivery"] = delivery ?? Guid.NewGuid().ToString(),
                ["X-Gitea-Event"] = "push",
                ["X-Gitea-Signature"] = Hexadecimal(payload, secret),
                // It sends these as well, and they count for nothing here.
                ["X-Gogs-Event"] = "push",
                ["X-GitHub-Event"] = "push",
            },
        };

    public static SourceWebhook Forgejo(string payload, string secret) =>
        new("gitea", payload)
        {
            Headers = new()
            {
                ["X-Forgejo-Delivery"] = Guid.NewGuid().ToString(),
                ["X-Forgejo-Event"] = "push",
                ["X-Forgejo-Signature"] = Hexadecimal(payload, secret),
            },
        };

    /// <summary>With a secret token.</summary>
    public static SourceWebhook GitLab(string payload, string secret, string? delivery = null) =>
        new("gitlab", payload)
        {
            Headers = new()
            {
                ["X-Gitlab-Event"] = "Push Hook",
                ["X-Gitlab-Event-UUID"] = "13792a34-cac6-4fda-95a8-c58e00a3954e",
                ["Idempotency-Key"] = delivery ?? Guid.NewGuid().ToString(),
                ["X-Gitlab-Token"] = secret,
            },
        };

    /// <summary>With a signing token (standardwebhooks.com).</summary>
    public static SourceWebhook SignedGitLab(string payload, string signingToken)
    {
        var id = Guid.NewGuid().ToString();
        const string Timestamp = "1700000000";
        var key = Convert.FromBase64String(signingToken["whsec_".Length..]);
        var signature = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{id}.{Timestamp}.{payload}"));
        return new("gitlab", payload)
        {
            Headers = new()
            {
                ["X-Gitlab-Event"] = "Push Hook",
                ["Idempotency-Key"] = id,
                ["webhook-id"] = id,
                ["webhook-timestamp"] = Timestamp,
                ["webhook-signature"] = $"v1,{Convert.ToBase64String(signature)}",
            },
        };
    }

    public SourceWebhook With(string header, string? value)
    {
        var headers = new Dictionary<string, string>(Headers);
        headers.Remove(header);
        if (value is not null)
        {
            headers[header] = value;
        }

        return this with
        {
            Headers = headers,
        };
    }

    public async Task<HttpResponseMessage> SendAsync(IngressHost host, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/{Route}");
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Payload));
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        foreach (var (name, value) in Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await host.Anonymous.SendAsync(request);
    }

    private static string Hexadecimal(string payload, string secret) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(payload)));
}
