#!/bin/bash
# Lets Canary's packager run FPM on this machine: a user that can do nothing from outside but run canary-fpm. Run it as root; again to change
# something.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: install-fpm-host.sh --packager-key KEY [--user NAME]

  --packager-key KEY  public key of the packager, one line: the content of packager/ssh/id_ed25519.pub in its data directory
  --user NAME         name of the user that FPM runs as (default: canary-fpm)
TEXT
}

fail() {
  printf 'install-fpm-host.sh: %s\n' "$1" >&2
  exit 1
}

user=canary-fpm packager_key=''
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --packager-key | --user)
      [[ $# -ge 2 ]] || fail "$1 needs a value"
      name=${1#--}
      printf -v "${name//-/_}" '%s' "$2"
      shift 2
      ;;
    *) usage >&2 && fail "there is no option '$1'" ;;
  esac
done
[[ $packager_key =~ ^(ssh-ed25519|ssh-rsa|ecdsa-sha2-[a-z0-9-]+)\ [A-Za-z0-9+/=]+(\ .*)?$ && $packager_key != *$'\n'* ]] ||
  fail '--packager-key must be a public key on one line'
[[ $user =~ ^[a-z_][a-z0-9_-]*$ ]] || fail '--user must be the name of a user'
[[ $(id -u) == 0 ]] || fail 'run it as root'
[[ -x /usr/sbin/sshd ]] || fail 'sshd is missing: apt-get install openssh-server'
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# In the package canary-build-host, dpkg has put it there.
[[ $here/canary-fpm -ef /usr/bin/canary-fpm ]] || install -m 0755 "$here/canary-fpm" /usr/bin/

if home=$(getent passwd "$user" | cut -d: -f6) && [[ -n $home ]]; then
  # One that was made just before this script was stopped has no keys yet.
  [[ $home == "/var/lib/$user" && ! -s $home/.ssh/authorized_keys && -z $(ls -A "$home" 2>/dev/null | grep -vx .ssh) ]] ||
    { [[ -s $home/.ssh/authorized_keys ]] && ! grep -qv '^restrict,command="/usr/bin/canary-fpm" ' "$home/.ssh/authorized_keys"; } ||
    fail "there is a user $user that this script did not make: choose another name with --user, or remove that user"
else
  [[ ! -e /var/lib/$user ]] || fail "there is a directory /var/lib/$user, and no user $user: choose another name with --user, or remove it"
  useradd --system --create-home --skel /dev/null --home-dir "/var/lib/$user" --shell /bin/sh "$user"
  home=$(getent passwd "$user" | cut -d: -f6)
fi
# What FPM does with its user's rights, it cannot do to who may log in.
chown root:root "$home"
# sshd reads the key below with the rights of the user, and useradd of Debian 13 makes homes for their owner alone.
chmod 0755 "$home"
install -d -o root -g root -m 0755 "$home/.ssh"
printf 'restrict,command="/usr/bin/canary-fpm" %s\n' "$packager_key" >"$home/.ssh/authorized_keys"
chmod 0644 "$home/.ssh/authorized_keys"
install -d -o "$user" -g "$user" -m 0700 "$home/packages"

# A run lasts as long as its connection: one whose other end is gone without a word is noticed within a minute.
install -d -m 0755 /etc/ssh/sshd_config.d
cat >/etc/ssh/sshd_config.d/canary-fpm.conf <<TEXT
Match User $user
    ClientAliveInterval 15
    ClientAliveCountMax 4
TEXT
/usr/sbin/sshd -t || fail 'sshd does not accept its configuration: see /etc/ssh/sshd_config.d/canary-fpm.conf'
systemctl reload ssh >/dev/null 2>&1 || pkill -HUP -o -x sshd || true

check=$(printf 'v1\0check\0' | runuser -u "$user" -- env HOME="$home" /usr/bin/canary-fpm 2>&1) || {
  printf '%s\n' "$check" >&2
  fail 'see above: FPM is installed with `gem install fpm`, and needs binutils and tar'
}

printf 'FPM %s runs here as %s. The keys of this machine, for its metadata in Consul:\n' "$check" "$user"
for key in /etc/ssh/ssh_host_*_key.pub; do
  ssh-keygen -l -f "$key" | cut -d' ' -f2,4
done
