package Shop;

# A shop window in the smallest form: what every Debian system has (perl-base) is enough to run it.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Socket qw(SOCK_DGRAM);

our $VERSION = '1.0.0';

my %prices = (
    'Canary seed, 1 kg' => '4.20',
    'Perch, oak'        => '7.90',
    'Cage bell'         => '2.50',
);

my %reasons = (200 => 'OK', 400 => 'Bad Request', 404 => 'Not Found', 405 => 'Method Not Allowed',
    503 => 'Service Unavailable');

# Answers one request: status, content type, body.
sub answer {
    my ($method, $path) = @_;
    return (405, 'text/plain', "Only GET is answered.\n") unless $method eq 'GET';

    return (200, 'text/html', page()) if $path eq '/';
    return (200, 'text/plain', "$VERSION\n") if $path eq '/version';
    return health() if $path eq '/health';
    return (404, 'text/plain', "There is nothing at $path.\n");
}

# Well means: the shop could sell something now.
sub health {
    my $count = keys %prices;
    return (503, 'text/plain', "unwell: no prices\n") unless $count;
    return (200, 'text/plain', "well: $count articles, version $VERSION\n");
}

sub page {
    my $rows = join '', map { "      <tr><td>$_</td><td>$prices{$_}</td></tr>\n" } sort keys %prices;
    return <<"HTML";
<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Shop $VERSION</title></head>
  <body>
    <h1>Shop</h1>
    <table>
$rows    </table>
    <p>Version $VERSION</p>
  </body>
</html>
HTML
}

# Listens; port 0 takes a free one. The socket tells which.
sub listen_on {
    my ($address, $port) = @_;
    return IO::Socket::INET->new(LocalAddr => $address, LocalPort => $port, Listen => 64, ReuseAddr => 1, Proto => 'tcp')
        || die "cannot listen on $address:$port: $@\n";
}

# Tells whoever started the service that it is ready: systemd and start-stop-daemon have the same protocol for it.
sub notify_ready {
    my $path = $ENV{NOTIFY_SOCKET} or return;
    $path =~ s{^@}{\0};
    my $starter = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => $path) or die "$path: $!\n";
    $starter->send('READY=1');
}

sub serve {
    my ($listener) = @_;
    local $SIG{PIPE} = 'IGNORE';
    while (1) {
        my $client = $listener->accept or next;
        serve_one($client);
        close $client;
    }
}

sub serve_one {
    my ($client) = @_;
    my $head = '';
    my $ready = IO::Select->new($client);
    # A client that says nothing for two seconds, or too much, is left alone.
    while ($head !~ /\r?\n\r?\n/ && length $head < 8192) {
        return unless $ready->can_read(2);
        return unless sysread $client, $head, 4096, length $head;
    }

    my ($status, $type, $body) =
        $head =~ m{^([A-Z]+) (/[^ ?]*)\S* HTTP/1\.[01]\r?\n} ? answer($1, $2) : (400, 'text/plain', "Not HTTP/1.\n");
    print {$client} "HTTP/1.1 $status $reasons{$status}\r\n", "Content-Type: $type; charset=utf-8\r\n",
        'Content-Length: ', length $body, "\r\nConnection: close\r\n\r\n", $body;
}

1;
