#!/usr/bin/env python3
"""Sums llvm-cov's lines by module.

Usage: Scripts/coverage.py JSON RECORDED [--check]. Prints the table; writes it to RECORDED, or with
--check compares with it. Exit code 2: a module lost more than half a per cent of its lines.
"""
import collections
import csv
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MOST_LOST = 0.5


def modules():
    """The modules of Package.swift by the folders of Sources in which they lie."""
    package = subprocess.run(["swift", "package", "dump-package"], cwd=ROOT, check=True, capture_output=True)
    names = {target.get("path") or f"Sources/{target['name']}": target["name"]
             for target in json.loads(package.stdout)["targets"]}
    return {ROOT / place: name for place, name in names.items() if place.startswith("Sources/")}


def main(report, recorded, *options):
    counts = collections.defaultdict(lambda: [0, 0])
    homes = modules()
    for file in json.loads(pathlib.Path(report).read_text())["data"][0]["files"]:
        path = pathlib.Path(file["filename"])
        module = next((homes[folder] for folder in path.parents if folder in homes), None)
        if module:
            lines = file["summary"]["lines"]
            for name in (module, "all"):
                counts[name][0] += lines["count"]
                counts[name][1] += lines["covered"]
    rows = sorted((name == "all", name, *count) for name, count in counts.items())
    table = [(name, lines, covered, f"{100 * covered / lines:.1f}") for _, name, lines, covered in rows]
    for name, lines, covered, share in table:
        print(f"{name:<16} {covered:>6} of {lines:>6} lines {share:>6} %")
    header = ("module", "lines", "covered", "percent")
    if "--check" not in options:
        with open(recorded, "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *table])
        return 0
    with open(recorded, newline="") as file:
        before = {row["module"]: float(row["percent"]) for row in csv.DictReader(file)}
    worse = 0
    for name, _, _, share in table:
        if float(share) < before.get(name, 0) - MOST_LOST:
            print(f"coverage: {name} had {before[name]} %", file=sys.stderr)
            worse = 2
    return worse


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
