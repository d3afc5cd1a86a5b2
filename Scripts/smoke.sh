#!/bin/sh
# The shortest way through everything: all scenarios are valid, one small run works, one chart is
# drawn. Usage: Scripts/smoke.sh CONSIM
set -eu

consim=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

"$consim" validate Scenarios/*.yaml
"$consim" run Scenarios/figure7.yaml --out "$scratch" --quiet --set repeat=2 --set schedule.tests=4
Scripts/plot.sh --results "$scratch" 7 >/dev/null
echo "smoke: scenarios, a run and a chart are in order"
