#!/usr/bin/env python3
"""Holds the numbers in the documents to what gives them.

Usage: Scripts/document-numbers.py [check | write | show [GROUP...]] [--consim PROGRAM]

`check` (the default) fails where a document states a number that its source does not give, where a
generated block is stale, and where a line with measured numbers names no source. `write` makes the
generated blocks anew. `show` prints every number of a group with the command behind it.

Documents name their sources in comments that readers do not see:

  ... 12.4 s gives 21.0 %, 12.6 s 0.0 %. <!-- numbers: cliffs -->      the numbers of this line
  <!-- block: sensitivity-table --> ... <!-- end -->                    text that is made whole

A block is made whole by the function that its group names as `block`, or by the command of a cheap
group. If the group is an `excerpt`, the command must print each line as far as its "...". Any other
block is written by hand, and its numbers must be the group's.

The files in Documentation/numbers define the groups. A group has a class:

  cheap    its command runs now; the numbers are those that it prints
  dear     its values come from committed tables; `consim check --inputs` holds these to their inputs,
           `consim check` runs them again
  machine  measured on one machine; it names where and when, and nothing is asserted but that the
           text repeats what is listed here, if anything is
  input    chosen or printed by the paper, not measured: the reason stands beside it

A block with `made-by` is written by that script, which holds it to its numbers as well.
"""

import csv
import functools
import math
import pathlib
import re
import shlex
import statistics
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
GROUPS = ROOT / "Documentation" / "numbers"
CLASSES = ("cheap", "dear", "machine", "input")


def documents():
    found = [ROOT / "README.md"] + sorted((ROOT / "Documentation").glob("*.md"))
    return [path for path in found if path.exists()]


# MARK: Tables

class Unknown(Exception):
    """What a group asks for does not exist."""


@functools.lru_cache(maxsize=None)
def table(name):
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


def claims(*identifiers):
    """What the claims of these names measure; percents also as such."""
    found = []
    for row in table("claims"):
        if row["id"] in identifiers and row["ours"]:
            value = float(row["ours"])
            found += [value] if row["unit"] else [value, 100 * value, 100 * (1 - value), 100 * (value - 1)]
    if not found:
        raise Unknown(f"no claim {' '.join(identifiers)} measures anything")
    return found


def claim(identifier, part=""):
    """What the one claim of this name measures whose words or reading contain the part."""
    found = [row["ours"] for row in table("claims")
             if row["id"] == identifier and (part in row["claim"] or part in row["reading"])]
    if len(found) != 1 or not found[0]:
        raise Unknown(f"{len(found)} claims {identifier} are about '{part}'")
    return float(found[0])


def verdicts(verdict=None):
    """How many claims of the paper there are, or fare like this; several readings are one claim."""
    return len({(row["id"], row["where"], row["claim"]) for row in table("claims")
                if verdict in (None, row["verdict"])})


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
    values = [number[0] for value in found for number in numbers(re.sub(r"(\d)n\b", r"\1 n", value))]
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
    text = "".join(path.read_text() for path in sorted((ROOT / "Sources/Experiments/Scenario").glob("*.swift")))
    found = re.findall(rf'\.key\(\s*"{re.escape(key)}",(?:(?!\.key\().)*?default: "([^"]*)"', text, re.DOTALL)
    if not found:
        raise Unknown(f"the key {key} has no default")
    return [number[0] for value in found for number in numbers(value)]


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


NAMES = {
    "sensitivity_table": sensitivity_table,
    "checkpoints_table": checkpoints_table,
    "marking_map_table": marking_map_table,
    "isolation_table": isolation_table,
    "elimination_table": elimination_table,
    "records_steps_table": records_steps_table,
}
FUNCTIONS = {
    function.__name__: function
    for function in (column, mean, least, most, ratio, count, claims, claim, verdicts, gain, gains, interval,
                     latency, survivals, differences, hunts, setting, cost, default)
}


def evaluate(expression):
    value = eval(expression, {"__builtins__": {"min": min, "max": max, "round": round, "len": len,
                                               "abs": abs, "sum": sum, "dict": dict, "set": set}}, FUNCTIONS)
    return [float(part) for part in (value if isinstance(value, list) else [value])]


# MARK: Numbers in text

# What is a number by its form, and states nothing: names, references, settings, formulas.
SILENT = re.compile(
    r"`[^`]*`|<!--.*?-->|\]\([^)]*\)|https?://\S+|doi\s\S+"
    r"|§\s?[IVXD]+(-[A-Z])?|§+\s?[\d.]+(\s?(to|,|-|and)\s?§?[\d.]+)*"
    r"|\b(Figures?|Tables?|Model|Sharing|exit code|eq\.|step|steps|decisions?|claims?|Level|seed|replicas?) "
    r"§?\d[\d.]*((, | to | and | or |-)\d[\d.]*)*"
    r"|\b(C|E|P|R|W|SC|PL|RL|D)-?\d+(\.\d+)?\b( to [A-Z]+-\d+)?"
    r"|\b(RSA|SHA|HMAC-SHA|RFC|IEEE Access|Python|CPython|Debian|Swift|OSDI|PKC|GMP|UTC|AES|Ed)[- ]?\d[\d.]*(, \d+)?"
    r"|\b[A-Za-zΔ]+['’]? ?(=|>=|<=|<|>|≤|≥) ?\d+(\^\d+)?[a-z]?(, \d+n?)*( (and|or|to) \d+n?)*"
    r"|\b\d+(n|m|f|l|d|y)\b( ?[-+] ?\d\b(?![.\d]))?|\b[a-z]+\d+\b|\b\d+(?:st|nd|rd|th)\b|2\^\d+|10\^-?\d+"
    r"|\(n-1\)/3|\b\d+-bit\b|\b[0-9a-f]{16}\b|\d+/\d+ - 1|\b\d?[fiknq]'? ?[-+] ?\d\b(?![.\d])|\b(19|20)\d\d\b(?! (blocks|TPS))")
NUMBER = re.compile(r"(?<![\w.])[-−]?\d{1,3}(?:,\d{3})+(?![\d.])|(?<![\w.])[-−]?\d+(?:\.\d+)?")
# What a line may not state without naming its source.
MEASURED = re.compile(r"\d\.\d|\d %|± \d|\d{3,}|\d [mµu]?s\b|\d TPS")


def strip(text):
    return SILENT.sub(lambda found: " " * len(found.group()), text)


def numbers(text):
    """The numbers that a text states: value, decimals, as written."""
    found = []
    for match in NUMBER.finditer(strip(text)):
        written = match.group()
        plain = written.replace(",", "").replace("−", "-")
        # A hyphen before a number joins words or makes a range.
        if plain.startswith("-"):
            before = text[:match.start()].rstrip()
            if before and (before[-1].isalnum() or before[-1] in "%`"):
                plain = plain[1:]
        decimals = len(plain.split(".")[1]) if "." in plain else 0
        found.append((float(plain), decimals, written))
    return found


def is_given(number, values):
    value, decimals, _ = number
    half = 0.5 * 10 ** -decimals
    return any(abs(abs(given) - abs(value)) <= half * 1.0000001 for given in values)


# MARK: Groups

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
        self.maker = entry.get("made-by", "")
        if self.kind not in CLASSES:
            raise Unknown(f"{name}: the class is one of {', '.join(CLASSES)}, not '{self.kind}'")
        if self.kind in ("cheap", "dear", "machine") and not self.command:
            raise Unknown(f"{name}: no command is named")
        if self.kind == "machine" and not self.where:
            raise Unknown(f"{name}: it does not say where and when")

    def labelled(self, program):
        """What each value is, and its numbers."""
        found = [(f"{label} (input)", [number[0] for number in numbers(str(text))])
                 for label, text in self.inputs.items()]
        if self.kind == "cheap":
            found.append((f"printed by: {self.command}",
                          [number[0] for number in numbers(output(self.command, program))]))
        for label, expression in self.values.items():
            try:
                found.append((label, evaluate(expression)))
            except Unknown as problem:
                raise Unknown(f"{self.name}: {label}: {problem}") from None
            except Exception as problem:
                raise Unknown(f"{self.name}: {label}: {expression}: {problem}") from None
        return found

    def is_silent(self):
        """Whether it gives no numbers to hold a text to here."""
        return bool(self.maker) or self.kind == "machine" and not (self.inputs or self.values)

    def is_kept(self):
        """Whether its blocks are written by hand and only held to its numbers."""
        return bool(self.maker) or self.is_excerpt or not (self.block or self.kind == "cheap")

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


# MARK: Documents

SOURCE = re.compile(r"<!-- numbers: ([a-z0-9 ,.-]+?) -->")
BEGIN = re.compile(r"<!-- block: ([a-z0-9.-]+) -->")
END = "<!-- end -->"


class Document:
    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.text = path.read_text()
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

    def paragraphs(self):
        """The text outside of generated blocks and code: line number, text."""
        covered = set()
        for _, first, last in self.blocks():
            covered.update(range(first, last))
        in_code = False
        pending = []
        for index, text in enumerate(self.lines):
            if text.lstrip().startswith("```"):
                in_code = not in_code
                continue
            if in_code or index in covered:
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

    def problems(self, groups, program):
        used = set()
        for name, first, last in self.blocks():
            used.add(name)
            if name not in groups:
                yield first, f"no group is called '{name}'"
                continue
            if groups[name].is_kept():
                yield from self.problems_of_kept(groups[name], first, last, program)
                continue
            wanted = groups[name].text(program).split("\n")
            if [part for part in self.lines[first:last]] != wanted:
                yield first + 1, f"the block '{name}' is stale: Scripts/document-numbers.py write"
        for number, text in self.paragraphs():
            sources = [name.strip() for found in SOURCE.findall(text) for name in re.split("[ ,]+", found)]
            if not sources:
                bare = strip(text)
                if MEASURED.search(bare):
                    shown = ", ".join(found[2] for found in numbers(text))
                    yield number, f"it names no source of {shown}: {text.strip()[:60]} ..."
                continue
            used.update(sources)
            missing = [name for name in sources if name not in groups]
            for name in missing:
                yield number, f"no group is called '{name}'"
            if missing:
                continue
            if any(groups[name].is_silent() for name in sources):
                continue
            values = [value for name in sources for _, some in groups[name].labelled(program)
                      for value in some]
            for found in numbers(text):
                if not is_given(found, values):
                    yield number, f"{found[2]} is not given by {', '.join(sources)}"
        self.used = used

    def problems_of_kept(self, group, first, last, program):
        """Those of a block by hand: its lines are printed, or its numbers are given."""
        lines = enumerate(self.lines[first:last], first + 1)
        if group.is_excerpt:
            printed = output(group.command, program)
            for number, text in lines:
                shown = text.split("...")[0].strip()
                if not text.startswith(("```", "$ ", "  wrote ")) and shown not in printed:
                    yield number, f"'{group.command}' does not print: {shown}"
        elif not group.is_silent():
            values = [value for _, some in group.labelled(program) for value in some]
            for number, text in lines:
                for found in numbers(text):
                    if not is_given(found, values):
                        yield number, f"{found[2]} is not given by {group.name}"

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


def main(arguments):
    program = str(ROOT / ".build/release/consim")
    if "--consim" in arguments:
        at = arguments.index("--consim")
        program = str(pathlib.Path(arguments[at + 1]).resolve())
        del arguments[at:at + 2]
    action = arguments.pop(0) if arguments else "check"
    if action not in ("check", "write", "show"):
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
