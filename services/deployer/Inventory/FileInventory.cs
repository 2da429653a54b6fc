using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Files;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Inventory;

/// <summary>Hosts from a YAML file, which is read again whenever it has changed. A file that is cut or invalid does not become the
/// fleet: no rollout starts, and work that has begun goes on with the hosts as they were.</summary>
internal sealed class FileInventory : IInventory, IDisposable
{
    /// <summary>A file that was written to just now may not be whole yet.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(250);

    private readonly string _path;
    private readonly InventoryCopy _copy;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private string? _stamp;
    private IReadOnlyList<InventoryHost>? _hosts;
    private CanaryException? _problem;

    public FileInventory(IOptions<DeployerOptions> options, DataDirectory data, InventoryCopy copy, TimeProvider time)
    {
        _path = Path.GetFullPath(
            options.Value.Inventory.Path ?? Path.Combine(data.For(DeployerModule.Name), "hosts.yml")
        );
        IsDefault = options.Value.Inventory.Path is null;
        _copy = copy;
        _time = time;
    }

    /// <summary>Absolute path of the file.</summary>
    public string FilePath => _path;

    /// <summary>Whether nobody has chosen another file: then one with simulated hosts is made.</summary>
    private bool IsDefault { get; }

    public async Task<InventoryReading> ReadAsync(CancellationToken cancellation)
    {
        await RefreshAsync(cancellation);
        return _problem is null ? new InventoryReading(_hosts!) : throw _problem;
    }

    public async Task<InventoryHost> FindAsync(string host, string application, CancellationToken cancellation)
    {
        await RefreshAsync(cancellation);
        var hosts = _hosts ?? throw _problem!;
        return hosts.FirstOrDefault(x => x.Name == host)
            ?? throw new CanaryException(
                DeployerCodes.HostUnknown,
                $"The inventory {_path} has no host '{host}' (any more).",
                $"Add {host} again, or take the version back on it by hand."
            );
    }

    public async Task<string> StampAsync(CancellationToken cancellation)
    {
        await RefreshAsync(cancellation);
        return _stamp!;
    }

    public Task<string> HowToAddAsync(string application, string role, CancellationToken cancellation) =>
        Task.FromResult(
            $"Add hosts to the inventory with role: {role}, applications: [{application}] and channel: canary or "
                + "production; canary hosts lists what is there."
        );

    public void Dispose() => _gate.Dispose();

    private async Task RefreshAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            while (await RefreshAsync() is { } rest)
            {
                await Task.Delay(rest, _time, cancellation);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <returns>How long to wait, because the file may be in the making.</returns>
    private async Task<TimeSpan?> RefreshAsync()
    {
        var file = new FileInfo(_path);
        // One that was here and is gone is no fresh installation.
        if (!file.Exists && IsDefault && _copy.Accepted is null)
        {
            await MakeDefaultAsync();
            file.Refresh();
        }

        var stamp = file.Exists ? $"{file.LastWriteTimeUtc.Ticks} {file.Length}" : "missing";
        if (stamp == _stamp && _problem is not { InnerException: UnauthorizedAccessException })
        {
            return null;
        }

        var age = _time.OfThisMachine().GetUtcNow() - file.LastWriteTimeUtc;
        if (_stamp is not null && file.Exists && age >= TimeSpan.Zero && age < SettleTime)
        {
            return SettleTime - age;
        }

        await LoadAsync();
        _stamp = stamp;
        return null;
    }

    private async Task LoadAsync()
    {
        try
        {
            var text = await File.ReadAllTextAsync(_path);
            var hosts = InventoryFile.Parse(_path, text);
            RefuseCut(text, hosts);
            _copy.Accept(text, hosts);
            _hosts = hosts;
            _problem = null;
        }
        catch (CanaryException exception)
        {
            _problem = exception;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _problem = new CanaryException(
                DeployerCodes.InventoryUnreadable,
                $"The inventory {_path} cannot be read: {exception.Message}",
                "Make the file, readable by the user that runs the deployer, or set deployer.inventory.path.",
                exception
            );
        }

        _hosts ??= _copy.Accepted?.Hosts;
    }

    /// <summary>YAML that was cut may still be YAML, with fewer hosts or with less said of the last one. A file that used to end
    /// with a line end and now ends within a line was cut.</summary>
    private void RefuseCut(string text, IReadOnlyList<InventoryHost> hosts)
    {
        if (
            !text.EndsWith('\n')
            && _copy.Accepted is { } last
            && last.Text.EndsWith('\n')
            && last.Text.TrimEnd() != text.TrimEnd()
            && hosts.Count <= last.Hosts.Count
        )
        {
            throw new CanaryException(
                DeployerCodes.InventoryCut,
                $"The inventory {_path} ends in the middle of line {text.Count(letter => letter == '\n') + 1}: it was cut, or is "
                    + "being written.",
                "Write it whole, with a line end after the last line; it is read again by itself. Until then, no rollout starts."
            );
        }
    }

    private async Task MakeDefaultAsync()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var draft = _path + ".new";
        await File.WriteAllTextAsync(draft, DefaultInventory.Text);
        File.Move(draft, _path, overwrite: true);
    }
}
