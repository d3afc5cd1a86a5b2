#!/usr/bin/env python3
"""CPU seconds of a cold build, by module.

Usage: Scripts/build-times.py [release | debug]

Builds the product (release) or everything with the tests (debug) in a scratch folder of its own, with this
program in the place of the compilers: it runs the real one and notes the user and system time of the process
and its children, and the largest of their peaks of memory. Prints a table, the dearest module first.
"""

import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

LOG = "BUILD_TIMES_LOG"


def compiler(real: str, words: list[str]) -> int:
    """Runs a compiler in place of which this program was called, and notes what it took."""
    code = subprocess.run([real, *words], check=False).returncode
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    if "-module-name" in words:
        name = words[words.index("-module-name") + 1]
    else:
        name = next((part for word in words for part in folder(word)), "other")
    with open(os.environ[LOG], "a", encoding="utf-8") as log:
        log.write(f"{name}\t{used.ru_utime + used.ru_stime:.3f}\t{used.ru_maxrss}\n")
    return code


def folder(word: str) -> list[str]:
    """The name of the target that an object file belongs to: .../NAME.build/file.o."""
    parts = pathlib.PurePath(word).parts
    return [part[:-6] for part in parts if word.endswith(".o") and part.endswith(".build")]


def wrapper(folder: pathlib.Path, name: str, real: str) -> str:
    """A script that calls this program as the compiler `name`."""
    script = folder / name
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" --compiler "{real}" "$@"\n')
    script.chmod(0o755)
    return str(script)


def measure(configuration: str) -> int:
    """Builds once and prints the table."""
    with tempfile.TemporaryDirectory() as scratch:
        place = pathlib.Path(scratch)
        tools = pathlib.Path(shutil.which("swiftc")).parent
        # The driver asks for other tools beside itself.
        for tool in tools.iterdir():
            if tool.name not in ("swiftc", "clang"):
                (place / tool.name).symlink_to(tool)
        environment = dict(os.environ)
        environment[LOG] = str(place / "log")
        environment["SWIFT_EXEC"] = wrapper(place, "swiftc", str(tools / "swiftc"))
        environment["CC"] = wrapper(place, "clang", str(tools / "clang"))
        words = ["swift", "build", "--scratch-path", str(place / "build")]
        words += ["-c", "release", "--product", "consim"] if configuration == "release" else ["--build-tests"]
        began = time.monotonic()
        subprocess.run(words, check=True, env=environment, stdout=sys.stderr)
        wall = time.monotonic() - began
        total: dict[str, list[float]] = {}
        for line in (place / "log").read_text(encoding="utf-8").splitlines():
            name, seconds, memory = line.split("\t")
            entry = total.setdefault(name, [0.0, 0.0])
            entry[0] += float(seconds)
            entry[1] = max(entry[1], float(memory))
    print("| module | CPU s | peak MB |\n| --- | --- | --- |")
    for name, (seconds, memory) in sorted(total.items(), key=lambda item: -item[1][0]):
        print(f"| {name} | {seconds:.1f} | {memory / 1024:.0f} |")
    cpu = sum(entry[0] for entry in total.values())
    print(f"\nbuild-times: {configuration}, {cpu:.0f} CPU s, {wall:.0f} s on {os.cpu_count()} processors")
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compiler"]:
        sys.exit(compiler(sys.argv[2], sys.argv[3:]))
    if sys.argv[1:] not in ([], ["release"], ["debug"]):
        sys.exit(__doc__)
    sys.exit(measure((sys.argv[1:] or ["release"])[0]))
