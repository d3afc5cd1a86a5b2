#!/bin/sh
# Builds consim as one file that needs no library, in a directory of its own, and sees that a scenario
# has the same tables from this file, with no environment and, as root, in an empty root directory.
# Usage: Scripts/static.sh [CONSIM], what CONSIM writes is what is expected; without it nothing is compared
set -eu

cd -- "$(dirname -- "$0")/.."
BUILD_FLAGS="--scratch-path .build/static -Xswiftc -static-executable" Scripts/build.sh consim
program=.build/static/release/consim
case $(ldd "$program" 2>&1) in
  *"not a dynamic executable"*) ;;
  *)
    echo "static: the program needs libraries:" >&2
    ldd "$program" >&2
    exit 1
    ;;
esac
echo "static: $program needs no library, $(($(wc -c <"$program") / 1000000)) MB"
[ $# -gt 0 ] || exit 0

consim=$(realpath "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
cp -r Scenarios "$program" "$scratch"
cd "$scratch"
mkdir proc

# run DIRECTORY COMMAND...: consensus, and shared records.
run() {
  directory=$1
  shift
  "$@" run Scenarios/figure7.yaml --out "$directory" --quiet --jobs 2 --set repeat=2 \
    --set schedule.tests=3
  "$@" run Scenarios/records/sharing.yaml --out "$directory" --quiet --jobs 2 --set repeat=1 \
    --set records.operations=40
}
# same DIRECTORY WHERE
same() {
  if ! diff -r expected "$1" >difference 2>&1; then
    echo "static: $2 the tables are others:" >&2
    head -n 10 difference >&2
    exit 2
  fi
}
run expected "$consim"
run bare env -i ./consim
same bare "without an environment"
# The Swift runtime reads /proc.
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
  run rooted unshare -m sh -c 'mount -t proc proc proc && exec chroot . /consim "$@"' sh
  same rooted "in an empty root directory"
else
  echo "static: only root can try it in an empty root directory"
fi
