#!/usr/bin/env python3
"""Runs targets of the Makefile, some of them at a time, and says what each took.

Usage: Scripts/stages.py [--jobs N] STAGE[:AFTER[,AFTER...]]...

A stage begins when the stages after its colon are done; the order of the arguments decides among those that
may begin. The last stage runs alone, shows its output as it comes, and its last line is the last line of all.
Of every other stage a line tells that it begins and another what it took: CPU seconds and the largest peak of
memory are those of its processes. Its output is shown if it fails; stages that run then are waited for.
Exit code 1 if a stage fails.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time


class Stage:
    """A target, what it waits for, and what it took."""

    def __init__(self, words: str) -> None:
        self.name, _, after = words.partition(":")
        self.after = {name for name in after.split(",") if name}
        self.output = tempfile.TemporaryFile()
        self.code: int | None = None
        self.wall = self.processor = 0.0
        self.peak = 0

    def run(self, shows: bool = False) -> None:
        """Runs the target and notes what it took."""
        start = time.monotonic()
        # Builds are stages of their own.
        words = ["make", "--no-print-directory", self.name, "BUILT=1" if self.name not in BUILDS else "BUILT="]
        out = subprocess.PIPE if shows else self.output
        child = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT)
        if shows:
            self.show(child)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = self.code = os.waitstatus_to_exitcode(status)
        self.wall = time.monotonic() - start
        self.processor = used.ru_utime + used.ru_stime
        self.peak = used.ru_maxrss // 1024

    def show(self, child: subprocess.Popen) -> None:
        """Passes lines on as they come, but for the last one."""
        held = b""
        for line in child.stdout:
            sys.stdout.buffer.write(held)
            sys.stdout.buffer.flush()
            held = line
        self.output.write(held)

    def text(self) -> str:
        """What it printed, or its last line where the rest was shown."""
        self.output.seek(0)
        return self.output.read().decode(errors="replace")

    def row(self) -> str:
        """A line of the table."""
        return f"{self.name:<18}{self.wall:>8.0f}{self.processor:>8.0f}{self.peak:>8}"


# Targets that build; one at a time, since a build locks what others build.
BUILDS = {"build", "build-tools", "build-tests"}
HEADER = f"{'stage':<18}{'wall s':>8}{'CPU s':>8}{'MB':>8}"


def run(stages: list[Stage], jobs: int) -> bool:
    """Runs all stages but the last; returns whether all succeeded."""
    waiting, running, done = list(stages), [], set()
    changed = threading.Condition()

    def carry_out(stage: Stage) -> None:
        stage.run()
        with changed:
            running.remove(stage)
            done.add(stage.name)
            print("test: " + stage.row(), flush=True)
            changed.notify()

    threads = []
    with changed:
        while waiting or running:
            failed = any(stage.code for stage in stages)
            ready = [] if failed or len(running) >= jobs else [s for s in waiting if s.after <= done]
            if ready:
                waiting.remove(ready[0])
                running.append(ready[0])
                print(f"test: {ready[0].name} ...", file=sys.stderr, flush=True)
                threads.append(threading.Thread(target=carry_out, args=(ready[0],)))
                threads[-1].start()
            elif running:
                changed.wait()
            else:
                break
    for thread in threads:
        thread.join()
    return not any(stage.code for stage in stages)


def main() -> int:
    """Runs all stages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2, help="stages at a time; 2 by default")
    parser.add_argument("stages", nargs="+", metavar="STAGE[:AFTER,...]")
    words = parser.parse_args()
    stages = [Stage(stage) for stage in words.stages]
    unknown = set().union(*(stage.after for stage in stages)) - {stage.name for stage in stages[:-1]}
    if unknown:
        parser.error(f"no stage is called {', '.join(sorted(unknown))}")
    start = time.monotonic()
    print("test: " + HEADER, flush=True)
    last = stages.pop()
    if not run(stages, words.jobs):
        for stage in stages:
            if stage.code:
                print(f"--- {stage.name} (exit code {stage.code})\n{stage.text()}", file=sys.stderr)
        return 1
    last.run(shows=True)
    print("\n".join([HEADER, *(stage.row() for stage in [*stages, last])]))
    everything = [*stages, last]
    print(
        f"{'all':<18}{time.monotonic() - start:>8.0f}{sum(s.processor for s in everything):>8.0f}"
        f"{max(s.peak for s in everything):>8}"
    )
    print(last.text(), end="", flush=True)
    return 1 if last.code else 0


if __name__ == "__main__":
    sys.exit(main())
