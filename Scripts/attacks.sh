#!/bin/sh
# Carries every attack on shared records out and requires the outcome that its scenario names.
# Usage: Scripts/attacks.sh CONSIM
# Environment: REPEAT=1 seeds of each; the scenarios themselves have two.
set -eu

consim=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

"$consim" run Scenarios/records/attacks/*.yaml --out "$scratch" --quiet ${REPEAT:+--set "repeat=$REPEAT"}
echo "attacks: $(ls Scenarios/records/attacks | wc -l) attacks on shared records ended as their scenarios say"
