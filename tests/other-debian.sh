#!/usr/bin/env bash
# Prints the path of a program that this Debian lacks or has too old: fetched by apt from the archive of another version, with its
# signature checked, and unpacked below artifacts/. Nothing is installed. Runs of this script wait for each other.
# Usage: other-debian.sh SUITE PACKAGE PROGRAM, for example: other-debian.sh trixie kubectl usr/bin/kubectl
set -euo pipefail

suite=$1 package=$2 program=$3
cd "$(dirname "${BASH_SOURCE[0]}")/.."
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
place=$PWD/artifacts/$suite/$package
mkdir -p "$place"

exec 9>"$place/lock"
flock 9
[[ -x $place/$program ]] || {
  work=$(mktemp -d "$place/fetch.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work"/{lists,cache}/partial
  touch "$work/status"
  options=(-qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$work/lists"
    -o "Dir::State::Status=$work/status" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User= -o Acquire::Languages=none
    # Where it has moved to the archive, its lists are out of date for ever.
    -o Acquire::Check-Valid-Until=false -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)
  for mirror in http://deb.debian.org/debian http://archive.debian.org/debian; do
    echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
    if apt-get "${options[@]}" update >&2 9>&- && (cd "$work" && apt-get "${options[@]}" download "$package" >&2 9>&-); then
      break
    fi
  done
  dpkg -x "$work/$package"_*.deb "$work/unpacked"
  mkdir -p "$(dirname "$place/$program")"
  mv "$work/unpacked/$program" "$place/$program"
}
echo "$place/$program"
