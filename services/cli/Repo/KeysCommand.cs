using System.CommandLine;
using Canary.Cli.Api;

namespace Canary.Cli.Repo;

/// <summary><c>canary repo keys …</c>: the keys that sign the repository.</summary>
internal static class KeysCommand
{
    public static CliCommand Create(CliContext cli) =>
        new("keys", "Look at the keys that sign the repository, and replace them without cutting a host off.")
        {
            CreateList(cli),
            CreateRotate(cli),
            CreateRetire(cli),
        };

    private static CliCommand CreateList(CliContext cli) =>
        new CliCommand("list", "List the keys that sign the repository.")
        {
            Examples = ["canary repo keys list", "canary repo keys list --json | jq -r '.keys[0].fingerprint'"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                Show(session, await session.Client.ListSigningKeysAsync(cancellation));
                return ExitCodes.Ok;
            }
        );

    private static CliCommand CreateRotate(CliContext cli) =>
        new CliCommand(
            "rotate",
            "Make the key that takes the place of the present one. From now on both sign, and hosts fetch the new one with the next version "
                + "that they install. Once more: nothing changes."
        )
        {
            Examples = ["canary repo keys rotate"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                Show(session, await session.Client.RotateSigningKeyAsync(session.Decision(), cancellation));
                return ExitCodes.Ok;
            }
        );

    private static CliCommand CreateRetire(CliContext cli)
    {
        var force = new Option<bool>("--force")
        {
            Description =
                "Also before repository-publisher.signing.rotation-period is over: hosts without the new key refuse the repository "
                + "then.",
        };
        return new CliCommand("retire", "Remove the older of two keys: the newer one signs alone from now on.")
        {
            Options = { force },
            Examples = ["canary repo keys retire", "canary repo keys retire --force"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var early = session.Value(force);
                Show(session, await session.Client.RetireSigningKeyAsync(session.Decision(), early, cancellation));
                return ExitCodes.Ok;
            }
        );
    }

    private static void Show(Session session, SigningKeyList list)
    {
        if (session.Screen.Json)
        {
            session.Screen.Document(list, json => json.SigningKeyList);
            return;
        }

        session.Screen.Listing(
            ["fingerprint", "key", "algorithm", "made", "expires"],
            list.Keys.Select(key =>
                new[]
                {
                    key.Fingerprint,
                    key.Role,
                    key.Algorithm,
                    $"{key.CreatedAt:yyyy-MM-dd}",
                    key.ExpiresAt is { } expiry ? $"{expiry:yyyy-MM-dd}" : "never",
                }
            ),
            empty: "Nothing signs the repository."
        );
        if (list.RetirableFrom is { } due)
        {
            session.Screen.Note($"Both sign. The older one can go from {due:u} on: canary repo keys retire.");
        }
    }
}
