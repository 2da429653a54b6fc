#!/usr/bin/env bash
# Sees to it that the images that others publish are here. Each is pulled; where no registry is reachable, a stand-in is built
# under the same name from Debian's packages. Needs docker, and for stand-ins root, debootstrap and the Debian archive.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
declare -A folder=(
  [rabbitmq:3.13-management]=rabbitmq
  [postgres:15]=postgres
  [hashicorp/consul:1.20]=consul
  [haproxy:2.6]=haproxy
  [mcr.microsoft.com/dotnet/aspnet:10.0]=aspnet
)

here() {
  docker image inspect "$1" >/dev/null 2>&1
}

pulled() {
  [[ -z ${no_registry:-} ]] || return 1
  timeout 600 docker pull --quiet "$1" >/dev/null 2>"$work/pull" || {
    no_registry=yes
    echo "No registry ($(tail -n 1 "$work/pull" | cut -c1-100)): building stand-ins from Debian's packages." >&2
    return 1
  }
}

base() {
  here debian:bookworm-slim || pulled debian:bookworm-slim || {
    [[ $(id -u) == 0 ]] && command -v debootstrap >/dev/null ||
      { echo 'Stand-ins need root and debootstrap: apt-get install debootstrap' >&2 && exit 1; }
    echo 'debian:bookworm-slim …' >&2
    debootstrap --variant=minbase bookworm "$work/base" >"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 1; }
    rm -rf "$work"/base/var/cache/apt/archives/*.deb "$work"/base/var/lib/apt/lists/*
    tar -C "$work/base" -c . | docker import - debian:bookworm-slim >/dev/null
  }
}

context() {
  cp -r "$1" "$work/context"
  case $1 in
    consul) cp "$(../../tests/other-debian.sh bullseye consul usr/bin/consul)" "$work/context/consul" ;;
    aspnet)
      local dotnet
      dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
      mkdir -p "$work/context/dotnet/shared"
      cp -r "$dotnet/dotnet" "$dotnet/host" "$work/context/dotnet/"
      cp -r "$dotnet/shared/Microsoft.NETCore.App" "$dotnet/shared/Microsoft.AspNetCore.App" "$work/context/dotnet/shared/"
      ;;
  esac
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for image in "${!folder[@]}"; do
  here "$image" || pulled "$image" || {
    base
    echo "$image …" >&2
    context "${folder[$image]}"
    docker build --quiet --tag "$image" --label org.canary.stand-in=true "$work/context" >"$work/log" 2>&1 ||
      { cat "$work/log" >&2 && exit 1; }
    rm -rf "$work/context"
  }
done
base
