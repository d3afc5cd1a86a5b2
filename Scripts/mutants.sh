#!/bin/sh
# Puts bugs into the protocols on purpose, one at a time, and sees whether fuzzing finds them.
# Usage: Scripts/mutants.sh [--check | --sample | --table] [PATTERN...]
#   (nothing)  hunts every mutant of Tests/Mutants whose name matches a PATTERN (default: all)
#   --sample   hunts those with a line "Sample: RUNS" for so many runs each; all must be killed
#   --check    builds nothing: every patch has a full header, applies, and changes bodies only
#   --table    prints the table of the last results, and puts it into Documentation/Mutants.md
# Environment: SECONDS_EACH=60 CPU seconds of a hunt, JOBS=1 mutants at a time, FIRST=1 the first seed.
#
# Only the changed module is compiled for a mutant, and linked with everything else, which is built
# once: protocols are compiled without cross-module optimisation here, so that nothing of them is
# in other objects. Hence a patch may change bodies, but neither signatures nor stored properties.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
patches=$root/Tests/Mutants
scratch=${MUTANTS_SCRATCH:-$root/.build/mutants}
base=$scratch/base
results=$scratch/results
# In the order of their dependencies; the first three are generic over what the others give them.
open_modules="DiscreteEvents ConsensusCore Simulator"
closed_modules="PBFT SCPBFT Raft ProofOfWork Faults Invariants Traps Fuzzing"
: "${SECONDS_EACH:=60}" "${JOBS:=1}" "${FIRST:=1}"
swiftc=${SWIFTC:-swiftc}

fail() {
  echo "mutants: $*" >&2
  exit 2
}

# field NAME PATCH: a line of the header.
field() { sed -n "/^diff /q; s/^$1: *//p" "$2" | head -n 1; }

# apply PATCH DIRECTORY: applies a patch outside of any repository.
apply() { (cd "$2" && GIT_CEILING_DIRECTORIES=$(dirname "$2") git apply "$1"); }

# --- What does not change, built once for each state of the sources ---

# build MODULE TARGET FLAGS...: unless it was built from the same sources of it and all before it.
build() {
  module=$1 target=$2
  shift 2
  state=$(cat "$root/Sources/$module"/*.swift | cksum | { cat; echo "$state $module $*"; } | cksum)
  if [ -f "$base/$target" ] && [ "$(cat "$base/$target.state" 2>/dev/null)" = "$state" ]; then
    return
  fi
  rm -f "$base/clean"
  echo "mutants: building $module"
  name=$(echo "$module" | tr - _)
  "$swiftc" -swift-version 6 -module-name "$name" -O -wmo -I "$base" -c -o "$base/$target" "$@" \
    "$root/Sources/$module"/*.swift >"$base/log" 2>&1 ||
    { cat "$base/log" >&2; fail "$module does not compile"; }
  echo "$state" >"$base/$target.state"
}

build_base() {
  mkdir -p "$base"
  state=$("$swiftc" --version 2>/dev/null | cksum)
  echo "module CTrap { header \"$root/Sources/CTrap/include/ctrap.h\" export * }" >"$base/module.modulemap"
  "${CC:-cc}" -O2 -I "$root/Sources/CTrap/include" -c -o "$base/CTrap.o" "$root/Sources/CTrap/ctrap.c" ||
    fail "CTrap does not compile"
  for module in $open_modules; do
    build "$module" "$module.o" -parse-as-library -cross-module-optimization \
      -emit-module -emit-module-path "$base/$module.swiftmodule"
  done
  for module in $closed_modules; do
    build "$module" "$module.o" -parse-as-library -disable-cmo \
      -emit-module -emit-module-path "$base/$module.swiftmodule"
  done
  build fuzz-case main.o -disable-cmo
  [ -f "$base/clean" ] && return
  "$swiftc" -static-stdlib -o "$base/fuzz-case" "$base"/*.o || fail "fuzz-case does not link"
  # Without a bug there must be no finding, else every mutant would count as killed.
  for protocol in pbft sc-pbft raft pow; do
    said=$("$base/fuzz-case" "$protocol" "$FIRST" 2000 600 "$base/progress") ||
      fail "$protocol is not clean without a mutant: $said"
  done
  touch "$base/clean"
}

# --- One mutant ---

# hunt NAME: writes results/NAME, one line with tabs:
# name, protocol, expected, verdict, invariant, runs, seconds, detail
hunt() {
  name=$1
  patch=$patches/$name.patch
  work=$scratch/work/$name
  protocol=$(field Protocol "$patch")
  expected=$(field Expected "$patch")
  rm -rf "$work" && mkdir -p "$work/tree/Sources"
  report() {
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$protocol" "$expected" "$@" \
      >"$results/$name"
    printf '%-44s %-8s %-12s %-5s %8s runs %6s s  %s\n' "$name" "$protocol" "$1" "$2" "$3" "$4" "$5"
    rm -rf "$work"
  }
  changed=$(sed -n 's|^+++ b/Sources/\([A-Za-z]*\)/.*|\1|p' "$patch" | sort -u)
  for module in $changed; do cp -R "$root/Sources/$module" "$work/tree/Sources/"; done
  if ! apply "$patch" "$work/tree" 2>"$work/log"; then
    report error - 0 0 "does not apply"
    return
  fi
  objects=
  for module in CTrap $open_modules $closed_modules main; do
    case " $changed " in
    *" $module "*) objects="$objects $work/$module.o" ;;
    *) objects="$objects $base/$module.o" ;;
    esac
  done
  for module in $changed; do
    if ! timeout 900 "$swiftc" -swift-version 6 -module-name "$module" -parse-as-library -O -wmo \
      -I "$base" -disable-cmo -c -o "$work/$module.o" "$work/tree/Sources/$module"/*.swift \
      >"$work/log" 2>&1; then
      grep -m 3 'error:' "$work/log" >&2 || true
      report error - 0 0 "does not compile"
      return
    fi
  done
  # shellcheck disable=SC2086 # The names of objects have no spaces in them but those between them.
  if ! (cd "$scratch" && timeout 300 "$swiftc" -static-stdlib -o "$work/fuzz-case" $objects) \
    >"$work/log" 2>&1; then
    report error - 0 0 "does not link"
    return
  fi
  mkdir -p "$scratch/findings"
  first=$FIRST runs=0 seconds=$SECONDS_EACH tries=0
  if [ "${SAMPLE:-}" ]; then runs=$(field Sample "$patch") seconds=100000; fi
  while :; do
    set +e
    said=$(timeout $((SECONDS_EACH * 20 + 300)) "$work/fuzz-case" "$protocol" "$first" "$runs" \
      "$seconds" "$work/progress" "$scratch/findings/$name.yaml" 2>"$work/log")
    code=$?
    set -e
    case $code in
    0 | 1) ;;
    124) report error - "$(cat "$work/progress")" 0 "stuck in a run" && return ;;
    *) report trap trap "$(cat "$work/progress")" 0 "code $code" && return ;;
    esac
    # shellcheck disable=SC2086 # One line of words.
    set -- $said
    verdict=$1 found=$2 count=$3 spent=$4
    shift 4
    [ "$verdict" = killed ] || break
    # What breaks without the mutant as well is no kill: the hunt goes on behind it.
    lineage=$1
    "$base/fuzz-case" "$protocol" replay "$lineage" >/dev/null && break
    echo "mutants: $protocol $lineage breaks without $name too" >&2
    tries=$((tries + 1)) first=$((${lineage##*,} + 1))
    [ "$tries" -lt 5 ] || { report error - "$count" "$spent" "breaks without the mutant" && return; }
  done
  if [ "$verdict" = killed ]; then
    verdict=killed-other
    for id in $expected; do
      case ",$found," in *",$id,"*) verdict=killed ;; esac
    done
  fi
  report "$verdict" "$found" "$count" "$spent" "$*"
}

# --- All of them ---

select_mutants() {
  for patch in "$patches"/*.patch; do
    name=$(basename "$patch" .patch)
    if [ "${SAMPLE:-}" ] && [ -z "$(field Sample "$patch")" ]; then continue; fi
    if [ $# -eq 0 ]; then echo "$name"; continue; fi
    for pattern in "$@"; do
      # shellcheck disable=SC2254 # It is a pattern.
      case $name in *$pattern*) echo "$name"; break ;; esac
    done
  done
}

table() {
  echo "| Mutant | Protocol | Source | Expected | Found by | Named | Runs | CPU s |"
  echo "| --- | --- | --- | --- | --- | --- | ---: | ---: |"
  for name in "$@"; do
    [ -f "$results/$name" ] || continue
    title=$(field Mutant "$patches/$name.patch")
    source=$(field Source "$patches/$name.patch")
    awk -F '\t' -v title="$title" -v source="$source" '{
      gsub(",", ", ", $5)
      found = $4 == "survived" ? "**survives**" : $4 == "error" ? "**error**" : $5
      named = $4 == "killed" ? "yes" : $4 == "survived" || $4 == "error" ? "" : "no"
      gsub(" ", ", ", $3)
      printf "| %s (`%s`) | %s | %s | %s | %s | %s | %s | %s |\n",
        title, $1, $2, source, $3, found, named, $6, $7
    }' "$results/$name"
  done
}

summary() {
  for name in "$@"; do cat "$results/$name"; done | awk -F '\t' '
    { all++ }
    $4 == "killed" { killed++; named++ }
    $4 == "killed-other" || $4 == "trap" { killed++ }
    $4 == "survived" { survivors = survivors "\n  " $1 " after " $6 " runs" }
    $4 == "error" { errors = errors "\n  " $1 ": " $8 }
    END {
      printf "killed %d of %d, %d by the named invariant\n", killed, all, named
      if (survivors != "") print "survivors:" survivors
      if (errors != "") print "errors:" errors
      exit errors != ""
    }'
}

check() {
  bad=0
  count=0
  for patch in "$patches"/*.patch; do
    name=$(basename "$patch")
    count=$((count + 1))
    for key in Mutant Protocol Source Expected; do
      [ "$(field $key "$patch")" ] || { echo "$name: no line '$key:'" >&2; bad=1; }
    done
    case $(field Protocol "$patch") in
    pbft | sc-pbft | raft | pow) ;;
    *) echo "$name: an unknown protocol" >&2; bad=1 ;;
    esac
    for id in $(field Expected "$patch"); do
      grep -q "\"$id\"," "$root/Sources/Invariants/InvariantCatalog.swift" ||
        { echo "$name: an unknown invariant, $id" >&2; bad=1; }
    done
    if sed -n 's|^+++ b/||p' "$patch" | grep -qv '^Sources/\(PBFT\|SCPBFT\|Raft\|ProofOfWork\)/'; then
      echo "$name: changes more than protocols" >&2
      bad=1
    fi
    # A declaration is indented by less than four columns, and has its body elsewhere.
    if grep '^[+-]' "$patch" | grep -v '^+++\|^---' | grep '^[+-] \{0,3\}[^ ]' | grep -qv '{.*}'; then
      echo "$name: changes a declaration" >&2
      bad=1
    fi
    (cd "$root" && git apply --check "$patch") || { echo "$name: does not apply" >&2; bad=1; }
  done
  [ "$bad" -eq 0 ] || exit 1
  echo "mutants: $count patches apply and have their headers"
}

case ${1:-} in
--check) check; exit ;;
--one) hunt "$2"; exit ;;
--table)
  # shellcheck disable=SC2046 # Names have no spaces.
  set -- $(select_mutants)
  table "$@" >"$scratch/table.md"
  { echo; summary "$@" | sed 's/^  \(.*\)$/- `\1`/'; } >"$scratch/summary.md" || true
  cat "$scratch/table.md" "$scratch/summary.md"
  file=$root/Documentation/Mutants.md
  awk -v table="$scratch/table.md" '
    /<!-- end -->/ { isInside = 0 }
    !isInside { print }
    /<!-- block: mutants -->/ { isInside = 1; while ((getline line < table) > 0) print line }
  ' "$file" >"$scratch/Mutants.md" && cp "$scratch/Mutants.md" "$file"
  exit
  ;;
--sample) SAMPLE=1; shift ;;
esac

export SECONDS_EACH JOBS FIRST SAMPLE="${SAMPLE:-}"
mkdir -p "$results"
build_base
# shellcheck disable=SC2046 # Names have no spaces.
set -- $(select_mutants "$@")
[ $# -gt 0 ] || fail "no mutant matches"
for name in "$@"; do rm -f "$results/$name"; done
printf '%s\n' "$@" | xargs -n 1 -P "$JOBS" "$0" --one
summary "$@"
if [ "$SAMPLE" ]; then
  for name in "$@"; do
    case $(cut -f 4 "$results/$name") in
    survived | error) fail "$name of the sample was not killed" ;;
    esac
  done
fi
