#!/usr/bin/env python3
"""Holds the numbers in the documents to what gives them.

Usage: Scripts/document-numbers.py [check | write | show [GROUP...] | seal GROUP... | mutate [N] [-v] [FILE...]]
                                   [--consim PROGRAM]

`check` (the default) fails where a document states a number that its source does not give, where a
generated block is stale, and where a line with results names no source. `write` makes the generated
blocks anew. `show` prints every number of a group with the command behind it. `mutate` changes digits
of the documents, one at a time (all, or N a document), and counts the changes that `check` would not
notice; `-v` lists them.

Documents name their sources in comments that readers do not see:

  ... 12.4 s gives 21.0 %, 12.6 s 0.0 %. <!-- numbers: cliffs -->      the numbers of this line
  <!-- block: sensitivity-table --> ... <!-- end -->                    text that is made whole

A block is made whole by the function that its group names as `block`, or by the command of a cheap
group. If the group is an `excerpt`, the command must print each line as far as its "...". If it is
`sealed`, another script or a hand wrote it, and `seal` notes its digest here. Any other block is
written by hand, and its numbers must be the group's.

The files in Documentation/numbers define the groups, one file for each page. A group has a class:

  cheap    its command runs now; the numbers are those that it prints
  dear     its values come from committed tables; `consim check --inputs` holds these to their inputs,
           `consim check` runs them again; the command names every scenario whose tables are read
  machine  measured on one machine; it names where and when, and lists its numbers as inputs
  input    chosen or printed by the paper, not measured: the reason stands beside it

`values` are computed, `inputs` are written down. With `in-order = true` the text must state all values
in the order of the group, or all inputs if it has no values. An input is used as often as it stands
in the group. Numbers from two to
twelve and common fractions count when they are spelled out; a sign counts; what a line is about
(n = 31, 4n, `code`) must stand in the group's command, labels or numbers.
"""

import ast
import csv
import functools
import hashlib
import math
import pathlib
import re
import shlex
import statistics
import subprocess
import sys
import tomllib
from random import Random

ROOT = pathlib.Path(__file__).resolve().parent.parent
GROUPS = ROOT / "Documentation" / "numbers"
CLASSES = ("cheap", "dear", "machine", "input")


def documents():
    found = [ROOT / "README.md"] + sorted((ROOT / "Documentation").glob("*.md"))
    return [path for path in found if path.exists()]


# MARK: Tables

class Unknown(Exception):
    """What a group asks for does not exist."""


# The tables that were read since somebody cleared this.
READ = set()


def table(name):
    READ.add(name)
    return table_of(name)


@functools.lru_cache(maxsize=None)
def table_of(name):
    path = ROOT / "Results" / f"{name}.csv"
    try:
        with open(path, newline="") as file:
            return tuple(csv.DictReader(file))
    except FileNotFoundError:
        raise Unknown(f"there is no table {name}") from None


def matches(row, conditions):
    for column, wanted in conditions.items():
        if column not in row:
            raise Unknown(f"there is no column {column}")
        if str(wanted).startswith("!"):
            if row[column] != str(wanted)[1:]:
                continue
            return False
        if row[column] == str(wanted):
            continue
        try:
            if float(row[column]) == float(wanted):
                continue
        except ValueError:
            pass
        return False
    return True


def rows(name, conditions):
    found = [row for row in table(name) if matches(row, conditions)]
    if not found:
        raise Unknown(f"{name} has no row with {conditions}")
    return found


def column(name, key, /, **conditions):
    """The values of a column in the rows that meet all conditions."""
    return [float(row[key]) for row in rows(name, conditions) if row[key] != ""]


def mean(name, key, /, **conditions):
    return statistics.fmean(column(name, key, **conditions))


def least(name, key, /, **conditions):
    return min(column(name, key, **conditions))


def most(name, key, /, **conditions):
    return max(column(name, key, **conditions))


def ratio(name, key, over, under, /, **conditions):
    """The mean under one set of conditions over that under another."""
    return mean(name, key, **conditions, **over) / mean(name, key, **conditions, **under)


def count(name, /, **conditions):
    """How many rows meet all conditions."""
    return len([row for row in table(name) if matches(row, conditions)])


def judged(identifier):
    """The rows of a claim; its numbers come from the tables that it names."""
    found = [row for row in table("claims") if row["id"] == identifier]
    READ.discard("claims")
    READ.update(row["file"] for row in found)
    return found


def claims(*identifiers):
    """What the claims of these names measure; percents also as such."""
    found = []
    for row in [row for identifier in identifiers for row in judged(identifier)]:
        if row["ours"]:
            value = float(row["ours"])
            found += [value] if row["unit"] else [value, 100 * value, 100 * (1 - value), 100 * (value - 1)]
    if not found:
        raise Unknown(f"no claim {' '.join(identifiers)} measures anything")
    return found


def claim(identifier, part=""):
    """What the one claim of this name measures whose words or reading contain the part."""
    found = [row for row in judged(identifier) if part in row["claim"] or part in row["reading"]]
    if len(found) != 1 or not found[0]["ours"]:
        raise Unknown(f"{len(found)} claims {identifier} are about '{part}'")
    READ.difference_update(row["file"] for row in judged(identifier))
    READ.add(found[0]["file"])
    return float(found[0]["ours"])


def verdicts(verdict=None, ours=False):
    """How many claims of the paper, or of our own, there are or fare so; several readings are one claim."""
    return len({(row["id"], row["where"], row["claim"]) for row in table("claims")
                if verdict in (None, row["verdict"]) and ours == (row["where"] == "consim")})


# Student's t for a two-sided interval of 95 %, by degrees of freedom.
STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]


def interval(values):
    """Half the width of the 95 % interval of a mean."""
    if len(values) < 2:
        return 0.0
    freedom = len(values) - 1
    t = STUDENT[freedom - 1] if freedom <= len(STUDENT) else 1.984
    return t * statistics.stdev(values) / math.sqrt(len(values))


def gains(name, over="sc-PBFT", under="PBFT", **conditions):
    """The gain in percent of blocks, one for each pair of runs with one seed."""
    upper = {row["seed"]: float(row["blocks"]) for row in rows(name, {"protocol": over, **conditions})}
    lower = {row["seed"]: float(row["blocks"]) for row in rows(name, {"protocol": under, **conditions})}
    return [100 * (upper[seed] / lower[seed] - 1) for seed in sorted(upper, key=int)]


def gain(name, **conditions):
    """The mean gain in percent, and half its interval."""
    values = gains(name, **conditions)
    return [statistics.fmean(values), interval(values)]


def latency(name, tests, /, **conditions):
    """The mean over the accepted requests of the first tests, in milliseconds."""
    found = [(float(row["latency_ms"]), int(row["accepted"])) for row in rows(name, conditions)
             if row["latency_ms"] and int(row["test"]) <= tests]
    return sum(value * weight for value, weight in found) / sum(weight for _, weight in found)


def latency_of(unit, /, **conditions):
    """The mean latency in Figure 9 over tests, as its table has it, or over requests, in milliseconds."""
    found = [(float(row["latency_ms"]), int(row["accepted"]), int(row["declined"]))
             for row in rows("figure9", conditions) if row["latency_ms"]]
    if unit == "tests":
        return statistics.fmean(value for value, _, _ in found)
    has_failures = conditions["accounting"] == "failures-at-timeout"
    weights = [accepted + (declined if has_failures else 0) for _, accepted, declined in found]
    return sum(value * weight for (value, _, _), weight in zip(found, weights)) / sum(weights)


def survivals(name, /, **conditions):
    """When each run was lost, in arrivals: at the end of the first round with too many active."""
    rounds = {}
    for row in rows(name, conditions):
        rounds[row["seed"], float(row["step"])] = int(row["active"]) > int(row["tolerated"])
    lost = {}
    for (seed, step), is_lost in rounds.items():
        if is_lost:
            lost.setdefault(seed, step)
    return list(lost.values())


def differences(name, /, **conditions):
    """Messages less slots, for each setting that was run by both."""
    key = ("protocol", "variant", "replicas", "arrival_n", "epoch_n")
    values = {(row["model"],) + tuple(row[part] for part in key): float(row["survival_dt_mean"])
              for row in rows(name, conditions)}
    return [value - values["slots", *setting[1:]]
            for setting, value in values.items() if setting[0] == "messages"]


def hunts(which="all"):
    """How many mutants of the table in Documentation/Mutants.md are so."""
    text = (ROOT / "Documentation" / "Mutants.md").read_text()
    found = [row.strip("| \n").split(" | ") for row in text.split("\n") if re.match(r"\| .*\(`", row)]
    killed = [row for row in found if "survives" not in row[4] and "error" not in row[4]]
    return len({
        "all": found,
        "found": killed,
        "named": [row for row in killed if row[5] == "yes"],
        "in less than a second": [row for row in killed if float(row[7]) < 1],
    }[which])


# MARK: Settings

def setting(path, key):
    """The numbers that a scenario or a cost profile gives a key, wherever it does."""
    text = re.sub(r"\s#.*", "", (ROOT / "Scenarios" / f"{path}.yaml").read_text())
    found = re.findall(rf"\b{re.escape(key)}: (\[[^\]]*\]|\{{[^}}]*\}}|[^,}}\n]*)", text)
    values = [number.value for value in found for number in numbers(re.sub(r"(\d)n\b", r"\1 n", value))]
    if not values:
        raise Unknown(f"{path}.yaml gives {key} no number")
    return values


def cost(name):
    """What the paper's profile charges for an operation, in milliseconds."""
    text = (ROOT / "Scenarios/costs/python36-rsa2048.yaml").read_text()
    found = re.search(rf"^  {re.escape(name)}: \{{ cost: (\d+) (us|ms)", text, re.MULTILINE)
    if not found:
        raise Unknown(f"the profile does not price {name}")
    return float(found[1]) / (1000 if found[2] == "us" else 1)


def default(key):
    """What consim takes where a scenario gives a key no value."""
    folders = ("Experiments/Scenario", "RunPlans", "RecordExperiments/Section")
    text = "".join(
        path.read_text() for folder in folders for path in sorted((ROOT / "Sources").rglob(f"{folder}/*.swift")))
    row = r"\.(?:key|field)\("
    found = re.findall(rf'{row}\s*"{re.escape(key)}",(?:(?!{row}).)*?default: "([^"]*)"', text, re.DOTALL)
    if not found:
        raise Unknown(f"the key {key} has no default")
    return [number.value for value in found for number in numbers(value)]


# MARK: Generated blocks

def line(cells):
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def two_columns(entries, head):
    """Entries side by side, the first half left."""
    half = (len(entries) + 1) // 2
    left, right = entries[:half], entries[half:]
    right += [[""] * len(head)] * (len(left) - len(right))
    rule = ["---"] * (2 * len(head) + 1)
    return "\n".join(
        [line(head + [""] + head), line(rule)] + [line(a + [""] + b) for a, b in zip(left, right)])


def sensitivity_table():
    names = list(dict.fromkeys(row["variant"] for row in table("sensitivity")))
    entries = []
    for name in names:
        if name.startswith("every-block"):
            continue
        value, half = gain("sensitivity", variant=name)
        blocks = [mean("sensitivity", "blocks", variant=name, protocol=p) for p in ("PBFT", "sc-PBFT")]
        entries.append(
            [name.replace("-", " "), f"{blocks[0]:.0f}", f"{blocks[1]:.0f}",
             f"{value:.1f} ± {half:.1f}".replace("-0.0", "0.0")])
    return two_columns(entries, ["change", "PBFT", "sc-PBFT", "gain %"])


def grid(head, entries):
    return "\n".join([line(head), line(["---"] * len(head))] + [line(entry) for entry in entries])


def checkpoints_table():
    intervals = list(dict.fromkeys(row["pbft_checkpoint_interval"] for row in table("sensitivity-checkpoints")))
    where = [{"variant": "tamper", "pbft_checkpoint_interval": interval} for interval in intervals]
    entries = [[f"{protocol}, blocks in 120 s"]
               + [f"{mean('sensitivity-checkpoints', 'blocks', protocol=protocol, **some):.0f}" for some in where]
               for protocol in ("PBFT", "sc-PBFT")]
    entries.append(["gain %"] + [f"{gain('sensitivity-checkpoints', **some)[0]:.1f}" for some in where])
    return grid(["blocks between checkpoints"] + intervals, entries)


def marking_map_table():
    """Bold is a collapse: fewer than twice the blocks of PBFT, which pays at each turn of the silent node."""
    names = {"n4-one-to-one": "n = 4, one hears one late", "n4-two-to-one": "n = 4, one hears two late",
             "n4-one-to-two": "n = 4, two hear one late", "n7-two-to-one": "n = 7, one hears two late",
             "n7-two-to-two": "n = 7, two hear two late", "n7-three-to-two": "n = 7, two hear three late",
             "n7-two-to-three": "n = 7, three hear two late"}
    timers = [(10, 5), (10, 2), (5, 2), (5, 5)]
    entries = []
    for variant, name in names.items():
        cells = [name]
        for timeout, reminder in timers:
            pbft, *marked = [
                mean("marking-map", "blocks", variant=variant, protocol=protocol, network_events_0_slow_by_s=12,
                     pbft_view_timeout_s=timeout, pbft_retransmission_s=reminder)
                for protocol in ("PBFT", "literal", "certified")]
            cells.append(" / ".join([f"{pbft:.0f}"] + [
                f"**{blocks:.0f}**" if blocks < 2 * pbft else f"{blocks:.0f}" for blocks in marked]))
        entries.append(cells)
    head = [f"({timeout} s, {reminder} s)" for timeout, reminder in timers]
    return grid(["PBFT / literal / certified"] + head, entries)


def isolation_table():
    rules = ("literal", "certified")
    entries = []
    for n in (4, 7):
        for late, until in (("never", 25), ("5 s", 25), ("15 s", 35), ("25 s", 45), ("60 s", 80)):
            def cell(key, protocols, later="", form="{:.0f}", factor=1):
                return " / ".join(form.format(factor * mean(
                    "isolation", key, protocol=protocol, variant=f"n{n}{later}", network_events_0_until_s=until,
                    network_events_0_slow_by_s=0 if late == "never" else 12)) for protocol in protocols)
            entries.append([
                f"{n}, {late}", cell("false_isolations", rules), cell("excluded", rules, "", "{:.1f}", 100),
                cell("blocks", ("PBFT",) + rules), cell("blocks", ("PBFT",) + rules + ("expiring",), "-silent-later")])
    return grid(["n, late for", "framed, literal / certified", "honest node-time excluded, %",
                 "blocks, PBFT / literal / certified",
                 "another silent from 100 s: PBFT / literal / certified / expiring"], entries)


def elimination_table():
    entries = []
    for n, variant, name in ((7, "silent", "silent"), (7, "tamper", "tampering (proof)"),
                             (7, "alternate", "silent every other turn"), (4, "silent", "silent"),
                             (4, "alternate", "silent every other turn"),
                             (7, "late-at-times", "honest, late in six turns apart")):
        threshold = 5 if variant == "alternate" else ""
        blocks = [mean("elimination", "blocks", protocol=protocol, replicas=n, variant=variant,
                       sc_pbft_aged_threshold=threshold)
                  for protocol in ("PBFT", "marking", "removing", "expiring", "shrinking")]
        cells = [f"{some:.0f}" for some in blocks]
        if n > 4 and blocks[4] == blocks[2]:
            cells[4] = "as removing"
        entries.append([f"{n}, {name}"] + cells)
    return grid(["n, culprit", "PBFT", "marks only", "removing", "pardoning (`expire`)", "`allow-shrink`"], entries)


def latency_means_table():
    entries = []
    for variant, accounting, name in (
            ("none", "successful", "no Byzantine node"), ("byzantine", "successful", "one, successful requests"),
            ("byzantine", "failures-at-timeout", "one, declined requests at their time-out")):
        entries.append([name] + [
            " / ".join(f"{latency_of(unit, protocol=protocol, variant=variant, accounting=accounting):.1f}"
                       for unit in ("tests", "requests"))
            for protocol in ("Raft", "sc-PBFT", "PBFT", "PoW")])
    return grid(["Figure 9, ms, over tests / over requests", "Raft", "sc-PBFT", "PBFT", "PoW"], entries)


def records_steps_table():
    names = {"setup": "1 setup", "keys": "2 keys, of everybody at once", "encryption": "3 index and encryption",
             "storage": "4 storage", "access": "5 access, over about 150 files", "decryption": "6 decryption"}
    entries = []
    for step, name in names.items():
        cells = [name]
        for key in ("ms_mean", "crypto_ms_mean", "consensus_ms_mean", "network_ms_mean", "queueing_ms_mean"):
            both = [mean("records-steps-summary", key, protocol="sc-PBFT", kind="step", name=step, variant=variant)
                    for variant in ("80 bits", "128 bits")]
            shown = [f"{value:.0f}" if value >= 100 else f"{value:.1f}" for value in both]
            cells.append(" / ".join(shown) if any(both) else "")
        entries.append(cells)
    head = ["step, mean ms at 80 / 128 bits", "whole", "cryptography", "consensus", "network", "waiting"]
    return grid(head, entries)


def revocation_table():
    names = {"list": "1, list", "rekey": "2, re-keyed", "re-encrypt": "3, encrypted anew"}
    entries = []
    for kind, name in names.items():
        cells = [name]
        for key in ("ms_mean", "crypto_ms_mean", "consensus_ms_mean", "network_ms_mean", "queueing_ms_mean"):
            both = [mean("records-revocation-summary", key, protocol="sc-PBFT", kind="activity", name="revoke",
                         variant=f"{kind} {bits} bits") for bits in (80, 128)]
            cells.append(" / ".join(f"{value:.0f}" if value >= 100 else f"{value:.1f}" for value in both))
        entries.append(cells)
    head = ["level, a revocation in mean ms at 80 / 128 bits", "whole", "cryptography", "consensus", "network", "waiting"]
    return grid(head, entries)


EXPLORED = {
    "pbft": "n = 4, one request, view 0, honest",
    "byzantine-primary": "two requests, view 0, primary equivocates or is silent",
    "byzantine-backup": "one request, view 0, a backup votes for two digests",
    "view-change": "one request, honest, views 0 and 1, each timer once",
    "silent-primary": "one request, primary silent, then view 1",
    "denying-primary": "one request, primary proposes to some, denies it in view 1",
    "equivocation": "two requests, two batches, then view 1",
    "raft-elections": "3 replicas, 3 terms",
    "raft-commands": "2 terms, 1 command, 1 crash, 1 heartbeat each",
    "raft-terms": "3 terms, 1 command",
    "raft-crash": "3 terms, 1 command, 1 crash",
    "raft-two-commands": "2 terms, 2 commands, 1 crash",
    "raft": "3 terms, 2 commands, 1 crash, 1 heartbeat each",
    "streamlet": "n = 4, epochs 1 and 2, one request, honest",
    "streamlet-silent": "epochs 1 to 4, leader of epoch 1 silent",
    "streamlet-liar": "epochs 1 and 2, leader of epoch 1 equivocates",
    "streamlet-3": "epochs 1 to 3, honest",
    "streamlet-liar-3": "epochs 1 to 3, leader of epoch 1 equivocates",
}


def explorations_table():
    """The counts of `consim explore`, as Scripts/explorations.py holds the program to them."""
    with open(ROOT / "Benchmarks" / "explorations.csv", newline="") as file:
        found = {row["exploration"]: row for row in csv.DictReader(file)}
    keys = ("states", "up to symmetry", "transitions", "judged", "outcomes", "result", "delivery states")

    def cell(text):
        return f"{int(text):,}" if text.isdecimal() else text

    entries = [
        [f"`{name}`", what] + [cell(found[name][key]) for key in keys]
        for name, what in EXPLORED.items() if name in found
    ]
    return grid(["exploration", "what", *keys], entries)


def first_steps_table():
    """What `make deps` and `make figures` take in a clean clone, as Scripts/first-steps.py measured it."""
    with open(ROOT / "Benchmarks" / "first-steps.csv", newline="") as file:
        found = list(csv.DictReader(file))

    def minutes(text):
        return f"{float(text) / 60:.1f} min" if float(text) >= 60 else f"{text} s"

    entries = [
        [f"`{row['command']}`", minutes(row["seconds"]), minutes(row["cpu_seconds"]), f"{row['megabytes']} MB"]
        for row in found
    ]
    return grid(["in a clean clone", "time", "CPU time", "largest process"], entries)


NAMES = {
    "first_steps_table": first_steps_table,
    "explorations_table": explorations_table,
    "sensitivity_table": sensitivity_table,
    "checkpoints_table": checkpoints_table,
    "marking_map_table": marking_map_table,
    "isolation_table": isolation_table,
    "elimination_table": elimination_table,
    "records_steps_table": records_steps_table,
    "revocation_table": revocation_table,
    "latency_means_table": latency_means_table,
}
FUNCTIONS = {
    function.__name__: function
    for function in (column, mean, least, most, ratio, count, claims, claim, verdicts, gain, gains, interval,
                     latency, latency_of, survivals, differences, hunts, setting, cost, default)
}


def evaluate(expression):
    plain = {"min": min, "max": max, "round": round, "len": len, "abs": abs, "sum": sum, "dict": dict, "set": set}
    value = eval(expression, {"__builtins__": plain, **FUNCTIONS})
    return [float(part) for part in (value if isinstance(value, list) else [value])]


# MARK: Numbers in text

NAMED = r"\b(Figure|Table|Model|Sharing|exit code|eq\.|step|decision|claim|Level|seed|[Rr]eplica) §?\d[\d.]*(?![\d.])"
LISTED = (r"\b(Figures|Tables|Sharing|steps|decisions|claims|eq\.|[Rr]eplicas) §?\d{1,2}(?![\d.])"
          r"((, | to | and | or |-)\d{1,2}(?![\d]|\.\d))*")
# What is a number by its form, and states nothing: names, references, formulas.
SILENT = re.compile(
    r"<!--.*?-->|\]\([^)]*\)|https?://\S+|doi\s\S+"
    r"|§\s?[IVXD]+(-[A-Z])?|§+\s?[\d.]+(\s?(to|,|-|and)\s?§?[\d.]+)*"
    rf"|{NAMED}|{LISTED}"
    r"|\b(C|E|P|R|W|SC|PL|RL|D)-?\d+(\.\d+)?\b( to [A-Z]+-\d+)?"
    r"|\b(IEEE Access \d+, |OSDI |PKC |Nakamoto )(19|20)\d\d\b"
    r"|\b(RSA|SHA|HMAC-SHA|AES|ECDSA|Ed)-?\d+\b|\b(RFC|Python|CPython|Debian|Swift) \d[\d.]*\b"
    r"|\b[a-z]+\d+\b|\b\d+(?:st|nd|rd|th)\b|\b10\^-?\d+"
    r"|\(n-1\)/3|\b\d+-bit\b|\b[0-9a-f]{16}\b|(?<=\d) - 1\b|\b\d?[fiknq]'? ?[-+] ?\d\b(?![.\d])")
CODE = re.compile(r"`[^`]*`")
# What a line is about: it must be what its source is about.
ARGUMENT = re.compile(
    r"\b[A-Za-zΔ]+['’]? ?(=|>=|<=|<|>|≤|≥) ?\d+(\^\d+)?[a-z]?((, \d+n?)* (and|or|to) \d+n?(?!\.\d))?"
    r"|\b\d+(n|m|f|l|d|y)\b( ?[-+] ?\d\b(?![.\d]))?|\b2\^\d+")
NUMBER = re.compile(r"(?<![\w.])[-−]?\d{1,3}(?:,\d{3})+(?![\d.])|(?<![\w.])[-−]?\d+(?:\.\d+)?")
SMALL = dict(two=2, three=3, four=4, five=5, six=6, seven=7, eight=8, nine=9, ten=10, eleven=11, twelve=12,
             dozen=12, half=0.5, third=1 / 3, quarter=0.25, fifth=0.2, sixth=1 / 6, eighth=0.125, tenth=0.1)
WORD = re.compile(
    r"\b(?:(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen)\b(?!-)|(?:a |one )?half\b"
    r"|(?:a|an|one) (?:third|quarter|fifth|sixth|eighth|tenth)\b(?! of (?:four|the lead)))", re.IGNORECASE)
IDIOMS = re.compile(
    r"\bone by one\b|\b(?:the|these|those|its|both|last|other|of) two\b|\b(?:in|into|at) two parts\b|\bhalf (?:of|the|its)\b"
    r"|\bthe other (?:two|three)\b|\bin half\b|\bhalf a\b|\btwo (?:kinds|ways|letters|functions|engines|points|readings)\b",
    re.IGNORECASE)
# What a line may not state without naming its source.
MEASURED = re.compile(r"\d\.\d|\d %|± \d|\d{3,}|\d [mµu]?s\b|\d TPS")
# What a fence may not show unless it is a block.
SHOWN = re.compile(r"\d TPS\b|\bdigest [0-9a-f]{16}|\d (blocks|runs)\b|± ?\d|\d %(?! #|\s*$)|\d ms\b")


def blank(pattern, text):
    return pattern.sub(lambda found: " " * len(found.group()), text)


@functools.lru_cache(maxsize=None)
def strip(text):
    """A text without what states nothing where no source is named."""
    return blank(SILENT, blank(ARGUMENT, blank(CODE, text)))


class Number:
    """A number of a text: its value, its decimals, as written, and how it stands there."""

    def __init__(self, written, kind, at):
        plain = written.replace(",", "").replace("−", "-")
        self.written, self.kind, self.at = written, kind, at
        if kind == "word":
            self.value, self.decimals = SMALL[written.lower().split()[-1]], 0
        else:
            self.value = float(plain)
            self.decimals = len(plain.split(".")[1]) if "." in plain else 0

    def is_near(self, value):
        """Whether a measured value reads so when it is rounded; a sign counts."""
        if re.match(r"[-−]?0\d", self.written):
            return False
        if self.kind == "word":
            return abs(value - self.value) <= (0.001 if self.value > 1 else 0.05 * self.value + 0.03)
        half = 0.5 * 10 ** -self.decimals
        return abs(value - self.value) <= half * 1.0000001

    def is_same(self, other):
        """Whether an input is written so, or spelled out."""
        return abs(self.value - other.value) < 1e-9 and (
            self.decimals == other.decimals or "word" in (self.kind, other.kind))


def numbers(text, kinds=("plain",)):
    """The numbers that a text states, in its order."""
    found = []
    bare = blank(SILENT, blank(ARGUMENT, blank(CODE, text)))
    for match in NUMBER.finditer(bare):
        written = match.group()
        # A hyphen that follows at once joins words or makes a range.
        if written[0] == "-" and match.start() and text[match.start() - 1] in "%`)":
            written = written[1:]
        found.append(Number(written, "plain", match.start()))
    if "word" in kinds:
        for match in WORD.finditer(blank(IDIOMS, blank(CODE, blank(SILENT, text)))):
            found.append(Number(match.group(), "word", match.start()))
    if "argument" in kinds:
        rest = blank(SILENT, blank(re.compile(r"<!--.*?-->|\]\([^)]*\)|https?://\S+"), text))
        for match in ARGUMENT.finditer(blank(CODE, rest)):
            for part in re.finditer(r"\d+(?:\.\d+)?", match.group()):
                found.append(Number(part.group(), "argument", match.start() + part.start()))
        for code in CODE.finditer(re.sub(r"<!--.*?-->|\]\([^)]*\)", lambda some: " " * len(some.group()), text)):
            for part in re.finditer(r"(?<![\w.-])\d+(?:\.\d+)?", code.group()):
                found.append(Number(part.group(), "code", code.start() + part.start()))
    return sorted(found, key=lambda number: number.at)


@functools.lru_cache(maxsize=None)
def plain(text):
    return numbers(text)


# MARK: Groups

@functools.lru_cache(maxsize=None)
def scenarios():
    """The file of every scenario by its name."""
    found = {}
    for path in sorted((ROOT / "Scenarios").glob("**/*.yaml")):
        name = re.search(r"^name: (\S+)", path.read_text(), re.MULTILINE)
        if name:
            found[name[1]] = str(path.relative_to(ROOT))
    return found


def scenario_of(name):
    for suffix in ("-summary", "-survival", "-miners", "-operations"):
        name = name.removesuffix(suffix)
    return scenarios().get(name)


class Group:
    def __init__(self, name, entry, file):
        self.name = name
        self.file = file
        self.kind = entry.get("class", "")
        self.command = entry.get("command", "")
        self.values = entry.get("values", {})
        self.inputs = entry.get("inputs", {})
        self.where = entry.get("where", "")
        self.block = entry.get("block", "")
        self.is_excerpt = entry.get("excerpt", False)
        self.is_in_order = entry.get("in-order", False)
        self.seal = entry.get("sealed", "")
        self.maker = entry.get("made-by", "")
        self.known = None
        if self.kind not in CLASSES:
            raise Unknown(f"{name}: the class is one of {', '.join(CLASSES)}, not '{self.kind}'")
        if self.kind in ("cheap", "dear", "machine") and not self.command:
            raise Unknown(f"{name}: no command is named")
        if self.kind == "machine" and not self.where:
            raise Unknown(f"{name}: it does not say where and when")
        if not (self.values or self.inputs or self.block or self.seal or self.kind == "cheap"):
            raise Unknown(f"{name}: it gives no number")
        for label, expression in self.values.items():
            if not any(isinstance(part, ast.Call) and getattr(part.func, "id", "") in FUNCTIONS
                       for part in ast.walk(ast.parse(expression, mode="eval"))):
                raise Unknown(f"{name}: {label}: a value is computed from a table or a setting, not written down")
        for path in re.findall(r"Scenarios/\S+?\.yaml", self.command):
            if not (ROOT / path).exists():
                raise Unknown(f"{name}: its command names {path}, which does not exist")

    def labelled(self, program):
        """What each value is, and its numbers."""
        if self.known is None:
            READ.clear()
            self.known = []
            if self.kind == "cheap":
                self.known.append((f"printed by: {self.command}",
                                   [number.value for number in numbers(output(self.command, program))]))
            for label, expression in self.values.items():
                try:
                    self.known.append((label, evaluate(expression)))
                except Unknown as problem:
                    raise Unknown(f"{self.name}: {label}: {problem}") from None
                except Exception as problem:
                    raise Unknown(f"{self.name}: {label}: {expression}: {problem}") from None
            if self.takes_inputs_in_order():
                self.known += [(label, [number.value for number in numbers(str(text), ("plain", "word"))])
                               for label, text in self.inputs.items()]
            if self.block in NAMES:
                NAMES[self.block]()
            self.hold_command()
        return self.known

    def hold_command(self):
        """The command must make the tables that the values read."""
        if self.kind == "machine":
            return
        for name in sorted(READ):
            wanted = scenario_of(name)
            if name == "claims":
                if "consim claims" in self.command:
                    continue
                raise Unknown(f"{self.name}: its values read the claims, and its command is not 'consim claims'")
            if wanted and wanted not in self.command:
                raise Unknown(f"{self.name}: its values read {name}, and its command does not run {wanted}")

    def texts(self):
        """All that says what the group is about."""
        return " ".join([self.command, self.where, self.block] + [
            f"{label} {text}" for part in (self.values, self.inputs) for label, text in part.items()])

    def takes_inputs_in_order(self):
        return self.is_in_order and not self.values and self.kind != "cheap"

    def stated(self):
        """The inputs, each as often as it stands in its text."""
        if self.takes_inputs_in_order():
            return []
        return [number for text in self.inputs.values() for number in numbers(str(text), ("plain", "word"))]

    def is_kept(self):
        """Whether its blocks are written by hand, or by another script, and only held to something."""
        return bool(self.maker or self.seal) or self.is_excerpt or not (self.block or self.kind == "cheap")

    @functools.lru_cache(maxsize=None)
    def text(self, program):
        """The text of a generated block."""
        if self.kind == "cheap":
            return output(self.command, program).strip("\n")
        if self.block not in NAMES:
            raise Unknown(f"{self.name}: there is no block '{self.block}'")
        return NAMES[self.block]()


@functools.lru_cache(maxsize=None)
def output(command, program):
    words = shlex.split(command)
    if words[0] == "consim":
        words[0] = program
    try:
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    except OSError as problem:
        raise Unknown(f"'{command}' does not run: {problem}") from None
    if done.returncode != 0:
        raise Unknown(f"'{command}' ends with {done.returncode}: {done.stderr.strip()[:200]}")
    return done.stdout


def load():
    groups = {}
    for path in sorted(GROUPS.glob("*.toml")):
        with open(path, "rb") as file:
            entries = tomllib.load(file)
        for name, entry in entries.items():
            if name in groups:
                raise Unknown(f"{path.name}: '{name}' is defined in {groups[name].file}, too")
            groups[name] = Group(name, entry, path.name)
    return groups


HELD = {}


def held(text, sources, program):
    """The problems of a text with its sources; each text is looked at once."""
    key = (text,) + tuple(group.name for group in sources)
    if key not in HELD:
        HELD[key] = list(problems_with(text, sources, program))
    return HELD[key]


def problems_with(text, sources, program):
    """What a text states and its sources do not give.

    A number is a value where it can be, else an input; an input is used as often as it stands in its
    group. Values of a group in order are used in their order, each once, and all of them.
    """
    names = ", ".join(group.name for group in sources)
    queues = [[(label, value) for label, some in group.labelled(program) for value in some]
              for group in sources if group.is_in_order]
    bag = [value for group in sources if not group.is_in_order
           for _, some in group.labelled(program) for value in some]
    inputs = [number for group in sources for number in group.stated()]
    about = {float(part) for group in sources for part in re.findall(r"(?<![A-Za-z\d.])\d+(?:\.\d+)?", group.texts())}
    stated = numbers(text, ("plain", "word", "argument"))
    if queues and fits([number for number in stated if number.kind in ("plain", "word")], queues, bag, inputs):
        stated = [number for number in stated if number.kind in ("argument", "code")]
        queues = [[] for _ in queues]
    for number in stated:
        if number.kind in ("argument", "code"):
            if number.value not in about and not any(
                    number.is_near(value) for value in bag + [value for queue in queues for _, value in queue]):
                yield f"{number.written}: {names} is not about it"
            continue
        queue = next((queue for queue in queues if queue and number.is_near(queue[0][1])), None)
        if queue:
            queue.pop(0)
        elif not any(number.is_near(value) for value in bag):
            match = next((given for given in inputs if number.is_same(given)), None)
            if match is None:
                after = next((f"; next is {queue[0][0]}: {queue[0][1]:.6g}" for queue in queues if queue), "")
                yield f"{number.written} is not given by {names}{after}"
            else:
                inputs.remove(match)
    for queue in queues:
        if queue:
            yield f"{names}: the text does not state, in this order: {queue[0][0]}: {queue[0][1]:.6g}"


def fits(stated, queues, bag, inputs):
    """Whether each number can be the next value of a queue, one of the bag, or an unused input."""
    failed = set()

    def follows(at, places, used):
        if at == len(stated):
            return all(place == len(queue) for place, queue in zip(places, queues))
        if (at, places, used) in failed or len(failed) > 20_000:
            return False
        number = stated[at]
        for index, queue in enumerate(queues):
            if places[index] < len(queue) and number.is_near(queue[places[index]][1]):
                if follows(at + 1, places[:index] + (places[index] + 1,) + places[index + 1:], used):
                    return True
        if any(number.is_near(value) for value in bag) and follows(at + 1, places, used):
            return True
        match = next((index for index, given in enumerate(inputs)
                      if index not in used and number.is_same(given)), None)
        if match is not None and follows(at + 1, places, used | {match}):
            return True
        failed.add((at, places, used))
        return False

    return follows(0, (0,) * len(queues), frozenset())


# MARK: Documents

SOURCE = re.compile(r"<!-- numbers: ([a-z0-9 ,.-]+?) -->")
BEGIN = re.compile(r"<!-- block: ([a-z0-9.-]+) -->")
END = "<!-- end -->"


class Document:
    def __init__(self, path, text=None):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.text = path.read_text() if text is None else text
        self.lines = self.text.split("\n")

    def blocks(self):
        """Every generated block: its group, and the first and the last of its lines."""
        start = None
        for index, text in enumerate(self.lines):
            begin = BEGIN.search(text)
            if begin:
                start = (begin.group(1), index + 1)
            elif END in text and start:
                yield start[0], start[1], index
                start = None
        if start:
            raise Unknown(f"{self.name}:{start[1]}: the block {start[0]} has no end")

    def covered(self):
        found = set()
        for _, first, last in self.blocks():
            found.update(range(first, last))
        return found

    def paragraphs(self):
        """The text outside of generated blocks and code: line number, text."""
        covered = self.covered()
        in_code = False
        pending = []
        for index, text in enumerate(self.lines):
            if index in covered:
                continue
            if text.lstrip().startswith("```"):
                in_code = not in_code
                continue
            if in_code:
                continue
            starts = not text.strip() or re.match(r"\s*([-*|#>]|\d+\.) ?", text)
            if starts and pending:
                yield pending[0][0], " ".join(part for _, part in pending)
                pending = []
            if text.startswith("#"):
                # The number of a heading is a name; the source of others stands in the line below.
                below = self.lines[index + 1] if index + 1 < len(self.lines) else ""
                yield index + 1, re.sub(r"^#+ [\d.]+ ", "", text) + (below if SOURCE.fullmatch(below) else "")
            elif text.strip():
                pending.append((index + 1, text))
        if pending:
            yield pending[0][0], " ".join(part for _, part in pending)

    def fences(self):
        """The fences outside of blocks: line number, lines."""
        covered = self.covered()
        start = None
        for index, text in enumerate(self.lines):
            if index in covered or not text.lstrip().startswith("```"):
                continue
            if start is None:
                start = index
            else:
                yield start + 1, self.lines[start + 1:index]
                start = None

    def problems(self, groups, program):
        used = set()
        for name, first, last in self.blocks():
            used.add(name)
            if name not in groups:
                yield first, f"no group is called '{name}'"
                continue
            try:
                yield from self.problems_of_block(groups[name], first, last, program)
            except Unknown as problem:
                yield first, str(problem)
        for number, lines in self.fences():
            asked = any(text.startswith("$ ") for text in lines)
            if any(SHOWN.search(re.sub(r"\s#.*", "", text)) for text in lines) or asked and any(
                    text.strip() and not text.startswith(("$ ", "#")) for text in lines):
                yield number, "a fence that shows what a command printed must be a block"
        for number, text in self.paragraphs():
            yield from ((number, problem) for problem in references(text))
            sources = [name.strip() for found in SOURCE.findall(text) for name in re.split("[ ,]+", found)]
            if not sources:
                bare = strip(text)
                integers = [part for part in plain(text) if part.value >= 10]
                if MEASURED.search(bare) or len(integers) > 1 or (
                        integers and re.match(r"\s*[-|*]", text)):
                    shown = ", ".join(found.written for found in plain(text))
                    yield number, f"it names no source of {shown}: {text.strip()[:60]} ..."
                continue
            used.update(sources)
            missing = [name for name in sources if name not in groups]
            for name in missing:
                yield number, f"no group is called '{name}'"
            try:
                if not missing:
                    for problem in held(text, [groups[name] for name in sources], program):
                        yield number, problem
            except Unknown as problem:
                yield number, str(problem)
        self.used = used

    def problems_of_block(self, group, first, last, program):
        """Those of a block: it is as made, sealed, printed so far, or its numbers are given."""
        lines = self.lines[first:last]
        if group.seal:
            if digest(lines) != group.seal:
                yield first, (f"the block '{group.name}' is not as it was sealed: if {group.maker or group.command} "
                              f"made it, Scripts/document-numbers.py seal {group.name}")
        elif group.is_excerpt:
            printed = output(group.command, program)
            for number, text in enumerate(lines, first + 1):
                shown = text.split("...")[0].strip()
                if not text.startswith(("```", "$ ", "  wrote ")) and shown not in printed:
                    yield number, f"'{group.command}' does not print: {shown}"
        elif group.is_kept():
            yield from ((first, problem) for problem in held("\n".join(lines), [group], program))
        else:
            group.labelled(program)
            if lines != group.text(program).split("\n"):
                yield first + 1, f"the block '{group.name}' is stale: Scripts/document-numbers.py write"

    def write(self, groups, program):
        """Replaces the blocks of commands and tables; those by hand stay."""
        made = list(self.lines)
        for name, first, last in reversed(list(self.blocks())):
            if name in groups and not groups[name].is_kept():
                made[first:last] = groups[name].text(program).split("\n")
        text = "\n".join(made)
        if text != self.text:
            self.path.write_text(text)
            print(f"{self.name}: made anew")


def digest(lines):
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@functools.lru_cache(maxsize=None)
def references(text):
    return list(problems_of_references(text))


def problems_of_references(text):
    """Claims and decisions that a text names and that do not exist."""
    bare = blank(CODE, text)
    for identifier in re.findall(r"\bC\d+\b", bare):
        if not any(row["id"] == identifier for row in table_of("claims")):
            yield f"there is no claim {identifier}"
    for number in re.findall(r"\bdecision (\d{3})\b", bare):
        if not list((ROOT / "Documentation" / "Decisions").glob(f"{number}-*.md")):
            yield f"there is no decision {number}"
    for number in re.findall(r"\bFigure (\d+)\b", bare):
        if not 1 <= int(number) <= 9:
            yield f"the paper has no Figure {number}"
    for path in re.findall(r"Scenarios/[\w/.-]+\.yaml", text):
        if not (ROOT / path).exists():
            yield f"there is no {path}"


def seal(groups, pages, names):
    """Writes the digests of blocks that other scripts made into their groups."""
    for page in pages:
        for name, first, last in page.blocks():
            if name in names and groups[name].seal:
                path = GROUPS / groups[name].file
                text = path.read_text().replace(
                    f'sealed = "{groups[name].seal}"', f'sealed = "{digest(page.lines[first:last])}"')
                path.write_text(text)
                print(f"{name}: sealed")


def states(text, at):
    """Whether a digit is part of a number, not of a name, a reference, a formula or code."""
    first = text.rfind("\n", 0, at) + 1
    last = text.find("\n", at)
    return any(0 <= at - first - number.at < len(number.written) for number in plain(text[first:last]))


def mutate(groups, pages, program, each, is_verbose):
    """Changes digits, one at a time, and counts the changes that `check` would not notice."""
    random = Random(1)
    for page in pages:
        hidden = [range(*found.span()) for found in re.finditer(r"<!--.*?-->|\]\([^)]*\)|https?://\S+", page.text)]
        places = [at for at, letter in enumerate(page.text)
                  if letter in "0123456789" and not any(at in some for some in hidden)]
        tried = places if not each or len(places) <= each else sorted(random.sample(places, each))
        unnoticed = []
        usual = len(list(page.problems(groups, program)))
        for at in tried:
            digit = random.choice([some for some in "0123456789" if some != page.text[at]])
            changed = Document(page.path, page.text[:at] + digit + page.text[at + 1:])
            try:
                if len(list(changed.problems(groups, program))) <= usual:
                    unnoticed.append((at, digit))
            except Unknown:
                pass
        stating = [at for at, _ in unnoticed if states(page.text, at)]
        print(f"{page.name}: {len(unnoticed)} of {len(tried)} changed digits go unnoticed, "
              f"{len(stating)} of them in numbers, the others in names, references, formulas and code")
        for at, digit in unnoticed if is_verbose else []:
            number = page.text.count("\n", 0, at) + 1
            before = page.text[max(0, at - 30):at].replace("\n", " ")
            after = page.text[at + 1:at + 20].replace("\n", " ")
            print(f"  {number}: {before}[{page.text[at]} -> {digit}]{after}")


def show(groups, names, program):
    for name in names or groups:
        if name not in groups:
            raise Unknown(f"no group is called '{name}'")
        group = groups[name]
        print(f"{name}: {group.kind}" + (f", {group.where}" if group.where else ""))
        if group.command:
            print(f"  {group.command}")
        for label, values in group.labelled(program):
            shown = ", ".join(f"{value:.6g}" for value in values[:12])
            print(f"  {label:<52} {shown}" + (" ..." if len(values) > 12 else ""))
        for label, text in group.inputs.items():
            print(f"  {label + ' (input)':<52} {text}")


def main(arguments):
    program = str(ROOT / ".build/release/consim")
    if "--consim" in arguments:
        at = arguments.index("--consim")
        program = str(pathlib.Path(arguments[at + 1]).resolve())
        del arguments[at:at + 2]
    action = arguments.pop(0) if arguments else "check"
    if action not in ("check", "write", "show", "seal", "mutate"):
        sys.exit(__doc__)
    try:
        groups = load()
        if action == "show":
            show(groups, arguments, program)
            return
        pages = [Document(path) for path in documents()]
        if action == "write":
            for page in pages:
                page.write(groups, program)
            return
        if action == "seal":
            seal(groups, pages, arguments)
            return
        if action == "mutate":
            is_verbose = "-v" in arguments
            each = next((int(part) for part in arguments if part.isdigit()), 0)
            wanted = [part for part in arguments if part.endswith(".md")]
            mutate(groups, [page for page in pages if not wanted or page.path.name in wanted], program, each, is_verbose)
            return
        count_of_problems = 0
        used = set()
        for page in pages:
            for number, problem in page.problems(groups, program):
                print(f"{page.name}:{number}: {problem}")
                count_of_problems += 1
            used |= page.used
        for name in sorted(set(groups) - used):
            print(f"Documentation/numbers/{groups[name].file}: nothing uses '{name}'")
            count_of_problems += 1
        kinds = ", ".join(
            f"{sum(group.kind == kind for group in groups.values())} {kind}" for kind in CLASSES)
        print(f"numbers: {len(pages)} documents, {len(groups)} sources ({kinds})")
        if count_of_problems:
            sys.exit(f"numbers: {count_of_problems} problems")
    except Unknown as problem:
        sys.exit(f"numbers: {problem}")


if __name__ == "__main__":
    main(sys.argv[1:])
