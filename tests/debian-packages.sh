#!/usr/bin/env bash
# Installs the Debian packages that tests need, as listed in debian-packages.txt: those of every run, or those named.
# Does nothing when they are there. Runs of this script wait for each other.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
read_list() { sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d'; }
mapfile -t listed < <(read_list <debian-packages.txt)

wanted=("$@")
[[ $# -gt 0 ]] || mapfile -t wanted < <(sed '/^# By name alone/,$d' debian-packages.txt | read_list)
for package in "${wanted[@]}"; do
  [[ " ${listed[*]} " == *" $package "* ]] || {
    echo "$package is not in tests/debian-packages.txt, which lists all packages that tests need: add it." >&2
    exit 1
  }
done

missing() {
  # What another package provides is there as well: the nodejs of other archives holds npm.
  local have
  have=$(dpkg-query --show --showformat='${db:Status-Abbrev}${Package}, ${Provides}\n' | sed -n 's/^ii //p' | tr ',' '\n' | sed 's/(.*//; s/ //g')
  comm -13 <(sort --unique <<<"$have") <(printf '%s\n' "${wanted[@]}" | sort)
}

mapfile -t install < <(missing)
[[ ${#install[@]} -gt 0 ]] || exit 0
if [[ $(id -u) != 0 ]]; then
  echo "Tests need Debian packages that are not installed: sudo apt-get install ${install[*]}" >&2
  exit 1
fi

exec 9>/var/cache/apt/canary-tests.lock
flock 9
mapfile -t install < <(missing)
[[ ${#install[@]} -gt 0 ]] || exit 0

# Tests start servers themselves, privately: installing one must not start it for the whole machine.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi

export DEBIAN_FRONTEND=noninteractive
options=(--yes --quiet --no-install-recommends -o DPkg::Lock::Timeout=300)
# The machine's package lists may be old, or were never fetched.
apt-get install "${options[@]}" "${install[@]}" 9>&- ||
  { apt-get update --quiet 9>&- && apt-get install "${options[@]}" "${install[@]}" 9>&-; }
