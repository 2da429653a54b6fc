#!/usr/bin/env bash
# Makes the secrets of the compose installation, once: random, in compose/secrets, for this user alone. (The files themselves
# are readable by all, because containers read them as users of their own; the directory is not.)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
umask 022
mkdir -p secrets
chmod 0700 secrets

random() {
  od -An -v -N20 -tx1 /dev/urandom | tr -d ' \n'
}

for name in rabbitmq-password postgres-password service-token api-token read-token webhook-secret; do
  [[ -s secrets/$name ]] || random >"secrets/$name"
done
[[ -s secrets/deploy-key ]] || ssh-keygen -q -t ed25519 -N '' -C canary-deployer -f secrets/deploy-key
[[ -s secrets/build-key ]] || ssh-keygen -q -t ed25519 -N '' -C canary-ci-coordinator -f secrets/build-key
chmod 0644 secrets/*

# RabbitMQ keeps a password as base64(salt + SHA-256(salt + password)), with a salt of four bytes.
[[ -s secrets/rabbitmq-definitions.json ]] || {
  salt=$(random | cut -c1-4)
  digest=$(printf '%s%s' "$salt" "$(cat secrets/rabbitmq-password)" | sha256sum | cut -c1-64)
  hash=$({ printf '%s' "$salt" && printf '%b' "$(sed 's/../\\x&/g' <<<"$digest")"; } | base64 --wrap=0)
  cat >secrets/rabbitmq-definitions.json <<JSON
{
  "vhosts": [{ "name": "/" }],
  "users": [{
    "name": "canary", "password_hash": "$hash", "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ["administrator"]
  }],
  "permissions": [{ "user": "canary", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*" }]
}
JSON
}
