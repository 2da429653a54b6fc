#!/bin/bash
# Makes the Debian system in which the packager rehearses packages: installs, updates, takes back and purges them before they are published.
# Run it as root; again to make it anew, with the packages of today.
set -euo pipefail
umask 022

usage() {
  cat <<'TEXT'
Usage: prepare-rehearsal.sh [--owner USER] [--suite NAME] [--mirror URL] [--include PACKAGE,...] DIR

  DIR                    where to make it: packager.rehearsal.system. On the way to it only root may write
  --owner USER           who runs the packager (default: root, who rehearses as a user that owns nothing else)
  --suite NAME           release of Debian or Ubuntu that hosts have (default: that of this machine)
  --mirror URL           archive to take it from (default: that of debootstrap)
  --include PACKAGE,...  packages besides the minimum, systemd and adduser: what your packages depend on. One whose dependencies are missing is not rehearsed
TEXT
}

fail() {
  printf 'prepare-rehearsal.sh: %s\n' "$1" >&2
  exit 1
}

owner=root suite='' mirror='' include='' directory=''
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --owner | --suite | --mirror | --include)
      [[ $# -ge 2 ]] || fail "$1 needs a value"
      printf -v "${1#--}" '%s' "$2"
      shift 2
      ;;
    -*) usage >&2 && fail "there is no option '$1'" ;;
    *)
      [[ -z $directory ]] || fail 'there is one DIR'
      directory=$1
      shift
      ;;
  esac
done
[[ $directory == /* && $directory =~ ^[A-Za-z0-9/._+@-]+$ ]] || fail 'DIR must be an absolute path of plain characters'
[[ -z $include || $include =~ ^[a-z0-9.+,-]+$ ]] || fail '--include must be names of packages, joined by commas'
[[ $(id -u) == 0 ]] || fail 'run it as root'
command -v debootstrap >/dev/null || fail 'debootstrap is missing: apt-get install debootstrap'
[[ ! -e $directory || -e $directory/etc/canary-rehearsal ]] || fail "$directory is there, and was not made by this script"
if [[ -z $suite ]]; then
  suite=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  [[ -n $suite ]] || fail 'this machine does not say its release: use --suite'
fi
# Root outside is root nowhere inside: of the user ids that Linux leaves to nobody, the first.
if [[ $owner == root ]]; then
  user=1879048192 group=1879048192
else
  user=$(id -u "$owner") && group=$(id -g "$owner") || fail "there is no user $owner"
fi

# Root works there: who may write on the way to it could put something else in its place meanwhile.
belongs_to_root() {
  local owner mode
  read -r owner mode < <(stat --format='%u %a' "$1")
  [[ $owner == 0 ]] && ((!(8#$mode & 8#22)))
}

parent=$(realpath --canonicalize-missing "$(dirname "$directory")")
directory=$parent/$(basename "$directory")
place=$parent/.
while [[ $place != / ]]; do
  place=$(dirname "$place")
  [[ ! -e $place ]] || belongs_to_root "$place" \
    || fail "others than root may write in $place: take another DIR, such as /var/lib/canary-rehearsal/system, and name it in packager.rehearsal.system"
done

# Rehearsals that were under way when it was replaced have ended by now.
rm -rf "$directory.before"
mkdir -p "$parent"
made=$(mktemp -d "$parent/.rehearsal-XXXXXX")
trap 'rm -rf "$made"' EXIT
# With its offline mode, what scripts ask of systemctl is answered as in a chroot.
debootstrap --variant=minbase --include="systemd,adduser${include:+,$include}" "$suite" "$made" ${mirror:+"$mirror"}
rm -rf "$made"/var/cache/apt/archives/*.deb "$made"/var/lib/apt/lists/* "$made"/dev/* "$made"/var/log/*
chmod 0755 "$made"
printf '%s %s\n' "$suite" "$(chroot "$made" dpkg --print-architecture)" >"$made/etc/canary-rehearsal"
chown --recursive --no-dereference "$user:$group" "$made"

if [[ -e $directory ]]; then
  mv --no-target-directory "$directory" "$directory.before"
fi
mv --no-target-directory "$made" "$directory"
printf 'Packages are rehearsed in %s from now on; canary doctor (rehearsal) says whether they can be.\n' "$directory"
