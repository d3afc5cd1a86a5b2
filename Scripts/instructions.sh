#!/bin/sh
# Instructions per message of the benchmark's cases, counted by callgrind: unlike seconds they repeat
# exactly. Each case runs twice, and the difference leaves out what starting costs.
# `check` compares with Benchmarks/instructions.csv: exit code 2 if a case takes over 2 % more. `write`
# notes the counts there instead.
# Usage: Scripts/instructions.sh CONSIM_CASE [check | write] [CASE...]
set -eu

program=$1
shift
recorded=Benchmarks/instructions.csv
mode=print
case ${1:-} in check | write) mode=$1; shift ;; esac
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
    'BEGIN { printf "%s,%.0f\n", name, (b - a) / m }' >>"$scratch/counts"
  awk -F, -v name="$case" '$1 == name { printf "%s: %s instructions per message\n", $1, $2 }' "$scratch/counts"
done

case $mode in
  write) { echo "case,instructions_per_message"; cat "$scratch/counts"; } >"$recorded" ;;
  check)
    awk -F, 'NR == FNR { known[$1] = $2; next }
      !($1 in known) { print "instructions: " $1 " is not recorded" >"/dev/stderr"; bad = 1; next }
      $2 > known[$1] * 1.02 {
        print "instructions: " $1 " takes " $2 " a message, recorded " known[$1] >"/dev/stderr"; bad = 1
      }
      END { exit bad ? 2 : 0 }' "$recorded" "$scratch/counts"
    ;;
esac
