#!/bin/sh
# Builds consim without the sharing of records in a directory of its own, and sees that it runs
# what is about consensus and refuses the rest with a reason.
# Usage: Scripts/without-records.sh
set -eu

cd -- "$(dirname -- "$0")/.."
scratch=.build/without-records
CONSIM_WITHOUT_RECORDS=1 "${SWIFT:-swift}" build --force-resolved-versions --quiet \
  --scratch-path "$scratch" --product consim
program=$scratch/debug/consim
if ldd "$program" | grep -q libgmp; then
  echo "without-records: the program needs GMP" >&2
  exit 1
fi
"$program" validate Scenarios/figure8.yaml >/dev/null
"$program" selftest >/dev/null
status=0
message=$("$program" validate Scenarios/records/sharing.yaml 2>&1) || status=$?
case $status-$message in
  65-*"built without 'records'"*) ;;
  *)
    echo "without-records: a scenario with records ended with $status: $message" >&2
    exit 1
    ;;
esac
