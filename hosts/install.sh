#!/bin/bash
# Makes this machine a host that Canary may deploy to: a deploy user that can do nothing but run canary-apply, the package
# repository with its key, and pins for the packages that come from it, which let a version that was taken back leave the host.
# Run it as root; again to change something.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: install.sh --repository URL --suite canary|production --deployer-key KEY [--keyring-sha256 HASH] [--user NAME]
                  [--package NAME]...

  --repository URL       address of the package repository, for example http://canary.example.org:8480/repository/
  --suite SUITE          canary for hosts that get a version first, production for all others
  --deployer-key KEY     public key of the deployer, one line: the content of deployer/ssh/id_ed25519.pub in its data directory
  --keyring-sha256 HASH  what the repository's key must be; without it the key is trusted as it is fetched, so use a safe network
  --user NAME            name of the deploy user (default: canary)
  --package NAME         a package that this host gets from the repository although nothing has installed it through Canary
TEXT
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

packages=() user=canary repository='' suite='' deployer_key='' keyring_sha256=''
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --package)
      [[ ${2:-} =~ ^[a-z0-9][a-z0-9+.-]+$ ]] || fail '--package must be the name of a package'
      packages+=("$2")
      shift 2
      ;;
    --repository | --suite | --deployer-key | --keyring-sha256 | --user)
      [[ $# -ge 2 ]] || fail "$1 needs a value"
      name=${1#--}
      printf -v "${name//-/_}" '%s' "$2"
      shift 2
      ;;
    *) usage >&2 && fail "there is no option '$1'" ;;
  esac
done
[[ $repository =~ ^https?://[^[:space:]]+$ ]] || fail '--repository must be an http or https address'
[[ $suite == canary || $suite == production ]] || fail '--suite must be canary or production'
[[ $deployer_key =~ ^(ssh-ed25519|ssh-rsa|ecdsa-sha2-[a-z0-9-]+)\ [A-Za-z0-9+/=]+(\ .*)?$ && $deployer_key != *$'\n'* ]] ||
  fail '--deployer-key must be a public key on one line'
[[ $user =~ ^[a-z_][a-z0-9_-]*$ ]] || fail '--user must be the name of a user'
[[ $(id -u) == 0 ]] || fail 'run it as root'
for program in sshd sudo curl; do
  command -v "$program" >/dev/null || [[ -x /usr/sbin/$program ]] ||
    fail "$program is missing: apt-get install openssh-server sudo curl"
done
repository=${repository%/}/
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

install -m 0755 "$here/canary-apply" /usr/sbin/canary-apply

if home=$(getent passwd "$user" | cut -d: -f6) && [[ -n $home ]]; then
  [[ -s $home/.ssh/authorized_keys ]] && ! grep -qvF 'command="/usr/sbin/canary-apply"' "$home/.ssh/authorized_keys" ||
    fail "there is a user $user that this script did not make: choose another name with --user, or remove that user"
else
  useradd --system --create-home --skel /dev/null --home-dir /var/lib/canary-deploy --shell /bin/sh "$user"
  home=$(getent passwd "$user" | cut -d: -f6)
fi
# What a health check does with its user's rights, it cannot do to who may log in.
chown root:root "$home"
install -d -o root -g root -m 0755 "$home/.ssh"
printf 'restrict,command="/usr/sbin/canary-apply" %s\n' "$deployer_key" >"$home/.ssh/authorized_keys"
chmod 0644 "$home/.ssh/authorized_keys"
printf '%s ALL=(root) NOPASSWD: /usr/sbin/canary-apply --as-root\n' "$user" >/etc/sudoers.d/canary-deploy
chmod 0440 /etc/sudoers.d/canary-deploy

keyring=/etc/apt/keyrings/canary-archive-keyring.pgp
mkdir -p /etc/apt/keyrings
curl --fail --silent --show-error --location --output "$keyring.new" "${repository}canary-archive-keyring.pgp"
if [[ -n $keyring_sha256 ]] && ! sha256sum --check --status <<<"$keyring_sha256  $keyring.new"; then
  rm -f "$keyring.new"
  fail 'the key of the repository is not the one that --keyring-sha256 says'
fi
chmod 0644 "$keyring.new"
mv "$keyring.new" "$keyring"
cat >/etc/apt/sources.list.d/canary.sources <<TEXT
Types: deb
URIs: $repository
Suites: $suite
Components: main
Signed-By: $keyring
TEXT
origin=${repository#*://}
origin=${origin%%/*}
origin=${origin##*@}
origin=${origin%:*}
cat >/etc/apt/preferences.d/canary <<TEXT
Explanation: below other sources; canary-packages has the packages that came through the repository
Package: *
Pin: origin "$origin"
Pin-Priority: 100
TEXT
mkdir -p /var/lib/canary-apply
for package in "${packages[@]}"; do
  printf '%s\n' "$package" >"/var/lib/canary-apply/$package.package"
done
for package in /var/lib/canary-apply/*.package; do
  [[ -e $package ]] || continue
  package=${package##*/}
  printf 'Explanation: over 1000, so that a version that is taken back also leaves the host\n'
  printf 'Package: %s\nPin: origin "%s"\nPin-Priority: 1001\n\n' "${package%.package}" "$origin"
done >/etc/apt/preferences.d/canary-packages
[[ -s /etc/machine-id ]] || systemd-machine-id-setup >/dev/null 2>&1 || tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id

printf 'This host takes versions of the suite %s. Its keys, for the inventory:\n' "$suite"
for key in /etc/ssh/ssh_host_*_key.pub; do
  ssh-keygen -l -f "$key" | cut -d' ' -f2,4
done
