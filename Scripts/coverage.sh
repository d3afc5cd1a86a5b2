#!/bin/sh
# The lines of each module that the unit tests run, as a table on standard output and in
# Benchmarks/coverage.csv. `--check` compares instead: exit code 2 if a module has become worse by more
# than half a per cent.
# Usage: Scripts/coverage.sh [--check]
set -eu

swift=${SWIFT:-swift}
scratch=.build-coverage
recorded=Benchmarks/coverage.csv

echo "coverage: builds and runs the unit tests, some ten minutes" >&2
"$swift" test --disable-xctest --enable-code-coverage --scratch-path "$scratch" --quiet >&2
json=$("$swift" test --show-codecov-path --scratch-path "$scratch")
# The suites that "make unit" runs in release are an executable, which counts here as well.
tools=$(dirname "$(command -v "$swift")")
built=$("$swift" build --show-bin-path --scratch-path "$scratch")
profiles=$(dirname "$json")
rm -f "$profiles"/simulation-*.profraw
LLVM_PROFILE_FILE=$profiles/simulation-%p.profraw \
  "$built/simulation-tests" --testing-library swift-testing --quiet >&2
"$tools/llvm-profdata" merge -sparse -o "$profiles/all.profdata" \
  "$profiles/default.profdata" "$profiles"/simulation-*.profraw
"$tools/llvm-cov" export -instr-profile "$profiles/all.profdata" "$built/consimPackageTests.xctest" \
  -object "$built/simulation-tests" >"$profiles/all.json"
python3 Scripts/coverage.py "$profiles/all.json" "$recorded" "$@"
