#!/bin/bash
# Makes this machine a host that Canary may deploy to: a deploy user that can do nothing but run canary-apply, the package
# repository with its key, and pins for the packages that come from it, which let a version that was taken back leave the host.
# Run it as root; again to change something.
set -euo pipefail
# Whoever runs it may keep files to themselves; apt and sshd read these.
umask 022

usage() {
  cat <<'TEXT'
Usage: install.sh --repository URL --suite canary|production --deployer-key KEY --fingerprint HEX [--user NAME]
                  [--package NAME]... [--no-timer] [--repository-user NAME --repository-password-file FILE]
                  [--install-missing] [--server URL [--name NAME] [--token-file FILE]]

  --repository URL       address of the package repository, for example http://canary.example.org:8480/repository/
  --suite SUITE          canary for hosts that get a version first, production for all others
  --deployer-key KEY     public key of the deployer, one line: the content of deployer/ssh/id_ed25519.pub in its data directory
  --fingerprint HEX      fingerprint of the key that signs the repository, spaces and case do not count: the server says it when it starts,
                         `canary doctor` says it, and it is in the file repository-publisher/fingerprint of the server's data directory
  --trust-on-first-use   instead of --fingerprint: trusts whatever key is fetched. Who can change what this network carries, now, is
                         root on this machine from then on. A key that this machine has already is not replaced by another one
  --user NAME            name of the deploy user (default: canary)
  --no-timer             does not let this host go by itself to what its suite offers: only the deployer changes it
  --repository-user NAME user that the repository is read as, where it is not open to everybody
  --repository-password-file FILE
                         file whose first line is the password of that user; `-` reads it from standard input. Without it, the environment
                         has it: CANARY_REPOSITORY_PASSWORD. Without user and password what /etc/apt/auth.conf.d/canary.conf says stays in force
  --install-missing      installs sshd, sudo and curl where they are missing
  --server URL           tells this server the fingerprints of this host's keys, once, with the token of `canary hosts bootstrap`
  --name NAME            name of this host in the inventory (default: its host name)
  --token-file FILE      file with that token; without it, the environment has it: CANARY_ENROLMENT_TOKEN
  --package NAME         a package that this host gets from the repository although nothing has installed it through Canary
TEXT
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

packages=() user=canary repository='' suite='' deployer_key='' fingerprint='' trusts_first=no timer=yes
repository_user='' repository_password_file=''
installs_missing=no server='' name=$(uname -n) token_file=''
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --package)
      [[ ${2:-} =~ ^[a-z0-9][a-z0-9+.-]+$ ]] || fail '--package must be the name of a package'
      packages+=("$2")
      shift 2
      ;;
    --trust-on-first-use) trusts_first=yes && shift ;;
    --no-timer) timer=no && shift ;;
    --install-missing) installs_missing=yes && shift ;;
    --repository | --suite | --deployer-key | --fingerprint | --user | --server | --name | --token-file | \
    --repository-user | --repository-password-file)
      [[ $# -ge 2 ]] || fail "$1 needs a value"
      option=${1#--}
      printf -v "${option//-/_}" '%s' "$2"
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
fingerprint=${fingerprint//[[:space:]]/}
fingerprint=${fingerprint^^}
if [[ $trusts_first == yes ]]; then
  [[ -z $fingerprint ]] || fail '--fingerprint and --trust-on-first-use exclude each other'
elif [[ -z $fingerprint ]]; then
  fail '--fingerprint is missing: which key signs the repository? Ask the server, not the network: canary doctor, or its file repository-publisher/fingerprint'
else
  [[ $fingerprint =~ ^[0-9A-F]{40}$ ]] || fail '--fingerprint must have 40 hexadecimal digits'
fi
repository_password=${CANARY_REPOSITORY_PASSWORD:-}
unset CANARY_REPOSITORY_PASSWORD
given=$repository_password_file$repository_password
[[ ${repository_user:+given} == "${given:+given}" ]] || fail '--repository-user and --repository-password-file belong together'
[[ $repository_user =~ ^[A-Za-z0-9._@-]*$ ]] || fail '--repository-user may have letters, digits, ".", "_", "@" and "-"'
if [[ -n $repository_password_file ]]; then
  [[ $repository_password_file != - ]] || repository_password_file=/dev/stdin
  IFS= read -r repository_password <"$repository_password_file" || [[ -n $repository_password ]] ||
    fail '--repository-password-file has no password in its first line'
fi
[[ -z $repository_user || $repository_password =~ ^[[:graph:]]+$ ]] ||
  fail 'the password of the repository must not be empty or have spaces'
[[ -z $server || $server =~ ^https?://[^[:space:]]+$ ]] || fail '--server must be an http or https address'
[[ $name =~ ^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$ ]] || fail '--name must be the name of a host'
[[ $(id -u) == 0 ]] || fail 'run it as root'

has_all() {
  local program
  for program in sshd sudo curl; do
    command -v "$program" >/dev/null || [[ -x /usr/sbin/$program ]] || return 1
  done
}

if [[ $installs_missing == yes ]] && ! has_all; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -qq -y --no-install-recommends openssh-server sudo curl ca-certificates >/dev/null
fi
for program in sshd sudo curl; do
  command -v "$program" >/dev/null || [[ -x /usr/sbin/$program ]] ||
    fail "$program is missing: apt-get install openssh-server sudo curl"
done
repository=${repository%/}/
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# --- who this host is -------------------------------------------------------------------------------------------------------

# What this host has enrolled as: the server, its name there, a fingerprint of each key, and the digest of the token.
enrolled=/var/lib/canary-apply/enrolled

# Files of the keys that sshd shows. It says so itself, unless it cannot be started yet.
keys_of_host() {
  local key found=no
  while read -r _ key; do
    [[ ! -e $key.pub ]] || { found=yes && printf '%s\n' "$key.pub"; }
  done < <(PATH=$PATH:/usr/sbin sshd -T 2>/dev/null | grep '^hostkey ')
  [[ $found == no ]] || return 0
  for key in /etc/ssh/ssh_host_*_key.pub; do
    [[ ! -e $key ]] || printf '%s\n' "$key"
  done
}

fingerprints_of_host() {
  local key
  while read -r key; do
    ssh-keygen -l -f "$key" | cut -d' ' -f2
  done < <(keys_of_host) | LC_ALL=C sort -u
}

identity_of_host() {
  printf '%s %s\n' "${server%/}" "$name"
  fingerprints_of_host
}

# The token is in no command line: others read those. A host that has enrolled needs none.
read_token() {
  token=${CANARY_ENROLMENT_TOKEN:-}
  unset CANARY_ENROLMENT_TOKEN
  [[ -z $token_file || ! -e $token_file ]] || token=$(<"$token_file") || fail "the token cannot be read from $token_file"
  token=${token//[[:space:]]/}
}

digest_of_token() {
  printf '%s' "$token" | sha256sum | cut -d' ' -f1
}

# Whether the server knows the keys of this host, as far as this host knows. Who gives another token thinks that it does not.
has_enrolled() {
  [[ -n $server ]] || return 0
  [[ -e $enrolled && $(identity_of_host) == "$(grep -v '^token ' "$enrolled")" ]] || return 1
  [[ -z $token ]] || grep -qxF "token $(digest_of_token)" "$enrolled"
}

# What the server says, in a property of its JSON.
said_of() {
  printf '%b' "$(sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$2")"
}

enrol() {
  local keys said status
  keys=$(fingerprints_of_host | sed 's/.*/"&"/' | paste -sd,)
  said=$(printf '{"host":"%s","hostKeys":[%s]}' "$name" "$keys" |
    curl --silent --show-error --proto '=http,https' --max-time 60 --retry 3 --write-out '\n%{http_code}' \
      --header @<(printf 'Authorization: Bearer %s\n' "$token") --header 'Content-Type: application/json' --data-binary @- \
      "${server%/}/hosts/enrolment") || fail "$server cannot be told the keys of this host; run it again"
  status=${said##*$'\n'}
  if [[ $status != 200 ]]; then
    fail "$server does not take the keys of this host ($status): $(said_of detail "$said") $(said_of remedy "$said")"
  fi
  {
    identity_of_host
    printf 'token %s\n' "$(digest_of_token)"
  } >"$enrolled"
}

# sshd may be there and have no keys yet: images of machines are made so.
[[ -z $server || -n $(keys_of_host) ]] || ssh-keygen -A >/dev/null
token=
[[ -z $server ]] || read_token
has_enrolled || [[ $token =~ ^[0-9a-f]{64}$ ]] ||
  fail "$name has not enrolled with its present keys, and there is no token: canary hosts bootstrap $name, then --token-file or CANARY_ENROLMENT_TOKEN"

# --- the repository's key ---------------------------------------------------------------------------------------------------

# Sets `fingerprints` and `keys` (in hexadecimal digits) to those of the keys in a file, as RFC 9580, 5.5.4 has it for version 4: no
# program that reads keys need be here. A keyring with anything that is no key of its own, a subkey included, is refused: apt would
# trust that one too.
read_keys() {
  local hex at=0 start tag length digits octet size
  fingerprints=() keys=()
  size=$(stat -c %s "$1")
  ((size > 0 && size <= 65536)) || fail "what $keyring_address has is no key: $size bytes"
  hex=$(od -An -v -tx1 "$1" | tr -d ' \n')
  hex=${hex^^}
  while ((at < ${#hex})); do
    start=$at
    octet=$((16#${hex:at:2}))
    at=$((at + 2))
    if ((octet >= 0xC0)); then
      tag=$((octet & 0x3F))
      length=$((16#0${hex:at:2}))
      at=$((at + 2))
      if ((length == 255)); then
        length=$((16#0${hex:at:8}))
        at=$((at + 8))
      elif ((length >= 224)); then
        fail_as_no_key
      elif ((length >= 192)); then
        length=$(((length - 192) * 256 + 16#0${hex:at:2} + 192))
        at=$((at + 2))
      fi
    elif ((octet >= 0x80 && (octet & 3) < 3)); then
      tag=$(((octet & 0x3C) >> 2))
      digits=$((2 << (octet & 3)))
      length=$((16#0${hex:at:digits}))
      at=$((at + digits))
    else
      fail_as_no_key
    fi
    ((length > 0 && at + 2 * length <= ${#hex})) || fail_as_no_key
    if ((tag == 6)); then
      ((length < 65536)) || fail_as_no_key
      add_fingerprint "${hex:at:2 * length}"
      keys+=("")
    elif ((${#keys[@]} == 0)); then
      fail_as_no_key
    elif ((tag != 13 && tag != 2)); then
      fail "$keyring_address holds more than keys that sign: do not trust it"
    fi
    at=$((at + 2 * length))
    keys[-1]+=${hex:start:at - start}
  done
}

add_fingerprint() {
  local sum
  [[ $1 == 04* ]] || fail_as_no_key
  sum=$(printf '%b' "$(sed 's/../\\x&/g' <<<"$(printf '99%04X%s' $((${#1} / 2)) "$1")")" | sha1sum)
  sum=${sum%% *}
  fingerprints+=("${sum^^}")
}

fail_as_no_key() {
  fail "what $keyring_address has is no OpenPGP key of version 4"
}

# Nothing of this machine changes before the key is the right one.
keyring=/etc/apt/keyrings/canary-archive-keyring.pgp
keyring_address=${repository}canary-archive-keyring.pgp
fetched=$(mktemp)
trap 'rm -f "$fetched"' EXIT
curl --fail --silent --show-error --location --proto '=http,https' --proto-redir '=http,https' --max-time 60 --max-filesize 65536 \
  --output "$fetched" "$keyring_address" || fail "$keyring_address cannot be fetched"
trusted=
if [[ $trusts_first == yes && -e $keyring ]]; then
  read_keys "$keyring"
  trusted=" ${fingerprints[*]} "
fi
read_keys "$fetched"
# While one key takes the place of another there are two. Of the keyring only the key that was said is trusted; a suite that it has
# signed brings the other one (canary-apply).
chosen=
for i in "${!fingerprints[@]}"; do
  if [[ $trusts_first == no ]]; then
    [[ ${fingerprints[i]} != "$fingerprint" ]] || chosen=$i
  elif [[ -n $trusted ]]; then
    [[ $trusted != *" ${fingerprints[i]} "* ]] || chosen=$i
  else
    chosen=${chosen:-$i}
  fi
done
shown=$(printf ' and %s' "${fingerprints[@]}")
shown=${shown# and }
if [[ -z $chosen && $trusts_first == yes ]]; then
  fail "the repository has the key $shown now, and this machine trusts another one. If it was replaced on purpose: --fingerprint"
elif [[ -z $chosen ]]; then
  fail "the key of $repository is $shown, and not the one that --fingerprint says: somebody is in between, or the key was replaced"
fi
key_fingerprint=${fingerprints[chosen]}
if [[ -n $trusted ]]; then
  cp "$keyring" "$fetched"
else
  printf '%b' "$(sed 's/../\\x&/g' <<<"${keys[chosen]}")" >"$fetched"
fi
if [[ -z $repository_user && ! -e /etc/apt/auth.conf.d/canary.conf ]]; then
  status=$(curl --silent --location --proto '=http,https' --proto-redir '=http,https' --max-time 60 --output /dev/null \
    --write-out '%{http_code}' "${repository}dists/$suite/InRelease") || status=
  [[ $status != 401 ]] || fail "$repository is not open to everybody: give --repository-user and --repository-password-file"
fi

# --- this machine -----------------------------------------------------------------------------------------------------------

# In the package canary-host, dpkg has put the command and the units where they belong.
packaged=no
[[ ! $here/canary-apply -ef /usr/sbin/canary-apply ]] || packaged=yes
[[ $packaged == yes ]] || install -m 0755 "$here/canary-apply" /usr/sbin/canary-apply

if home=$(getent passwd "$user" | cut -d: -f6) && [[ -n $home ]]; then
  # One that was made just before this script was stopped has no keys yet.
  [[ $home == /var/lib/canary-deploy && ! -s $home/.ssh/authorized_keys ]] ||
    { [[ -s $home/.ssh/authorized_keys ]] && ! grep -qvF 'command="/usr/sbin/canary-apply"' "$home/.ssh/authorized_keys"; } ||
    fail "there is a user $user that this script did not make: choose another name with --user, or remove that user"
else
  useradd --system --create-home --skel /dev/null --home-dir /var/lib/canary-deploy --shell /bin/sh "$user"
  home=$(getent passwd "$user" | cut -d: -f6)
fi
# What a health check does with its user's rights, it cannot do to who may log in.
chown root:root "$home"
# sshd reads the key below with the rights of the user, and useradd of Debian 13 makes homes for their owner alone.
chmod 0755 "$home"
install -d -o root -g root -m 0755 "$home/.ssh"
printf 'restrict,command="/usr/sbin/canary-apply" %s\n' "$deployer_key" >"$home/.ssh/authorized_keys"
chmod 0644 "$home/.ssh/authorized_keys"
printf '%s ALL=(root) NOPASSWD: /usr/sbin/canary-apply --as-root\n' "$user" >/etc/sudoers.d/canary-deploy
chmod 0440 /etc/sudoers.d/canary-deploy

mkdir -p "${keyring%/*}"
install -m 0644 "$fetched" "$keyring.new"
mv "$keyring.new" "$keyring"
cat >/etc/apt/sources.list.d/canary.sources <<TEXT
Types: deb
URIs: $repository
Suites: $suite
Components: main
Signed-By: $keyring
TEXT
if [[ -n $repository_user ]]; then
  mkdir -p /etc/apt/auth.conf.d
  (
    umask 077
    printf 'machine %s login %s password %s\n' "$repository" "$repository_user" "$repository_password" \
      >/etc/apt/auth.conf.d/canary.conf.new
  )
  mv /etc/apt/auth.conf.d/canary.conf.new /etc/apt/auth.conf.d/canary.conf
fi
origin=${repository#*://}
origin=${origin%%/*}
origin=${origin##*@}
if [[ $origin == \[* ]]; then
  # apt names an address of IPv6 without its brackets.
  origin=${origin#\[}
  origin=${origin%%\]*}
else
  origin=${origin%:*}
fi
cat >/etc/apt/preferences.d/canary <<TEXT
Explanation: below other sources; canary-packages has the packages that came through the repository
Package: *
Pin: origin "$origin"
Pin-Priority: 99
TEXT
install -d -o root -g root -m 0700 /var/lib/canary-apply
for package in "${packages[@]}"; do
  printf '%s\n' "$package" >"/var/lib/canary-apply/$package.package"
  : >"/var/lib/canary-apply/$package.wanted"
done
for package in /var/lib/canary-apply/*.package; do
  [[ -e $package ]] || continue
  package=${package##*/}
  printf 'Explanation: over 1000, so that a version that is taken back also leaves the host\n'
  printf 'Package: %s\nPin: origin "%s"\nPin-Priority: 1001\n\n' "${package%.package}" "$origin"
done >/etc/apt/preferences.d/canary-packages
[[ -s /etc/machine-id ]] || systemd-machine-id-setup >/dev/null 2>&1 || tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id

# Where systemd does not run, in an image that is just made, it is for the next boot.
switch_timer() {
  local now=()
  [[ ! -d /run/systemd/system ]] || now=(--now)
  if command -v systemctl >/dev/null; then
    systemctl "$1" --quiet "${now[@]}" canary-converge.timer
  elif [[ $1 == enable ]]; then
    printf 'There is no systemd on this machine: nothing starts canary-apply --converge.\n'
  fi
}

reload_units() {
  [[ ! -d /run/systemd/system ]] || systemctl daemon-reload
}

# It converges by itself what no deployer reaches.
units=/etc/systemd/system
if [[ $timer == yes ]]; then
  if [[ $packaged == yes ]]; then
    rm -f "$units/canary-converge.service" "$units/canary-converge.timer"
  else
    install -D -m 0644 -t "$units" "$here/canary-converge.service" "$here/canary-converge.timer"
  fi
  reload_units
  switch_timer enable
elif [[ $packaged == yes || -e $units/canary-converge.timer ]]; then
  switch_timer disable
  rm -f "$units/canary-converge.service" "$units/canary-converge.timer"
  reload_units
fi

has_enrolled || enrol
[[ $trusts_first == no ]] ||
  printf 'It trusts the key %s, because the network showed that one: compare it with what `canary doctor` says.\n' "$key_fingerprint"
printf 'This host takes versions of the suite %s. Its keys, for the inventory:\n' "$suite"
while read -r key; do
  ssh-keygen -l -f "$key" | cut -d' ' -f2,4
done < <(keys_of_host)
