using Canary.Failures;
using Microsoft.Extensions.Configuration;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Canary.Hosting.Configuration;

/// <summary>
/// Reads configuration from a YAML file, with keys in kebab-case (<see cref="ConfigurationKeys"/>). Named things are lists.
/// </summary>
internal sealed class YamlConfigurationProvider(string path) : ConfigurationProvider, IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load()
    {
        try
        {
            using var reader = File.OpenText(path);
            var yaml = new YamlStream();
            yaml.Load(reader);
            Data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
            if (yaml.Documents.Count > 0)
            {
                Flatten("", yaml.Documents[0].RootNode);
            }
        }
        // The last two are what YamlDotNet says of some texts that it does not get through.
        catch (Exception exception) when (exception is YamlException or InvalidOperationException or ArgumentException)
        {
            var line = (exception as YamlException)?.Start.Line;
            throw new CanaryException(
                HostingCodes.ConfigurationInvalid,
                $"{path}{(line is null ? "" : $", line {line}")}: {exception.Message}",
                "Correct the YAML of the configuration file.",
                exception
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CanaryException(
                HostingCodes.ConfigurationUnreadable,
                $"The configuration file {path} cannot be read: {exception.Message}",
                "Check the path given with --config, and the file's owner and mode.",
                exception
            );
        }
    }

    private void Flatten(string key, YamlNode node)
    {
        switch (node)
        {
            case YamlMappingNode mapping:
                foreach (var (name, value) in mapping)
                {
                    Flatten(ConfigurationKeys.Append(key, ((YamlScalarNode)name).Value!), value);
                }

                break;
            case YamlSequenceNode sequence:
                for (var i = 0; i < sequence.Children.Count; i++)
                {
                    Flatten(ConfigurationKeys.Append(key, $"{i}"), sequence[i]);
                }

                break;
            case YamlScalarNode { Value: { } value } when value.Length > 0 || key.Length > 0:
                Data[key] = value;
                break;
        }
    }
}
