#!/bin/sh
# Puts bugs into the code on purpose, one at a time, and sees whether anything notices them.
# Usage: Scripts/mutants.sh [--check | --sample | --survivors | --table] [PATTERN...]
#   (nothing)    hunts every mutant of Tests/Mutants whose name matches a PATTERN (default: all)
#   --sample     hunts those with a line "Sample: RUNS" for so many runs each; all must be killed
#   --survivors  20 CPU seconds for each that survives in Documentation/Mutants.md: none may be killed
#                now, and what it says is never reached must not be reached
#   --check      builds nothing: every patch has a full header, applies, and changes bodies only; every
#                survivor says why
#   --table      prints the table of the last results, and puts it into Documentation/Mutants.md
# Environment: SECONDS_EACH=60 CPU seconds of a hunt, JOBS=1 mutants at a time, FIRST=1 the first seed,
# DEPENDENCIES=.build/debug where "swift build --build-tests" put what it built: swift-crypto for mutants
# of records, and all that --sample and --survivors link a changed module with.
#
# Who hunts is in the header of a mutant:
#   Hunter: fuzz          plans of the fuzzer with all invariants on (the default)
#   Hunter: selftest      the laws of "consim selftest"
#   Hunter: tests SUITE   a test suite, as TARGET.SUITE; for what neither of the two can see
#
# Only the changed module is compiled for a mutant, and linked with everything else, which is built
# once: closed modules are compiled without cross-module optimisation here, so that nothing of them is
# in other objects. Hence a patch may change bodies, but neither signatures nor stored properties.
# Suites, and mutants of the open modules, which others specialise, are built without optimisation.
# --sample and --survivors build nothing but the changed modules: the debug build has the rest.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
patches=$root/Tests/Mutants
scratch=${MUTANTS_SCRATCH:-$root/.build/mutants}
base=$scratch/base
plain=$scratch/plain
results=$scratch/results
document=$root/Documentation/Mutants.md
# In the order of their dependencies; others are generic over what the open ones give them.
open_modules="DiscreteEvents ConsensusCore Simulator"
closed_modules="PBFT SCPBFT Raft ProofOfWork Faults Invariants Notation Tables RunPlans Exploration Streamlet Traps Fuzzing"
record_modules="PairingCrypto RecordSharing HealthRecords"
: "${SECONDS_EACH:=60}" "${JOBS:=1}" "${FIRST:=1}" "${DEPENDENCIES:=$root/.build/debug}"
swiftc=${SWIFTC:-swiftc}
# Whether the debug build is the base of all hunts, and what its modules are compiled with.
in_debug=
package=consim

fail() {
  echo "mutants: $*" >&2
  exit 2
}

# field NAME PATCH: a line of the header.
field() { sed -n "/^diff /q; s/^$1: *//p" "$2" | head -n 1; }

# apply PATCH DIRECTORY: applies a patch outside of any repository.
apply() { (cd "$2" && GIT_CEILING_DIRECTORIES=$(dirname "$2") git apply "$1"); }

# folder MODULE [TREE]: where its sources are, here or in another tree.
folder() { find "${2:-$root}/Sources" -maxdepth 2 -type d -name "$1"; }

# take MODULE: puts its sources into the tree of the mutant.
take() {
  place=$(folder "$1")
  place=${place#"$root/"}
  mkdir -p "$work/tree/${place%/*}"
  cp -R "$root/$place" "$work/tree/$place"
}

# sources DIRECTORY: its Swift files. Names have no spaces.
sources() { find "$1" -name '*.swift' | LC_ALL=C sort; }

# --- What does not change, built once for each state of the sources ---

# build MODULE TARGET DIRECTORY FLAGS...: unless it was built from the same sources of it and all
# before it. $into is where objects and modules are, $prefix what all of them are compiled with.
build() {
  module=$1 target=$2 directory=$3
  shift 3
  files=$(sources "$directory")
  # shellcheck disable=SC2086 # Names have no spaces.
  state=$(cat $files | cksum | { cat; echo "$state $module $*"; } | cksum)
  if [ -f "$into/$target" ] && [ "$(cat "$into/$target.state" 2>/dev/null)" = "$state" ]; then
    return
  fi
  rm -f "$into"/clean* "$plain/fuzz-case"
  echo "mutants: building $module"
  # shellcheck disable=SC2086
  "$swiftc" -swift-version 6 -module-name "$(echo "$module" | tr - _)" -package-name consim -wmo $prefix -I "$into" -c \
    -o "$into/$target" "$@" $files >"$into/log" 2>&1 ||
    { cat "$into/log" >&2; fail "$module does not compile"; }
  echo "$state" >"$into/$target.state"
}

library="-parse-as-library -emit-module -emit-module-path"

build_traps() {
  mkdir -p "$into"
  state=$("$swiftc" --version 2>/dev/null | cksum)
  traps=$(folder CTrap)
  echo "module CTrap { header \"$traps/include/ctrap.h\" export * }" >"$into/module.modulemap"
  "${CC:-cc}" -O2 -I "$traps/include" -c -o "$into/CTrap.o" "$traps/ctrap.c" ||
    fail "CTrap does not compile"
}

# The optimised build, for hunts by fuzzing and by the self-test.
build_base() {
  into=$base prefix=-O
  build_traps
  for module in $open_modules; do
    # shellcheck disable=SC2086
    build "$module" "$module.o" "$(folder "$module")" -cross-module-optimization \
      $library "$base/$module.swiftmodule"
  done
  for module in $closed_modules; do
    # shellcheck disable=SC2086
    build "$module" "$module.o" "$(folder "$module")" -disable-cmo $library "$base/$module.swiftmodule"
  done
  build fuzz-case main.o "$(folder fuzz-case)" -disable-cmo
  [ -f "$base/clean" ] && return
  "$swiftc" -static-stdlib -o "$base/fuzz-case" "$base"/*.o || fail "fuzz-case does not link"
  # Without a bug there must be no finding, else every mutant would count as killed.
  for protocol in pbft sc-pbft raft pow streamlet; do
    said=$("$base/fuzz-case" "$protocol" "$FIRST" 2000 600 "$base/progress") ||
      fail "$protocol is not clean without a mutant: $said"
  done
  touch "$base/clean"
}

# The self-test as a program of its own, which needs no scenarios.
write_selftest() {
  rm -rf "$1" && mkdir -p "$1"
  cp "$(folder Experiments)"/SelfTest/*.swift "$1"
  cat >"$1/main.swift" <<'SWIFT'
import Glibc

let report = SelfTest(.small, seed: 1).run { _ in }
for row in report.rows where !row.passes { print(row.quantity) }
exit(report.passes ? 0 : 1)
SWIFT
}

build_selftest() {
  write_selftest "$base/selftest"
  state=$(cat "$base"/*.state | cksum)
  into=$base/selftest-objects prefix=-O
  mkdir -p "$into"
  build selftest-case main.o "$base/selftest" -I "$base" -disable-cmo
  [ -f "$into/clean" ] && return
  # shellcheck disable=SC2046
  "$swiftc" -static-stdlib -o "$into/selftest-case" "$into/main.o" "$base/CTrap.o" \
    $(for module in $open_modules $closed_modules; do echo "$base/$module.o"; done) ||
    fail "the self-test does not link"
  said=$("$into/selftest-case") || fail "the self-test fails without a mutant: $said"
  touch "$into/clean"
}

# The build without optimisation, whose objects hold nothing of each other, for test suites and for
# hunts in open modules.
build_plain() {
  into=$plain prefix="-Onone -enable-testing"
  build_traps
  for module in $open_modules $closed_modules; do
    # shellcheck disable=SC2086
    build "$module" "$module.o" "$(folder "$module")" $library "$plain/$module.swiftmodule"
  done
  # shellcheck disable=SC2086
  build TestSupport TestSupport.o "$root/Tests/TestSupport" $library "$plain/TestSupport.swiftmodule"
  shared=$state
  build fuzz-case main.o "$(folder fuzz-case)"
  mkdir -p "$plain/runner"
  printf 'import Testing\nawait Testing.__swiftPMEntryPoint() as Never\n' >"$plain/runner/main.swift"
  state=$shared
  build runner runner.o "$plain/runner"
  if [ "$needs_records" ]; then
    [ -f "$DEPENDENCIES/Modules/Crypto.swiftmodule" ] ||
      fail "mutants of records need swift-crypto in $DEPENDENCIES: build the tests first"
    state=$shared
    for module in $record_modules; do
      # shellcheck disable=SC2046,SC2086
      build "$module" "$module.o" "$(folder "$module")" $(record_flags HealthRecordsTests.) \
        $library "$plain/$module.swiftmodule"
    done
    # shellcheck disable=SC2046,SC2086
    build RecordTestSupport RecordTestSupport.o "$root/Tests/RecordTestSupport" \
      $(record_flags HealthRecordsTests.) $library "$plain/RecordTestSupport.swiftmodule"
    records=$state
  fi
  for name in "$@"; do
    suite=$(suite "$patches/$name.patch")
    [ "$suite" ] || continue
    state=$shared
    case $suite in HealthRecordsTests.*) state=$records ;; esac
    # shellcheck disable=SC2046
    build "${suite%%.*}" "${suite%%.*}.o" "$root/Tests/${suite%%.*}" -parse-as-library \
      $(record_flags "$suite")
  done
}

# The debug build of the package, for few runs: its objects hold nothing of each other either.
use_debug() {
  for name in "$@"; do
    case $(field Hunter "$patches/$name.patch") in
    "" | fuzz) ;;
    *) fail "$name is not hunted by fuzzing, which those of --sample and --survivors are" ;;
    esac
  done
  objects_of_debug=$DEPENDENCIES/fuzz-case.product/Objects.LinkFileList
  [ -x "$DEPENDENCIES/fuzz-case" ] && [ -f "$objects_of_debug" ] ||
    fail "there is no debug build in $DEPENDENCIES: make build-tests"
  # Modules of one package see more of each other; its name is that of the directory.
  package=$(sed -n 's/.*"-module-name","PBFT".*"-package-name","\([^"]*\)".*/\1/p' \
    "${DEPENDENCIES%/*}/debug.yaml" | head -n 1)
  in_debug=1
}

# link_with_debug: the changed modules with all other objects of the debug build.
link_with_debug() {
  pattern=$(echo $changed | sed 's/ /\\|/g')
  grep -v "/\($pattern\)\.build/" "$objects_of_debug" >"$work/objects"
  # shellcheck disable=SC2046
  link "$work/fuzz-case" "-Xlinker --defsym -Xlinker main=fuzz_case_main" "@$work/objects" \
    $(for module in $changed; do echo "$work/$module.o"; done)
}

record_flags() {
  case $1 in HealthRecordsTests.*)
    echo "-I $DEPENDENCIES/Modules -Xcc -fmodule-map-file=$(folder CGMP)/module.modulemap" ;;
  esac
}

# The objects of swift-crypto.
record_objects() {
  for name in Crypto CCryptoBoringSSL CCryptoBoringSSLShims CryptoBoringWrapper CXKCP CXKCPShims; do
    [ ! -d "$DEPENDENCIES/$name.build" ] || find "$DEPENDENCIES/$name.build" -name '*.o'
  done
}

# --- One mutant ---

# suite PATCH: the test suite that hunts, if one does.
suite() { field Hunter "$1" | sed -n 's/^tests //p'; }

# is_open PATCH: whether it changes a module that others specialise.
is_open() { grep -q '^+++ b/Sources/[A-Za-z]*/\(DiscreteEvents\|ConsensusCore\|Simulator\)/' "$1"; }

report() {
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$protocol" "$expected" "$@" >"$results/$name"
  printf '%-44s %-9s %-12s %-5s %8s runs %6s s  %s\n' "$name" "$protocol" "$1" "$2" "$3" "$4" "$5"
  rm -rf "$work"
}

# compile DIRECTORY FLAGS...: the changed modules, with the modules of the directory.
compile() {
  from=$1
  shift
  for module in $changed; do
    # shellcheck disable=SC2046
    if ! timeout 900 "$swiftc" -swift-version 6 -module-name "$module" -package-name "$package" -parse-as-library -wmo \
      -I "$from" "$@" -c -o "$work/$module.o" $(sources "$(folder "$module" "$work/tree")") >"$work/log" 2>&1
    then
      grep -m 3 'error:' "$work/log" >&2 || true
      report error - 0 0 "does not compile"
      return 1
    fi
  done
}

# objects DIRECTORY MODULES...: the object of each, changed or not, and those that depend on an open
# module that was compiled anew.
objects() {
  from=$1
  shift
  for module in "$@"; do
    if [ -f "$work/$module.o" ]; then
      echo "$work/$module.o"
    else
      echo "$from/$module.o"
    fi
  done
}

# link PROGRAM FLAGS OBJECTS...
link() {
  program=$1 flags=$2
  shift 2
  # shellcheck disable=SC2086
  if ! (cd "$scratch" && timeout 300 "$swiftc" $flags -o "$program" "$@") >"$work/log" 2>&1; then
    report error - 0 0 "does not link"
    return 1
  fi
}

# hunt NAME: writes results/NAME, one line with tabs:
# name, protocol, expected, verdict, found, runs, seconds, detail
hunt() {
  name=$1
  patch=$patches/$name.patch
  work=$scratch/work/$name
  protocol=$(field Protocol "$patch")
  expected=$(field Expected "$patch")
  rm -rf "$work" && mkdir -p "$work/tree/Sources"
  changed=$(sed -n 's|^+++ b/Sources/[A-Za-z]*/\([A-Za-z]*\)/.*|\1|p' "$patch" | sort -u)
  for module in $changed; do take "$module"; done
  if ! apply "$patch" "$work/tree" 2>"$work/log"; then
    report error - 0 0 "does not apply"
    return
  fi
  case $(field Hunter "$patch") in
  tests*) hunt_by_tests ;;
  selftest) hunt_by_selftest ;;
  *) hunt_by_fuzzing ;;
  esac
}

hunt_by_fuzzing() {
  if [ "$in_debug" ]; then
    clean=$DEPENDENCIES/fuzz-case
    # Assertions of the module itself would notice some bugs before the invariants do.
    compile "$DEPENDENCIES/Modules" -Onone -enable-testing -assert-config Release || return 0
    link_with_debug || return 0
  elif is_open "$patch"; then
    clean=$plain/fuzz-case
    compile "$plain" -Onone -enable-testing || return 0
    if [ ! -f "$clean" ]; then
      # shellcheck disable=SC2046
      link "$clean" -static-stdlib $(objects "$plain" CTrap) \
        $(for module in $open_modules $closed_modules main; do echo "$plain/$module.o"; done) || return 0
    fi
    # shellcheck disable=SC2046
    link "$work/fuzz-case" -static-stdlib \
      $(objects "$plain" CTrap $open_modules $closed_modules main) || return 0
  else
    clean=$base/fuzz-case
    compile "$base" -O -disable-cmo || return 0
    # shellcheck disable=SC2046
    link "$work/fuzz-case" -static-stdlib \
      $(objects "$base" CTrap $open_modules $closed_modules main) || return 0
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
    "$clean" "$protocol" replay "$lineage" >/dev/null && break
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

# Everything that specialises the changed module is compiled anew, which takes a minute.
hunt_by_selftest() {
  cp "$base"/*.swiftmodule "$base/module.modulemap" "$work"
  affected=
  for module in $open_modules $closed_modules; do
    # shellcheck disable=SC2086
    pattern=$(echo $changed $affected | sed 's/ /\\|/g')
    case " $(echo $changed) " in
    *" $module "*) ;;
    *)
      grep -q "^import \($pattern\)$" "$(folder "$module")"/*.swift || continue
      take "$module"
      ;;
    esac
    affected="$affected $module"
  done
  write_selftest "$work/tree/Sources/selftest"
  for module in $affected selftest; do
    case " $open_modules " in
    *" $module "*) flags="-cross-module-optimization $library $work/$module.swiftmodule" ;;
    *) flags="-disable-cmo $library $work/$module.swiftmodule" ;;
    esac
    case $module in
    Fuzzing) continue ;;
    selftest) flags=-disable-cmo ;;
    esac
    # shellcheck disable=SC2046,SC2086
    if ! timeout 900 "$swiftc" -swift-version 6 -module-name "$module" -package-name consim -O -wmo $flags -I "$work" -c \
      -o "$work/$module.o" $(sources "$(folder "$module" "$work/tree")") >"$work/log" 2>&1; then
      grep -m 3 'error:' "$work/log" >&2 || true
      report error - 0 0 "does not compile"
      return
    fi
  done
  # shellcheck disable=SC2046,SC2086
  link "$work/selftest-case" -static-stdlib $(objects "$base" CTrap $open_modules \
    $(echo "$closed_modules" | sed 's/ Fuzzing//') selftest) || return 0
  set +e
  timeout 1800 "$work/selftest-case" >"$work/said" 2>"$work/log"
  code=$?
  set -e
  case $code in
  0) report survived - 1 0 "" ;;
  1)
    found=$(sed 's/^PoW stale.*/stale blocks/; s/^PoW.*/intervals and shares/
      s/^double.*/double spends/; s/^selfish.*/selfish mining/
      s/^PBFT.*/PBFT under loss/; s/^Raft.*/Raft elections/; s/ /-/g' "$work/said" |
      sort -u | tr '\n' ',' | sed 's/,$//')
    verdict=killed-other
    for law in $expected; do
      case ",$found," in *",$law,"*) verdict=killed ;; esac
    done
    report "$verdict" "$found" 1 0 ""
    ;;
  *) report trap trap 1 0 "code $code" ;;
  esac
}

hunt_by_tests() {
  suite=$(suite "$patch")
  target=${suite%%.*}
  modules="CTrap $open_modules $closed_modules TestSupport"
  more=
  if [ "$target" = HealthRecordsTests ]; then
    modules="$modules $record_modules RecordTestSupport"
    more="$(record_objects) -lgmp -lstdc++"
  fi
  # shellcheck disable=SC2046
  compile "$plain" -Onone -enable-testing $(record_flags "$suite") || return 0
  # Without a bug the suite must pass.
  if [ ! -f "$plain/clean-$suite" ]; then
    mv "$work" "$work-aside" && mkdir -p "$work"
    # shellcheck disable=SC2046,SC2086
    link "$plain/$target" -lm $(objects "$plain" $modules) "$plain/$target.o" "$plain/runner.o" $more ||
      { rm -rf "$work-aside"; return 0; }
    rm -rf "$work" && mv "$work-aside" "$work"
    (cd "$root" && timeout 1200 "$plain/$target" --filter "$suite\$|$suite/") >"$plain/said" 2>&1 ||
      { report error - 0 0 "$suite fails without the mutant, or has no tests"; return; }
    touch "$plain/clean-$suite"
  fi
  # shellcheck disable=SC2046,SC2086
  link "$work/tests" -lm $(objects "$plain" $modules) "$plain/$target.o" "$plain/runner.o" $more || return 0
  set +e
  (cd "$root" && timeout 1200 "$work/tests" --filter "$suite\$|$suite/") >"$work/said" 2>&1
  code=$?
  set -e
  count=$(sed -n 's/.*Test run with \([0-9]*\) test.*/\1/p' "$work/said" | tail -n 1)
  spent=$(sed -n 's/.*Test run with.* after \([0-9]*\.[0-9]\)[0-9]* seconds.*/\1/p' "$work/said" | tail -n 1)
  case $code in
  0) report survived - "${count:-0}" "${spent:-0}" "" ;;
  1) report killed "${suite#*.}" "${count:-0}" "${spent:-0}" \
    "$(sed -n 's/.*✘ Test \(.*\) recorded an issue.*/\1/p' "$work/said" | head -n 1)" ;;
  124) report error - 0 0 "stuck in $suite" ;;
  *) report trap trap "${count:-0}" 0 "code $code in $suite" ;;
  esac
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

# Those that survive in the document.
survivors() { sed -n 's/^| .*(`\([a-z0-9-]*\)`).*\*\*survives\*\*.*/\1/p' "$document"; }

# build_for NAMES...: what their hunts need.
build_for() {
  needs_base= needs_selftest= needs_plain= needs_records=
  for name in "$@"; do
    patch=$patches/$name.patch
    case $(field Hunter "$patch") in
    tests*) needs_plain=1 ;;
    selftest) needs_base=1 needs_selftest=1 ;;
    *) if is_open "$patch"; then needs_plain=1; else needs_base=1; fi ;;
    esac
    case $(suite "$patch") in HealthRecordsTests.*) needs_records=1 ;; esac
  done
  [ -z "$needs_base" ] || build_base
  [ -z "$needs_selftest" ] || build_selftest
  [ -z "$needs_plain" ] || build_plain "$@"
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

# is_known NAME: whether it is an invariant, a law of the self-test, or a test suite.
is_known() {
  grep -q "InvariantID(\"$1\")" "$(folder ConsensusCore)/InvariantID.swift" \
    "$(folder Streamlet)/Judging/InvariantID+Streamlet.swift" ||
    grep -q "add(\"$(echo "$1" | tr - ' ')\")" "$(folder Experiments)/SelfTest/SelfTest.swift" ||
    grep -rq "^struct $1 {" "$root/Tests" --include '*.swift'
}

# check_hunter: who hunts must be able to.
check_hunter() {
  case $(field Hunter "$patch") in
  "" | fuzz)
    modules='DiscreteEvents\|ConsensusCore\|Simulator\|PBFT\|SCPBFT\|Raft\|ProofOfWork\|Streamlet'
    case $protocol in
    pbft | sc-pbft | raft | pow | streamlet) ;;
    *) echo "$name: no protocol that is fuzzed" >&2; bad=1 ;;
    esac
    ;;
  selftest) modules='DiscreteEvents\|ConsensusCore\|Simulator\|PBFT\|SCPBFT\|Raft\|ProofOfWork' ;;
  "tests "*)
    modules='DiscreteEvents\|ConsensusCore\|Simulator\|PBFT\|SCPBFT\|Raft\|ProofOfWork\|Streamlet\|Faults\|Invariants\|HealthRecords'
    suite=$(suite "$patch")
    grep -rq "^struct ${suite#*.} {" "$root/Tests/${suite%%.*}" --include '*.swift' 2>/dev/null ||
      { echo "$name: no test suite $suite" >&2; bad=1; }
    ;;
  *) echo "$name: an unknown hunter" >&2; bad=1 ;;
  esac
  if sed -n 's|^+++ b/||p' "$patch" | grep -qv "^Sources/[A-Za-z]*/\($modules\)/"; then
    echo "$name: changes what its hunter does not run" >&2
    bad=1
  fi
}

check() {
  bad=0
  count=0
  for patch in "$patches"/*.patch; do
    name=$(basename "$patch")
    count=$((count + 1))
    protocol=$(field Protocol "$patch")
    for key in Mutant Protocol Source Expected; do
      [ "$(field $key "$patch")" ] || { echo "$name: no line '$key:'" >&2; bad=1; }
    done
    case $protocol in
    pbft | sc-pbft | raft | pow | streamlet | simulator | records | oracle) ;;
    *) echo "$name: an unknown protocol" >&2; bad=1 ;;
    esac
    for id in $(field Expected "$patch"); do
      is_known "$id" || { echo "$name: an unknown invariant, law or suite, $id" >&2; bad=1; }
    done
    check_hunter
    # A declaration is indented by less than four columns, and has its body elsewhere.
    if grep '^[+-]' "$patch" | grep -v '^+++\|^---' | grep '^[+-] \{0,3\}[^ ]' | grep -qv '{.*}'; then
      echo "$name: changes a declaration" >&2
      bad=1
    fi
    (cd "$root" && git apply --check "$patch") || { echo "$name: does not apply" >&2; bad=1; }
  done
  for name in $(survivors); do
    patch=$patches/$name.patch
    if [ ! -f "$patch" ]; then
      echo "$name: survives in the table, but there is no such patch" >&2
      bad=1
    elif [ -z "$(field Equivalent "$patch")$(field 'Never reached' "$patch")" ]; then
      echo "$name: survives, but has neither 'Equivalent:' nor 'Never reached:'" >&2
      bad=1
    fi
  done
  [ "$bad" -eq 0 ] || exit 1
  echo "mutants: $count patches apply and have their headers"
}

# judge_survivors NAMES...: 20 CPU seconds each.
judge_survivors() {
  SECONDS_EACH=20
  bad=0
  for name in "$@"; do
    patch=$patches/$name.patch
    point=$(field 'Never reached' "$patch")
    if [ "$point" ]; then
      said=$("$DEPENDENCIES/fuzz-case" "$(field Protocol "$patch")" reach "$FIRST" "$SECONDS_EACH" "$point") ||
        { echo "$name: $said" >&2; bad=1; }
    fi
    hunt "$name"
    case $(cut -f 4 "$results/$name") in
    survived) ;;
    *) echo "$name: does not survive any more" >&2; bad=1 ;;
    esac
  done
  [ "$bad" -eq 0 ] || fail "Documentation/Mutants.md says otherwise"
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
  awk -v table="$scratch/table.md" '
    /<!-- end -->/ { isInside = 0 }
    !isInside { print }
    /<!-- block: mutants -->/ { isInside = 1; while ((getline line < table) > 0) print line }
  ' "$document" >"$scratch/Mutants.md" && cp "$scratch/Mutants.md" "$document"
  exit
  ;;
--sample) SAMPLE=1; shift ;;
--survivors)
  results=$scratch/survivors
  mkdir -p "$results"
  # shellcheck disable=SC2046
  set -- $(survivors)
  [ $# -gt 0 ] || { echo "mutants: none survives"; exit; }
  use_debug "$@"
  judge_survivors "$@"
  exit
  ;;
esac

export SECONDS_EACH JOBS FIRST DEPENDENCIES SAMPLE="${SAMPLE:-}"
mkdir -p "$results"
# shellcheck disable=SC2046 # Names have no spaces.
set -- $(select_mutants "$@")
[ $# -gt 0 ] || fail "no mutant matches"
for name in "$@"; do rm -f "$results/$name"; done
if [ "$SAMPLE" ]; then
  use_debug "$@"
  for name in "$@"; do hunt "$name"; done
else
  build_for "$@"
  printf '%s\n' "$@" | xargs -n 1 -P "$JOBS" "$0" --one
fi
summary "$@"
if [ "$SAMPLE" ]; then
  for name in "$@"; do
    case $(cut -f 4 "$results/$name") in
    survived | error) fail "$name of the sample was not killed" ;;
    esac
  done
fi
