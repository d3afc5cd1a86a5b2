#!/usr/bin/env python3
"""Draws random scenario files over all keys of the schema, and judges how consim ends on them.

Usage: Scripts/random-scenarios.py --consim PATH [--count 500] [--seed 1] [--keep DIR]
A file must be refused with file, line and column, or be carried out as it asks. Exit code 1: a run
trapped, hung, reported a success that its tables contradict, or too few files were accepted; 69:
PyYAML is missing. Files whose end needs a look stay in DIR, with the reason in their first line.
"""
import argparse
import collections
import concurrent.futures
import csv
import json
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile

try:
    import yaml
except ImportError:
    print("random-scenarios: install python3-yaml", file=sys.stderr)
    sys.exit(69)

CPU_SECONDS = 60
PBFT_KINDS = [
    "request", "pre-prepare", "prepare", "commit", "reply", "checkpoint", "view-change", "new-view",
    "status", "committed", "fetch", "batch", "stable", "fetch-state", "state",
]
KINDS = {
    "pbft": PBFT_KINDS,
    "sc-pbft": PBFT_KINDS,
    "raft": [
        "request", "reply", "append-entries", "append-reply", "pre-vote", "vote", "vote-reply",
        "install-snapshot", "snapshot-reply",
    ],
    "pow": ["request", "reply", "block", "get-blocks", "blocks", "tip", "transaction"],
}
INVARIANTS = {"pbft": ["P-1", "P-5"], "sc-pbft": ["SC-1", "P-1"], "raft": ["R-1", "R-4"], "pow": ["W-1"]}
LIES = {
    "tamper", "wrong-digest", "bad-signature", "impersonate", "equivocate", "twins", "stale-view",
    "future-view", "invented-certificate", "mutate", "invent",
}
MINING = {"empty-blocks", "oversized-blocks", "withhold", "selfish", "invalid-blocks"}
VOTING_ONLY = {"twins", "equivocate", "stale-view", "future-view"}
# How often an optional key stands in the file; others: see `Drawer.mapping`.
SHARES = {
    "scenario.title": 0.1, "scenario.figure": 0.05, "scenario.seed": 0.5, "scenario.promises": 0,
    "scenario.probes": 0.03, "scenario.jitter": 0.3, "schedule.time-limit": 0.15, "limits.events": 0.05,
    "clients.deceit": 0.07, "clients.rate": 0.25, "clients.connections": 0.8, "clients.timeout": 0.7,
    "fault.probability": 0.2, "fault.views": 0.1, "fault.sent": 0.1, "fault.after-rounds": 0.15,
    "pow.difficulty-bits": 1, "pow.hash-rates": 1, "network.latency": 1, "pbft.view-timeout": 0.8,
    "records.operations": 0.8, "records.engine": 0.1, "records.misdeeds": 0.3, "node.group": 0.6,
}


class Drawer:
    """Draws one scenario; equal seeds draw equal files."""

    def __init__(self, schema, seed):
        self.schema = schema
        self.random = random.Random(seed)
        # Some files have a value at the end of its range, most have none.
        self.hostility = 0.04 if self.random.random() < 0.3 else 0

    def chance(self, share):
        return self.random.random() < share

    def span(self, least, most):
        """A duration in milliseconds, drawn by its logarithm."""
        low, high = least * 1000, most * 1000
        micros = int(low * (high / low) ** self.random.random())
        return f"{micros // 1000} ms" if micros % 1000 == 0 else f"{micros} us"

    # Values by their kind.

    def value(self, kind, name):
        """A value of a part of the schema; `name` is the mapping and the key."""
        hint = getattr(self, "draw_" + re.sub("[^a-z]", "_", name), None)
        # Cheap work for a miner is legal and takes for ever.
        if hint and (name == "pow difficulty-bits" or not self.chance(self.hostility)):
            return hint()
        if "$ref" in kind:
            inner = kind["$ref"].split("/")[-1]
            if inner == "law":
                return self.law()
            return self.mapping(self.schema["$defs"][inner], inner)
        if "const" in kind:
            return kind["const"]
        if "enum" in kind:
            return self.random.choice(kind["enum"])
        for either in ("oneOf", "anyOf"):
            if either in kind:
                return self.value(self.random.choice(kind[either]), name)
        if kind["type"] == "array":
            return self.items(kind, name)
        return self.scalar(kind, name)

    def items(self, kind, name):
        least = kind.get("minItems", 0)
        most = min(kind.get("maxItems", 3), max(least, 3))
        return [self.value(kind["items"], name + " item") for _ in range(self.random.randint(least, most))]

    def scalar(self, kind, name):
        sort = kind["type"]
        if sort == "boolean":
            return self.chance(0.5)
        if sort in ("integer", "number"):
            least, most = kind.get("minimum", 0), kind.get("maximum", 2**32)
            if self.chance(self.hostility):
                return self.random.choice([least, most])
            if sort == "integer":
                return self.random.randint(least, min(most, least + 6))
            return round(self.random.uniform(least, min(most, least + 3)), 2)
        if sort == "string":
            return self.quantity(kind.get("pattern", ""))
        return self.random.choice(["a", "b", "all"])

    def quantity(self, pattern):
        if "%" in pattern:
            return self.random.choice(["0 %", "1 %", "5 %", "20 %"] + ["100 %"] * self.chance(0.1))
        if "bit/s" in pattern:
            return self.random.choice(["1 Gbit/s", "100 Mbit/s", "10 Mbit/s", "1 MB/s"] + ["20 kB/s"] * self.chance(0.1))
        if "KiB" in pattern:
            return self.random.choice(["1 B", "600 B", "10 kB", "1 KiB", "100 kB"])
        if "H/s" in pattern:
            return self.random.choice(["100 kH/s", "200 kH/s", "1 MH/s"])
        if "per s" in pattern:
            return self.random.choice(["5 /s", "50 /s", "0.5 per s", "300 /s"])
        if self.chance(self.hostility):
            return self.random.choice(["0 s", "1 ns", "2562047 h", "10000 h"])
        return self.span(1, 3000)

    def law(self, scale=20):
        """A duration, or a distribution of durations, of about so many milliseconds."""
        def some(low, high):
            return self.span(scale * low, scale * high)
        family = self.random.choice(["constant"] * 2 + ["uniform"] * 3 + ["normal", "log-normal", "exponential", "pareto"])
        parameters = {
            "constant": lambda: {"mean": some(0.1, 1)},
            "uniform": lambda: {"from": some(0.1, 0.3), "to": some(0.3, 1)},
            "normal": lambda: {"mean": some(0.3, 1), "deviation": some(0.05, 0.1)},
            "log-normal": lambda: {"median": some(0.1, 1), "sigma": round(self.random.uniform(0.05, 1), 2)},
            "exponential": lambda: {"mean": some(0.3, 1), "minimum": some(0.05, 0.2)},
            "pareto": lambda: {"minimum": some(0.1, 0.5), "shape": round(self.random.uniform(1.5, 6), 2)},
        }[family]()
        if family == "constant":
            return parameters["mean"]
        return {"law": family} | parameters

    def mapping(self, kind, name):
        """Keys of a mapping, and then what they need of each other."""
        drawn = {}
        for key, inner in kind["properties"].items():
            share = SHARES.get(f"{name}.{key}", 0.3)
            if key in kind.get("required", []) or self.chance(share):
                drawn[key] = self.value(inner, f"{name} {key}")
        mend = getattr(self, "mend_" + name.replace("-", "_"), None)
        if mend and not self.chance(self.hostility):
            mend(drawn)
        return drawn

    # Values that a schema cannot know.

    def draw_network_latency(self): return self.law(self.random.choice([2, 10, 30]))
    def draw_region_latency(self): return self.law(10)
    def draw_link_latency(self): return self.law(50)
    def draw_slowdown_by(self): return self.span(1, 8000)
    def draw_network_duplication(self): return self.random.choice([0.01, "2 %", 0.2])
    def draw_network_loss(self): return self.random.choice([0, 0.001, "1 %", 0.05])
    def draw_clients_connections(self): return self.random.choice([1, 2, 5, 10])
    def draw_clients_timeout(self): return self.span(300, 10000)
    def draw_clients_think_time(self): return self.law(100)
    def draw_clients_retransmit_after(self): return self.span(100, 3000)
    def draw_pbft_view_timeout(self): return self.span(200, 5000)
    def draw_pbft_retransmission(self): return self.span(100, 5000)
    def draw_pbft_batch(self): return self.random.choice([1, 2, 10, 100])
    def draw_pbft_checkpoint_interval(self): return self.random.choice([1, 2, 4, 16, 64])
    def draw_pbft_window(self): return self.random.choice([128, 200, 256])
    def draw_pbft_blocks_per_turn(self): return self.random.choice([1, 2, 7])
    def draw_sc_pbft_epoch_length(self): return self.random.choice(["1 n", "4 n", 1, 12, 50])
    def draw_sc_pbft_restart_cost(self): return self.span(1, 1000)
    def draw_raft_heartbeat(self): return self.span(20, 200)
    def draw_raft_append_limit(self): return self.random.choice([1, 4, 64])
    def draw_raft_snapshot_every(self): return self.random.choice([1, 3, 10, 100, 1000])
    def draw_raft_batch(self): return self.random.choice([1, 2, 10])
    def draw_pow_difficulty_bits(self): return self.random.randint(14, 18)
    def draw_pow_target_interval(self): return self.span(100, 2000)
    def draw_pow_retarget_every(self): return self.random.randint(2, 50)
    def draw_pow_announce_every(self): return self.span(100, 3000)
    def draw_pow_confirmations(self): return self.random.choice([1, 2, 6])
    def draw_node_service_time(self): return self.random.choice([0.5, 0.88, 1.2, 3])
    def draw_node_timer_scale(self): return self.random.choice([0.8, 0.99, 1.1])
    def draw_node_group(self): return self.random.choice(["west", "east"])
    def draw_limits_events(self): return self.random.choice([1, 1000, 100000, 10**7])
    def draw_schedule_time_limit(self): return f"{self.random.randint(1, 30)} s"
    def draw_fault_from(self): return self.span(1, 6000)
    def draw_fault_until(self): return f"{self.random.randint(6, 12)} s"
    def draw_fault_by(self): return self.span(1, 3000)
    def draw_fault_delay(self): return self.law(500)
    def draw_fault_down_for(self): return self.span(1, 3000)
    def draw_fault_views(self): return sorted(self.random.sample(range(12), 2))
    def draw_fault_tests(self): return sorted(self.random.sample(range(1, 5), 2))
    def draw_fault_sent(self): return sorted(self.random.sample(range(1, 60), 2))
    def draw_fault_after_rounds(self): return self.random.randint(0, 300)
    def draw_fault_random_honest(self): return 1
    def draw_fault_nodes(self): return self.replicas_at(1 if self.chance(0.8) else 2)
    def draw_fault_recipients(self): return self.replicas_at(self.random.randint(1, 2))
    def draw_fault_arrivals_every(self): return self.random.choice(["1 n", "2 n", "4 n", 5])
    def draw_scenario_repeat(self): return self.random.choice([1, 2])
    def draw_scenario_seed(self): return self.random.choice([0, 1, 7, 12345, 10**18 - 1])
    def draw_scenario_jitter(self): return self.random.choice([0, 0.05, "5 %", "50 %"])
    def draw_records_record_sizes(self): return self.random.choice(["1 B", "10 KiB", "1 MB"])
    def draw_records_preloaded(self): return self.random.randint(0, 30)
    def draw_records_operations(self): return self.random.randint(1, 60)
    def draw_records_authorities(self): return self.random.randint(1, 3)
    def draw_record_misdeed_share(self): return self.random.choice([0.1, 0.5, "100 %"])
    def draw_records_parameters(self): return "toy"
    def draw_records_crypto_costs(self): return "free"
    def draw_records_policy_rows(self): return self.random.randint(1, 3)
    def draw_records_queried_slots(self): return self.random.randint(1, 2)
    def draw_records_slots(self): return self.random.randint(2, 5)
    def draw_records_outcomes(self): return {}
    def draw_record_user_attributes(self): return "all"
    def draw_record_user_group(self): return self.random.choice(["west", "east"])
    def draw_record_link_uplink(self): return self.random.choice(["1 Gbit/s", "10 Mbit/s"])
    def draw_record_mix_revoke(self): return 0.2
    draw_record_groups_centre = draw_record_groups_authorities = draw_node_group
    draw_record_groups_cloud = draw_record_groups_patients = draw_node_group

    def draw_pow_peers(self): return self.random.randint(2, 4)
    def draw_quality_window(self): return self.random.choice([1, 5, 20])
    def draw_quality_share(self): return self.random.choice(["10 %", 0.5, "100 %"])
    def draw_chain_interval(self): return [self.span(1, 100), self.span(1000, 100_000)]

    def draw_raft_election_timeout(self):
        least = self.random.randint(250, 1500)
        return [f"{least} ms", f"{least * self.random.randint(2, 3)} ms"]

    def replicas_at(self, count):
        return sorted(self.random.sample(range(self.replicas), min(count, self.replicas)))

    def endpoints(self):
        names = [str(index) for index in range(self.replicas)] + ["clients"]
        return self.random.choice([["all"], self.random.sample(names, self.random.randint(1, 2))])

    # What keys need of each other.

    def mend_network(self, network):
        if not self.grouped:
            network.pop("regions", None)
        if network.get("uplink") is None and not self.chance(0.3):
            network.pop("message-size", None)
            network.pop("transaction-size", None)
        network["events"] = network.get("events", [])[:2]

    def mend_region(self, region): region["between"] = [self.random.choice(["west", "east"]) for _ in range(2)]
    def mend_link(self, link): link["from"], link["to"] = self.endpoints(), self.endpoints()
    mend_direction = mend_slowdown = mend_loss_change = mend_link

    def mend_network_event(self, event):
        kind = self.random.choice(["partition", "cut", "slow", "lose"])
        for other in ("partition", "cut", "slow", "lose"):
            if other != kind:
                event.pop(other, None)
        if kind == "partition":
            sides = [str(index) for index in range(self.replicas)]
            self.random.shuffle(sides)
            cut = self.random.randint(1, max(1, len(sides) - 1))
            event[kind] = [sides[:cut], sides[cut:] or ["clients"]]
        else:
            inner = {"cut": "direction", "slow": "slowdown", "lose": "loss-change"}[kind]
            event[kind] = self.mapping(self.schema["$defs"][inner], inner)
        event["at"] = self.span(1, 3000)
        event["until"] = f"{self.random.randint(3, 8)} s"

    def mend_clients(self, clients):
        if "rate" in clients:
            clients.pop("think-time", None)
            clients.pop("connections", None)
        if self.protocols == ["pow"]:
            for key in ("timeout", "after-decline", "reply-quorum", "dispatch"):
                clients.pop(key, None)
        elif "raft" in self.protocols or clients.get("reply-quorum") == "one":
            clients.pop("reply-quorum", None)
        if "raft" not in self.protocols and clients.get("dispatch") not in ("leader", "one"):
            clients.pop("after-decline", None)

    def mend_pbft(self, pbft):
        if pbft.get("rotation") != "every-blocks":
            pbft.pop("blocks-per-turn", None)
        if pbft.get("rotation") == "per-test" and not self.hands_over:
            pbft["rotation"] = "on-suspicion"
        if self.hands_over and "raft" not in self.protocols:
            pbft["rotation"] = self.random.choice(["per-test", "every-blocks"])
        pbft["window"] = max(pbft.get("window", 256), 2 * pbft.get("checkpoint-interval", 128))

    def mend_sc_pbft(self, checking):
        if "epoch-length" not in checking:
            for key in ("expire", "allow-shrink", "restart-cost", "aged-threshold"):
                checking.pop(key, None)
        if checking.get("marking") == "literal":
            checking.pop("epoch-length", None)
            for key in ("expire", "allow-shrink", "restart-cost", "aged-threshold"):
                checking.pop(key, None)

    def mend_pow(self, mining):
        mining["hash-rates"] = mining["hash-rates"][:self.replicas]
        if "retarget-every" in mining:
            mining.setdefault("target-interval", self.span(100, 2000))
        else:
            mining.pop("target-interval", None)

    def mend_fault(self, fault):
        culprits = self.random.choice(["nodes"] * 3 + ["random-honest"])
        fault.pop("arrival", None) if "model" not in fault and self.chance(0.9) else None
        if self.ending == "arrivals" and not self.arrives:
            culprits, self.arrives = "arrivals-every", True
        for key in ("nodes", "random-honest", "arrivals-every"):
            if key != culprits:
                fault.pop(key, None)
        fault.setdefault(culprits, self.value(
            self.schema["$defs"]["fault"]["properties"][culprits], f"fault {culprits}"))
        if culprits != "arrivals-every":
            fault.pop("arrival", None)
        behaviour = self.behaviour()
        fault["behaviour"] = behaviour
        kinds = [kind for name in self.protocols for kind in KINDS[name]]
        common = set.intersection(*[set(KINDS[name]) for name in self.protocols])
        if "messages" in fault:
            fault["messages"] = self.random.sample(sorted(common) or kinds, 1)
        keep = {
            "delay": {"delay": "required"}, "slow": {"by": "required"}, "pause": {"by": "required"},
            "duplicate": {"copies": "maybe"}, "withhold": {"hidden-blocks": "maybe"},
            "crash": {"down-for": "maybe", "disk": "maybe", "after-writes": "maybe"},
        }.get(behaviour, {})
        for key in ("delay", "by", "hidden-blocks", "copies", "down-for", "disk", "after-writes"):
            if key not in keep:
                fault.pop(key, None)
            elif keep[key] == "required":
                fault[key] = getattr(self, f"draw_fault_{key}")()
        if fault.get("disk") != "torn":
            fault.pop("after-writes", None)
        if "down-for" not in fault:
            fault.pop("disk", None)
            fault.pop("after-writes", None)
        if behaviour in ("crash", "pause", "twins") or behaviour in MINING:
            for key in ("messages", "probability", "sent"):
                fault.pop(key, None)
            if behaviour != "twins":
                fault.pop("recipients", None)
        if self.ending != "tests":
            fault.pop("tests", None)
        if not set(self.protocols) - {"pow"}:
            for key in ("views", "as-primary", "alternate"):
                fault.pop(key, None)
        if fault.get("alternate"):
            fault.pop("as-primary", None)

    def behaviour(self):
        names = [one["const"] for one in self.schema["$defs"]["fault"]["properties"]["behaviour"]["oneOf"]]
        if self.protocols != ["pow"]:
            names = [name for name in names if name not in MINING]
        if "pow" in self.protocols:
            names = [name for name in names if name not in VOTING_ONLY]
        if "raft" in self.protocols and not self.chance(0.1):
            names = [name for name in names if name not in LIES]
        return self.random.choice(names)

    def mend_records(self, records):
        records["attributes"] = self.random.randint(3, 8)
        records["users"] = [{"name": f"class{index}", **{k: v for k, v in user.items() if k != "name"}}
                            for index, user in enumerate(records["users"][:2])]
        records.pop("policies", None)
        records.setdefault("policy-rows", 2)
        records["patients"] = self.random.randint(1, 4)
        if not self.grouped:
            records.pop("groups", None)
            for user in records["users"]:
                user.pop("group", None)
        if records.get("engine") != "sampled":
            records.pop("sample-share", None)
        else:
            records.setdefault("sample-share", 0.5)
        if "mix" in records and not any(records["mix"].values()):
            records["mix"]["upload"] = 1
        seen = set()
        records["misdeeds"] = [m for m in records.get("misdeeds", [])
                               if not (m["misdeed"] in seen or seen.add(m["misdeed"]))]
        if not records["misdeeds"]:
            del records["misdeeds"]
        records.setdefault("slots", 3)

    def mend_record_load(self, load):
        if "rate" in load:
            load.pop("concurrency", None)
            load.pop("think-time", None)
        if "think-time" in load:
            load["think-time"] = self.law(100)

    def schedule(self):
        """One of the six endings, with the keys that belong to it."""
        whole = self.random.randint(1, 4)
        def tests():
            return {"tests": self.random.randint(1, 4), "window": f"{whole} s",
                    "interval": f"{whole + self.random.randint(0, 2)} s"}
        drawn = {
            "tests": tests,
            "first-requests": lambda: {"tests": self.random.randint(1, 4), "first-requests": self.random.randint(1, 20)},
            "duration": lambda: {"duration": f"{self.random.randint(1, 12)} s"},
            "blocks": lambda: {"blocks": self.random.randint(1, 300), "time-limit": f"{self.random.randint(10, 60)} s"},
            "arrivals": lambda: {"arrivals": self.random.randint(1, 3), "time-limit": f"{self.random.randint(20, 200)} s"},
            "heal-at": lambda: {"heal-at": f"{self.random.randint(0, 8)} s", "within": f"{self.random.randint(20, 60)} s"},
        }[self.ending]()
        if self.ending == "tests" and drawn["interval"] != drawn["window"] and self.protocols != ["pow"] \
                and self.chance(0.5):
            self.hands_over = True
            drawn["rotation-delay"] = self.span(1, 900)
        if self.ending == "first-requests":
            drawn["time-limit"] = "60 s"
            if self.chance(0.5):
                drawn["pause"] = self.span(1, 900)
        if self.ending == "duration" and self.chance(0.3):
            drawn["warmup"] = self.span(1, 3000)
        if self.ending == "heal-at":
            if self.chance(0.5):
                drawn["requests"] = self.random.randint(1, 5)
            if self.chance(0.3) and self.protocols != ["pow"]:
                drawn["rotate-every"] = self.span(100, 3000)
            if self.chance(0.3):
                drawn["settle-within"] = f"{self.random.randint(20, 200)} s"
        if self.chance(0.05):
            drawn["time-limit"] = f"{self.random.randint(1, 5)} s"
        return drawn

    def scenario(self):
        top = self.schema["properties"]
        measure = self.random.choice(["tps", "latency", "metrics", "metrics", "survival", "records"])
        names = ["pbft", "sc-pbft"] if measure == "survival" else ["pbft", "sc-pbft", "raft", "pow"]
        self.protocols = self.random.sample(names, self.random.choice([1, 1, 1, 2]))
        self.replicas = self.random.choice([4, 4, 4, 5, 7, 7, 10])
        if set(self.protocols) <= {"raft", "pow"} and self.chance(0.4):
            self.replicas = self.random.choice([1, 2, 3, 5])
        self.grouped = self.chance(0.3)
        self.arrives = self.hands_over = False
        self.ending = {
            "tps": ["tests"] * 3 + ["first-requests", "duration"], "latency": ["tests"] * 2 + ["first-requests", "duration"],
            "metrics": ["tests", "duration", "blocks", "heal-at", "heal-at"], "survival": ["arrivals"],
            "records": ["duration"],
        }[measure]
        self.ending = self.random.choice(self.ending)
        drawn = {"name": "drawn", "measure": measure, "series": [{"protocol": name} for name in self.protocols]}
        skipped = {"name", "measure", "series", "variants", "sweep", "exclude", "replay", "records", "expect", "schedule",
                   "faults", "chain", "costs", "cost-overrides", "nodes", "replicas", "model", "clients", "limits"} | set(KINDS)
        for key, inner in top.items():
            if key not in skipped and (key == "network" or self.chance(SHARES.get(f"scenario.{key}", 0.2))):
                drawn[key] = self.value(inner, f"scenario {key}")
        drawn["replicas"] = self.replicas
        drawn["schedule"] = self.schedule()
        if self.grouped or self.chance(0.1):
            drawn["nodes"] = self.nodes()
        self.add_sections(drawn, measure)
        if self.chance(0.04):
            drawn["limits"] = {"events": self.draw_limits_events()}
        self.add_faults(drawn)
        self.add_conditions(drawn)
        return drawn

    def nodes(self):
        nodes = []
        for index in range(self.replicas):
            node = self.mapping(self.schema["$defs"]["node"], "node") | {"id": index}
            node["name"] = f"node{index}"
            if self.grouped:
                node["group"] = "west" if index % 2 else "east"
            else:
                node.pop("group", None)
            nodes.append(node)
        return nodes

    def add_sections(self, drawn, measure):
        sections = set(self.protocols) | ({"pbft"} if "sc-pbft" in self.protocols else set())
        for name in sorted(sections):
            drawn[name] = self.mapping(self.schema["$defs"][name], name)
            if name == "pbft" and self.ending == "arrivals":
                drawn[name]["rotation"] = "every-blocks"
        if "pow" in self.protocols and self.chance(0.2):
            drawn["chain"] = self.mapping(self.schema["$defs"]["chain"], "chain")
        if measure == "records":
            drawn.pop("application", None)
            drawn["records"] = self.mapping(self.schema["$defs"]["records"], "records")
        elif self.chance(0.8):
            kind = self.schema["$defs"]["clients"]
            if self.chance(0.2):
                drawn["clients"] = [self.mapping(kind, "clients") for _ in range(self.random.randint(1, 3))]
            else:
                drawn["clients"] = self.mapping(kind, "clients")
        if self.chance(0.3):
            drawn["cost-overrides"] = {
                name: self.span(0.01, 2)
                for name in self.random.sample(["receive", "send", "sign", "verify", "execute", "persist"], 2)}
        if measure == "survival" and self.chance(0.4):
            drawn["model"] = "slots"
            for key in ("network", "clients", "cost-overrides", "jitter", "limits", "nodes", "promises", "probes",
                        "application"):
                drawn.pop(key, None)
            drawn.pop("pbft", None)
            for key in ("marking", "exclusion"):
                drawn.get("sc-pbft", {}).pop(key, None)
            drawn["schedule"] = {"arrivals": drawn["schedule"]["arrivals"]}

    def add_faults(self, drawn):
        count = self.random.choice([0, 1, 1, 2])
        if self.ending == "arrivals":
            count = 1
        if count:
            drawn["faults"] = [self.mapping(self.schema["$defs"]["fault"], "fault") for _ in range(count)]
            if not self.chance(0.1):
                self.stay_within_the_bound(drawn["faults"])
        if drawn.get("model") == "slots":
            for fault in drawn.get("faults", []):
                kept = {"arrivals-every", "arrival"}
                for key in list(fault):
                    if key not in kept:
                        del fault[key]
                fault["behaviour"] = self.random.choice(["silent", "tamper"])
        if self.chance(0.15):
            promise = self.random.choice(["may-break"] * 6 + ["holds", "violated"])
            names = ["fulfilled"] + [one for name in self.protocols for one in INVARIANTS[name]]
            drawn["expect"] = {self.random.choice(names): promise}

    def stay_within_the_bound(self, faults):
        """Few enough culprits, the same ones for every fault."""
        most = max(1, (self.replicas - 1) // 3)
        if self.ending != "arrivals":
            culprits = self.replicas_at(most)
            for fault in faults:
                fault.pop("random-honest", None)
                fault["nodes"] = culprits[:self.random.randint(1, most)]

    def add_conditions(self, drawn):
        """Variants, sweeps, and values that differ in a series."""
        paths = list(leaves(drawn))
        def some_values():
            path, value = self.random.choice(paths)
            try:
                other = self.redraw(path)
            except (KeyError, IndexError, TypeError):
                other = value
            return path, value, other
        if paths and self.chance(0.3):
            path, value, other = some_values()
            if other != value:
                drawn["sweep"] = {path: [value, other]}
                if self.chance(0.1):
                    drawn["exclude"] = [{path: other}]
        if self.chance(0.25):
            path, _, other = some_values()
            drawn["variants"] = [{"name": "plain"}, {"name": "other", "with": {path: other}}]
            if self.chance(0.2):
                drawn["variants"][1]["repeat"] = 2
            if self.chance(0.1):
                drawn["variants"][1]["series"] = [{"pbft": "PBFT", "sc-pbft": "sc-PBFT", "raft": "Raft", "pow": "PoW"}[self.protocols[0]]]
        if self.chance(0.1):
            path, _, other = some_values()
            drawn["series"][0]["name"] = "first"
            drawn["series"][0]["with"] = {path: other}

    def redraw(self, path):
        """Another value for a key of the file."""
        kind, name, key = self.schema, "scenario", None
        for part in path.split("."):
            while "properties" not in kind:
                if "$ref" in kind:
                    name = kind["$ref"].split("/")[-1]
                    kind = self.schema["$defs"][name]
                elif "items" in kind and part.isdigit():
                    kind = kind["items"]
                    part = None
                else:
                    kind = next(one for one in kind["anyOf"] if "$ref" in one)
                if part is None:
                    break
            if part is None:
                continue
            kind, key = kind["properties"][part], part
        return self.value(kind, f"{name} {key}")


def leaves(tree, prefix=""):
    """Dotted paths of values that a sweep may set."""
    for key, value in tree.items():
        if not prefix and key in ("name", "measure", "series", "repeat", "seed", "title", "figure", "replicas", "model",
                                  "nodes", "schedule", "costs", "expect", "probes", "promises"):
            continue
        path = prefix + key
        if isinstance(value, dict) and "law" not in value:
            yield from leaves(value, path + ".")
        elif isinstance(value, list) and key == "faults":
            for index, item in enumerate(value):
                yield from leaves(item, f"{path}.{index}.")
        elif not isinstance(value, (list, dict)) and key not in ("behaviour", "name"):
            yield path, value


def contradictions(directory, text):
    """What the raw table of a run with exit code 0 contradicts."""
    path = directory / "drawn.csv"
    if not path.exists():
        return "no table was written"
    rows = list(csv.DictReader(path.open()))
    mayFail = "fulfilled:" in text
    runs = collections.defaultdict(list)
    for row in rows:
        if row.get("ended", "fulfilled") != "fulfilled" and not mayFail:
            return f"exit code 0, but a run ended with: {row['ended']}"
        if "issued" in row:
            # What is the same in every row of a run is what is not measured.
            measured = MEASURED | {name for name in row if name.endswith(("_ms", "_per_s"))}
            runs[tuple(value for name, value in row.items() if name not in measured)].append(row)
    names = ["accepted", "bogus", "declined_in_window" if rows and "declined_in_window" in rows[0] else "declined",
             "between_tests", "in_flight"]
    for run in runs.values():
        total = {name: sum(int(row[name]) for row in run) for name in ["issued"] + names}
        if total["issued"] != sum(total[name] for name in names):
            return f"requests are lost or counted twice: {total}"
    return None


MEASURED = {
    "test", "primary", "tps", "blocks", "declined", "issued", "accepted", "bogus", "declined_in_window",
    "between_tests", "in_flight", "ended", "succeeded", "replica_messages_per_block", "bytes_per_block", "highest_view",
    "timeout_view_changes", "evidence_view_changes", "first_view_change_s", "sheet_entries", "malicious",
    "first_malicious_s", "false_isolations", "turns_out_of_order", "proposers", "epochs", "members_at_end",
    "violations", "virtual_time_s", "dead_tests", "elections", "leader_changes", "batch", "replica_busy", "replica_busy_max",
    "client_busy", "uplink_busy", "uplink_busy_max", "downlink_busy", "downlink_busy_max",
}


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 2))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


def judge(consim, text):
    """Runs one file: how it ended, and what has to be said about it."""
    with tempfile.TemporaryDirectory() as scratch:
        directory = pathlib.Path(scratch)
        (directory / "drawn.yaml").write_text(text)
        ended = subprocess.run(
            [consim, "run", "drawn.yaml", "-o", "out", "-q", "-j", "1"], cwd=directory, preexec_fn=limit,
            capture_output=True, text=True, errors="replace")
        said = ended.stderr.strip()
        code = ended.returncode
        if code in (-9, -24, 137, 152):
            return "hung", f"more than {CPU_SECONDS} s of CPU"
        if code < 0 or code in (70, 132) or "trapped" in said or "Fatal error" in said:
            return "trapped", f"exit code {code}: {said[-600:]}"
        if code == 65:
            if not re.search(r"drawn\.yaml:\d+:\d+", said):
                return "false", f"refused without a place: {said[:300]}"
            return "refused", said
        if code == 0:
            wrong = contradictions(directory / "out", text)
            return ("false", wrong) if wrong else ("carried out", said)
        return {2: ("expectation missed", said), 3: ("violated or unfulfilled", said)}.get(
            code, ("false", f"exit code {code}: {said[:300]}"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--consim", required=True)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", default=None, help="the directory for files that need a look")
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parent.parent
    schema = json.loads((root / "Scenarios/scenario.schema.json").read_text())
    consim = str(pathlib.Path(arguments.consim).resolve())
    keep = pathlib.Path(arguments.keep or tempfile.mkdtemp(prefix="random-scenarios-"))
    keep.mkdir(parents=True, exist_ok=True)
    texts = [
        yaml.safe_dump(Drawer(schema, f"{arguments.seed} {index}").scenario(), sort_keys=False, width=1000)
        for index in range(arguments.count)
    ]
    counts = collections.Counter()
    worst = {"trapped", "hung", "false"}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for index, (text, (verdict, said)) in enumerate(
                zip(texts, pool.map(lambda text: judge(consim, text), texts))):
            counts[verdict] += 1
            if verdict == "carried out":
                continue
            name = f"{verdict.replace(' ', '-')}-{arguments.seed}-{index}.yaml"
            comment = "".join(f"# {line}\n" for line in said.splitlines() or [verdict])
            (keep / name).write_text(comment + text)
            if verdict in worst or verdict == "expectation missed":
                print(f"{keep / name}: {said[:500]}")
    accepted = counts["carried out"] + counts["violated or unfulfilled"] + counts["expectation missed"]
    print("random-scenarios: " + ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))
    if accepted * 2 < arguments.count:
        print(f"random-scenarios: only {accepted} of {arguments.count} files were accepted")
        return 1
    return 1 if any(counts[verdict] for verdict in worst) else 0


sys.exit(main())
