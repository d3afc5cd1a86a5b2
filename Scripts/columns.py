#!/usr/bin/env python3
"""Proves that result tables have only gained columns.

Usage: Scripts/columns.py REVISION [DIRECTORY] [NAME...]

Compares the tables of DIRECTORY (Results by default) with those that git keeps for Results at
REVISION: the old columns must come first, with the same name, order and value in every row. The trace
digests in the provenance must be the same, too. Prints what was added and what differs; exits with 1
if anything differs. With names, only tables and scenarios that begin with one of them.
"""

import csv
import io
import json
import pathlib
import subprocess
import sys


def old_text(revision, path):
    shown = subprocess.run(["git", "show", f"{revision}:{path}"], capture_output=True)
    return shown.stdout.decode() if shown.returncode == 0 else None


def old_names(revision):
    listed = subprocess.run(
        ["git", "ls-tree", "--name-only", revision, "Results/"], capture_output=True, check=True)
    names = listed.stdout.decode().split()
    return [pathlib.Path(name).stem for name in names if name.endswith(".csv")]


def compare(name, old, new):
    """The differences of one table, and the columns that it gained."""
    before = list(csv.reader(io.StringIO(old)))
    after = list(csv.reader(io.StringIO(new)))
    width = len(before[0])
    if after[0][:width] != before[0]:
        return [f"{name}: the old columns do not come first"], []
    if len(after) != len(before):
        return [f"{name}: {len(before) - 1} rows were there, now {len(after) - 1}"], []
    found = []
    for number, (was, now) in enumerate(zip(before, after), 1):
        for column in range(width):
            if was[column] != now[column]:
                found.append(
                    f"{name}:{number}: {before[0][column]} was '{was[column]}', now '{now[column]}'")
    return found, after[0][width:]


def digests(text, name):
    """The trace digests of a scenario, from one file a scenario or from one file for all."""
    entry = json.loads(text)
    if "scenarios" in entry:
        entry = entry["scenarios"].get(name, {})
    return [cell["digest"] for cell in entry.get("cells", [])]


def compare_digests(revision, directory):
    found = []
    for path in sorted((directory / "provenance").glob("*.json")):
        name = path.stem
        old = old_text(revision, f"Results/provenance/{name}.json") or old_text(
            revision, "Results/provenance.json")
        if old is None:
            continue
        before, after = digests(old, name), digests(path.read_text(), name)
        moved = sum(a != b for a, b in zip(before, after)) + abs(len(before) - len(after))
        if before and moved:
            found.append(f"{name}: {moved} of {len(after)} trace digests are others")
    return found


def main(arguments):
    if not arguments:
        sys.exit(__doc__.strip())
    revision, directory = arguments[0], pathlib.Path(arguments[1] if arguments[1:] else "Results")
    prefixes = tuple(arguments[2:])
    differences = []
    for name in sorted(old_names(revision)):
        path = directory / f"{name}.csv"
        if not path.exists() or prefixes and not name.startswith(prefixes):
            continue
        found, gained = compare(name, old_text(revision, f"Results/{name}.csv"), path.read_text())
        differences += found
        verdict = f"{len(found)} differences" if found else "as it was"
        print(f"{name}: {verdict}" + (f", gained {', '.join(gained)}" if gained else ""))
    moved = compare_digests(revision, directory)
    differences += [line for line in moved if not prefixes or line.startswith(prefixes)]
    for line in differences[:40]:
        print(f"  {line}")
    if len(differences) > 40:
        print(f"  and {len(differences) - 40} more")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
