using System.Text;
using Canary.Files;
using Canary.Hosting.Logs;
using Canary.Hosting.Security;

namespace Canary.Deployer.Hosts;

/// <summary>
/// What happens on each host of a release, on its way to ingress: what apt, maintainer scripts and health checks print, step
/// after step. What is done within a part of it writes there, without being handed the log.
/// </summary>
internal class HostLogs(string directory, string stage, KnownSecrets secrets, ILogger<HostLogs> logger)
    : ShippedLogs(directory, stage, isContinued: true, secrets)
{
    public HostLogs(DataDirectory data, KnownSecrets secrets, ILogger<HostLogs> logger)
        : this(Path.Combine(data.For(DeployerModule.Name), "logs"), "hosts", secrets, logger) { }

    private static readonly AsyncLocal<Entry?> Current = new();

    private readonly Dictionary<LogName, Shared> _open = [];
    private readonly Lock _gate = new();

    /// <summary>Begins a part of a host's log.</summary>
    /// <param name="releaseId">The release.</param>
    /// <param name="host">The host.</param>
    /// <param name="heading">What is done there; told once there is something to tell.</param>
    public Entry Begin(Guid releaseId, string host, string heading) => Begin(new LogName(releaseId, host), heading);

    protected Entry Begin(LogName name, string heading)
    {
        var entry = new Entry(this, name, heading);
        Current.Value = entry;
        return entry;
    }

    /// <summary>Where to write what happens from here on; <c>null</c>: nobody wants to know.</summary>
    public static Entry? Here => Current.Value;

    private Shared Take(LogName name)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(name, out var shared))
            {
                _open[name] = shared = new Shared(Open(name));
            }

            shared.Users++;
            return shared;
        }
    }

    private void Return(LogName name, Shared shared)
    {
        lock (_gate)
        {
            if (--shared.Users == 0)
            {
                _open.Remove(name);
                // It writes nothing that could be waited for.
                shared.Log.DisposeAsync().AsTask().GetAwaiter().GetResult();
            }
        }
    }

    private sealed class Shared(ShippedLog log)
    {
        public ShippedLog Log { get; } = log;

        public int Users { get; set; }

        // Neither waits for anything but the file.
        public void Output(string text) =>
            Log.AppendAsync(Encoding.UTF8.GetBytes(text)).AsTask().GetAwaiter().GetResult();

        public void Heading(string text) => Log.HeadingAsync(text).AsTask().GetAwaiter().GetResult();
    }

    /// <summary>A part of a host's log. A log that cannot be written keeps no host from its update.</summary>
    internal sealed class Entry(HostLogs logs, LogName name, string heading) : IDisposable
    {
        private readonly Lock _writing = new();
        private Shared? _shared;
        private bool _isOver;

        /// <summary>Writes what somebody else printed.</summary>
        public void Write(string text) => Append(PrintableText.Of(text));

        /// <summary>Writes a line of our own.</summary>
        public void Say(string text) => Append(text, isHeading: true);

        public void Dispose()
        {
            lock (_writing)
            {
                _isOver = true;
                if (_shared is { } shared)
                {
                    logs.Return(name, shared);
                    _shared = null;
                }
            }
        }

        private void Append(string text, bool isHeading = false)
        {
            lock (_writing)
            {
                if (_isOver || text.Length == 0)
                {
                    return;
                }

                try
                {
                    if (_shared is null)
                    {
                        _shared = logs.Take(name);
                        if (heading.Length > 0)
                        {
                            _shared.Heading(heading);
                        }
                    }

                    if (isHeading)
                    {
                        _shared.Heading(text);
                    }
                    else
                    {
                        _shared.Output(text);
                    }
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    logs.Complain(name, exception);
                }
            }
        }
    }

    private void Complain(LogName name, Exception exception) =>
        logger.LogWarning(exception, "The log of {Host} in {ReleaseId} is not whole", name.Host, name.ReleaseId);
}
