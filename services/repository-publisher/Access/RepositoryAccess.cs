using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using Canary.Hosting.Security;

namespace Canary.RepositoryPublisher.Access;

/// <summary>What came of an attempt to read the repository.</summary>
internal enum AccessAnswer
{
    Allowed,
    Refused,

    /// <summary>Its address has tried so many wrong passwords that no more are looked at.</summary>
    TooManyTries,
}

/// <summary>
/// Who may read the repository. A password is looked at in earnest once, since that is made to take long: afterwards it is known by a
/// checksum with a key of this process, until the users change. A fleet that shares one password costs one look.
/// </summary>
internal sealed class RepositoryAccess(RepositoryUsers users, ServicePassword services) : IDisposable
{
    private const int TriesAtOnce = 20;

    private static readonly TimeSpan TimeOfATry = TimeSpan.FromSeconds(6);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    private readonly SemaphoreSlim _looks = new(Math.Max(1, Environment.ProcessorCount / 2));

    private readonly PartitionedRateLimiter<IPAddress> _wrong = PartitionedRateLimiter.Create<IPAddress, IPAddress>(
        address =>
            RateLimitPartition.GetTokenBucketLimiter(
                address,
                _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = TriesAtOnce,
                    TokensPerPeriod = 1,
                    ReplenishmentPeriod = TimeOfATry,
                    QueueLimit = 0,
                }
            )
    );

    private Known _known = new(null, []);

    /// <summary>Whether it is for some only.</summary>
    public bool IsRestricted => users.AreRequired;

    /// <summary>How long an address waits that has tried too often.</summary>
    public static TimeSpan Pause => TimeOfATry;

    public async Task<AccessAnswer> AskAsync(
        string user,
        string password,
        IPAddress address,
        CancellationToken cancellation
    )
    {
        if (services.Is(user, password))
        {
            return AccessAnswer.Allowed;
        }

        var list = users.Current();
        var checksum = ChecksumOf(user, password);
        if (IsKnown(list, checksum))
        {
            return AccessAnswer.Allowed;
        }

        await _looks.WaitAsync(cancellation);
        try
        {
            if (IsKnown(list, checksum))
            {
                return AccessAnswer.Allowed;
            }

            // Not before its place: who shows many at once would have them all looked at.
            if (_wrong.GetStatistics(address)?.CurrentAvailablePermits == 0)
            {
                return AccessAnswer.TooManyTries;
            }

            if (await Task.Run(() => list.Has(user, password), cancellation))
            {
                Remember(list, checksum);
                return AccessAnswer.Allowed;
            }

            using var counted = _wrong.AttemptAcquire(address);
            return AccessAnswer.Refused;
        }
        finally
        {
            _looks.Release();
        }
    }

    public void Dispose()
    {
        _looks.Dispose();
        _wrong.Dispose();
    }

    private string ChecksumOf(string user, string password) =>
        Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{user}:{password}")));

    private bool IsKnown(UserList list, string checksum)
    {
        var known = Volatile.Read(ref _known);
        return known.Of == list && known.Checksums.ContainsKey(checksum);
    }

    private void Remember(UserList list, string checksum)
    {
        var known = Volatile.Read(ref _known);
        if (known.Of != list)
        {
            known = new Known(list, []);
            Volatile.Write(ref _known, known);
        }

        known.Checksums.TryAdd(checksum, 0);
    }

    /// <summary>What has been looked at of a list of users; there are no more than users.</summary>
    private sealed record Known(UserList? Of, ConcurrentDictionary<string, byte> Checksums);
}
