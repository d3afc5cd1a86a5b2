#!/usr/bin/env python3
"""Validates every YAML file of the repository with the public validator `jsonschema`.

Usage: Scripts/schema.py CONSIM. Scenarios, cost profiles and claims must pass their schema, and
mutants of the scenarios must get the same verdict from the schema and from `CONSIM validate`.
Exit code 1: a verdict differs; 69: jsonschema or PyYAML is missing.
"""
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import jsonschema
    import yaml
except ImportError:
    print("schema: install python3-jsonschema and python3-yaml", file=sys.stderr)
    sys.exit(69)


class Loader(yaml.SafeLoader):
    """YAML without dates: the reader of consim keeps them as texts."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in rules if not tag.endswith(":timestamp")]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

# A change of a scenario that a schema can judge, and whether it is legal.
MUTANTS = [
    ("figure as a number", {"figure": 8}, True),
    ("title as a flag", {"title": True}, True),
    ("epochs as a number", {"series": [{"protocol": "sc-pbft"}], "sc-pbft": {"epoch-length": 1}}, True),
    ("nodes as numbers", {"network": {"latency": "5 ms", "events": [{"at": "0 s", "cut": {"from": [0], "to": ["1"]}}]}}, True),
    ("a percentage", {"jitter": "5 %", "cost-overrides": {"verify": "1 ms"}}, True),
    ("an unknown key", {"jiter": "5 %"}, False),
    ("more than all", {"jitter": "105 %"}, False),
    ("a negative share", {"jitter": -0.1}, False),
    ("no unit", {"network": {"latency": 5}}, False),
    ("an unknown unit", {"network": {"latency": "5 sec"}}, False),
    ("an empty title", {"title": ""}, False),
    ("nothing", {"title": None}, False),
    ("too many replicas", {"replicas": 257}, False),
    ("a fraction of a replica", {"replicas": 4.5}, False),
    ("a flag for a number", {"replicas": True}, False),
    ("an unknown protocol", {"series": [{"protocol": "paxos"}]}, False),
    ("no series", {"series": []}, False),
    ("a mapping for a list", {"faults": {"nodes": [0]}}, False),
    ("two ends", {"schedule": {"duration": "1 s", "blocks": 1}}, False),
    ("no end", {"schedule": {"warmup": "1 s"}}, False),
    ("a rate of nothing", {"clients": {"rate": "0 /s"}}, False),
    ("a rate", {"clients": {"rate": "0.5 per s"}}, True),
    ("think-time beside a rate", {"clients": {"rate": "5 /s", "think-time": "1 ms"}}, False),
    ("a silent uplink", {"network": {"latency": "5 ms", "uplink": "0 bit/s"}}, False),
    ("a law", {"network": {"latency": {"law": "uniform", "from": "1 ms", "to": "2 ms"}}}, True),
    ("an unknown law", {"network": {"latency": {"law": "zipf"}}}, False),
]

BASE = {
    "name": "mutant", "measure": "metrics", "series": [{"protocol": "pbft"}],
    "network": {"latency": "5 ms"}, "schedule": {"duration": "1 s"},
}


def main() -> int:
    consim = str(pathlib.Path(sys.argv[1]).resolve())
    root = pathlib.Path(__file__).resolve().parent.parent
    validators = {}
    for kind in ["scenario", "costs", "crypto-costs", "claims", "judge", "tolerance"]:
        text = subprocess.run([consim, "schema", kind], check=True, capture_output=True).stdout
        schema = json.loads(text)
        jsonschema.Draft202012Validator.check_schema(schema)
        validators[kind] = jsonschema.Draft202012Validator(schema)
    failures = 0
    files = sorted(root.glob("Scenarios/**/*.yaml")) + sorted(root.glob("Tests/Regressions/*.yaml"))
    for path in files:
        tree = yaml.load(path.read_text(), Loader)
        kind = "scenario"
        if path.parent.name == "claims":
            kind = "claims"
        elif path.parent.name == "costs":
            kind = "costs" if "operations" in tree else "crypto-costs"
        # A file of claims is a file for 'consim judge' too.
        for name in [kind, "judge"] if kind == "claims" else [kind]:
            for error in validators[name].iter_errors(tree):
                failures += 1
                print(f"{path.relative_to(root)}: {error.json_path}: {error.message[:200]}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "mutant.yaml"
        for what, change, is_legal in MUTANTS:
            tree = copy.deepcopy(BASE) | change
            file.write_text(yaml.safe_dump(tree))
            by_schema = validators["scenario"].is_valid(yaml.load(file.read_text(), Loader))
            ended = subprocess.run([consim, "validate", str(file)], capture_output=True, text=True)
            if (by_schema, ended.returncode) != (is_legal, 0 if is_legal else 65):
                failures += 1
                print(
                    f"{what}: the schema {'accepts' if by_schema else 'refuses'} it, "
                    f"consim ends with {ended.returncode}\n{ended.stderr}", file=sys.stderr)
    if not failures:
        print(f"schema: {len(files)} files are valid, {len(MUTANTS)} mutants are judged alike")
    return 1 if failures else 0


sys.exit(main())
