namespace Canary.Durability;

/// <summary>The failures of platform/durability: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
public static class DurabilityCodes
{
    /// <summary>The broker takes no messages: it is short of memory or disk.</summary>
    /// <remarks>Free memory or disk on its machine.</remarks>
    public const string BrokerBlocked = "broker-blocked";

    /// <summary>The user lacks a right on the broker.</summary>
    /// <remarks>Set the permissions that the message names.</remarks>
    public const string BrokerDenied = "broker-denied";

    /// <summary>The broker refuses user or password.</summary>
    /// <remarks>Correct <c>hosting.transport.user</c> or the password file.</remarks>
    public const string BrokerLoginRefused = "broker-login-refused";

    /// <summary>What answers at the broker's address does not speak AMQP.</summary>
    /// <remarks>Correct <c>hosting.transport.hosts</c> and <c>port</c>.</remarks>
    public const string BrokerProtocol = "broker-protocol";

    /// <summary>A queue or exchange exists with other properties.</summary>
    /// <remarks>Delete it once it is empty; it is made anew.</remarks>
    public const string BrokerQueueDifferent = "broker-queue-different";

    /// <summary>The broker refuses the connection.</summary>
    /// <remarks>Look at the reason in the message and in RabbitMQ's log.</remarks>
    public const string BrokerRefuses = "broker-refuses";

    /// <summary>RabbitMQ is older than Canary supports.</summary>
    /// <remarks>Update it to the version that the message names.</remarks>
    public const string BrokerTooOld = "broker-too-old";

    /// <summary>The broker does not answer.</summary>
    /// <remarks>Try again; if it stays so, look at RabbitMQ.</remarks>
    public const string BrokerUnavailable = "broker-unavailable";

    /// <summary>What answers is not a broker that Canary knows.</summary>
    /// <remarks>Correct <c>hosting.transport.hosts</c> and <c>port</c>.</remarks>
    public const string BrokerUnknown = "broker-unknown";

    /// <summary>The broker cannot be reached.</summary>
    /// <remarks>See that RabbitMQ runs and that hosts and port are right.</remarks>
    public const string BrokerUnreachable = "broker-unreachable";

    /// <summary>The certificate of the broker is not trusted.</summary>
    /// <remarks>Name its authority in <c>hosting.transport.root-certificate</c>.</remarks>
    public const string BrokerUntrusted = "broker-untrusted";

    /// <summary>The virtual host does not exist on the broker.</summary>
    /// <remarks>Create it, or correct <c>hosting.transport.virtual-host</c>.</remarks>
    public const string BrokerVirtualHostMissing = "broker-virtual-host-missing";

    /// <summary>The broker does not offer TLS at this port.</summary>
    /// <remarks>Use its TLS port, or set <c>hosting.transport.tls</c> to <c>off</c> on a network that is yours.</remarks>
    public const string BrokerWithoutTls = "broker-without-tls";

    /// <summary>The server has no connection left.</summary>
    /// <remarks>Raise <c>max_connections</c> there, or lower <c>hosting.storage.connections</c>.</remarks>
    public const string DatabaseConnections = "database-connections";

    /// <summary>The user lacks a right in the database.</summary>
    /// <remarks>Grant what the message names.</remarks>
    public const string DatabaseDenied = "database-denied";

    /// <summary>The database does not use UTF-8.</summary>
    /// <remarks>Create it anew with <c>ENCODING 'UTF8'</c>.</remarks>
    public const string DatabaseEncoding = "database-encoding";

    /// <summary>The database server answered with another error.</summary>
    /// <remarks>Look at the message and at the server's log.</remarks>
    public const string DatabaseError = "database-error";

    /// <summary>The database server has no space left.</summary>
    /// <remarks>Free space on that machine.</remarks>
    public const string DatabaseFull = "database-full";

    /// <summary>The database refuses user or password.</summary>
    /// <remarks>Correct <c>hosting.storage.user</c> or the password file.</remarks>
    public const string DatabaseLoginRefused = "database-login-refused";

    /// <summary>The database does not exist on the server.</summary>
    /// <remarks>Create it, or correct <c>hosting.storage.database</c>.</remarks>
    public const string DatabaseMissing = "database-missing";

    /// <summary>The tables of a service were changed by a newer version.</summary>
    /// <remarks>Install that version again, or restore the backup that was made before it.</remarks>
    public const string DatabaseNewer = "database-newer";

    /// <summary>The tables of a service are not yet as this version needs them.</summary>
    /// <remarks>Wait for the migration; if it does not end, look at the service's log.</remarks>
    public const string DatabaseOutdated = "database-outdated";

    /// <summary>The database takes no changes: it is a standby, or was made read-only.</summary>
    /// <remarks>Point <c>hosting.storage.host</c> to the primary server.</remarks>
    public const string DatabaseReadOnly = "database-read-only";

    /// <summary>The PostgreSQL server is older than Canary supports.</summary>
    /// <remarks>Update it to the version that the message names.</remarks>
    public const string DatabaseTooOld = "database-too-old";

    /// <summary>The database server cannot be reached.</summary>
    /// <remarks>See that it runs and that host and port are right.</remarks>
    public const string DatabaseUnreachable = "database-unreachable";

    /// <summary>The certificate of the database server is not trusted.</summary>
    /// <remarks>Name its authority in <c>hosting.storage.root-certificate</c>.</remarks>
    public const string DatabaseUntrusted = "database-untrusted";

    /// <summary>The database server does not offer TLS.</summary>
    /// <remarks>Switch TLS on there, or set <c>hosting.storage.tls</c> to <c>off</c> on a network that is yours.</remarks>
    public const string DatabaseWithoutTls = "database-without-tls";

    /// <summary>A job was given up since the process that worked on it ended again and again.</summary>
    /// <remarks>Find out what ended it: the service's log, the kernel's for a lack of memory.</remarks>
    public const string JobLostProcess = "job-lost-process";

    /// <summary>Several dead-lettered messages begin with these letters.</summary>
    /// <remarks>Name more letters of the id.</remarks>
    public const string MessageAmbiguous = "message-ambiguous";

    /// <summary>Somebody else works on the dead-lettered messages.</summary>
    /// <remarks>Try again in a moment.</remarks>
    public const string MessagesBusy = "messages-busy";

    /// <summary>An error queue cannot be read.</summary>
    /// <remarks>Look at the queue in RabbitMQ.</remarks>
    public const string QueueUnavailable = "queue-unavailable";
}
