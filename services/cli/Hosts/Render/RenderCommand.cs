using System.CommandLine;
using Canary.Cli.Hosts.Bootstrap;

namespace Canary.Cli.Hosts.Render;

/// <summary><c>canary hosts render</c>: configuration of load balancers and applications, from what is known of hosts.</summary>
internal static class RenderCommand
{
    /// <summary>What comes from Consul may be a password.</summary>
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static CliCommand Create(CliContext cli)
    {
        var template = new Argument<string>("TEMPLATE") { Description = "A file in Liquid." };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The file that is written if it is to be another one; default: print it.",
            HelpName = "FILE",
        };
        var consul = new Option<string?>("--consul")
        {
            Description = "Address of a Consul agent that the template asks; its token is in CONSUL_HTTP_TOKEN.",
            HelpName = "URL",
        };
        var own = new Option<string[]>("--value")
        {
            Description = "A value that the template names, as NAME=TEXT; may be given again.",
            HelpName = "NAME=TEXT",
            DefaultValueFactory = _ => [],
        };
        own.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.IndexOf('=', StringComparison.Ordinal) < 1))
            {
                result.AddError($"'{token.Value}' is no value: write NAME=TEXT.");
            }
        });
        var offline = new Option<bool>("--without-server")
        {
            Description = "Do not ask the server: the template names neither hosts nor applications.",
        };
        return new CliCommand(
            "render",
            "Render a template with the hosts, the applications and what Consul has: pools of HAProxy, an application's configuration, the "
                + "service of a host."
        )
        {
            Arguments = { template },
            Options = { output, own, consul, offline },
            Examples =
            [
                "canary hosts render haproxy.cfg.liquid --value role=app -o haproxy.cfg",
                "canary hosts render shop.env.liquid --consul http://127.0.0.1:8500",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var path = session.Value(template);
                var parsed = HostTemplate.Parse(path, await TextFiles.ReadAsync(session, path, cancellation));
                var values = session.Value(offline)
                    ? []
                    : HostTemplate.Values(
                        await session.Client.ListHostsAsync(cancellation),
                        await session.Client.ListApplicationsAsync(cancellation)
                    );
                foreach (var value in session.Value(own) ?? [])
                {
                    var end = value.IndexOf('=', StringComparison.Ordinal);
                    values[value[..end]] = value[(end + 1)..];
                }

                using var reader = session.Value(consul) is { } address
                    ? new ConsulReader(AddressOf(address), session.Environment.Variable("CONSUL_HTTP_TOKEN"))
                    : null;
                var rendered = await parsed.RenderAsync(values, reader, cancellation);
                var file = session.Value(output) is { } named
                    ? Path.GetFullPath(named, session.Environment.WorkingDirectory)
                    : null;
                var isChanged = file is not null && Write(file, rendered);
                if (session.Screen.Json)
                {
                    session.Screen.Document(
                        new Output.RenderedFile(file, isChanged, file is null ? rendered : null),
                        json => json.RenderedFile
                    );
                }
                else if (file is null)
                {
                    session.Screen.Line(rendered.TrimEnd('\n'));
                }
                else
                {
                    session.Screen.Line(isChanged ? $"{file} was written." : $"{file} stays as it is.");
                }

                return ExitCodes.Ok;
            }
        );
    }

    private static Uri AddressOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https")
            ? address
            : throw CliException.Usage(
                CliCodes.Usage,
                $"'{text}' is no address of a Consul agent.",
                "Write it as http://127.0.0.1:8500."
            );

    /// <returns>Whether it was another one.</returns>
    private static bool Write(string file, string text)
    {
        try
        {
            if (File.Exists(file) && File.ReadAllText(file) == text)
            {
                return false;
            }

            OutputFiles.Update(file, text, Private);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage(
                CliCodes.FileNotWritable,
                $"{file} cannot be written: {e.Message}",
                "Name a file that you may write to."
            );
        }
    }
}
