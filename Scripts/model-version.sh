#!/bin/sh
# Prints the model version: a digest of the names and contents of all sources that can reach a
# result. The compiler, the commit and the program around these sources are not part of it.
# Usage: Scripts/model-version.sh
set -eu

cd -- "$(dirname -- "$0")/../Sources"
digest() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

# CTrap only reports crashes, and CBuild holds this digest.
find DiscreteEvents ConsensusCore PBFT SCPBFT Raft ProofOfWork Simulator Faults Invariants Notation \
  YAMLDocuments Tables RunPlans HealthRecords PairingCrypto RecordSharing Experiments RecordExperiments CGMP \
  -type f \( -name '*.swift' -o -name '*.[ch]' -o -name '*.modulemap' \) | LC_ALL=C sort \
  | while read -r file; do digest "$file"; done | digest | cut -c 1-16
