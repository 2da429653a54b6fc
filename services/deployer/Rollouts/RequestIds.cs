using System.Security.Cryptography;
using System.Text;

namespace Canary.Deployer.Rollouts;

/// <summary>Ids of requests: the same rollout asks the same thing with the same id, however often.</summary>
internal static class RequestIds
{
    public static Guid Of(Guid rollout, string request) =>
        new(SHA256.HashData([.. rollout.ToByteArray(), .. Encoding.UTF8.GetBytes(request)]).AsSpan(0, 16));
}
