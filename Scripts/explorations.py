#!/usr/bin/env python3
"""Explores small groups and holds the counts to those in Benchmarks/explorations.csv.

Usage: Scripts/explorations.py CONSIM [check | write] [EXPLORATION...]

`check` (the default) runs the explorations of seconds, or those named, and fails where a count or a
result differs: the same code covers the same states. `write` notes the counts instead. Times are not
counts and are left out. Exit code 2: a count differs; 3: an invariant is broken.
"""
import csv
import pathlib
import re
import subprocess
import sys

RECORDED = pathlib.Path(__file__).resolve().parent.parent / "Benchmarks" / "explorations.csv"


def explored(consim, name):
    """The rows of the table that the program prints of one exploration or group, without times."""
    run = subprocess.run([consim, "explore", name], stdout=subprocess.PIPE, text=True)
    print(run.stdout, end="")
    if run.returncode:
        sys.exit(run.returncode)
    head, *lines = run.stdout.splitlines() or [""]
    names = list(re.finditer(r"\S+(?: \S+)*", head))
    ends = [name.start() for name in names[1:]] + [None]
    rows = [
        {name[0]: line[name.start() : end].strip() for name, end in zip(names, ends)}
        for line in lines
        if len(line) > names[-1].start()
    ]
    return [
        {key: value for key, value in row.items() if key not in ("time", "invariants")} for row in rows
    ]


def recorded():
    with open(RECORDED, newline="") as file:
        return {row["exploration"]: row for row in csv.DictReader(file)}


def main(consim, *arguments):
    does_write = arguments[:1] == ("write",)
    names = arguments[1:] if arguments[:1] in (("write",), ("check",)) else arguments
    rows = [row for name in names or ("quick",) for row in explored(consim, name)]
    known = recorded() if RECORDED.exists() else {}
    if does_write:
        known |= {row["exploration"]: row for row in rows}
        with open(RECORDED, "w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(known.values())
        return 0
    if not rows:
        print("explorations: the program printed no table", file=sys.stderr)
        return 2
    differing = 0
    for row in rows:
        expected = known.get(row["exploration"], {})
        for key, value in row.items():
            if expected.get(key) != value:
                differing += 1
                print(
                    f"explorations: {row['exploration']}: {key} is {value}, was {expected.get(key)}",
                    file=sys.stderr,
                )
    return 2 if differing else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        sys.exit(64)
    sys.exit(main(*sys.argv[1:]))
