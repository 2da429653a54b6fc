#!/bin/bash
# Starts the build host. HOST_NAME says what it is called.
set -euo pipefail

ssh-keygen -A >/dev/null
/opt/canary-host/install-build-host.sh --coordinator-key "$(cat /run/secrets/build-key.pub)"

address=$(hostname -i | cut -d' ' -f1)
fingerprint=$(ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2)
mkdir -p /run/consul
cat >/run/consul/build-host.json <<JSON
{"leave_on_terminate": true, "service": {"name": "build-host", "port": 22,
  "meta": {"canary-builds": "2", "canary-ssh-host-keys": "$fingerprint"},
  "check": {"name": "sshd", "tcp": "127.0.0.1:22", "interval": "2s"}}}
JSON
consul agent -node="$HOST_NAME" -bind="$address" -client=127.0.0.1 -retry-join=consul -data-dir=/run/consul/data \
  -config-file=/run/consul/build-host.json -log-level=warn &
exec /usr/sbin/sshd -D -e
