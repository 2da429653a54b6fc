namespace Canary.Ingress.Repositories;

/// <summary>Where a repository lies, and how its pushes are announced.</summary>
public enum SourceKind
{
    /// <summary>GitHub or GitHub Enterprise: webhooks at <c>/webhooks/github</c>.</summary>
    Github,

    /// <summary>Gitea or Forgejo: webhooks at <c>/webhooks/gitea</c>.</summary>
    Gitea,

    /// <summary>GitLab: webhooks at <c>/webhooks/gitlab</c>.</summary>
    Gitlab,

    /// <summary>Any git repository: nothing announces its pushes, it is looked at.</summary>
    Git,
}
