#!/bin/bash
# Makes this machine a host that Canary may deploy to: installs what is missing, runs hosts/install.sh, which is in here with what it
# needs, and tells the server this machine's SSH keys. Run it as root; again to change something, or to take a newer version of it.
#
#   bash setup.sh --suite canary|production [--name NAME] [--token-file FILE]
#                 [--repository-user NAME [--repository-password-file FILE]] [further options of install.sh]
#
# The token that lets this machine enrol is in the file, or in the environment: CANARY_ENROLMENT_TOKEN. So is the password of the
# repository's user: CANARY_REPOSITORY_PASSWORD.
set -euo pipefail

server=@server@
repository=@repository@
fingerprint=@fingerprint@
deployer_key=@deployer-key@

[[ $(id -u) == 0 ]] || { echo 'setup.sh: run it as root' >&2 && exit 1; }
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
@files@
bash "$directory/install.sh" --install-missing --server "$server" --repository "$repository" --fingerprint "$fingerprint" \
  --deployer-key "$deployer_key" "$@"
# By this, those who run it again and again know that there is nothing to do, wherever they have the token and the password from. Whom
# the repository is read as is in /etc/apt/auth.conf.d/canary.conf.
said=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --token-file | --repository-user | --repository-password-file) shift 2 ;;
    *) said+=("$1") && shift ;;
  esac
done
printf '%s %s\n' "$(sha256sum "${BASH_SOURCE[0]}" | cut -d' ' -f1)" "${said[*]}" >/var/lib/canary-apply/setup
