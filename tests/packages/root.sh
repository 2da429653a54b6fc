#!/usr/bin/env bash
# Prints the directory of a Debian system with all that Canary's packages depend on, so that their own repository is all the source that it
# needs. Tests lie over it, and leave it as it is. It is made below artifacts/ by debootstrap, which takes root and the Debian archive, and
# kept until this script changes. Runs of it wait for each other.
# Usage: root.sh bookworm|trixie
set -euo pipefail

suite=$1
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
place=$PWD/artifacts/packages-test
root=$place/$suite-$(sha256sum tests/packages/root.sh | cut -c1-12)
mkdir -p "$place"

exec 9>"$place/lock"
flock 9
[[ -d $root ]] || {
  ! findmnt --noheadings --output TARGET | grep -F "$place/next/" || { echo "Unmount these first." >&2 && exit 1; }
  rm -rf --one-file-system "$place/$suite"-* "$place/next"
  packages=systemd,systemd-sysv,dbus,openssh-server,sudo,curl,git,perl,ca-certificates,tzdata,libstdc++6,slirp4netns,procps,man-db,openssl,nginx-light
  # No child keeps the lock.
  debootstrap --variant=minbase --include="$packages" "$suite" "$place/next" >"$place/log" 2>&1 9>&- || {
    tail -n 20 "$place/log" >&2
    exit 1
  }
  # What a machine has of its own, and what none needs.
  rm -rf "$place"/next/etc/ssh/ssh_host_* "$place"/next/etc/hostname "$place"/next/etc/resolv.conf "$place"/next/var/cache/apt/archives/*.deb \
    "$place"/next/var/lib/apt/lists/* "$place"/next/usr/share/locale/* "$place"/next/dev/*
  : >"$place/next/etc/machine-id"
  : >"$place/next/etc/apt/sources.list"
  chroot "$place/next" systemctl disable --quiet nginx.service >/dev/null 2>&1 9>&- || true
  mv "$place/next" "$root"
}
echo "$root"
