using System.ComponentModel.DataAnnotations;
using Canary.Ingress.Alarms;
using Canary.Ingress.Notifications.GitHub;
using Canary.Ingress.Polling;
using Canary.Ingress.Repositories;
using Canary.Ingress.Webhooks;

namespace Canary.Ingress;

/// <summary>Settings of ingress; section <c>ingress</c>.</summary>
public sealed class IngressOptions : IValidatableObject
{
    private static readonly string[] DefaultCloneSchemes = ["https", "ssh"];

    private static readonly string[] KnownCloneSchemes = ["https", "ssh", "http", "file"];

    /// <summary>
    /// The repositories whose pushes are released. Default: none; a push to any other repository is refused with an answer
    /// that says what to add here.
    /// </summary>
    public List<RepositoryOptions> Repositories { get; set; } = [];

    /// <summary>
    /// Secrets of the GitHub webhooks, at least 8 characters each; two during a rotation. Best given by environment
    /// variable or, better, as <see cref="WebhookSecretFiles"/>. Without either, ingress makes one at its first start and
    /// keeps it in the file <c>webhook-secret</c> of its data directory.
    /// </summary>
    public List<string> WebhookSecrets { get; set; } = [];

    /// <summary>Files with one webhook secret each; white space around it does not count. They are read again when they
    /// change.</summary>
    public List<string> WebhookSecretFiles { get; set; } = [];

    /// <summary>Files with one secret each of the webhooks of Gitea or Forgejo, at least 8 characters; two during a rotation. They are read
    /// again when they change. Default: <c>gitea-secret</c> in ingress's data directory, made at the first start with a repository
    /// there.</summary>
    public List<string> GiteaSecretFiles { get; set; } = [];

    /// <summary>Files with one secret token or signing token each of the webhooks of GitLab, at least 8 characters; two during a rotation.
    /// They are read again when they change. Default: <c>gitlab-secret</c> in ingress's data directory, made at the first start with a
    /// repository there.</summary>
    public List<string> GitlabSecretFiles { get; set; } = [];

    /// <summary>Files with one password each that Jenkins may send with its notifications, at least 8 characters; two during a rotation.
    /// They are read again when they change. Default: <c>jenkins-secret</c> in ingress's data directory, made at the first
    /// start.</summary>
    public List<string> JenkinsSecretFiles { get; set; } = [];

    /// <summary>Files with the tokens that bring packages built elsewhere, by application, one of at least 8 characters each: such a token may
    /// upload packages of that application and nothing else. They are read again when they change. Default: none, only operators upload
    /// packages.</summary>
    public Dictionary<string, string> PackageTokenFiles { get; set; } = [];

    /// <summary>Time in which the body of a webhook must have arrived. 1 s to 5 min; default 10 s, as long as GitHub waits for an
    /// answer.</summary>
    public TimeSpan WebhookBodyTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Webhooks whose bodies one client address (of IPv6 a /64 network) may send at once; any more are told to come again.
    /// 1 to 10,000; default 100.</summary>
    [Range(1, 10_000)]
    public int WebhookPlacesPerClient { get; set; } = 100;

    /// <summary>Address of the package repository for hosts that are set up from here. Default: <c>repository/</c> below the address
    /// of this server, where one server does everything.</summary>
    [Url]
    public string? RepositoryAddress { get; set; }

    /// <summary>What happens to a push to a branch other than the default one. Default: <see
    /// cref="BranchRule.Build"/>.</summary>
    public BranchRule OtherBranches { get; set; } = BranchRule.Build;

    /// <summary>
    /// Schemes of clone addresses that a webhook may name: <c>https</c>, <c>ssh</c>, <c>http</c>, <c>file</c>. Default:
    /// <c>https</c> and <c>ssh</c>. A <see cref="RepositoryOptions.CloneUrl"/> is not bound by it.
    /// </summary>
    public List<string> CloneSchemes { get; set; } = [];

    /// <summary>
    /// Hosts of clone addresses that a webhook may name, with the port unless it is the scheme's own; <c>*</c>: any. Default:
    /// <c>github.com</c>, for webhooks of Gitea <c>codeberg.org</c> and for those of GitLab <c>gitlab.com</c>. With a server of your own,
    /// its host.
    /// </summary>
    public List<string> CloneHosts { get; set; } = [];

    /// <summary>Whether a manual run may name a repository by a path on this machine. Default: yes; switch it off where
    /// builds run on other machines.</summary>
    public bool AllowLocalRepositories { get; set; } = true;

    /// <summary>Whether releases, logs and hosts can be read without a token; only a host that listens on a loopback address may
    /// allow it. Default: yes there, unless <c>hosting.public-address</c> is set. Whatever changes something needs the operator
    /// token in any case.</summary>
    public bool? AnonymousRead { get; set; }

    /// <summary>How long after it was published a push that no release has come of is published again, the first time; the
    /// time doubles with each further one. 100 ms to 1 hour; default 10 s.</summary>
    public TimeSpan RepublishAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time between two such repeats. <see cref="RepublishAfter"/> to 1 day; default 10 min.</summary>
    public TimeSpan RepublishAtMost { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the ids of webhook deliveries are kept. 3 days, as long as GitHub can repeat them, to 10 years;
    /// default 30 days. The commit of a release is remembered for ever.</summary>
    public TimeSpan DeliveryRetention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// How long the details of a release (stages, hosts, logs) are kept, 1 day to 100 years; default 365 days. What runs, what
    /// hosts have or may be taken back to, and the newest ten of an application are kept in any case, and the commit of a
    /// release is remembered for ever.
    /// </summary>
    public TimeSpan ReleaseRetention { get; set; } = TimeSpan.FromDays(365);

    /// <summary>Of how many releases of an application the details are kept, 10 to 1,000,000, with the same exceptions; default
    /// 2000.</summary>
    [Range(10, 1_000_000)]
    public int RetainedReleases { get; set; } = 2000;

    /// <summary>How long logs of stages are kept, 1 day to 100 years; default 90 days. Those of a release that has not ended are
    /// kept in any case.</summary>
    public TimeSpan LogRetention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long it is on record what people decided, 1 day to 100 years; default 5 years.</summary>
    public TimeSpan AuditRetention { get; set; } = TimeSpan.FromDays(5 * 365);

    /// <summary>Time between two signs of life on an event stream without events. 1 s to 5 min; default 15 s.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Bytes kept of the log of one stage; what comes after is dropped, and the log says so. 64 kB to 4 GB; default
    /// 64 MB.</summary>
    [Range(64_000L, 4_000_000_000L)]
    public long LogLimit { get; set; } = 64_000_000;

    /// <summary>Free bytes in the data directory below which the status check warns. 0 to 1 TB; default 1 GB.</summary>
    [Range(0L, 1_000_000_000_000L)]
    public long MinimumFreeSpace { get; set; } = 1_000_000_000;

    /// <summary>Whether a push whose newest commit asks for it in its message begins no release: <c>[skip ci]</c>, <c>[ci skip]</c>,
    /// <c>[no ci]</c>, <c>[skip actions]</c>, <c>[actions skip]</c> anywhere, or a trailer <c>skip-checks: true</c>. Default:
    /// no.</summary>
    public bool SkipMarked { get; set; }

    /// <summary>How repositories are looked at for pushes that nothing announced.</summary>
    public PollingOptions Polling { get; set; } = new();

    /// <summary>Alarms of monitoring systems.</summary>
    public AlarmsOptions Alarms { get; set; } = new();

    /// <summary>What GitHub is told of releases.</summary>
    public GitHubReportOptions Github { get; set; } = new();

    /// <summary>How long to wait for an answer to what was sent so often, from 1, before it is sent again.</summary>
    internal TimeSpan PauseAfter(int sent)
    {
        var factor = Math.Pow(2, Math.Min(sent - 1, 30));
        return TimeSpan.FromTicks((long)Math.Min(RepublishAfter.Ticks * factor, RepublishAtMost.Ticks));
    }

    internal IReadOnlyList<string> EffectiveCloneSchemes => CloneSchemes.Count > 0 ? CloneSchemes : DefaultCloneSchemes;

    internal IReadOnlyList<string> CloneHostsOf(SourceKind source) =>
        CloneHosts.Count > 0
            ? CloneHosts
            :
            [
                source switch
                {
                    SourceKind.Gitea => "codeberg.org",
                    SourceKind.Gitlab => "gitlab.com",
                    _ => "github.com",
                },
            ];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var fault in RepositoryFaults())
        {
            yield return new ValidationResult(fault, [nameof(Repositories)]);
        }

        if (WebhookSecrets.Any(secret => secret.Trim().Length < WebhookSecretRules.Shortest))
        {
            yield return new ValidationResult(
                $"A webhook secret has fewer than {WebhookSecretRules.Shortest} characters.",
                [nameof(WebhookSecrets)]
            );
        }

        foreach (var problem in Alarms.Problems().Concat(Polling.Problems()))
        {
            yield return problem;
        }

        foreach (var scheme in CloneSchemes.Where(scheme => !KnownCloneSchemes.Contains(scheme)))
        {
            yield return new ValidationResult(
                $"'{scheme}' is not one of {string.Join(", ", KnownCloneSchemes)}.",
                [nameof(CloneSchemes)]
            );
        }

        foreach (
            var (value, least, most, name) in new[]
            {
                (WebhookBodyTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), nameof(WebhookBodyTimeout)),
                (RepublishAfter, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), nameof(RepublishAfter)),
                (RepublishAtMost, RepublishAfter, TimeSpan.FromDays(1), nameof(RepublishAtMost)),
                (DeliveryRetention, TimeSpan.FromDays(3), TimeSpan.FromDays(3653), nameof(DeliveryRetention)),
                (ReleaseRetention, TimeSpan.FromDays(1), TimeSpan.FromDays(36525), nameof(ReleaseRetention)),
                (AuditRetention, TimeSpan.FromDays(1), TimeSpan.FromDays(36525), nameof(AuditRetention)),
                (LogRetention, TimeSpan.FromDays(1), TimeSpan.FromDays(36525), nameof(LogRetention)),
                (Heartbeat, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), nameof(Heartbeat)),
            }
        )
        {
            if (value < least || value > most)
            {
                yield return new ValidationResult($"{value} is not between {least} and {most}.", [name]);
            }
        }
    }

    private IEnumerable<string> RepositoryFaults()
    {
        foreach (var repository in Repositories)
        {
            if (!RepositoryRegistry.IsPattern(repository.Name))
            {
                yield return $"'{repository.Name}' is not OWNER/NAME; the name may hold * as in acme/*.";
                continue;
            }

            var wild = repository.Name.Contains('*', StringComparison.Ordinal);
            if (repository.Application is { } application && wild)
            {
                yield return $"'{repository.Name}' stands for many repositories, which cannot all be '{application}'.";
            }
            else if (repository.Application is { } name && !ApplicationName.IsValid(name))
            {
                yield return $"'{name}', application of '{repository.Name}', is not a Debian package name: lower-case "
                    + "letters, digits, + - . and at least two characters.";
            }
            else if (!wild && repository.Application is null && ApplicationName.FromRepository(repository.Name) is null)
            {
                yield return $"'{repository.Name}' gives no package name: set its application.";
            }

            if (repository.GithubId is { } id && (wild || id < 1 || repository.Source != SourceKind.Github))
            {
                yield return $"github-id of '{repository.Name}' is for one repository at GitHub: 1 or more, and a name without *.";
            }

            if (repository is { Source: SourceKind.Git } && (wild || repository.CloneUrl is null))
            {
                yield return $"'{repository.Name}' has the source git: it needs a clone-url, and a name without *.";
            }

            if (
                repository.Poll is { } poll
                && poll != TimeSpan.Zero
                && (wild || poll < PollingOptions.Shortest || poll > PollingOptions.Longest)
            )
            {
                yield return wild
                    ? $"'{repository.Name}' stands for many repositories, which nobody can list: poll needs a name without *."
                    : $"{poll}, poll of '{repository.Name}', is neither 0 nor between {PollingOptions.Shortest} and "
                        + $"{PollingOptions.Longest}.";
            }

            if (repository.Branch is { } branch && !GitNames.IsBranch(branch))
            {
                yield return $"'{branch}', branch of '{repository.Name}', is not a branch name.";
            }

            if (repository.WebhookSecrets.Any(secret => secret.Trim().Length < WebhookSecretRules.Shortest))
            {
                yield return $"A webhook secret of '{repository.Name}' has fewer than {WebhookSecretRules.Shortest} characters.";
            }

            if (repository is { PullRequests: true, Source: not SourceKind.Github })
            {
                yield return $"pull-requests of '{repository.Name}': only those of GitHub are built.";
            }

            if (repository.EnvironmentUrl is { } page && PlainText.WebAddress(page) is null)
            {
                yield return $"The environment-url of '{repository.Name}' is no address of the web.";
            }

            if (repository.CloneUrl is { } url && !CloneAddress.IsUsable(RepositoryRegistry.FillIn(url, "owner/name")))
            {
                yield return $"The clone-url of '{repository.Name}' is neither an https, ssh, http or file address without "
                    + "a password nor an absolute path.";
            }
        }

        var taken = Repositories
            .Where(r => RepositoryRegistry.IsPattern(r.Name) && !r.Name.Contains('*', StringComparison.Ordinal))
            .GroupBy(r => r.Application ?? ApplicationName.FromRepository(r.Name))
            .Where(g =>
                g.Key is not null && g.Select(r => (r.Source, r.Name.ToLowerInvariant())).Distinct().Count() > 1
            );
        foreach (var group in taken)
        {
            yield return $"{string.Join(" and ", group.Select(r => r.Name))} are all the application '{group.Key}': give "
                + "each its own application.";
        }

        foreach (
            var group in Repositories
                .Where(entry => entry.GithubId is not null)
                .GroupBy(entry => entry.GithubId)
                .Where(group => group.Count() > 1)
        )
        {
            yield return $"{string.Join(" and ", group.Select(entry => entry.Name))} have the same github-id: only one is that repository.";
        }
    }
}

/// <summary>A repository whose pushes are released, or a pattern of such.</summary>
public sealed class RepositoryOptions
{
    /// <summary><c>OWNER/NAME</c> as on GitHub, at GitLab with all groups; <c>*</c> stands for any text within one of the parts, as in
    /// <c>acme/*</c>. An entry without <c>*</c> wins over those with it, then the first one wins.</summary>
    public string Name { get; set; } = "";

    /// <summary>Where it lies: <c>github</c>, <c>gitea</c> (or Forgejo), <c>gitlab</c>; <c>git</c> for any other repository, which needs a
    /// <see cref="CloneUrl"/>. Only webhooks of this service speak for it. Default: <c>github</c>.</summary>
    public SourceKind Source { get; set; } = SourceKind.Github;

    /// <summary>The repository's id at GitHub: only this one is meant, whatever it is called, and no other that gets its name. 1 or more; not
    /// for a name with <c>*</c>. Default: that of its first push, which is remembered.</summary>
    public long? GithubId { get; set; }

    /// <summary>Name of the application, a Debian package name. Default: the repository's name, lower-case, with what a
    /// package name may not hold replaced by hyphens.</summary>
    public string? Application { get; set; }

    /// <summary>The branch that deploys. Default: the repository's own default branch.</summary>
    public string? Branch { get; set; }

    /// <summary>What happens to a push to another branch. Default: as <see cref="IngressOptions.OtherBranches"/>.</summary>
    public BranchRule? OtherBranches { get; set; }

    /// <summary>Where to fetch from, instead of the address in the webhook: an https, ssh, http or file address or an absolute
    /// path; <c>{repository}</c> stands for <c>OWNER/NAME</c>.</summary>
    public string? CloneUrl { get; set; }

    /// <summary>How often its branches are looked at, so that a push is released that no webhook announced. 1 second to 1 day, 0: never;
    /// not for a name with <c>*</c>. Default: with the source <c>git</c> as <see cref="PollingOptions.Interval"/>, at GitHub as <see
    /// cref="PollingOptions.GithubInterval"/> where an App or a token is configured, else never.</summary>
    public TimeSpan? Poll { get; set; }

    /// <summary>Whether the first look at the repository releases what the branch that deploys is at. Default: no, it only remembers where
    /// the branches are, and the next push is released.</summary>
    public bool ReleaseAtFirstLook { get; set; }

    /// <summary>Whether a push whose newest commit asks for it begins no release. Default: as <see
    /// cref="IngressOptions.SkipMarked"/>.</summary>
    public bool? SkipMarked { get; set; }

    /// <summary>Whether the heads of its pull requests are built and tested, and never released; only at GitHub. Each commit of a fork waits
    /// for an operator's approval. Default: no.</summary>
    public bool PullRequests { get; set; }

    /// <summary>Secrets of this repository's own webhook, at least 8 characters each; two during a rotation. A repository with secrets
    /// of its own, here or in <see cref="WebhookSecretFiles"/>, accepts only these, and the general ones hold for the others. Default: none.</summary>
    public List<string> WebhookSecrets { get; set; } = [];

    /// <summary>Files with one secret of this repository's own webhook each, read again when they change. When none can be read, its
    /// webhooks are refused. Default: none.</summary>
    public List<string> WebhookSecretFiles { get; set; } = [];

    /// <summary>Where people find the application, for its deployments on GitHub: an address of the web. Default: none.</summary>
    public string? EnvironmentUrl { get; set; }

    /// <summary>Who added it beside the configuration; <c>null</c>: it is part of it.</summary>
    internal string? AddedBy { get; init; }

    internal bool HasWebhookSecrets => WebhookSecrets.Count + WebhookSecretFiles.Count > 0;
}

/// <summary>What happens to a push to a branch other than the default one.</summary>
public enum BranchRule
{
    /// <summary>It is built and reported, and not deployed.</summary>
    Build,

    /// <summary>Nothing.</summary>
    Ignore,
}
