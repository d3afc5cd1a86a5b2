#!/bin/sh
# Instructions per operation of the pairing and record-sharing modules, counted by callgrind, beside
# those of PBC and the limits in Benchmarks/crypto-limits.csv: a ratio to PBC that is aimed at, or else
# a number that should not be reached again. Each operation runs twice, and the
# difference leaves out what starting and preparing cost. Exit code 2: something is over its limit.
# Usage: Scripts/crypto-instructions.sh PAIRING_CASE [gate | all | OPERATION:SET...]
#
# What has to be the same for the same counts: the compiler, the version of GMP, and a processor with
# AVX2, for then callgrind shows GMP and the C library one and the same processor. The environment,
# hash seeds and the places of things in memory are kept out; where the system forbids to fix the
# latter, counts vary by some ten instructions.
set -eu

program=$1
shift
limits=Benchmarks/crypto-limits.csv
if ! command -v valgrind >/dev/null 2>&1; then
  echo "crypto-instructions: valgrind is not installed; nothing was counted"
  [ "${CI:-}" = true ] || exit 0
  exit 69
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

case ${1:-all} in
  gate) rows="pairing:ss512 pairing:ss1536 product12-prepared:ss512 power:ss512 power-fixed:ss512 hash:ss512" ;;
  all) rows=$(awk -F, '!/^#/ && $1 != "operation" { print $1 ":" $2 }' "$limits") ;;
  *) rows=$* ;;
esac

# Without debug information, which older versions of valgrind cannot read.
strip --strip-debug -o "$scratch/case" "$program"

still=
setarch -R true 2>/dev/null && still="setarch -R"

# count OPERATION SET TIMES: the instructions of one run.
count() {
  # shellcheck disable=SC2086 # two words or none
  (cd "$scratch" && $still env -i SWIFT_DETERMINISTIC_HASHING=1 "$(command -v valgrind)" \
    --tool=callgrind --callgrind-out-file=/dev/null ./case "$1" "$2" "$3" >out 2>log) || {
    echo "crypto-instructions: $1 $2 failed:" >&2
    cat "$scratch/out" "$scratch/log" >&2
    return 70
  }
  awk '/Collected/ { print $NF; found = 1 } END { exit !found }' "$scratch/log"
}

over=0
printf '%-24s %-7s %13s %13s %6s %13s\n' operation set instructions "of PBC" ratio limit
for row in $rows; do
  operation=${row%:*}
  parameters=${row#*:}
  # Enough for the inputs to take turns; more where one is over in no time.
  case $operation in
    point-addition | target-multiplication | scalar-inversion) few=16 many=816 ;;
    rsa-sign-* | *10*) few=1 many=3 ;;
    *)
      few=2 many=10
      [ "$parameters" = ss1536 ] && many=6
      ;;
  esac
  first=$(count "$operation" "$parameters" "$few")
  second=$(count "$operation" "$parameters" "$many")
  awk -F, -v operation="$operation" -v parameters="$parameters" -v a="$first" -v b="$second" \
    -v times=$((many - few)) '
    $1 == operation && $2 == parameters { anchor = $3; aim = $4; limit = $5 }
    END {
      each = (b - a) / times
      if (aim != "" && anchor != "") limit = aim * anchor
      printf "%-24s %-7s %13.0f %13s %6s %13s %s\n", operation, parameters, each,
        anchor == "" ? "-" : anchor, anchor == "" ? "-" : sprintf("%.3f", each / anchor),
        limit == "" ? "-" : sprintf("%.0f", limit), limit == "" ? "no limit" : (each > limit ? "over" : "ok")
      exit (limit == "" || each > limit)
    }' "$limits" || over=2
done
if [ "$over" != 0 ]; then
  echo "crypto-instructions: over the limit of $limits, or without one" >&2
fi
exit "$over"
