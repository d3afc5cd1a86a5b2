#!/bin/sh
# Prints the model version: a digest of the names and contents of all sources that can reach a
# result. The compiler, the commit and the program around these sources are not part of it.
# Usage: Scripts/model-version.sh
set -eu

cd -- "$(dirname -- "$0")/../Sources"
digest() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

# CTrap only reports crashes, and CBuild holds this digest. A name begins with the module: the folder that
# a module lies in reaches no result.
for module in DiscreteEvents ConsensusCore PBFT SCPBFT Raft ProofOfWork Streamlet Simulator Faults Invariants Notation \
  YAMLDocuments Tables RunPlans HealthRecords PairingCrypto RecordSharing Experiments RecordExperiments CGMP; do
  (
    cd -- "$(find . -maxdepth 2 -type d -name "$module")/.."
    find "$module" -type f \( -name '*.swift' -o -name '*.[ch]' -o -name '*.modulemap' \) \
      | while read -r file; do digest "$file"; done
  )
done | LC_ALL=C sort -k 2 | digest | cut -c 1-16
