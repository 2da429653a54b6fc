#!/bin/bash
# Starts the build host. HOST_NAME says what it is called.
set -euo pipefail

ssh-keygen -A >/dev/null
# As on every machine, but root's own where an engine has made it. Only whoever has rights over a network can do something by it.
chmod 0666 /dev/net/tun
/opt/canary-host/install-build-host.sh --coordinator-key "$(cat /run/secrets/build-key.pub)"

address=$(hostname -i | cut -d' ' -f1)
fingerprint=$(ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2)
mkdir -p /run/consul
cat >/run/consul/build-host.json <<JSON
{"leave_on_terminate": true, "service": {"name": "build-host", "port": 22,
  "meta": {"canary-builds": "2", "canary-ssh-host-keys": "$fingerprint"},
  "check": {"name": "sshd", "tcp": "127.0.0.1:22", "interval": "2s"}}}
JSON
# The same after the container was made anew: Consul gives a name to no other node.
node=$(md5sum <<<"$HOST_NAME" | sed -E 's/(.{8})(.{4})(.{4})(.{4})(.{12}).*/\1-\2-\3-\4-\5/')
consul agent -node="$HOST_NAME" -node-id="$node" -bind="$address" -client=127.0.0.1 -retry-join=consul -data-dir=/run/consul/data \
  -config-file=/run/consul/build-host.json -log-level=warn &
exec /usr/sbin/sshd -D -e
