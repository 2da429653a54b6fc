using Canary.Cli.Api;
using Fluid;
using Fluid.Values;

namespace Canary.Cli.Hosts.Render;

/// <summary>A template in Liquid, with what Canary and Consul know as its values.</summary>
internal sealed class HostTemplate
{
    /// <summary>No configuration takes as many, and a loop that does would not end in time.</summary>
    private const int MostSteps = 1_000_000;

    private static readonly FluidParser Parser = new();

    private readonly string _path;
    private readonly IFluidTemplate _template;

    private HostTemplate(string path, IFluidTemplate template)
    {
        _path = path;
        _template = template;
    }

    /// <exception cref="CliException"><c>template-invalid</c></exception>
    public static HostTemplate Parse(string path, string text) =>
        Parser.TryParse(text, out var template, out var error)
            ? new HostTemplate(path, template)
            : throw Invalid(path, error);

    /// <param name="values">What it can name.</param>
    /// <param name="consul">What it can ask; <c>null</c>: nothing.</param>
    /// <param name="cancellation">Ends what is asked of Consul.</param>
    /// <exception cref="CliException"><c>template-invalid</c>, <c>consul-unavailable</c></exception>
    public async Task<string> RenderAsync(
        IReadOnlyDictionary<string, object> values,
        ConsulReader? consul,
        CancellationToken cancellation
    )
    {
        // A name that is not there is a mistake: nobody wants a load balancer with half a configuration.
        var options = new TemplateOptions
        {
            StrictVariables = true,
            StrictFilters = true,
            MaxSteps = MostSteps,
        };
        options.Filters.AddFilter(
            "consul_key",
            async (input, arguments, _) =>
                await Consul(consul).KeyAsync(input.ToStringValue(), cancellation) is { } value ? new StringValue(value)
                : arguments.Count > 0 ? arguments.At(0)
                : throw Invalid(
                    _path,
                    $"Consul has no key '{input.ToStringValue()}', and the template no default for it."
                )
        );
        options.Filters.AddFilter(
            "consul_service",
            async (input, _, context) =>
                FluidValue.Create(
                    await Consul(consul).ServiceAsync(input.ToStringValue(), cancellation),
                    context.Options
                )
        );
        var context = new TemplateContext(options);
        foreach (var (name, value) in values)
        {
            context.SetValue(name, value);
        }

        var text = await RenderAsync(context);
        // Such as an empty service, where the template looks for a host that is not there.
        return string.IsNullOrWhiteSpace(text)
            ? throw Invalid(_path, "nothing comes of it: see that the values name what there is.")
            : text;
    }

    /// <summary>The fleet and the applications as values.</summary>
    public static Dictionary<string, object> Values(
        IReadOnlyList<Host> hosts,
        IReadOnlyList<Application> applications
    ) =>
        new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["hosts"] = hosts.Select(Values).ToList(),
            ["applications"] = applications.Select(Values).ToList(),
        };

    private async Task<string> RenderAsync(TemplateContext context)
    {
        try
        {
            return await new BoundedRanges().VisitTemplate(_template).RenderAsync(context);
        }
        catch (FileNotFoundException e)
        {
            throw Invalid(_path, $"it includes '{e.Message}', and a template is one file.");
        }
        // What Fluid says of too many steps is that of too many levels.
        catch (InvalidOperationException e) when (e.Message.Contains("recursion", StringComparison.Ordinal))
        {
            throw Invalid(_path, "it takes too long: more than a million steps.");
        }
        catch (Exception e) when (e is not (CliException or OperationCanceledException))
        {
            // What a template does wrong, Fluid and .NET say in exceptions of many kinds.
            throw Invalid(_path, e.Message);
        }
    }

    private static Dictionary<string, object> Values(Host host) =>
        new(StringComparer.Ordinal)
        {
            ["name"] = host.Name,
            ["address"] = host.Address ?? "",
            ["channel"] = (host.Channel ?? "").ToLowerInvariant(),
            ["role"] = host.Role ?? "",
            ["applications"] = host.Applications.ToList(),
            ["tags"] = (host.Tags ?? [])
                .Select(tag => tag.Split('=', 2))
                .ToDictionary(tag => tag[0], tag => (object)(tag.Length > 1 ? tag[1] : "")),
            ["host_keys"] = host.HostKeys.ToList(),
            ["versions"] = host.Versions.ToDictionary(it => it.Key, it => (object)(it.Value ?? "")),
        };

    private static Dictionary<string, object> Values(Application application) =>
        new(StringComparer.Ordinal)
        {
            ["name"] = application.Name,
            ["production"] = application.Production?.Version ?? "",
            ["canary"] = application.Canary?.Version ?? "",
        };

    private static ConsulReader Consul(ConsulReader? consul) =>
        consul
        ?? throw CliException.Usage(
            CliCodes.Usage,
            "The template asks Consul, and nobody says where that is.",
            "Give --consul http://127.0.0.1:8500."
        );

    private static CliException Invalid(string path, string problem) =>
        CliException.Usage(
            CliCodes.TemplateInvalid,
            $"{path}: {problem}",
            "Correct the template; docs/templates.md says what it can name."
        );
}
