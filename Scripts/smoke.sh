#!/bin/sh
# The shortest way through everything: all scenarios are valid, one small run works, records are
# shared, one goes through the scheme, its costs are priced, charts are drawn. Usage: Scripts/smoke.sh CONSIM
set -eu

consim=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

Scripts/mutants.sh --check
# Prices and claims are no scenarios.
"$consim" validate $(find Scenarios -name '*.yaml' ! -path 'Scenarios/costs/*' ! -path 'Scenarios/claims/*' | sort)
"$consim" run Scenarios/figure7.yaml --out "$scratch" --quiet --set repeat=2 --set schedule.tests=4
"$consim" run Scenarios/records/steps.yaml --out "$scratch" --quiet --set repeat=1 \
  --set records.operations=20
"$consim" crypto demo --parameters toy >/dev/null
"$consim" crypto costs --out "$scratch" --quiet
"$consim" plot figure7 crypto-costs records-steps --results "$scratch" --quiet
# Where nothing takes time a closed loop would never end: the file shows it, or the run does.
printf '%s\n' 'name: still' 'measure: tps' 'series: [{ protocol: raft }]' 'schedule: { duration: 1 s }' \
  >"$scratch/still.yaml"
for words in 'no virtual time passes' 'time stands still'; do
  if "$consim" run "$scratch/still.yaml" --out "$scratch" --quiet 2>"$scratch/said"; then
    echo "smoke: a run in which nothing takes time came to an end" >&2
    exit 1
  fi
  grep -q "$words" "$scratch/said" || { cat "$scratch/said" >&2; exit 1; }
  echo 'faults: [{ nodes: [3], behaviour: silent }]' >>"$scratch/still.yaml"
done
echo "smoke: scenarios, runs, a record, costs and charts are in order"
