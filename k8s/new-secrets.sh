#!/usr/bin/env bash
# Makes the secrets of an overlay that are not there yet, in the folder "secrets" beside its kustomization.yaml.
# Usage: k8s/new-secrets.sh k8s/overlays/small
set -euo pipefail
umask 077

place=$1/secrets
mkdir -p "$place"
cd "$place"

for name in api-token read-token service-token webhook-secret rabbitmq-password postgresql-password; do
  [[ -e $name ]] || openssl rand -hex 32 >"$name"
done
[[ -e rabbitmq.conf ]] || printf 'default_user = canary\ndefault_pass = %s\n' "$(<rabbitmq-password)" >rabbitmq.conf
[[ -e id_ed25519 ]] || ssh-keygen -q -t ed25519 -N '' -C canary -f id_ed25519
# The hosts' own keys, as ssh-keyscan prints them.
[[ -e known_hosts ]] || : >known_hosts
