namespace Canary.Cli.Demo;

/// <summary>Where the demo is played.</summary>
internal interface IDemoPlace
{
    /// <summary>Directory in which everything lies, to tell.</summary>
    string Path { get; }

    /// <summary>Directory that becomes the sample's git repository.</summary>
    string Repository { get; }

    /// <summary>Where to read on when something went wrong.</summary>
    string Log { get; }

    /// <summary>Title of the chapter that shows the place.</summary>
    string Opening { get; }

    /// <summary>Makes everything ready for a push. The repository has its first commit already.</summary>
    /// <param name="session">The run; its server is the place's.</param>
    /// <param name="soak">How long canaries soak; <c>null</c>: as the sample says.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    Task<DemoScene> OpenAsync(Session session, TimeSpan? soak, CancellationToken cancellation);

    /// <summary>Where to look afterwards.</summary>
    IEnumerable<(string Name, string Value)> Sights(Uri server);
}

/// <summary>A place that is ready.</summary>
/// <param name="Fleet">The hosts.</param>
/// <param name="WebhookSecret">What pushes are signed with.</param>
/// <param name="Packages">Address of the package repository, with a slash at its end.</param>
/// <param name="Facts">What to tell of it.</param>
internal sealed record DemoScene(
    DemoFleet Fleet,
    string WebhookSecret,
    Uri Packages,
    IReadOnlyList<(string Name, string Value)> Facts
);
