#!/bin/sh
# Runs Figures 6 to 9 and the runs of the claims, draws the figures and judges the claims. What came
# out, where it lies and what does not hold are at most twenty lines at the end.
# Usage: Scripts/figures.sh CONSIM RESULTS
set -eu

consim=$1
results=$2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM
scenarios="Scenarios/figure6.yaml Scenarios/figure7.yaml Scenarios/figure8.yaml Scenarios/figure9.yaml Scenarios/claims-runs.yaml"

echo "figures: running Figures 6 to 9 and the claims' runs" >&2
start=$(date +%s)
code=0
# shellcheck disable=SC2086 # one word for each scenario
"$consim" run $scenarios --out "$results" >"$log" || code=$?
if [ "$code" != 0 ] && [ "$code" != 2 ] && [ "$code" != 3 ]; then exit "$code"; fi
"$consim" plot figure6 figure7 figure8 figure9 --results "$results" >"$log"

claims=0
# Large groups are not run here: their committed table is read.
"$consim" claims --results "$results" --fallback Results >"$log" || claims=$?
if [ "$claims" != 0 ] && [ "$claims" != 2 ]; then exit "$claims"; fi

echo "figures: done in $(($(date +%s) - start)) s"
for figure in 6 7 8 9; do
  echo "  Figure $figure: $results/figure$figure.png, .svg, numbers in $results/figure$figure-summary.csv"
done
counts=$(sed -n 's/^[0-9]* claims: //p' "$log")
echo "  Claims: $counts; all in $results/claims.csv"
# Wide columns of the table are cut; the words of a claim come first.
grep ' does not hold' "$log" | grep -v 'depends: ' | head -n 9 | sed 's/  */ /g; s/ [a-z]* does not hold/;/; s/;$//' | cut -c 1-96 | sed 's/^/  does not hold: /'
[ "$claims" = 0 ] || echo "  Some claims fared otherwise than expected: '(unexpected)' in $consim claims"
[ "$code" = 0 ] || exit "$code"
exit "$claims"
