#!/usr/bin/env bash
# Prints the directory of a Debian system that boots: with systemd, sshd and what hosts/install.sh asks for. Machines of tests lie over
# it, and leave it as it is. It is made below artifacts/ by debootstrap, which takes root and the Debian archive, and kept until this
# script changes. Runs of it wait for each other.
# Usage: image.sh SUITE, for example: image.sh bookworm
set -euo pipefail

suite=$1
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
place=$PWD/artifacts/machines
image=$place/$suite-$(sha256sum tests/testing/Machines/image.sh | cut -c1-12)
mkdir -p "$place"

exec 9>"$place/lock"
flock 9
[[ -d $image ]] || {
  rm -rf "$place/$suite"-* "$place/next"
  # No child keeps the lock.
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,openssh-server,sudo,curl "$suite" "$place/next" >"$place/log" 2>&1 9>&- || {
    tail -n 20 "$place/log" >&2
    exit 1
  }
  # What a machine has of its own, and what none needs.
  rm -rf "$place"/next/etc/ssh/ssh_host_* "$place"/next/etc/hostname "$place"/next/etc/resolv.conf "$place"/next/var/cache/apt/archives/*.deb \
    "$place"/next/var/lib/apt/lists/* "$place"/next/usr/share/{doc,locale,man}/* "$place"/next/dev/*
  : >"$place/next/etc/machine-id"
  mv "$place/next" "$image"
}
echo "$image"
