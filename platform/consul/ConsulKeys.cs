using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Serialization;
using Canary.Failures;

namespace Canary.Consul;

/// <summary>Consul's key-value store.</summary>
public sealed class ConsulKeys(ConsulClient client)
{
    /// <summary>Reads a key.</summary>
    /// <returns><c>null</c>: there is no such key.</returns>
    /// <exception cref="CanaryException">See <see cref="ConsulErrors"/>.</exception>
    public async Task<ConsulValue?> GetAsync(string key, CancellationToken cancellation)
    {
        var answer = await client.GetAsync<List<ValueDocument>>(PathOf(key), Read(key), cancellation);
        return answer.Value is [var document, ..]
            ? new ConsulValue(Encoding.UTF8.GetString(document.Value ?? []), document.ModifyIndex)
            : null;
    }

    /// <summary>Writes a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value, at most 512 kB.</param>
    /// <param name="version">Writes only if the key still is at this <see cref="ConsulValue.Version"/>; 0: only if there is no
    /// such key; <c>null</c>: in any case.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Whether it was written.</returns>
    /// <exception cref="CanaryException">See <see cref="ConsulErrors"/>.</exception>
    public async Task<bool> PutAsync(string key, string value, ulong? version, CancellationToken cancellation) =>
        IsTrue(
            await client.PutAsync(
                PathOf(key, version),
                new ByteArrayContent(Encoding.UTF8.GetBytes(value)),
                Write(key),
                cancellation
            )
        );

    /// <summary>Removes a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="version">Removes it only if it still is at this <see cref="ConsulValue.Version"/>; <c>null</c>: in any
    /// case.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Whether there is no such key any more.</returns>
    /// <exception cref="CanaryException">See <see cref="ConsulErrors"/>.</exception>
    public async Task<bool> DeleteAsync(string key, ulong? version, CancellationToken cancellation) =>
        IsTrue(await client.PutAsync(PathOf(key, version), content: null, Write(key), cancellation, HttpMethod.Delete));

    /// <summary>Does all of it or, when a key has moved on, nothing.</summary>
    /// <param name="changes">What to do, at most 64 changes.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>What prevented it, by change; empty: it is done.</returns>
    /// <exception cref="CanaryException">See <see cref="ConsulErrors"/>.</exception>
    public async Task<IReadOnlyList<ConsulConflict>> TransactAsync(
        IReadOnlyList<ConsulChange> changes,
        CancellationToken cancellation
    )
    {
        ArgumentNullException.ThrowIfNull(changes);

        var (_, answer) = await client.AskAsync<TransactionDocument>(
            HttpMethod.Put,
            "v1/txn",
            changes.Select(OperationDocument.Of).ToArray(),
            new ConsulPermission("key", "write"),
            [HttpStatusCode.Conflict],
            cancellation
        );
        var errors = answer?.Errors ?? [];
        var denied = errors.Where(error => error.What.Contains("Permission denied", StringComparison.Ordinal)).ToList();
        return denied.Count == 0
            ? [.. errors.Select(error => new ConsulConflict(changes[error.OpIndex].Key, error.What))]
            : throw ConsulErrors.Forbidden(denied.Select(error => Write(changes[error.OpIndex].Key)));
    }

    private static bool IsTrue(string answer) => answer.AsSpan().Trim() is "true";

    private static string PathOf(string key, ulong? version = null)
    {
        var path = $"v1/kv/{string.Join('/', key.Split('/').Select(Uri.EscapeDataString))}";
        return version is { } cas
            ? ConsulClient.WithQuery(path, "cas=" + cas.ToString(CultureInfo.InvariantCulture))
            : path;
    }

    private static ConsulPermission Read(string key) => new("key", "read", key);

    private static ConsulPermission Write(string key) => new("key", "write", key);

    private sealed record ValueDocument(byte[]? Value, ulong ModifyIndex);

    private sealed record TransactionDocument(List<ErrorDocument>? Errors);

    private sealed record ErrorDocument(int OpIndex, string What);

    private sealed record OperationDocument([property: JsonPropertyName("KV")] KeyOperation Key)
    {
        public static OperationDocument Of(ConsulChange change) =>
            new(
                new KeyOperation(
                    change.Value is null ? "delete-cas" : "cas",
                    change.Key,
                    change.Value is null ? null : Encoding.UTF8.GetBytes(change.Value),
                    change.Version
                )
            );
    }

    private sealed record KeyOperation(string Verb, string Key, byte[]? Value, ulong Index);
}

/// <summary>The value of a key.</summary>
/// <param name="Text">The value.</param>
/// <param name="Version">Changes with every write: what a write that must not overtake another one names.</param>
public sealed record ConsulValue(string Text, ulong Version);

/// <summary>One change of a transaction.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its new value; <c>null</c>: the key is removed.</param>
/// <param name="Version">The <see cref="ConsulValue.Version"/> that the key must still have; 0: there must be no such
/// key.</param>
public sealed record ConsulChange(string Key, string? Value, ulong Version);

/// <summary>Why a transaction was not done.</summary>
/// <param name="Key">The key.</param>
/// <param name="Problem">What Consul says of it.</param>
public sealed record ConsulConflict(string Key, string Problem);
