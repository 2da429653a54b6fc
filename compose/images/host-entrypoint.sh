#!/bin/bash
# Starts a host of the demonstration fleet. HOST_NAME, HOST_CHANNEL (canary or production) and REPOSITORY say which it is.
set -euo pipefail

ssh-keygen -A >/dev/null
until curl --fail --silent --output /dev/null "${REPOSITORY}canary-archive-keyring.pgp"; do
  sleep 1
done
# The network between these containers is this machine's own.
/opt/canary-host/install.sh --repository "$REPOSITORY" --suite "$HOST_CHANNEL" --deployer-key "$(cat /run/secrets/deploy-key.pub)" \
  --trust-on-first-use

# The shop listens where the load balancer and the deployer reach it; after a restart of the host it comes back.
printf 'ADDRESS=0.0.0.0\nPORT=8080\n' >/etc/default/shop
[[ ! -x /opt/shop/script/post-inst ]] || /opt/shop/script/post-inst configure || true

address=$(hostname -i | cut -d' ' -f1)
tag=shop::app
[[ $HOST_CHANNEL == production ]] || tag=shop::app_canary
fingerprint=$(ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2)
mkdir -p /run/consul
cat >/run/consul/shop.json <<JSON
{"leave_on_terminate": true, "service": {"name": "shop", "port": 8080, "tags": ["$tag"],
  "meta": {"canary-ssh-host-keys": "$fingerprint"}}}
JSON
# The same after the container was made anew: Consul gives a name to no other node.
node=$(md5sum <<<"$HOST_NAME" | sed -E 's/(.{8})(.{4})(.{4})(.{4})(.{12}).*/\1-\2-\3-\4-\5/')
consul agent -node="$HOST_NAME" -node-id="$node" -bind="$address" -client=127.0.0.1 -retry-join=consul -data-dir=/run/consul/data \
  -config-file=/run/consul/shop.json -log-level=warn &
exec /usr/sbin/sshd -D -e
