#!/usr/bin/env python3
"""Holds traces for Perfetto and for the tools of TLA+ to the rules of their formats and to JSON lines.

Usage: Scripts/trace-formats.py CONSIM

Runs of every protocol are traced in three formats. Of Perfetto's, slices of a lane nest or are disjoint, an arrow has
one beginning and one end, both inside slices, and slices, arrows and drops are those of the JSON lines. ITF is read by
the public reader `itf-py`; states follow the JSON lines one by one. Then files are spoilt, each of which has to be
noticed. Exit code 1: a rule is broken or a spoilt file passes; 69: itf-py is missing.
"""
import collections
import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import itf_py
except ImportError:
    print("trace-formats: install itf-py: python3 -m pip install itf-py", file=sys.stderr)
    sys.exit(69)

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCENARIO = """
name: formats
measure: metrics
series:
  - { protocol: pbft }
  - { protocol: sc-pbft }
  - { protocol: raft }
  - { protocol: pow }
  - { protocol: streamlet }
variants:
  - { name: priced, with: { costs: COSTS, jitter: 5 %, schedule: { duration: 40 ms } } }
  - { name: free }
  - { name: lossy, with: { network: { latency: { law: uniform, from: 1 ms, to: 2 ms }, loss: 0.02 } } }
  - { name: doubled, with: { clients: { connections: 1, timeout: 1 s }, network: { latency: 2 ms, duplication: 0.3 } } }
  - { name: liar, series: [PBFT, sc-PBFT], with: { costs: COSTS, pbft.view-timeout: 20 ms, schedule: { duration: 100 ms }, clients: { connections: 1, timeout: 1 s }, faults: [{ nodes: [0], behaviour: tamper, messages: [pre-prepare], from: 10 ms }] } }
  - { name: crash, series: [PBFT, Raft], with: { costs: COSTS, schedule: { duration: 60 ms }, faults: [{ nodes: [0, 1], behaviour: crash, from: 10 ms, down-for: 10 ms, disk: kept }] } }
replicas: 4
network: { latency: { law: uniform, from: 1 ms, to: 2 ms } }
clients: { connections: 2, timeout: 1 s }
schedule: { duration: 24 ms }
pow: { difficulty-bits: 12 }
raft: { election-timeout: [10 ms, 20 ms], heartbeat: 5 ms }
streamlet: { delta: 5 ms }
"""
ALL = ["PBFT", "sc-PBFT", "Raft", "PoW", "Streamlet"]
RUNS = [(series, variant) for variant in ["priced", "free", "lossy", "doubled"] for series in ALL] + [
    ("PBFT", "liar"), ("sc-PBFT", "liar"), ("PBFT", "crash"), ("Raft", "crash")]
# The runs whose files are spoilt.
SPOILT = [("PBFT", "priced"), ("Raft", "priced")]
# What JSON lines say where a height is decided, or taken back.
DECIDED = {
    "PBFT": r"committed-local v\d+ n(\d+) ", "sc-PBFT": r"committed-local v\d+ n(\d+) ",
    "Raft": r"commits (\d+)@", "PoW": r"confirmed h=(\d+) ",
    "Streamlet": r"finalises .* at h(\d+) ",
}
OPENINGS = {"started", "delivered", "timeout", "command", "party-handled"}


def nanoseconds(text):
    """A number of microseconds with exactly three decimals."""
    if not re.fullmatch(r"\d+\.\d{3}", text):
        raise ValueError(f"{text} is no number of nanoseconds")
    return int(text.replace(".", ""))


def node_of(names, event):
    """The node of a lane, or None for that of the run."""
    return names[event["tid"]].split()[0] if event["tid"] != 1 else None


# What follows yields a complaint for each rule that is broken.


def check_perfetto(trace, lines):
    """The trace event format against its rules and against the events of JSON lines."""
    events = trace["traceEvents"]
    names = {e["tid"]: e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
    for event in events:
        if event["pid"] != 1 or event["ph"] not in "MXsfiC":
            yield f"an event of another process or kind: {event}"
        if event["ph"] in "Xsfi" and event["tid"] not in names:
            yield f"a lane without a name: {event}"
            return
    lanes = collections.defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            lanes[event["tid"]].append((event["ts"], event["ts"] + event["dur"], event["cat"]))
    yield from check_nesting(lanes)
    yield from check_slices(lanes, names, lines)
    yield from check_arrows(events, lanes, names, lines)
    for phase, category, kind in [("i", "drop", "dropped"), ("i", "violation", "violated"), ("i", "fault", "changed")]:
        count = sum(e["ph"] == phase and e["cat"] == category for e in events)
        if count != sum(line["event"] == kind for line in lines):
            yield f"{count} instants of {category}, which JSON lines have not"


def check_nesting(lanes):
    """Slices of a lane nest or are disjoint, in the order in which they begin."""
    for lane, slices in lanes.items():
        open_ends = []
        last = 0
        for begin, end, _ in slices:
            if begin < last:
                yield f"lane {lane}: a slice at {begin} stands behind one at {last}"
            last = begin
            while open_ends and open_ends[-1] <= begin:
                open_ends.pop()
            if open_ends and end > open_ends[-1]:
                yield f"lane {lane}: a slice from {begin} to {end} overlaps one until {open_ends[-1]}"
            open_ends.append(end)


def check_slices(lanes, names, lines):
    """A slice for each input; those that take time are those that JSON lines tell the end of."""
    long = collections.Counter(
        (names[lane], begin, end) for lane, slices in lanes.items() for begin, end, _ in slices if end > begin)
    handled = collections.Counter(
        (line["node"], line["t_ns"], line["until_ns"]) for line in lines if line["event"] == "handled")
    if long != handled:
        yield f"{sum(long.values())} slices that take time, {sum(handled.values())} ends of handling in JSON lines"
    inputs = sum(line["event"] in OPENINGS for line in lines)
    count = sum(category not in ("send", "restart") for slices in lanes.values() for _, _, category in slices)
    if count != inputs:
        yield f"{count} slices of inputs, {inputs} inputs in JSON lines"


def check_arrows(events, lanes, names, lines):
    """An arrow has one beginning and one end, inside slices, and is a copy that was sent and is handled."""
    ends = {"s": {}, "f": {}}
    for event in events:
        if event["ph"] not in "sf":
            continue
        if event["id"] in ends[event["ph"]]:
            yield f"arrow {event['id']} has two ends '{event['ph']}'"
        ends[event["ph"]][event["id"]] = event
        if event["ph"] == "f" and event.get("bp") != "e":
            yield f"arrow {event['id']} does not bind to the slice around it"
        if not any(begin <= event["ts"] <= end for begin, end, _ in lanes[event["tid"]]):
            yield f"arrow {event['id']}: its end '{event['ph']}' lies in no slice"
    if ends["s"].keys() != ends["f"].keys():
        yield f"arrows with one end: {sorted(ends['s'].keys() ^ ends['f'].keys())[:5]}"
    sent = {line["copy"]: line for line in lines if line["event"] == "sent"}
    delivered = [line for line in lines if line["event"] == "delivered"]
    first = {}
    for line in delivered:
        first.setdefault(line.get("copy"), line)
    nameless = sum("copy" not in line for line in delivered)
    wanted = len(first) - (None in first) + nameless
    if len(ends["f"]) != wanted:
        yield f"{len(ends['f'])} arrows, {wanted} copies that were handled"
    for number, begin in ends["s"].items():
        end = ends["f"].get(number, begin)
        if begin["ts"] > end["ts"] or (begin["cat"], begin["name"]) != (end["cat"], end["name"]):
            yield f"arrow {number} ends before it begins, or as something else"
        line = sent.get(number)
        if not line or (line["node"], line["t_ns"], line["kind"]) != (
                node_of(names, begin), begin["ts"], begin["name"]):
            yield f"arrow {number} begins where no copy {number} was sent"
        line = first.get(number)
        if line and (line["node"], line["t_ns"]) != (node_of(names, end), end["ts"]):
            yield f"arrow {number} ends where copy {number} is not handled"


def check_itf(data, lines, series, variant):
    """A trace of states, read by the foreign reader, against the events of JSON lines."""
    try:
        trace = itf_py.trace_from_json(data)
    except Exception as error:  # whatever the reader cannot read
        yield f"itf-py: {error!r}"
        return
    if itf_py.trace_from_json(itf_py.trace_to_json(trace)) != trace:
        yield "what itf-py writes is another trace"
    if len(trace.states) != len(lines) + 1:
        yield f"{len(trace.states)} states for {len(lines)} events"
        return
    for number, state in enumerate(trace.states):
        if state.meta.get("index") != number or list(state.values) != trace.vars:
            yield f"state {number} has another index, or lacks a variable"
            return
    yield from check_steps(trace, lines)
    yield from check_promises(trace, lines, series, variant)


def check_steps(trace, lines):
    """Time, node, event, message and copies on their way after each event."""
    flying = set()
    for number, (line, state) in enumerate(zip(lines, trace.states[1:])):
        values = state.values
        action = values["action"]
        late = line["event"] in ("violated", "ended")
        if action.event != line["event"] or not late and (values["time"], values["node"]) != (
                line["t_ns"], line.get("node", "")):
            yield f"state {number + 1} is not that after {line}"
            return
        if not late and line.get("kind", action.kind) != action.kind:
            yield f"state {number + 1} has another kind of message"
        if action.event == "sent":
            flying.add((action.copy, action.kind, action.sender, action.receiver))
        elif action.event in ("delivered", "dropped"):
            flying = {item for item in flying if item[0] != action.copy}
        if "copy" in line and line.get("reason") != "adversary" and line["copy"] != action.copy:
            yield f"state {number + 1} is about copy {action.copy}, not {line['copy']}"
        if {tuple(item) for item in values["inFlight"]} != flying:
            yield f"state {number + 1}: other copies are on their way"
            return


def check_promises(trace, lines, series, variant):
    """What a node decided and its view grow, and end where JSON lines say."""
    for variable in ["view", "decided"]:
        if series == "PoW" or series == "Streamlet" and variable == "view":
            continue
        for before, after in zip(trace.states, trace.states[1:]):
            for node, value in after.values[variable].items():
                if value < before.values[variable][node]:
                    yield f"{variable} of {node} falls to {value} in state {after.meta['index']}"
                    return
    decided = collections.defaultdict(int)
    for line in lines:
        if line["event"] != "observed":
            continue
        if found := re.match(DECIDED[series], line["text"]):
            decided[line["node"]] = max(decided[line["node"]], int(found[1]))
        if found := re.match(r"reverted h=(\d+) ", line["text"]):
            decided[line["node"]] = min(decided[line["node"]], int(found[1]) - 1)
    last = trace.states[-1].values
    if {node: value for node, value in last["decided"].items() if value} != {n: v for n, v in decided.items() if v}:
        yield f"in the end {dict(last['decided'])} is decided, by JSON lines {dict(decided)}"
    if not any(last["decided"].values()):
        yield "nothing is decided, so that the run shows nothing"
    if variant == "liar" and last["byzantine"] != {"r0"}:
        yield f"Byzantine is {set(last['byzantine'])}"
    if variant == "crash" and all(all(state.values["up"].values()) for state in trace.states):
        yield "nobody is ever down"


# Spoilt files.


def first_event(trace, phase, test=lambda event: True):
    """The place of the first event of a kind."""
    return next(i for i, e in enumerate(trace["traceEvents"]) if e["ph"] == phase and test(e))


def lose_arrow_end(trace):
    del trace["traceEvents"][first_event(trace, "f")]


def double_arrow(trace):
    place = first_event(trace, "s")
    trace["traceEvents"].insert(place, copy.deepcopy(trace["traceEvents"][place]))


def move_arrow(trace):
    trace["traceEvents"][first_event(trace, "f")]["ts"] += 1


def stretch_slice(trace):
    """Lets a slice reach into the next one of its lane."""
    last = {}
    for event in trace["traceEvents"]:
        if event["ph"] != "X":
            continue
        before = last.get(event["tid"])
        if before and before["dur"] > 0 and event["dur"] > 0:
            before["dur"] = event["ts"] + 1 - before["ts"]
            return
        last[event["tid"]] = event
    raise AssertionError("no lane has two slices")


def lose_slice(trace):
    del trace["traceEvents"][first_event(trace, "X", lambda event: event["dur"] > 0)]


def lose_lane(trace):
    trace["traceEvents"] = [e for e in trace["traceEvents"] if e["name"] != "thread_name"]


def lose_state(trace):
    del trace["states"][5]


def lose_variable(trace):
    del trace["states"][5]["view"]


def lose_copy(trace):
    next(state for state in trace["states"] if state["inFlight"]["#set"])["inFlight"]["#set"].pop()


def spoil_integer(trace):
    trace["states"][3]["time"] = {"#bigint": "1.5"}


def forget_decision(trace):
    trace["states"][-1]["decided"]["#map"][0][1] = {"#bigint": "0"}


SPOILERS = {
    "perfetto": [lose_arrow_end, double_arrow, move_arrow, stretch_slice, lose_slice, lose_lane],
    "itf": [lose_state, lose_variable, lose_copy, spoil_integer, forget_decision],
}


def main() -> int:
    consim = str(pathlib.Path(sys.argv[1]).resolve())
    failures = []
    with tempfile.TemporaryDirectory() as directory:
        scenario = pathlib.Path(directory) / "formats.yaml"
        scenario.write_text(SCENARIO.replace("COSTS", str(ROOT / "Scenarios/costs/ed25519-grpc.yaml")))

        def trace(series, variant, form, *more):
            command = [consim, "trace", str(scenario), "--series", series, "--variant", variant, "--format", form]
            return subprocess.run([*command, *more], check=True, capture_output=True, text=True).stdout

        for series, variant in RUNS:
            lines = [json.loads(line) for line in trace(series, variant, "jsonl").splitlines()[1:]]
            texts = {form: trace(series, variant, form) for form in ("perfetto", "itf")}
            for form, text in texts.items():
                if str(pathlib.Path(directory)) in text or text != trace(series, variant, form):
                    failures.append(f"{series} {variant}: {form} differs between two runs, or names a path")
            perfetto = json.loads(texts["perfetto"], parse_float=nanoseconds)
            itf = json.loads(texts["itf"])
            checks = {
                "perfetto": lambda data: list(check_perfetto(data, lines)),
                "itf": lambda data: list(check_itf(data, lines, series, variant)),
            }
            for form, data in [("perfetto", perfetto), ("itf", itf)]:
                failures += [f"{series} {variant}: {form}: {text}" for text in checks[form](data)[:5]]
                for spoil in SPOILERS[form] if (series, variant) in SPOILT else []:
                    spoilt = copy.deepcopy(data)
                    spoil(spoilt)
                    if not checks[form](spoilt):
                        failures.append(f"{series}: '{spoil.__name__}' in {form} goes unnoticed")
            # A part of a run keeps the rules that do not compare it with the whole.
            heights = [int(height["#bigint"]) for _, height in itf["states"][-1]["decided"]["#map"]]
            round_ = str(min(2, max(1, *heights)))
            part = json.loads(trace(series, variant, "perfetto", "--round", round_), parse_float=nanoseconds)
            part_lines = [
                json.loads(line) for line in trace(series, variant, "jsonl", "--round", round_).splitlines()[1:]]
            failures += [
                f"{series} {variant}: round {round_}: {text}" for text in check_perfetto(part, part_lines)
                if " copies that were handled" not in text]
    for text in failures:
        print(f"trace-formats: {text}", file=sys.stderr)
    if not failures:
        count = sum(map(len, SPOILERS.values()))
        print(f"trace-formats: {len(RUNS)} runs keep the rules of Perfetto and ITF, {count} ways to spoil a file are noticed")
    return 1 if failures else 0


sys.exit(main())
