#!/usr/bin/env python3
"""Predicts what was measured of running systems, and judges the predictions.

Usage: Scripts/validate.py [check | write | predict] [--consim PROGRAM] [--only FAMILY] [--set KEY=VALUE]...

Validation/families.toml names for each family of cases the scenario that predicts it, the tables that were
measured, the columns that tell cases apart, and bounds that were written before measuring. `check` fails if
Validation/README.md is not what the program predicts now; `write` writes that page; `predict` prints the errors of
a family, with other values of keys if any are set.
"""

import argparse
import csv
import pathlib
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACE = ROOT / "Validation"
PAGE = PLACE / "README.md"
Row = dict[str, str]


def rows_of(path: pathlib.Path) -> list[Row]:
    """Reads a table."""
    with open(path, newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table))


def median(values: list[float]) -> float:
    """Returns the middle value, or the mean of both."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def key_of(row: Row, columns: list[str], scales: list[float]) -> tuple:
    """Returns what tells a case apart; numbers of both tables are compared in the unit of the measured one."""
    key = []
    for column, scale in zip(columns, scales):
        try:
            key.append(round(float(row[column]) * scale, 6))
        except ValueError:
            key.append(row[column])
    return tuple(key)


class Family:
    """Cases that one scenario predicts."""

    def __init__(self, spec: dict) -> None:
        self.id: str = spec["id"]
        self.title: str = spec["title"]
        self.scenario = PLACE / spec["scenario"]
        self.measured: list[str] = spec["measured"]
        self.keys: list[dict] = spec["keys"]
        self.metrics: list[dict] = spec["metrics"]
        self.where: dict = spec.get("where", {})
        self.note: str = spec.get("note", "").strip()
        self.null: str = spec.get("null", "")
        self.fitted: list[list] = spec.get("fitted", [])

    def cases(self) -> dict[tuple, Row]:
        """Returns the measured cases; of several repetitions the median of each metric."""
        columns = [key["measured"] for key in self.keys]
        groups: dict[tuple, list[Row]] = {}
        for name in self.measured:
            for row in rows_of(PLACE / name):
                if all(keeps(row[column], bound) for column, bound in self.where.items()):
                    groups.setdefault(key_of(row, columns, [1.0] * len(columns)), []).append(row)
        result = {}
        for key, rows in groups.items():
            result[key] = {
                metric["measured"]: median([float(row[metric["measured"]]) for row in rows]) for metric in self.metrics
            }
        return result

    def by_case(self, rows: list[Row]) -> dict[tuple, Row]:
        """Returns the predictions by case."""
        columns = [key["predicted"] for key in self.keys]
        scales = [float(key.get("scale", 1)) for key in self.keys]
        strips = [key.get("strip", "") for key in self.keys]
        result = {}
        for row in rows:
            words = {column: row[column].removeprefix(strip) for column, strip in zip(columns, strips)}
            result[key_of(words, columns, scales)] = row
        return result


def predict(consim: str, scenario: pathlib.Path, settings: list[str]) -> list[Row]:
    """Runs a scenario and returns its rows."""
    with tempfile.TemporaryDirectory() as out:
        words = [consim, "run", str(scenario), "--out", out, "--quiet"]
        for setting in settings:
            words += ["--set", setting]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"validate: {scenario.name}: {done.stderr.strip() or done.stdout.strip()}")
        tables = [path for path in pathlib.Path(out).glob("*.csv") if not path.stem.endswith("-summary")]
        return [row for path in tables for row in rows_of(path)]


def keeps(text: str, bound: dict) -> bool:
    """Tells whether a text is what `is` asks for, or a number keeps `min`, `max` and `in`."""
    if "is" in bound:
        return text == bound["is"]
    value = float(text)
    return (
        value >= bound.get("min", value) and value <= bound.get("max", value) and value in bound.get("in", [value])
    )


def null_of(family: Family, case: dict, metric: dict) -> float | None:
    """Returns what the model "two round trips and nothing else" predicts; nil where it says nothing."""
    if not family.null:
        return None
    latency = eval(family.null, {"__builtins__": {}}, case)  # pylint: disable=eval-used
    if latency <= 0:
        return None
    kind = metric.get("kind", "latency")
    if kind == "throughput":
        return case["connections"] / latency * 1000
    return latency


class Judged:
    """The errors of a family."""

    def __init__(self, family: Family, predictions: dict[tuple, Row]) -> None:
        self.family = family
        self.lines: list[list[str]] = []
        self.errors: dict[str, list[float]] = {}
        self.null_errors: dict[str, list[float]] = {}
        names = [key["measured"] for key in family.keys]
        for key, measured in sorted(family.cases().items()):
            row = predictions.get(key)
            if row is None:
                sys.exit(f"validate: {family.id}: no prediction of {dict(zip(names, key))}")
            case = dict(zip(names, key))
            fitted = list(key) in [[float(v) if not isinstance(v, str) else v for v in f] for f in family.fitted]
            cells = [text_of(value) for value in key]
            for metric in family.metrics:
                real = measured[metric["measured"]]
                predicted = float(row[metric["predicted"]])
                error = 100 * (predicted / real - 1)
                null = null_of(family, case, metric)
                if not fitted:
                    self.errors.setdefault(metric["name"], []).append(abs(error))
                    if null is not None:
                        self.null_errors.setdefault(metric["name"], []).append(abs(100 * (null / real - 1)))
                cells += [number(real), number(predicted), f"{error:+.1f} %"]
                cells.append("-" if null is None else f"{100 * (null / real - 1):+.1f} %")
            cells.append("fitted" if fitted else self.verdict_of(measured, row))
            self.lines.append(cells)

    def verdict_of(self, measured: dict, row: Row) -> str:
        """Tells whether a case is within the largest error that its metrics allow."""
        for metric in self.family.metrics:
            error = abs(100 * (float(row[metric["predicted"]]) / measured[metric["measured"]] - 1))
            if error > metric["max"]:
                return f"**{metric['name']} out**"
        return "in"

    def summary(self) -> list[list[str]]:
        """Returns a line for each metric: mean and largest error, bounds, verdict, and those of the null model."""
        lines = []
        for metric in self.family.metrics:
            errors = self.errors.get(metric["name"], [])
            if not errors:
                continue
            mean, most = sum(errors) / len(errors), max(errors)
            holds = mean <= metric["mean"] and most <= metric["max"]
            nulls = self.null_errors.get(metric["name"])
            null = f"{sum(nulls) / len(nulls):.1f}, {max(nulls):.1f}" if nulls else "-"
            lines.append(
                [
                    self.family.id,
                    self.family.title,
                    metric["name"],
                    str(len(errors)),
                    f"{mean:.1f}, {most:.1f}",
                    f"{metric['mean']}, {metric['max']}",
                    "in" if holds else "**out**",
                    null,
                ]
            )
        return lines


def number(value: float) -> str:
    """Writes a number with three or four digits."""
    if value >= 1000:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 100 else f"{value:.2f}" if value >= 10 else f"{value:.3f}"


def text_of(value: object) -> str:
    """Writes a value of a key."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def table(header: list[str], lines: list[list[str]]) -> str:
    """Writes a table in Markdown."""
    rows = [header, ["---"] * len(header), *lines]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def page(judged: list[Judged]) -> str:
    """Writes the page."""
    text = (PLACE / "introduction.md").read_text(encoding="utf-8")
    text += "\n## Verdicts\n\n"
    text += table(
        ["", "cases", "metric", "number", "error in %: mean, largest", "bound", "verdict", "null model: mean, largest"],
        [line for one in judged for line in one.summary()],
    )
    for one in judged:
        family = one.family
        text += f"\n## {family.id}: {family.title}\n\n"
        if family.note:
            text += family.note + "\n\n"
        header = [key.get("title", key["measured"]) for key in family.keys]
        for metric in family.metrics:
            header += [f"{metric['name']}, measured", "predicted", "error", "null model"]
        text += table([*header, "verdict"], one.lines)
        scenario = family.scenario.relative_to(ROOT)
        text += f"\n`consim run {scenario}` predicts it; measured: "
        text += ", ".join(f"[{name}]({name})" for name in family.measured) + ".\n"
    return text


def main() -> int:
    """Carries out the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", nargs="?", default="check", choices=["check", "write", "predict"])
    parser.add_argument("--consim", default=str(ROOT / ".build/release/consim"))
    parser.add_argument("--only", help="the id of one family")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    words = parser.parse_args()
    with open(PLACE / "families.toml", "rb") as file:
        families = [Family(spec) for spec in tomllib.load(file)["family"]]
    if words.only:
        families = [family for family in families if family.id == words.only]
        if not families:
            parser.error(f"no family is called {words.only}")
    tables: dict[pathlib.Path, list[Row]] = {}
    judged = []
    for family in families:
        if family.scenario not in tables:
            tables[family.scenario] = predict(words.consim, family.scenario, words.set)
        judged.append(Judged(family, family.by_case(tables[family.scenario])))
    if words.command == "predict":
        for one in judged:
            for line in [*one.summary(), *one.lines]:
                print("  ".join(line))
        return 0
    text = page(judged)
    if words.command == "write":
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") != text:
        print("validate: Validation/README.md is not what the program predicts: Scripts/validate.py write", file=sys.stderr)
        return 1
    for one in judged:
        for line in one.summary():
            print("validate: " + "  ".join(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
