using System.Net.Sockets;
using System.Security.Authentication;
using Canary.Durability.Connections;
using Canary.Failures;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Canary.Durability.Messaging;

/// <summary>What can go wrong with RabbitMQ, and what to do about it.</summary>
internal static class RabbitMqErrors
{
    /// <summary>Code: a node does not answer. It passes by itself.</summary>
    public const string Unreachable = "broker-unreachable";

    /// <summary>What an exception means.</summary>
    /// <param name="options">How the broker is reached.</param>
    /// <param name="place">Its node.</param>
    /// <param name="exception">What happened.</param>
    public static CanaryException Of(TransportOptions options, string place, Exception exception)
    {
        foreach (var cause in Causes(exception))
        {
            var known = cause switch
            {
                CanaryException explained => explained,
                AuthenticationFailureException or PossibleAuthenticationFailureException => WrongPassword(
                    options,
                    place,
                    exception
                ),
                OperationInterruptedException { ShutdownReason: { } reason } => Refused(
                    options,
                    place,
                    reason,
                    exception
                ),
                AuthenticationException tls => Untrusted(options, place, tls, exception),
                EndOfStreamException or SocketException { SocketErrorCode: SocketError.ConnectionReset } => NotAmqp(
                    options,
                    place,
                    exception
                ),
                SocketException or OperationCanceledException or TimeoutException => NoAnswer(place, cause, exception),
                _ => null,
            };
            if (known is not null)
            {
                return known;
            }
        }

        return new CanaryException(
            Unreachable,
            $"RabbitMQ at {place} cannot be used: {exception.Message}",
            "See the broker's log, and the log of this service.",
            exception
        );
    }

    public static CanaryException NotRabbitMq(string place, string product) =>
        new(
            "broker-unknown",
            $"The broker at {place} is {product}, not RabbitMQ.",
            "Name a RabbitMQ broker in hosting.transport.hosts."
        );

    public static CanaryException TooOld(string place, Version version, Version oldest) =>
        new(
            "broker-too-old",
            $"RabbitMQ at {place} is {version}, which is older than {oldest}.",
            $"Update it to {oldest} or later."
        );

    public static CanaryException Blocked(string place, string reason) =>
        new(
            "broker-blocked",
            $"RabbitMQ at {place} takes no messages: {reason}.",
            "Give it memory or free its disk (rabbitmq-diagnostics alarms says which). Messages wait in the database and go out "
                + "by themselves."
        );

    private static CanaryException WrongPassword(TransportOptions options, string place, Exception exception) =>
        new(
            "broker-login-refused",
            $"RabbitMQ at {place} does not know the user {options.User}, or refuses the password.",
            $"Put the right one into {options.PasswordFile}, or set it there: rabbitmqctl change_password {options.User}; "
                + $"a new user is made with rabbitmqctl add_user {options.User}.",
            exception
        );

    /// <summary>What the broker says when it closes a channel or a connection: the codes are those of AMQP 0-9-1, 1.2.</summary>
    private static CanaryException Refused(
        TransportOptions options,
        string place,
        ShutdownEventArgs reason,
        Exception exception
    )
    {
        var said = $"RabbitMQ at {place} refuses: {reason.ReplyText}";
        var allow = $"rabbitmqctl set_permissions -p {options.VirtualHost} {options.User} '.*' '.*' '.*'";
        return reason.ReplyCode switch
        {
            Constants.NotAllowed when reason.ReplyText.Contains("not found", StringComparison.Ordinal) =>
                new CanaryException(
                    "broker-virtual-host-missing",
                    $"RabbitMQ at {place} has no virtual host {options.VirtualHost}.",
                    $"Make it (rabbitmqctl add_vhost {options.VirtualHost}; {allow}), or correct "
                        + "hosting.transport.virtual-host.",
                    exception
                ),
            Constants.NotAllowed or Constants.AccessRefused => new CanaryException(
                "broker-denied",
                said,
                $"Let the user configure, write and read: {allow}",
                exception
            ),
            Constants.PreconditionFailed => new CanaryException(
                "broker-queue-different",
                said,
                "Somebody else made it, or an older version did. See that it is empty (rabbitmqctl list_queues -p "
                    + $"{options.VirtualHost} name messages type), delete it (rabbitmqctl delete_queue -p {options.VirtualHost} "
                    + "QUEUE): this service makes it as it has to be.",
                exception
            ),
            Constants.ConnectionForced => NoAnswer(place, exception, exception),
            _ => new CanaryException(
                "broker-refuses",
                said,
                $"See the broker's log. A queue that a crash has made unusable is deleted (rabbitmqctl delete_queue -p {options.VirtualHost} "
                    + "QUEUE); this service makes it again, and deadlines ask again for what was in it.",
                exception
            ),
        };
    }

    private static CanaryException Untrusted(
        TransportOptions options,
        string place,
        AuthenticationException cause,
        Exception exception
    ) =>
        cause.Message.Contains("frame", StringComparison.Ordinal)
            ? new CanaryException(
                "broker-without-tls",
                $"What answers at {place} does not speak TLS, which hosting.transport.tls ({options.Tls}) asks for.",
                "Name the broker's TLS port (5671 by default) in hosting.transport.port, or switch on TLS in its rabbitmq.conf.",
                exception
            )
            : new CanaryException(
                "broker-untrusted",
                $"The certificate of RabbitMQ at {place} is not accepted: {cause.Message}",
                "Give the authority that issued it in hosting.transport.root-certificate, and use a name in "
                    + "hosting.transport.hosts that the certificate holds.",
                exception
            );

    private static CanaryException NoAnswer(string place, Exception cause, Exception exception) =>
        new(
            Unreachable,
            $"RabbitMQ at {place} does not answer: {cause.Message}",
            "See that it runs there; hosting.transport.hosts and port say where.",
            exception
        );

    private static CanaryException NotAmqp(TransportOptions options, string place, Exception exception) =>
        new(
            "broker-protocol",
            $"What answers at {place} does not speak AMQP 0-9-1{(options.Tls == TlsModes.Off ? " without TLS" : "")}.",
            options.Tls == TlsModes.Off
                ? "If it is the broker's TLS port, set hosting.transport.tls to verify; else correct hosting.transport.port."
                : "Name the port of the broker's AMQP listener in hosting.transport.port.",
            exception
        );

    private static IEnumerable<Exception> Causes(Exception exception)
    {
        yield return exception;
        var inner = exception is AggregateException several
            ? several.InnerExceptions
            : (IEnumerable<Exception>)(exception.InnerException is { } one ? [one] : []);
        foreach (var cause in inner.SelectMany(Causes))
        {
            yield return cause;
        }
    }
}
