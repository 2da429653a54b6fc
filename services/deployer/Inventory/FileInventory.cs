using Canary.Failures;
using Canary.Files;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Inventory;

/// <summary>Hosts from a YAML file, which is read again whenever it has changed.</summary>
internal sealed class FileInventory : IInventory, IDisposable
{
    private readonly string _path;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private string? _stamp;
    private IReadOnlyList<InventoryHost>? _hosts;
    private CanaryException? _problem;

    public FileInventory(IOptions<DeployerOptions> options, DataDirectory data)
    {
        _path = Path.GetFullPath(
            options.Value.Inventory.Path ?? Path.Combine(data.For(DeployerModule.Name), "hosts.yml")
        );
        IsDefault = options.Value.Inventory.Path is null;
    }

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
            var file = new FileInfo(_path);
            if (!file.Exists && IsDefault)
            {
                await MakeDefaultAsync(cancellation);
                file.Refresh();
            }

            var stamp = file.Exists ? $"{file.LastWriteTimeUtc.Ticks} {file.Length}" : "missing";
            if (stamp == _stamp)
            {
                return;
            }

            await LoadAsync(cancellation);
            _stamp = stamp;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task LoadAsync(CancellationToken cancellation)
    {
        try
        {
            _hosts = InventoryFile.Parse(_path, await File.ReadAllTextAsync(_path, cancellation));
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
    }

    private async Task MakeDefaultAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var draft = _path + ".new";
        await File.WriteAllTextAsync(draft, DefaultInventory.Text, cancellation);
        File.Move(draft, _path, overwrite: true);
    }
}
