#!/bin/sh
# One scenario, many ways to run it, the same bytes: debug and release builds, 1, 2 and 4 workers,
# two working directories. The same for shared records, for the reports of 1000 drawn plans of each
# protocol, of which debug runs 400, and one walk through record sharing, in debug and release.
# Usage: Scripts/determinism.sh DEBUG_CONSIM RELEASE_CONSIM
# Environment: SEEDS=1000 plans of each protocol, DEBUG_SEEDS=400 in debug, DEBUG_JOBS=2 numbers of workers
# in debug.
set -eu

root=$(pwd)
debug=$(realpath "$1")
release=$(realpath "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# run NAME DIRECTORY CONSIM JOBS: the scenario covers all protocols and a Byzantine node.
run() {
  mkdir -p "$2"
  (cd "$2" && "$3" run "$root/Scenarios/figure8.yaml" --out "$scratch/$1" --quiet \
    --jobs "$4" --set repeat=3 --set schedule.tests=5)
  (cd "$2" && "$3" run "$root/Scenarios/records/sharing.yaml" --out "$scratch/$1" --quiet \
    --jobs "$4" --set repeat=1 --set records.operations=60)
}

run reference "$root" "$release" 1
run two-workers "$root" "$release" 2
run four-workers "$root" "$release" 4
run elsewhere "$scratch/cwd" "$release" 1
run debug "$root" "$debug" 2

"$debug" crypto demo >"$scratch/demo-debug"
"$release" crypto demo >"$scratch/demo-release"
if ! cmp "$scratch/demo-debug" "$scratch/demo-release" >"$scratch/difference" 2>&1; then
  echo "determinism: the walk through record sharing differs between debug and release:" >&2
  diff "$scratch/demo-debug" "$scratch/demo-release" | head -n 10 >&2
  exit 2
fi

# A report has a digest of each protocol over all seeds. What one release worker reports must come from
# several release workers, and from debug; a debug run takes twenty times as long.
# make_reference SEEDS: the report that others are held to.
make_reference() {
  seeds=$((4 * $1))
  "$release" fuzz --seeds "$seeds" --jobs 1 --quiet --out "$scratch/findings" >"$scratch/fuzz-reference"
  grep -q digest "$scratch/fuzz-reference" || { echo "determinism: no digest in a report of fuzzing" >&2; exit 70; }
}
same_report() {
  "$1" fuzz --seeds "$seeds" --jobs "$2" --quiet --out "$scratch/findings" >"$scratch/fuzz"
  if ! cmp -s "$scratch/fuzz-reference" "$scratch/fuzz"; then
    echo "determinism: the report of fuzzing with $2 workers of $1 differs:" >&2
    diff "$scratch/fuzz-reference" "$scratch/fuzz" | head -n 10 >&2
    exit 2
  fi
}
make_reference "${DEBUG_SEEDS:-400}"
for jobs in ${DEBUG_JOBS:-2}; do same_report "$debug" "$jobs"; done
make_reference "${SEEDS:-1000}"
for jobs in 1 2 4; do same_report "$release" "$jobs"; done

# A debug build does not know its model version.
for entry in "$scratch"/*/provenance/*.json; do
  sed -i 's/"model_version":"[0-9a-z]*",//' "$entry"
done
[ -n "$(ls "$scratch/reference"/*.csv)" ] || { echo "determinism: the run wrote nothing" >&2; exit 70; }
for other in two-workers four-workers elsewhere debug; do
  if ! diff -r "$scratch/reference" "$scratch/$other" >"$scratch/difference" 2>&1; then
    echo "determinism: '$other' differs from one release worker in the root:" >&2
    head -n 10 "$scratch/difference" >&2
    exit 2
  fi
done
echo "determinism: the same bytes in debug and release, with 1, 2 and 4 workers, in two directories; $seeds plans too"
