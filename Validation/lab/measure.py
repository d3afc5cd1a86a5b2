#!/usr/bin/env python3
"""Measures etcd with members in network namespaces of this machine; needs root.

Usage: measure.py [--full] [--only GLOB] [--disk DIR] [--out DIR] [--raw] [--list] [--help]

Quick: one repetition of a few seconds, 20 elections a setting, each cut once. --full: five
repetitions of ten seconds, 200 elections, 20 cuts. Every family of cases has a file FAMILY.csv in
DIR; a case that stands there is not measured again, so that a run can be interrupted and resumed.
Exit code 1: a case could not be measured; 64: wrong usage; 69: no root, or a program is missing.
"""
import argparse
import contextlib
import csv
import datetime
import fnmatch
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import types
from collections.abc import Iterable, Iterator

import cases
import cuts
import elections
import lab
import loads

def say(text: str) -> None:
    """Prints progress."""
    print(f"measure: {text}", file=sys.stderr, flush=True)


class Table:
    """A CSV file that grows by a row a measurement."""

    def __init__(self, path: pathlib.Path, columns: list[str], key: tuple[str, str]) -> None:
        """Reads which rows are there."""
        self.path, self.columns, self.key = path, columns, key
        self.done: set[tuple[str, str]] = set()
        if not path.exists():
            return
        with path.open(newline="") as file:
            reader = csv.DictReader(file)
            if reader.fieldnames != columns:
                say(f"{path.name} has other columns; move it away or choose another --out")
                sys.exit(64)
            self.done = {(row[key[0]], row[key[1]]) for row in reader}

    def append(self, row: dict[str, object]) -> None:
        """Adds a row; the file is complete after each."""
        is_new = not self.path.exists()
        with self.path.open("a", newline="") as file:
            writer = csv.DictWriter(file, self.columns, lineterminator="\n")
            if is_new:
                writer.writeheader()
            writer.writerow(row)
        self.done.add((str(row[self.key[0]]), str(row[self.key[1]])))


def raw_file(case: cases.LoadCase, repetition: int,
             options: argparse.Namespace) -> pathlib.Path | None:
    """Where every latency of a repetition goes, if they are asked for."""
    if not options.raw:
        return None
    folder = options.out / "raw" / case.family
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{case.name}-{repetition}.txt"


@contextlib.contextmanager
def data_folder(case: object, options: argparse.Namespace) -> Iterator[pathlib.Path]:
    """Makes the folder of a case's data, and removes it."""
    on_disk = isinstance(case, cases.LoadCase) and case.on_disk
    with tempfile.TemporaryDirectory(prefix="consim-lab-",
                                     dir=options.disk if on_disk else options.memory) as path:
        yield pathlib.Path(path)


def remove_old_data(folder: pathlib.Path) -> None:
    """Removes the data of a run that was killed; no other lab may run."""
    for path in folder.glob("consim-lab-*/"):
        shutil.rmtree(path)


def run_loads(chosen: list[cases.LoadCase], options: argparse.Namespace) -> int:
    """Measures all cases under load; returns how many failed."""
    tables: dict[str, Table] = {}
    for case in chosen:
        if case.family not in tables:
            tables[case.family] = Table(options.out / f"{case.family}.csv", loads.columns_of(case),
                                        ("case", "repetition"))
    # A repetition of everything before the next, so that slow changes of the machine spread.
    work = [(case, repetition) for repetition in range(1, options.repetitions + 1)
            for case in chosen if (case.name, str(repetition)) not in tables[case.family].done]
    failed = 0
    for place, (case, repetition) in enumerate(work, 1):
        raw = raw_file(case, repetition, options)
        try:
            with data_folder(case, options) as folder:
                row = loads.measure(case, repetition, folder, raw, options)
        except lab.LabError as error:
            failed += 1
            say(f"[{place}/{len(work)}] {case.title} #{repetition} failed: {error}")
            continue
        tables[case.family].append(row)
        say(f"[{place}/{len(work)}] {case.title} #{repetition}: {row['puts_per_s']} puts/s, "
            f"p50 {row['p50_ms']} ms, p99 {row['p99_ms']} ms, {row['errors']} errors")
    return failed


def run_series(chosen: list, table: Table, count: int, module: types.ModuleType,
               options: argparse.Namespace) -> int:
    """Measures elections or cuts; returns the number of cases that are not complete."""
    return sum(not complete(case, table, count, module, options) for case in chosen)


def complete(case: cases.ElectionCase | cases.CutCase, table: Table, count: int,
             module: types.ModuleType, options: argparse.Namespace) -> bool:
    """Measures what a case lacks, with a fresh cluster after a failure; at most three clusters."""
    for _ in range(3):
        numbers = [number for number in range(1, count + 1)
                   if (case.name, str(number)) not in table.done]
        if not numbers:
            return True
        try:
            with data_folder(case, options) as folder:
                for row in module.measure(case, numbers, folder, options.realtime):
                    table.append(row)
                    say(f"{case.title} #{row[table.key[1]]} of {count}: {summary(row)}")
            return True
        except lab.LabError as error:
            say(f"{case.title}: {error}")
    return False


def summary(row: dict[str, object]) -> str:
    """A line of progress for an election or a cut."""
    if "leader_ms" in row:
        return (f"leader after {row['leader_ms']} ms, put after {row['put_ms']} ms, "
                f"candidacies {row['candidacies']}")
    members = ", ".join(f"{row[f'outage_ms_member{i}']} ms" for i in range(3))
    serving = [i for i in range(3) if row[f"serves_member{i}"]]
    return f"outages {members}; serving at the end: {serving}"


def package_version(name: str) -> str:
    """The version of a Debian package, or 'unknown'."""
    with contextlib.suppress(OSError):
        done = subprocess.run(["dpkg-query", "-W", "-f=${Version}", name], capture_output=True,
                              text=True, timeout=20)
        return done.stdout or "unknown"
    return "unknown"


def processor_model() -> str:
    """The name of the processor."""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def file_system(folder: pathlib.Path | None) -> str:
    """The kind of file system that holds a folder; nothing without a folder."""
    return lab.run("stat", "-f", "-c", "%T", str(folder)).strip() if folder else ""


def machine(options: argparse.Namespace) -> dict[str, str]:
    """What the measurements depend on; no host name and no path."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("etcd-server", "etcd-client", "libnghttp2-14", "iproute2")
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "repetitions": str(options.repetitions),
        "elections": str(options.elections),
        "cuts": str(options.cuts),
        "disk_file_system": file_system(options.disk),
        "kernel": platform.release(),
        "processor": processor_model(),
        "cores": str(os.cpu_count()),
        "memory_gib": f"{memory:.0f}",
        **{package: package_version(package) for package in packages},
        "warmup_s": f"{options.warmup:g}",
        "window_s": f"{options.seconds:g}",
        "client_one_way_ms": f"{options.client_ms:g}",
        "data_file_system": file_system(options.memory),
        "members_realtime": str(int(options.realtime)),
    }


# What may differ between two runs that fill the same tables.
MAY_DIFFER = {"date", "repetitions", "elections", "cuts", "disk_file_system"}


def write_machine(options: argparse.Namespace) -> None:
    """Writes machine.csv; tables that were begun elsewhere or otherwise are not gone on with."""
    path = options.out / "machine.csv"
    values = machine(options)
    if path.exists():
        with path.open(newline="") as file:
            before = {row["name"]: row["value"] for row in csv.DictReader(file)}
        for name in values.keys() - MAY_DIFFER:
            if before.get(name) != values[name]:
                say(f"the tables there were measured with {name} '{before.get(name)}', now it is "
                    f"'{values[name]}'; choose another --out")
                sys.exit(64)
        # The day when the tables were begun.
        values["date"] = before.get("date", values["date"])
        values["disk_file_system"] = values["disk_file_system"] or before["disk_file_system"]
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("name", "value"), *values.items()])


def read_options() -> argparse.Namespace:
    """Reads the command line; what is not given depends on --full."""
    parser = argparse.ArgumentParser(description="Measures etcd in network namespaces; needs root.")
    parser.add_argument("--full", action="store_true", help="five repetitions, 200 elections")
    parser.add_argument("--only", action="append", metavar="GLOB",
                        help="only cases whose FAMILY/NAME matches; may be repeated")
    parser.add_argument("--out", type=pathlib.Path, metavar="DIR",
                        default=lab.PROGRAMS / "measured",
                        help="where the tables go (.build/measured beside this program)")
    parser.add_argument("--disk", type=pathlib.Path, metavar="DIR",
                        help="a directory on a disk: measures the family disk too")
    parser.add_argument("--memory", type=pathlib.Path, metavar="DIR",
                        default=pathlib.Path("/dev/shm"),
                        help="a directory in a tmpfs for all other families (/dev/shm)")
    parser.add_argument("--raw", action="store_true",
                        help="writes every latency in ns too: raw/FAMILY/NAME-REPETITION.txt")
    parser.add_argument("--client-ms", type=float, default=0,
                        help="one-way delay between load generator and members (0)")
    parser.add_argument("--realtime", action="store_true",
                        help="members and load generator under SCHED_RR too")
    parser.add_argument("--repetitions", type=int, help="1, with --full 5")
    parser.add_argument("--elections", type=int, help="of a setting: 20, with --full 200")
    parser.add_argument("--cuts", type=int, help="of each kind: 1, with --full 20")
    parser.add_argument("--warmup", type=float, help="seconds: 1, with --full 3")
    parser.add_argument("--seconds", type=float, help="of the window: 3, with --full 10")
    parser.add_argument("--list", action="store_true", help="prints the cases and ends")
    options = parser.parse_args()
    quick = {"repetitions": 1, "elections": 20, "cuts": 1, "warmup": 1.0, "seconds": 3.0}
    full = {"repetitions": 5, "elections": 200, "cuts": 20, "warmup": 3.0, "seconds": 10.0}
    for name, value in (full if options.full else quick).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def check_machine(options: argparse.Namespace) -> None:
    """Ends with exit code 69 where something is missing."""
    missing = [name for name in ("ip", "etcd", "etcdctl") if not shutil.which(name)]
    missing += [name for name in ("wire", "echo", "load") if not (lab.PROGRAMS / name).exists()]
    if os.geteuid() != 0:
        missing.append("root")
    if not pathlib.Path("/dev/net/tun").exists():
        missing.append("/dev/net/tun")
    for folder in (options.disk, options.memory):
        if folder and not folder.is_dir():
            missing.append(str(folder))
    if missing:
        say(f"missing: {', '.join(missing)}; see Validation/lab/README.md")
        sys.exit(69)


def choose(all_cases: Iterable, options: argparse.Namespace) -> list:
    """The cases that --only matches."""
    return [case for case in all_cases
            if not options.only or any(fnmatch.fnmatch(case.title, glob) for glob in options.only)]


def main() -> int:
    """Measures what the command line chooses."""
    options = read_options()
    loaded = choose(cases.load_cases(options.client_ms, options.disk is not None), options)
    voting = choose(cases.election_cases(), options)
    cut = choose(cases.cut_cases(), options)
    if options.list:
        print("\n".join(case.title for case in [*loaded, *voting, *cut]))
        return 0
    if not [*loaded, *voting, *cut]:
        say("no case matches; --list prints them")
        return 64
    check_machine(options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed = 0
    with lab.alone():
        for folder in filter(None, (options.memory, options.disk)):
            remove_old_data(folder)
        options.out.mkdir(parents=True, exist_ok=True)
        write_machine(options)
        if file_system(options.memory) != "tmpfs":
            say("the directory of --memory is no tmpfs: fsync costs time in every family")
        failed += run_loads(loaded, options)
        for module, chosen, key, count in (
            (elections, voting, "election", options.elections),
            (cuts, cut, "cut", options.cuts),
        ):
            path = options.out / f"{module.__name__}.csv"
            table = Table(path, module.COLUMNS, ("case", key))
            failed += run_series(chosen, table, count, module, options)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("interrupted; the same command goes on from here")
        sys.exit(130)
    except lab.LabError as reason:
        say(str(reason))
        sys.exit(69)
