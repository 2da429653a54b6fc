#!/bin/bash
# Makes this machine a build host of Canary: a build user that can do nothing from outside but run canary-build. Run it as root;
# again to change something.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: install-build-host.sh --coordinator-key KEY [--user NAME] [--unsafe-without-sandbox]

  --coordinator-key KEY  public key of ci-coordinator, one line: the content of ci-coordinator/ssh/id_ed25519.pub in its data directory
  --user NAME            name of the build user (default: canary-build)
  --unsafe-without-sandbox
                         where this machine does not allow builds to be kept apart: every build can read and change what any
                         other build of this user does, and reach whatever this machine reaches; commits of forks are not built here
TEXT
}

fail() {
  printf 'install-build-host.sh: %s\n' "$1" >&2
  exit 1
}

user=canary-build coordinator_key='' unsafe=no
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --coordinator-key | --user)
      [[ $# -ge 2 ]] || fail "$1 needs a value"
      name=${1#--}
      printf -v "${name//-/_}" '%s' "$2"
      shift 2
      ;;
    --unsafe-without-sandbox) unsafe=yes && shift ;;
    *) usage >&2 && fail "there is no option '$1'" ;;
  esac
done
[[ $coordinator_key =~ ^(ssh-ed25519|ssh-rsa|ecdsa-sha2-[a-z0-9-]+)\ [A-Za-z0-9+/=]+(\ .*)?$ && $coordinator_key != *$'\n'* ]] ||
  fail '--coordinator-key must be a public key on one line'
[[ $user =~ ^[a-z_][a-z0-9_-]*$ ]] || fail '--user must be the name of a user'
[[ $(id -u) == 0 ]] || fail 'run it as root'
[[ -x /usr/sbin/sshd ]] || fail 'sshd is missing: apt-get install openssh-server'
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# In the package canary-build-host, dpkg has put them there.
[[ $here/canary-build -ef /usr/bin/canary-build ]] || install -m 0755 "$here"/canary-{build,sandbox,cache,output} /usr/bin/
command=/usr/bin/canary-build
[[ $unsafe == no ]] || command="/usr/bin/env CANARY_BUILD_WITHOUT_SANDBOX=yes $command"

if home=$(getent passwd "$user" | cut -d: -f6) && [[ -n $home ]]; then
  # One that was made just before this script was stopped has no keys yet.
  [[ $home == "/var/lib/$user" && ! -s $home/.ssh/authorized_keys && -z $(ls -A "$home" 2>/dev/null | grep -vx .ssh) ]] ||
    { [[ -s $home/.ssh/authorized_keys ]] && ! grep -qv '^restrict,command="[^"]*/usr/bin/canary-build" ' "$home/.ssh/authorized_keys"; } ||
    fail "there is a user $user that this script did not make: choose another name with --user, or remove that user"
else
  [[ ! -e /var/lib/$user ]] || fail "there is a directory /var/lib/$user, and no user $user: choose another name with --user, or remove it"
  useradd --system --create-home --skel /dev/null --home-dir "/var/lib/$user" --shell /bin/sh "$user"
  home=$(getent passwd "$user" | cut -d: -f6)
fi
# What a build does with its user's rights, it cannot do to who may log in.
chown root:root "$home"
# sshd reads the key below with the rights of the user, and useradd of Debian 13 makes homes for their owner alone.
chmod 0755 "$home"
install -d -o root -g root -m 0755 "$home/.ssh"
printf 'restrict,command="%s" %s\n' "$command" "$coordinator_key" >"$home/.ssh/authorized_keys"
chmod 0644 "$home/.ssh/authorized_keys"
install -d -o "$user" -g "$user" -m 0700 "$home/builds"

# A build lasts as long as its connection: one whose other end is gone without a word is noticed within a minute.
install -d -m 0755 /etc/ssh/sshd_config.d
cat >/etc/ssh/sshd_config.d/canary-build.conf <<TEXT
Match User $user
    ClientAliveInterval 15
    ClientAliveCountMax 4
TEXT
/usr/sbin/sshd -t || fail 'sshd does not accept its configuration: see /etc/ssh/sshd_config.d/canary-build.conf'
systemctl reload ssh >/dev/null 2>&1 || pkill -HUP -o -x sshd || true

if [[ $unsafe == no ]] && ! check=$(printf 'v3\0check\0' | runuser -u "$user" -- env HOME="$home" /usr/bin/canary-build 2>&1); then
  printf '%s\n' "$check" >&2
  fail 'see above: allow it user namespaces (sysctl user.max_user_namespaces), or accept the danger of --unsafe-without-sandbox'
fi
[[ -n $(command -v slirp4netns) ]] || printf 'Builds have no network here until slirp4netns is installed.\n'

printf 'This machine builds as %s. Its keys, for its entry:\n' "$user"
for key in /etc/ssh/ssh_host_*_key.pub; do
  ssh-keygen -l -f "$key" | cut -d' ' -f2,4
done
