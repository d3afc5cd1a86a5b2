#!/usr/bin/env python3
"""Tries, for every emergent claim, a change of the model that turns its verdict.

Usage: Scripts/counterfactuals.py CONSIM [--write] [TEXT...]

A number that comes out of the model must be able to come out otherwise. Each row of
Scenarios/claims/counterfactuals.toml names a reading of an emergent claim and one change; the scenario
of the claim is cut down to what the reading needs (by `cut`, too, for both runs), run as it is and
with the change, and judged by `consim claims` both times. The first verdict must be the committed one, the second the opposite, or
with `stays` the same: then no change is known. Without a row for a reading the script fails, and
where Documentation/Counterfactuals.md has another
table; --write makes it anew. With texts, only rows whose claim or sentence begins with one.

Exit codes: 0 all fared as their rows say, 1 one did not, or a reading has no row.
"""

import argparse
import copy
import csv
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLAIMS = ROOT / "Scenarios" / "claims" / "paper.yaml"
ROWS = ROOT / "Scenarios" / "claims" / "counterfactuals.toml"
PAGE = ROOT / "Documentation" / "Counterfactuals.md"
SUFFIXES = ("-summary", "-survival", "-miners")


def scenario_of(table):
    for suffix in SUFFIXES:
        table = table.removesuffix(suffix)
    return table


def readings(claim):
    """The readings of a claim, each as a claim of its own."""
    for reading in claim.get("readings") or [{}]:
        single = {key: value for key, value in claim.items() if key not in ("readings", "expect")}
        for key, value in reading.items():
            if key not in ("reading", "note"):
                single[key] = value
        if "expect" not in reading and "expect" in claim:
            single["expect"] = claim["expect"]
        yield reading.get("reading", ""), single


def emergent():
    for claim in yaml.safe_load(CLAIMS.read_text())["claims"]:
        if claim.get("kind") == "emergent":
            for name, single in readings(claim):
                yield (claim["id"], claim["says"], name), single


def cut(scenario, selections, row):
    """The variants of a scenario that a reading needs, few seeds, and some values of its sweeps."""
    made = copy.deepcopy(scenario)
    wanted = {selection.get("variant") for selection in selections}
    if None not in wanted and "variants" in made:
        made["variants"] = [part for part in made["variants"] if part["name"] in wanted]
    if "only" in row:
        made["variants"] = [made["variants"][index] for index in row["only"]]
    protocols = {selection.get("protocol") for selection in selections}
    if None not in protocols:
        names = {"pbft": "PBFT", "sc-pbft": "sc-PBFT", "raft": "Raft", "pow": "PoW"}
        made["series"] = [
            part for part in made["series"] if part.get("name", names[part["protocol"]]) in protocols]
        left = {part.get("name", names[part["protocol"]]) for part in made["series"]}
        for variant in made.get("variants", []):
            if "series" in variant:
                variant["series"] = [name for name in variant["series"] if name in left]
        if "variants" in made:
            made["variants"] = [v for v in made["variants"] if v.get("series", True)]
    made["repeat"] = row.get("repeat", min(made.get("repeat", 1), 2))
    for part in made.get("variants", []):
        part.pop("repeat", None)
    for key, values in row.get("sweep", {}).items():
        for part in [made] + made.get("variants", []):
            if key in part.get("sweep", {}):
                part["sweep"][key] = values
    return changed(made, {"change": row["cut"]}) if "cut" in row else made


def put(mapping, path, value):
    """Sets a dotted path in a scenario's mapping."""
    place = mapping
    parts = path.split(".")
    for index, part in enumerate(parts[:-1]):
        if isinstance(place, list):
            place = place[int(part)]
        else:
            if part not in place:
                place[part] = [] if parts[index + 1].isdigit() else {}
            place = place[part]
    if isinstance(place, list):
        while len(place) <= int(parts[-1]):
            place.append({})
        place[int(parts[-1])] = value
    else:
        place[parts[-1]] = value


def changed(scenario, row):
    made = copy.deepcopy(scenario)
    for series in made["series"]:
        for path, value in row.get("series", {}).get(series.get("name"), {}).items():
            series.setdefault("with", {})[path] = value
    chosen = row.get("variants")
    for variant in made.get("variants", []) or [made]:
        if chosen is not None and made["variants"].index(variant) not in chosen:
            continue
        for path, value in row.get("change", {}).items():
            overlay = variant.setdefault("with", {}) if variant is not made else made
            if variant is made:
                put(made, path, value)
                continue
            # A key that the variant gives as a whole is changed inside of it.
            root = path.split(".")[0]
            if root in overlay and "." in path:
                put(overlay, path, value)
            else:
                for key in [key for key in overlay if key.startswith(path + ".")]:
                    del overlay[key]
                overlay[path] = value
    return made


class Plain(yaml.SafeDumper):
    """Writes equal values twice: a scenario has no anchors."""

    def ignore_aliases(self, data):
        return True


def written(value):
    return yaml.dump(value, Dumper=Plain, sort_keys=False, allow_unicode=True)


def drop(scenario, path):
    """Removes a key, where the scenario or a variant has it."""
    for mapping in [scenario] + [part.get("with", {}) for part in scenario.get("variants", [])]:
        for key in [key for key in mapping if key == path or key.startswith(path + ".")]:
            del mapping[key]
        place = mapping
        *parents, last = path.split(".")
        for part in parents:
            place = place.get(part) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place.pop(last, None)


def trim(scenario, complaint):
    """Leaves out what consim says has no effect in what is left; tells whether there was any."""
    idle = re.search(r"error: '([a-z0-9.-]+)' has no effect", complaint)
    unused = re.search(r"no variant runs the series '([^']+)'", complaint)
    if idle:
        drop(scenario, idle.group(1))
    elif unused:
        names = {"pbft": "PBFT", "sc-pbft": "sc-PBFT", "raft": "Raft", "pow": "PoW"}
        scenario["series"] = [
            part for part in scenario["series"]
            if part.get("name", names[part["protocol"]]) != unused.group(1)]
    return bool(idle or unused)


class Trial:
    def __init__(self, program, folder):
        self.program = program
        self.folder = pathlib.Path(folder)

    def call(self, *arguments):
        return subprocess.run(
            [self.program, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)

    def verdict(self, claim, scenarios, name):
        """Runs scenarios, has the claim judged, and gives the value and whether it holds."""
        results = self.folder / name
        for scenario in scenarios:
            self.run(scenario, name, results)
        claims = self.folder / f"{name}.yaml"
        claims.write_text(written({"claims": [claim]}))
        done = self.call("claims", "--claims", claims, "--results", results)
        if name == "after" and "no row of" in done.stderr:
            return "", False
        if done.returncode not in (0, 2):
            raise RuntimeError(done.stderr.strip().split("\n")[0])
        lines = (results / "claims.csv").read_text().splitlines()
        row = next(csv.DictReader(lines))
        return row["ours"], row["verdict"] == "holds"

    def run(self, scenario, name, results):
        # Cost profiles lie beside scenarios.
        costs = self.folder / "costs"
        if not costs.exists():
            costs.symlink_to(ROOT / "Scenarios" / "costs")
        path = self.folder / f"{scenario['name']}-{name}.yaml"
        try:
            while True:
                path.write_text(written(scenario))
                done = self.call("run", path, "--out", results, "--quiet")
                if done.returncode in (0, 2, 3):
                    return
                if not trim(scenario, done.stderr):
                    raise RuntimeError(done.stderr.strip().split("\n  ")[0])
        finally:
            path.unlink(missing_ok=True)


def tables(claim):
    found = {}
    for part in ("value", "over"):
        if part in claim:
            selection = claim[part]
            found.setdefault(scenario_of(selection["file"]), []).append(selection.get("rows", {}))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("texts", nargs="*")
    arguments = parser.parse_args()
    program = str(pathlib.Path(arguments.program).resolve())
    with open(ROWS, "rb") as file:
        rows = tomllib.load(file)["row"]
    claims = dict(emergent())
    problems = 0
    lines = []
    answered = set()
    for row in rows:
        key = (row["claim"], row["says"], row.get("reading", ""))
        if key not in claims:
            print(f"no emergent claim reads so: {key}")
            problems += 1
            continue
        answered.add(key)
        if arguments.texts and not any(
                part.startswith(text) for text in arguments.texts for part in key[:2]):
            continue
        claim = claims[key]
        if "untried" in row:
            lines.append((key, "", "", "not tried: " + row["untried"], "", "", "none"))
            continue
        with tempfile.TemporaryDirectory() as folder:
            trial = Trial(program, folder)
            scenarios = [
                (yaml.safe_load((ROOT / "Scenarios" / f"{name}.yaml").read_text()), selections)
                for name, selections in tables(claim).items()]
            try:
                base = [cut(scenario, selections, row) for scenario, selections in scenarios]
                before, held = trial.verdict(claim, base, "before")
                after, holds = trial.verdict(claim, [changed(part, row) for part in base], "after")
            except RuntimeError as problem:
                print(f"{' | '.join(key)}: {problem}")
                problems += 1
                continue
        expected = claim.get("expect") != "does-not-hold"
        turns = holds != held
        is_right = held == expected and turns != row.get("stays", False)
        state = ("turned" if turns else "stays") if is_right else "WRONG"
        problems += not is_right
        print(f"{state}: {' | '.join(key)}: {before} -> {after or 'nothing'}: {row['what']}", flush=True)
        kind = "stays" if row.get("stays") else "sibling" if row.get("sibling") else "model"
        what = row["what"]
        if "cut" in row:
            what += "; both runs end after " + ", ".join(
                f"{value} {path.split('.')[-1]}" for path, value in row["cut"].items())
        lines.append(
            (key, before, "holds" if held else "does not hold", what, after or "-",
             "holds" if holds else "does not hold", kind))
    for key in claims:
        if key not in answered:
            print(f"no change is named for: {' | '.join(key)}")
            problems += 1
    if not arguments.texts and not problems:
        old, new = PAGE.read_text(), page(lines)
        if arguments.write:
            PAGE.write_text(new)
        elif old != new:
            print(f"{PAGE.relative_to(ROOT)} is another: --write makes it anew")
            problems += 1
    if problems:
        sys.exit(1)


def page(lines):
    """The page with the table of these rows."""
    head, _, rest = PAGE.read_text().partition("<!-- block: counterfactuals -->\n")
    _, _, tail = rest.partition("<!-- end -->")
    table = ["| claim | reading | as it is | change | kind | then |", "| --- | --- | --- | --- | --- | --- |"]
    for (claim, says, reading), before, verdict, what, after, then, kind in lines:
        cells = [
            f"{claim}: {says}", reading, f"{before} {verdict}".strip(), what, kind, f"{after} {then}".strip()]
        table.append("| " + " | ".join(cells).replace("|  |", "| |") + " |")
    return head + "<!-- block: counterfactuals -->\n" + "\n".join(table) + "\n<!-- end -->" + tail


if __name__ == "__main__":
    main()
