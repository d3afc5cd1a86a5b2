#!/usr/bin/env python3
"""What README's first steps cost: time and memory in a clean clone.

Usage: Scripts/first-steps.py [--write]

Clones the last commit into a scratch folder and runs `make deps` and `make figures` there, one after the other.
Prints for each the time, the CPU seconds of all its processes and the largest peak of memory of one process.
--write puts them into Benchmarks/first-steps.csv, from which README takes its table. Builds take all processors,
so that times mean something on a machine that does nothing else.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
STEPS = ("make deps", "make figures")


def step(command: str, folder: pathlib.Path) -> tuple[float, float, float]:
    """Runs a command; returns seconds, CPU seconds and megabytes."""
    began = time.monotonic()
    child = subprocess.Popen(command.split(), cwd=folder, stdout=sys.stderr)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"first-steps: '{command}' ended with {child.returncode}")
    return time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    """Measures all steps."""
    if sys.argv[1:] not in ([], ["--write"]):
        sys.exit(__doc__)
    lines = ["command,seconds,cpu_seconds,megabytes,processors"]
    with tempfile.TemporaryDirectory() as scratch:
        clone = pathlib.Path(scratch) / "consim"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        for command in STEPS:
            seconds, processor, memory = step(command, clone)
            lines.append(f"{command},{seconds:.0f},{processor:.0f},{memory:.0f},{os.cpu_count()}")
    print("\n".join(lines))
    if sys.argv[1:]:
        (ROOT / "Benchmarks" / "first-steps.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
