#!/usr/bin/env python3
"""Holds Sources to the layout that CONTRIBUTING.md describes; Scripts/house.toml has the lists.

Usage: Scripts/house.py [check | defaults]

`check` (the default) fails where
  - a module depends on another than its list names, or imports one that Package.swift does not name; tests likewise;
  - two folders of a module use each other's types, unless the list names the pair;
  - a `default:` stands in a function that the list does not name, or more often than it says;
  - a function is longer than 70 lines, or a file longer than 500.
An entry of a list that nothing needs any more is a fault as well. `defaults` prints the functions with
a `default:` in the form of the list. Exit code 1: something is wrong; 69: lizard is missing.
"""
import collections
import json
import pathlib
import re
import subprocess
import sys
import tomllib

try:
    import lizard
except ImportError:
    print("house: install lizard: python3 -m pip install lizard", file=sys.stderr)
    sys.exit(69)

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "Sources"
LONGEST_FUNCTION = 70
LONGEST_FILE = 500

COMMENT_OR_TEXT = re.compile(
    r'//[^\n]*|/\*.*?\*/|"""(?:\\.|.)*?"""|#"[^\n]*?"#|"(?:\\\([^\n]*?\)|\\.|[^"\\\n])*"', re.S
)
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\(\w+\))? |public |internal )*import (?:struct |enum |func |class )?(\w+)", re.M
)
DECLARATION = re.compile(
    r"^(?:[\w@()]+ )*(?:class|struct|enum|protocol|actor|typealias) (\w+)", re.M
)
PROPERTY = re.compile(r"^(\s*)(?:[\w@()]+ )*(?:var|let|func) (\w+)")
# After a comma it is an argument.
DEFAULT = re.compile(r"(?<!,)\n\s*(?:@unknown )?default\s*:")


class Files:
    """The Swift files of the modules, without comments and texts."""

    def __init__(self):
        self.modules = collections.defaultdict(dict)
        for path in sorted(SOURCES.rglob("*.swift")):
            relative = path.relative_to(SOURCES)
            self.modules[relative.parts[0]][relative] = COMMENT_OR_TEXT.sub(
                lambda match: '""' + "\n" * match[0].count("\n"), path.read_text()
            )

    def __iter__(self):
        return (item for files in self.modules.values() for item in files.items())


def check_arrows(files, listed):
    """The arrows between modules: in the list, in Package.swift and among the imports."""
    package = json.loads(
        subprocess.run(
            ["swift", "package", "dump-package"], cwd=ROOT, check=True, capture_output=True
        ).stdout
    )
    targets = {target["name"]: target for target in package["targets"]}
    own = {
        name
        for name, target in targets.items()
        if target["type"] != "test" and not (target.get("path") or "").startswith("Tests")
    }
    order = list(listed)
    for name in sorted(own - set(order)):
        yield f"Package.swift: the list of arrows does not name the module {name}"
    for name in sorted(set(order) - own):
        yield f"Scripts/house.toml: there is no module {name}"
    depends = {
        name: {next(iter(dependency.values()))[0] for dependency in target["dependencies"]}
        for name, target in targets.items()
    }
    for name in sorted(set(targets) - own):
        yield from check_tests(name, targets[name], depends)
    for name in sorted(own & set(order)):
        declared = depends[name]
        allowed = set(listed[name])
        imported = {
            module for text in files.modules[name].values() for module in IMPORT.findall(text)
        }
        for other in sorted(declared - allowed):
            yield f"Package.swift: {name} may not depend on {other}"
        for other in sorted(allowed - declared):
            yield f"Scripts/house.toml: {name} does not depend on {other}"
        for other in sorted((imported & own) - declared):
            yield f"Sources/{name} imports {other}, which Package.swift does not name"
        for other in sorted((declared & own) - imported):
            yield f"Package.swift: {name} names {other}, which it does not import"
        for other in sorted(allowed & set(order)):
            if order.index(other) > order.index(name):
                yield f"Scripts/house.toml: {name} stands before {other}, on which it depends"


def check_tests(name, target, depends):
    """What tests import is built before them, so that a clean build of many jobs finds it."""
    reached, left = set(), [name]
    while left:
        new = depends.get(left.pop(), set()) - reached
        reached |= new
        left += new
    folder = ROOT / (target.get("path") or f"Tests/{name}")
    texts = [path.read_text() for path in folder.rglob("*.swift")]
    imported = {module for text in texts for module in IMPORT.findall(text)}
    for other in sorted((imported & set(depends)) - reached):
        yield f"{folder.relative_to(ROOT)} imports {other}, on which {name} does not depend"


def folder_arrows(files):
    """For every module the pairs of folders of which the first uses a type of the second."""
    for module, texts in files.modules.items():
        homes = collections.defaultdict(set)
        for path, text in texts.items():
            for name in DECLARATION.findall(text):
                homes[name].add(path.parent)
        arrows = collections.defaultdict(set)
        for path, text in texts.items():
            for name in set(re.findall(r"\b[A-Z]\w+", text)):
                if len(homes[name]) == 1 and (home := next(iter(homes[name]))) != path.parent:
                    arrows[path.parent, home].add(name)
        yield module, arrows


def check_folders(files, listed):
    """The pairs of folders that use each other."""
    known = {tuple(sorted(pair.split(" and "))) for pair in listed}
    met = set()
    for _, arrows in folder_arrows(files):
        for (one, other), names in sorted(arrows.items()):
            if one > other or (other, one) not in arrows:
                continue
            pair = (str(one), str(other))
            met.add(pair)
            if pair not in known:
                there, back = sorted(names), sorted(arrows[other, one])
                yield (
                    f"Sources/{one} uses {', '.join(there[:3])} of {other},"
                    f" which uses {', '.join(back[:3])}"
                )
    for pair in sorted(known - met):
        yield f"Scripts/house.toml: {' and '.join(pair)} do not use each other any more"


class Functions:
    """Where functions begin and end, by lizard."""

    def __init__(self, files):
        self.texts = dict(files)
        self.spans = {
            path: [
                (function.start_line, function.end_line, function.name)
                for function in lizard.analyze_file(str(SOURCES / path)).function_list
            ]
            for path, _ in files
        }

    def around(self, path, line):
        """The name of the innermost function or property at this line."""
        spans = [span for span in self.spans[path] if span[0] <= line <= span[1]]
        if spans:
            return max(spans)[2]
        *before, here = self.texts[path].split("\n")[:line]
        depth = len(here) - len(here.lstrip())
        members = (PROPERTY.match(text) for text in reversed(before))
        return next((match[2] for match in members if match and len(match[1]) < depth), "?")


def defaults(files, functions):
    """How many `default:` stand in each function."""
    counts = collections.Counter()
    for path, text in files:
        for match in DEFAULT.finditer(text):
            line = text.count("\n", 0, match.end()) + 1
            counts[f"{path} {functions.around(path, line)}"] += 1
    return counts


def check_defaults(files, functions, listed):
    """Every `default:` has a reason."""
    found = defaults(files, functions)
    allowed = collections.Counter()
    for reason, places in listed.items():
        for place in places:
            match = re.fullmatch(r"(.*?)(?: x(\d+))?", place)
            allowed[match[1]] += int(match[2] or 1)
    for place in sorted(found | allowed):
        if found[place] > allowed[place]:
            yield f"Sources/{place}: a `default:` without a reason in Scripts/house.toml"
        if found[place] < allowed[place]:
            yield f"Scripts/house.toml: {place} has {found[place]} `default:`, not {allowed[place]}"


def check_lengths(files, functions):
    """How long functions and files are."""
    for path, text in files:
        lines = text.count("\n")
        if lines > LONGEST_FILE:
            yield f"Sources/{path} has {lines} lines"
        for start, end, name in functions.spans[path]:
            if end - start + 1 > LONGEST_FUNCTION:
                yield f"Sources/{path}:{start}: {name} has {end - start + 1} lines"


def main(arguments):
    files = Files()
    functions = Functions(files)
    if arguments == ["defaults"]:
        for place, count in sorted(defaults(files, functions).items()):
            print(f'  "{place}{f" x{count}" if count > 1 else ""}",')
        return 0
    if arguments not in ([], ["check"]):
        print(__doc__, file=sys.stderr)
        return 64
    lists = tomllib.loads((ROOT / "Scripts" / "house.toml").read_text())
    problems = [
        *check_arrows(files, lists["arrows"]),
        *check_folders(files, lists["circles"]["known"]),
        *check_defaults(files, functions, lists["defaults"]),
        *check_lengths(files, functions),
    ]
    for problem in problems:
        print(f"house: {problem}", file=sys.stderr)
    count = sum(defaults(files, functions).values())
    print(
        f"house: {len(files.modules)} modules, {sum(1 for _ in files)} files,"
        f" {count} defaults; {len(problems) or 'no'} problems"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
