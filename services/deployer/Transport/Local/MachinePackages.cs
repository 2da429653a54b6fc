using System.Text;
using Canary.Failures;
using Canary.Processes;

namespace Canary.Deployer.Transport.Local;

/// <summary>
/// Says in one dpkg record what this machine has installed, so that a private root, which holds no copy of it,
/// satisfies the dependencies of what is installed there: a package that provides all the others with their versions
/// (Debian policy 7.5).
/// </summary>
internal sealed class MachinePackages : IDisposable
{
    public const string PackageName = "canary-machine";

    private const string Query =
        "${db:Status-Status}\\t${Package}\\t${Version}\\t${Architecture}\\t${Multi-Arch}\\t${Provides}\\n";

    private const string StatusFile = "/var/lib/dpkg/status";

    private readonly SemaphoreSlim _gate = new(1, 1);
    private DateTime _readAt;
    private string _record = "";

    /// <summary>The record, as a paragraph of dpkg's status file with its empty line.</summary>
    public async Task<string> RecordAsync(string architecture, string owner, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            var changedAt = File.GetLastWriteTimeUtc(StatusFile);
            if (changedAt != _readAt)
            {
                _record = await ReadAsync(architecture, owner, cancellation);
                _readAt = changedAt;
            }

            return _record;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>Makes the record from the lines of <c>dpkg-query</c>.</summary>
    public static string Describe(string architecture, IEnumerable<string> lines)
    {
        var provided = lines
            .Select(line => line.Split('\t'))
            .Where(fields => fields.Length == 6 && fields[0] == "installed" && IsNative(fields[3]))
            .SelectMany(fields => Provided(fields[1], fields[2], fields[4], fields[5]))
            .Distinct(StringComparer.Ordinal);
        return $"""
            Package: {PackageName}
            Essential: yes
            Status: hold ok installed
            Priority: required
            Section: admin
            Maintainer: Canary <canary@localhost>
            Architecture: {architecture}
            Multi-Arch: foreign
            Version: 1
            Provides: {string.Join(", ", provided)}
            Description: what the machine of this root has installed


            """;

        bool IsNative(string other) => other == "all" || other == architecture;
    }

    private static IEnumerable<string> Provided(string package, string version, string multiArch, string provides)
    {
        yield return $"{package} (= {version})";
        if (multiArch == "allowed")
        {
            yield return $"{package}:any (= {version})";
        }

        foreach (
            var name in provides.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        )
        {
            yield return name;
        }
    }

    private static async Task<string> ReadAsync(string architecture, string owner, CancellationToken cancellation)
    {
        var result = await SupervisedProcess.RunAsync(
            new ProcessSpec
            {
                FileName = "/usr/bin/dpkg-query",
                Arguments = ["--show", $"--showformat={Query}"],
                WorkingDirectory = "/",
                Owner = owner,
                Environment = AptRoot.BaseEnvironment,
                TimeLimit = TimeSpan.FromMinutes(1),
                CaptureStandardOutput = true,
            },
            cancellation
        );
        cancellation.ThrowIfCancellationRequested();
        return result.Succeeded
            ? Describe(architecture, Encoding.UTF8.GetString(result.StandardOutput.Span).Split('\n'))
            : throw new CanaryException(
                DeployerCodes.MachinePackagesUnknown,
                $"dpkg-query could not list the packages of this machine: {result.OutputTail.Trim()}",
                "Repair dpkg on this machine, or set deployer.local.machine-packages to false."
            );
    }
}
