#!/bin/sh
# Checks what building and drawing need. As root it installs missing Debian packages, otherwise it
# prints the line that does. Exit code 69: something is missing.
# Usage: Scripts/deps.sh [parallel] [slurm] [browser] [junit] [itf] [lab]: what 'make nightly' runs campaigns on, opens
# pages in, holds test reports to and reads traces with
set -eu

swift=${SWIFT:-swift}
packages=
junit=
wheels=
has() { command -v "$1" >/dev/null 2>&1; }

has make || packages="$packages make"
# Only 'make schema' and the random scenarios of 'make nightly' need them.
python3 -c 'import jsonschema, yaml' 2>/dev/null || [ "${CI:-}" != true ] \
  || packages="$packages python3-jsonschema python3-yaml"
# Only 'make house' needs lizard; Debian has none, so that it comes from PyPI.
python3 -c 'import lizard' 2>/dev/null || [ "${CI:-}" != true ] \
  || python3 -m pip --version >/dev/null 2>&1 \
  || packages="$packages python3-pip"
has gnuplot || packages="$packages gnuplot-nox"
# Counts instructions: where people work it may be missing, but a gate that skips is none.
[ "${CI:-}" != true ] || has valgrind || packages="$packages valgrind"
# Found by the compiler rather than by dpkg, so that other distributions can pass.
echo '#include <gmp.h>' | ${CC:-cc} -E - >/dev/null 2>&1 \
  || echo '#include <gmp.h>' | clang -E - >/dev/null 2>&1 \
  || packages="$packages libgmp-dev"
for engine in "$@"; do
  case $engine in
    browser) has chromium || packages="$packages chromium" ;;
    junit)
      junit=$(dirname -- "$0")/../.build/junit/junit-10.xsd
      python3 -c 'import xmlschema' 2>/dev/null || wheels="$wheels xmlschema==4.3.2"
      ;;
    # Debian has none, so that it comes from PyPI.
    itf) python3 -c 'import itf_py' 2>/dev/null || wheels="$wheels itf-py==0.5.0" ;;
    lab)
      has etcd || packages="$packages etcd-server"
      has etcdctl || packages="$packages etcd-client"
      has ip || packages="$packages iproute2"
      has gcc || packages="$packages gcc"
      echo '#include <nghttp2/nghttp2.h>' | cc -E - >/dev/null 2>&1 || packages="$packages libnghttp2-dev"
      ;;
    parallel) has parallel || packages="$packages parallel" ;;
    slurm)
      { has slurmctld && has slurmd && has sbatch; } || packages="$packages slurm-wlm"
      has munged || packages="$packages munge"
      ;;
  esac
done
{ [ -z "$wheels" ] && [ -z "$junit" ]; } || python3 -m pip --version >/dev/null 2>&1 || packages="$packages python3-pip"

if [ -n "$packages" ]; then
  if [ "$(id -u)" = 0 ] && has apt-get; then
    echo "deps: installing$packages"
    apt-get -qq update
    # shellcheck disable=SC2086 # one word for each package
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $packages >/dev/null
  else
    echo "deps: missing:$packages. On Debian or Ubuntu:" >&2
    echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends$packages" >&2
    exit 69
  fi
fi

[ "${CI:-}" != true ] || python3 -c 'import lizard' 2>/dev/null || wheels="$wheels lizard==1.24.3"
if [ -n "$wheels" ]; then
  echo "deps: installing$wheels"
  # shellcheck disable=SC2086 # one word for each wheel
  PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet $wheels
fi

# The schema stands in pytest's source distribution, and in no package of Debian.
if [ -n "$junit" ] && [ ! -f "$junit" ]; then
  echo "deps: fetching $junit"
  mkdir -p "${junit%/*}"
  python3 -m pip download --quiet --no-deps --no-binary :all: --dest "${junit%/*}" pytest==8.3.4
  tar -xzf "${junit%/*}/pytest-8.3.4.tar.gz" -O pytest-8.3.4/testing/example_scripts/junit-10.xsd >"$junit.part"
  mv "$junit.part" "$junit"
fi

if ! has "$swift"; then
  echo "deps: there is no Swift compiler; get 6.3 from https://www.swift.org/install/linux" >&2
  exit 69
fi
version=$("$swift" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
major=${version%%.*}
minor=${version#*.}
if [ -z "$version" ] || [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; then
  echo "deps: Swift ${version:-of unknown version} is too old; 6.2 is the least, 6.3 is what is tested:" >&2
  echo "  https://www.swift.org/install/linux" >&2
  exit 69
fi
[ "$version" = 6.3 ] || echo "deps: Swift $version; 6.3 is what is tested"
