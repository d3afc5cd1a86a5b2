#!/bin/sh
# Instructions per message of the benchmark's cases, counted by callgrind: unlike seconds they repeat
# exactly. Each case runs twice, and the difference leaves out what starting costs.
# Usage: Scripts/instructions.sh CONSIM_CASE [CASE...]
set -eu

program=$1
shift
command -v valgrind >/dev/null 2>&1 || {
  echo "instructions: valgrind is not installed; the benchmark ran without it"
  exit 0
}
[ $# -gt 0 ] || set -- pbft-4-uniform pbft-4-uniform-probed pbft-64-uniform pbft-64-uniform-probed \
  pbft-128-uniform pbft-128-uniform-probed

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# Without debug information, which older versions of valgrind cannot read.
strip --strip-debug -o "$scratch/case" "$program"

# count CASE MESSAGES: the instructions of one run.
count() {
  valgrind --tool=callgrind --callgrind-out-file="$scratch/out" \
    "$scratch/case" "$1" "$2" 2>&1 >/dev/null |
    awk '/Collected/ { print $NF; found = 1 } END { exit !found }'
}

few=50000
many=150000
for case in "$@"; do
  # What awk makes of nothing would look like a count.
  "$scratch/case" "$case" "$few" >/dev/null || {
    echo "instructions: '$case' is no case of 'consim bench'" >&2
    exit 64
  }
  first=$(count "$case" "$few")
  second=$(count "$case" "$many")
  awk -v name="$case" -v a="$first" -v b="$second" -v m=$((many - few)) \
    'BEGIN { printf "%s: %.0f instructions per message\n", name, (b - a) / m }'
done
