using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Canary.Failures;
using Renci.SshNet;
using Renci.SshNet.Security;

namespace Canary.Machines.Ssh;

/// <summary>
/// An ssh-agent: it signs with keys that it does not give away. SSH.NET has none, and the protocol is two questions: the numbers here are those of
/// draft-miller-ssh-agent, 5.1.
/// </summary>
internal sealed class SshAgent(string socketPath)
{
    private const byte RequestIdentities = 11;
    private const byte IdentitiesAnswer = 12;
    private const byte SignRequest = 13;
    private const byte SignResponse = 14;
    private const uint RsaSha512 = 4;
    private const int LongestAnswer = 256 << 10;

    private const string CertificateSuffix = "-cert-v01@openssh.com";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>What it has, in its order.</summary>
    /// <exception cref="CanaryException"><c>ssh-agent-unavailable</c></exception>
    public List<Identity> Identities()
    {
        var answer = Ask([RequestIdentities], IdentitiesAnswer);
        var identities = new List<Identity>();
        for (var left = answer.Number(); left > 0; left--)
        {
            identities.Add(new Identity(this, answer.Bytes().ToArray(), Encoding.UTF8.GetString(answer.Bytes())));
        }

        return identities;
    }

    private byte[] Sign(byte[] key, byte[] data, uint flags)
    {
        var request = new byte[1 + 4 + key.Length + 4 + data.Length + 4];
        request[0] = SignRequest;
        BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(1), key.Length);
        key.CopyTo(request, 5);
        BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(5 + key.Length), data.Length);
        data.CopyTo(request, 9 + key.Length);
        BinaryPrimitives.WriteUInt32BigEndian(request.AsSpan(^4..), flags);
        return Ask(request, SignResponse).Bytes().ToArray();
    }

    private Reader Ask(byte[] request, byte expected)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.SendTimeout = socket.ReceiveTimeout = (int)Limit.TotalMilliseconds;
            socket.Connect(new UnixDomainSocketEndPoint(socketPath));
            using var stream = new NetworkStream(socket);
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, request.Length);
            stream.Write([.. length, .. request]);
            stream.ReadExactly(length);
            if (BinaryPrimitives.ReadInt32BigEndian(length) is not (> 0 and <= LongestAnswer and var size))
            {
                throw new IOException("its answer is none");
            }

            var answer = new byte[size];
            stream.ReadExactly(answer);
            return answer[0] == expected
                ? new Reader(answer.AsMemory(1))
                : throw new IOException(request[0] == SignRequest ? "it refuses to sign" : "it is locked");
        }
        catch (Exception exception)
            when (exception is SocketException or IOException or ArgumentException or UnauthorizedAccessException)
        {
            throw new CanaryException(
                MachinesCodes.SshAgentUnavailable,
                $"The ssh-agent at {socketPath} does not help to log in: {exception.Message}",
                "See that it runs as, or lets in, the user that runs the service, and that `ssh-add -l` lists the key.",
                exception
            );
        }
    }

    /// <summary>A key of the agent, or a certificate for one.</summary>
    internal sealed class Identity : HostAlgorithm, IPrivateKeySource
    {
        private readonly SshAgent _agent;
        private readonly byte[] _key;
        private readonly uint _flags;

        public Identity(SshAgent agent, byte[] key, string comment)
            : base(AlgorithmOf(key))
        {
            _agent = agent;
            _key = key;
            _flags = Name.StartsWith("rsa-", StringComparison.Ordinal) ? RsaSha512 : 0;
            Comment = comment;
        }

        public string Comment { get; }

        public override byte[] Data => _key;

        public IReadOnlyCollection<HostAlgorithm> HostKeyAlgorithms => [this];

        public bool IsCertificate => Name.EndsWith(CertificateSuffix, StringComparison.Ordinal);

        /// <summary>Whether it is this key, or a certificate for it.</summary>
        public bool IsOf(byte[] publicKey) => (IsCertificate ? CertifiedKey() : _key).AsSpan().SequenceEqual(publicKey);

        public override byte[] Sign(byte[] data) => _agent.Sign(_key, data, _flags);

        public override bool VerifySignature(byte[] data, byte[] signature) =>
            throw new NotSupportedException("A key of an agent logs in; it verifies nothing.");

        private byte[] CertifiedKey()
        {
            var certificate = new Certificate(_key);
            return new KeyHostAlgorithm(certificate.Name[..^CertificateSuffix.Length], certificate.Key).Data;
        }

        /// <summary>The key says its type; RSA keys sign by another name (RFC 8332).</summary>
        private static string AlgorithmOf(byte[] key) =>
            Encoding.ASCII.GetString(new Reader(key).Bytes()) switch
            {
                "ssh-rsa" => "rsa-sha2-512",
                "ssh-rsa" + CertificateSuffix => "rsa-sha2-512" + CertificateSuffix,
                var type => type,
            };
    }

    private sealed class Reader(ReadOnlyMemory<byte> rest)
    {
        private ReadOnlyMemory<byte> _rest = rest;

        public int Number()
        {
            var number = _rest.Length >= 4 ? BinaryPrimitives.ReadInt32BigEndian(_rest.Span) : -1;
            if (number < 0)
            {
                throw new IOException("its answer is cut off");
            }

            _rest = _rest[4..];
            return number;
        }

        public ReadOnlySpan<byte> Bytes()
        {
            var length = Number();
            if (length > _rest.Length)
            {
                throw new IOException("its answer is cut off");
            }

            var bytes = _rest[..length];
            _rest = _rest[length..];
            return bytes.Span;
        }
    }
}
