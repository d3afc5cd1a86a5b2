#!/bin/sh
# Draws figures aside, checks them, and only then puts them in their place.
#
#   Scripts/plot.sh [--results DIR] [FIGURE...]
#
# The figures are 6 7 8 9 crypto-costs marking-map isolation records-steps records-sweeps streamlet. By
# default it draws from Results, the last five if their tables are there.
#
# gnuplot can leave a broken file behind and still exit with 0, so anything that it says counts as
# a failure, and so does a picture without an end. Exit codes: 64 usage, 66 no results, 69 no
# gnuplot, 73 a figure failed.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
results=Results
if [ "${1:-}" = --results ]; then
  [ $# -ge 2 ] || { echo "plot.sh: --results needs a directory" >&2; exit 64; }
  results=$2
  shift 2
fi
if [ $# -eq 0 ]; then
  set -- 6 7 8 9 crypto-costs
  for name in marking-map isolation records-steps; do
    [ ! -f "$results/$name-summary.csv" ] || set -- "$@" "$name"
  done
  sweeps=records-sweeps
  for sweep in attributes keywords search; do
    [ -f "$results/records-$sweep-summary.csv" ] || sweeps=
  done
  set -- "$@" $sweeps
  [ ! -f "$results/streamlet-messages-summary.csv" ] || set -- "$@" streamlet
fi
case $results in
*\'*) echo "plot.sh: the name of the results directory may not contain a quote" >&2; exit 64 ;;
esac
[ -d "$results" ] || { echo "plot.sh: there is no directory '$results'; run 'make figures'" >&2; exit 66; }
# An interrupted run leaves only the beginning of the tables that a figure needs.
for figure in "$@"; do
  case $figure in [6-9]) name=figure$figure ;; *) name=$figure ;; esac
  for partial in "$results/$name".partial.csv "$results/$name"-*.partial.csv; do
    [ -f "$partial" ] && [ ! -f "${partial%.partial.csv}.csv" ] || continue
    echo "plot.sh: $partial is partial: an interrupted run left it; run its scenario again" >&2
    exit 66
  done
done
command -v gnuplot >/dev/null || { echo "plot.sh: gnuplot is missing; run 'make deps'" >&2; exit 69; }

# Inside the results, so that renaming does not cross file systems.
aside=$(mktemp -d "$results/.plot.XXXXXX")
trap 'rm -rf "$aside"' EXIT
trap 'exit 130' INT TERM

# The large groups of Figure 6 are not run by 'make figures': their committed tables are drawn.
large=$results
[ -f "$results/figure6-large-survival.csv" ] || large=$here/Results

failed() {
  echo "plot.sh: figure $1 was not drawn: $2" >&2
  sed 's/^/  /' "$aside/said" >&2
  exit 73
}

for figure in "$@"; do
  case $figure in
  6 | 7 | 8 | 9) name=figure$figure ;;
  crypto-costs | marking-map | isolation | records-steps | records-sweeps | streamlet) name=$figure ;;
  *) echo "plot.sh: there is no figure '$figure'; there are 6, 7, 8, 9, crypto-costs, marking-map, isolation, records-steps, records-sweeps and streamlet" >&2; exit 64 ;;
  esac
  gnuplot -e "results='$results'; large='$large'; output='$aside'; figure='$figure'" "$here/plot.gp" \
    >"$aside/said" 2>&1 || failed "$figure" "gnuplot failed"
  [ ! -s "$aside/said" ] || failed "$figure" "gnuplot complained"
  grep -q '</svg>' "$aside/$name.svg" || failed "$figure" "its SVG has no end"
  tail -c 8 "$aside/$name.png" | grep -q IEND || failed "$figure" "its PNG has no end"
  mv "$aside/$name.svg" "$aside/$name.png" "$results/"
  echo "$results/$name.svg $results/$name.png"
done
