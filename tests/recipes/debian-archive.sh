#!/usr/bin/env bash
# Unpacks a directory of the source of a program in Debian, without the folder that Debian adds, or of a package for every machine, or
# copies the file of a package, and prints its version. Fetched by apt from the archive of any release of Debian, with its signature checked; lists and files are kept
# below artifacts/. Runs of this script wait for each other.
# Usage: debian-archive.sh source|package|file SUITE NAME TO DIRECTORY, for example: debian-archive.sh package trixie yard /tmp/yard 'usr/lib/*'
set -euo pipefail

kind=$1 suite=$2 name=$3 target=$4 directory=$5
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
place=$PWD/artifacts/recipes/debian/$suite
mkdir -p "$place"/{lists,cache/archives}/partial "$place/$kind/$name"

exec 9>"$place/lock"
flock 9
options=(-qq -o "Dir::Etc::SourceList=$place/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$place/lists"
  -o "Dir::State::Status=$place/status" -o "Dir::Cache=$place/cache" -o APT::Sandbox::User= -o Acquire::Languages=none)
[[ -f $place/both-fetched ]] || {
  touch "$place/status"
  printf '%s [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian %s main\n' \
    deb "$suite" deb-src "$suite" >"$place/sources.list"
  apt-get "${options[@]}" update >&2 9>&-
  touch "$place/both-fetched"
}

cd "$place/$kind/$name"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $kind in
  source)
    # What was fetched halfway is fetched again.
    [[ -f fetched ]] || apt-get "${options[@]}" --download-only --only-source source "$name" >&2 9>&-
    touch fetched
    # apt has checked the signature of the list that names these files, and their digests.
    dpkg-source --no-check --extract ./*.dsc "$work/all" >&2
    rm -rf "$work"/all/{debian,.pc}
    version=$(sed -n 's/^Version: //p' ./*.dsc | head -n 1)
    directory=.
    ;;
  package | file)
    [[ -f fetched ]] || apt-get "${options[@]}" download "$name" >&2 9>&-
    touch fetched
    dpkg-deb --extract ./*.deb "$work/all"
    version=$(dpkg-deb --field ./*.deb Version)
    ;;&
  file)
    mkdir "$work/file"
    cp ./*.deb "$work/file"
    directory=../file
    ;;
esac
mkdir -p "$target"
for found in "$work"/all/$directory; do
  cp -a "$found/." "$target"
done

version=${version#*:}
version=${version%-*}
echo "${version%%+d*}"
