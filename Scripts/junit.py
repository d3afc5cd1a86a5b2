#!/usr/bin/env python3
"""Holds the JUnit files of 'consim check' and 'consim judge' to the schema that Jenkins' plug-in xUnit has.

Usage: Scripts/junit.py CONSIM [SCHEMA]

Results that are equal, differ, are altered and are within tolerance are compared, with names that XML has
to escape; so are claims that hold, do not and cannot be tested. The schema is junit-10.xsd, which
'Scripts/deps.sh junit' puts into .build/junit. Exit code 1: a file is not valid or counts wrongly; 69:
the validator or the schema is missing.
"""
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

try:
    import xmlschema
except ImportError:
    print("junit: install xmlschema: Scripts/deps.sh junit", file=sys.stderr)
    sys.exit(69)

ROOT = pathlib.Path(__file__).resolve().parent.parent

SCENARIO = r"""
name: small
title: "a <title> & \"more\""
measure: metrics
repeat: 2
series:
  - { protocol: pbft, name: "<a> & \"b\" ]]> 50 %" }
  - { protocol: raft }
replicas: 4
network: { latency: 1 ms }
clients: { connections: 2, timeout: 1 s }
schedule: { tests: 2, window: 200 ms, rotation-delay: 50 ms, interval: 300 ms }
pbft: { rotation: per-test }
"""

TOLERANCES = "tolerances: [{ metric: tps, percent: 99, reason: '<reviewed> & \"agreed\"' }]\n"

CLAIMS = r"""
claims:
  - { id: "<1>", says: "holds & \"more\"", value: { file: small, column: tps }, at-least: 0 }
  - { id: 2, says: "does not", value: { file: small, column: tps }, at-most: 0 }
  - { id: 3, not-testable: "no <run> can" }
"""

# What no JUnit file may be; a schema that accepts it would be no check.
BROKEN = '<testsuites><testsuite name="a" tests="1" failures="0"><testcase/></testsuite></testsuites>'


def doubled(directory):
    """Doubles the throughput of the first run, and hides the table from the hashes of provenance."""
    table = directory / "Results" / "small.csv"
    lines = table.read_text().splitlines()
    place = lines[0].split(",").index("tps")
    # The quoted name may have no comma, so that a comma ends every cell.
    cells = lines[1].split(",")
    cells[place] = f"{float(cells[place]) * 2:.3f}"
    table.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n")


def unhashed(directory):
    entry = directory / "Results" / "provenance" / "small.json"
    entry.write_text(entry.read_text().replace('"small.csv":"', '"another.csv":"'))


def main():
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 64
    consim = str(pathlib.Path(sys.argv[1]).resolve())
    path = pathlib.Path(sys.argv[2] if len(sys.argv) == 3 else ROOT / ".build/junit/junit-10.xsd")
    if not path.is_file():
        print(f"junit: there is no {path}: Scripts/deps.sh junit", file=sys.stderr)
        return 69
    schema = xmlschema.XMLSchema(str(path))
    if schema.is_valid(BROKEN):
        print("junit: the schema accepts what is no JUnit file", file=sys.stderr)
        return 1
    problems = []
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)

        def call(*arguments):
            return subprocess.run(
                [consim, *arguments], cwd=directory, capture_output=True, text=True, check=False)

        def judge(what, status, failures, *arguments):
            ended = call(*arguments, "--format", "junit", "--out", "report.xml")
            if ended.returncode != status:
                problems.append(f"{what}: ended with {ended.returncode}: {ended.stderr}")
                return
            for error in schema.iter_errors(str(directory / "report.xml")):
                problems.append(f"{what}: {error.path}: {error.reason}")
            root = xml.etree.ElementTree.parse(directory / "report.xml").getroot()
            for element in [root, *root.iter("testsuite")]:
                counted = (len(list(element.iter("testcase"))), len(list(element.iter("failure"))))
                stated = (int(element.get("tests")), int(element.get("failures")))
                if counted != stated:
                    problems.append(f"{what}: states {stated} and has {counted}")
            if int(root.get("failures")) != failures:
                problems.append(f"{what}: {root.get('failures')} failures, not {failures}")

        (directory / "small.yaml").write_text(SCENARIO)
        (directory / "claims.yaml").write_text(CLAIMS)
        (directory / "tolerances.yaml").write_text(TOLERANCES)
        ended = call("run", "small.yaml", "--quiet")
        if ended.returncode:
            print(f"junit: {ended.stderr}", file=sys.stderr)
            return 1
        judge("equal", 0, 0, "check", "small.yaml")
        judge("claims", 2, 1, "judge", "claims.yaml")
        doubled(directory)
        judge("altered", 2, 1, "check", "small.yaml")
        judge("altered, by inputs", 2, 1, "check", "small.yaml", "--inputs")
        unhashed(directory)
        judge("different", 2, 1, "check", "small.yaml")
        judge("within tolerance", 4, 0, "check", "small.yaml", "--tolerance", "tolerances.yaml")
        (directory / "small.yaml").write_text(SCENARIO.replace("repeat: 2", "repeat: 3"))
        judge("another scenario", 2, 4, "check", "small.yaml")
    for problem in problems:
        print(f"junit: {problem}", file=sys.stderr)
    if not problems:
        print("junit: 7 reports are valid")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
