#!/bin/sh
# Builds consim in release mode and shows a sign of life meanwhile: one line, rewritten on a terminal,
# else a line every ten seconds. The commit and the model version go into the program by a header that
# exists only while this builds; what is built at another time without it compiles again what knows it.
# Usage: Scripts/build.sh [PRODUCT...], by default consim
# Environment: BUILD_FLAGS for swift build.
set -eu

cd -- "$(dirname -- "$0")/.."
swift=${SWIFT:-swift}
cbuild=Sources/Process/CBuild
header=$cbuild/commit.h
log=$(mktemp)
builder=
trap 'rm -f "$log" "$header"' EXIT
trap '[ -z "$builder" ] || kill "$builder" 2>/dev/null; exit 130' INT TERM

commit=$(git describe --always --dirty --abbrev=7 --exclude='*' 2>/dev/null || true)
printf '#define CONSIM_MODEL "%s"\n' "$(Scripts/model-version.sh)" >"$header"
[ -z "$commit" ] || printf '#define CONSIM_COMMIT "%s"\n' "$commit" >>"$header"
# A header that was not there at the last build is not looked for.
touch "$cbuild/cbuild.c"

[ $# -gt 0 ] || set -- consim
(
  child=
  trap 'kill "$child" 2>/dev/null; exit 143' TERM
  for product in "$@"; do
    # shellcheck disable=SC2086 # one word for each flag
    "$swift" build -c release ${BUILD_FLAGS:-} --product "$product" &
    child=$!
    wait "$child" || exit
  done
) >"$log" 2>&1 &
builder=$!
start=$(date +%s)
pause=10
[ ! -t 2 ] || pause=1
shown=0
while kill -0 "$builder" 2>/dev/null; do
  sleep 1
  elapsed=$(($(date +%s) - start))
  [ $((elapsed - shown)) -ge "$pause" ] && [ "$elapsed" -ge 3 ] || continue
  shown=$elapsed
  step=$(tr '\r' '\n' <"$log" | sed -n 's/.*\(\[[0-9/]*\] [A-Z][a-z]* [A-Za-z]*\).*/\1/p' | tail -n 1)
  if [ -t 2 ]; then
    printf '\r\033[Kbuild: %s s %s' "$elapsed" "$step" >&2
  else
    echo "build: $elapsed s $step" >&2
  fi
done
[ ! -t 2 ] || [ "$shown" = 0 ] || printf '\r\033[K' >&2
if ! wait "$builder"; then
  cat "$log" >&2
  exit 1
fi
