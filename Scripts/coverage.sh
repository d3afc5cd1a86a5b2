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
python3 Scripts/coverage.py "$json" "$recorded" "$@"
