namespace Canary.Ingress.Repositories.Registrations;

/// <summary>A repository at GitHub that somebody wants to add.</summary>
internal sealed record RegistrationRequest
{
    /// <summary><c>OWNER/NAME</c>.</summary>
    public string? Repository { get; init; }

    /// <summary>Its application; default: by its name.</summary>
    public string? Application { get; init; }

    /// <summary>Who; default <c>operator</c>.</summary>
    public string? By { get; init; }
}

/// <summary>A repository that was added or removed.</summary>
internal sealed record RegistrationView
{
    /// <summary><c>OWNER/NAME</c> as it is called at GitHub.</summary>
    public required string Name { get; init; }

    public required string Application { get; init; }

    /// <summary>The id of its webhook at GitHub; <c>null</c>: nobody knew it.</summary>
    public long? WebhookId { get; init; }

    /// <summary>Whether it was added for the first time.</summary>
    public bool IsNew { get; init; }

    /// <summary>Whether its webhook stays at GitHub, since neither an App nor a token is configured to delete it with.</summary>
    public bool IsWebhookLeft { get; init; }

    public static RegistrationView Of(RegistrationRow row) =>
        new()
        {
            Name = row.Name,
            Application = row.Application,
            WebhookId = row.HookId,
        };
}
