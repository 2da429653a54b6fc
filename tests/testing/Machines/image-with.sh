#!/usr/bin/env bash
# Prints the directory of a Debian system that boots, as image.sh makes it, with packages that some tests need. It is made below artifacts/,
# which takes root and the Debian archive, and kept until this script or image.sh changes.
# Usage: image-with.sh SUITE KIND, for example: image-with.sh bookworm runtimes
set -euo pipefail

suite=$1 kind=$2
case $kind in
  # What programs of the usual languages run on.
  runtimes) packages=(bundler default-jre-headless libevent-dev nginx nodejs perl php-cli python3 rsync ruby ruby-webrick) ;;
  # What sets up hosts.
  tools) packages=(ansible-core puppet-agent cloud-init openssh-client ruby) ;;
  *) echo "image-with.sh: there is no kind '$kind'" >&2 && exit 1 ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
base=$(tests/testing/Machines/image.sh "$suite")
place=$PWD/artifacts/machines/$kind
image=$place/$(basename "$base")-$(sha256sum tests/testing/Machines/image-with.sh | cut -c1-12)
mkdir -p "$place"

exec 9>"$place/lock"
flock 9
[[ -d $image ]] || {
  rm -rf "$place/$suite"-* "$place/next"
  cp -a --reflink=auto "$base" "$place/next"
  cat /etc/resolv.conf >"$place/next/etc/resolv.conf"
  # Nothing is started while there is no systemd.
  printf '#!/bin/sh\nexit 101\n' >"$place/next/usr/sbin/policy-rc.d"
  chmod +x "$place/next/usr/sbin/policy-rc.d"
  # A name space of its own: what runs there may look for /proc, and its mounts go with it. No child keeps the lock.
  unshare --mount sh -ec '
    for directory in dev proc sys; do mount --rbind "/$directory" "$1/$directory"; done
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
    # Directories of here are not there.
    unset TMPDIR
    chroot "$1" apt-get -q update
    root=$1
    shift
    chroot "$root" apt-get -q -y --no-install-recommends install "$@"
    [ ! -e "$root/lib/systemd/system/nginx.service" ] || chroot "$root" systemctl disable nginx.service
    chroot "$root" apt-get clean
  ' "image-with.sh" "$place/next" "${packages[@]}" >"$place/log" 2>&1 9>&- || {
    tail -n 20 "$place/log" >&2
    exit 1
  }
  rm -rf "$place"/next/usr/sbin/policy-rc.d "$place"/next/etc/resolv.conf "$place"/next/var/lib/apt/lists/* "$place"/next/usr/share/{doc,locale,man}/*
  mv "$place/next" "$image"
}
echo "$image"
