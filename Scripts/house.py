#!/usr/bin/env python3
"""Holds Sources to the layout that CONTRIBUTING.md describes; Scripts/house.toml has the lists.

Usage: Scripts/house.py [check | defaults]

`check` (the default) fails where
  - a module depends on another than its list names, or imports one that Package.swift does not name; tests likewise;
  - modules of a folder of Sources depend on those of another that the folder's list does not name;
  - two folders of a module use each other's types, unless the list names the pair;
  - a `default:` stands in a function that the list does not name, or more often than it says;
  - a function is longer than 70 lines, or a file longer than 400.
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
# Files are named by their module and their place in it, wherever in Sources that lies.
LONGEST_FUNCTION = 70
LONGEST_FILE = 400

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


def read_targets():
    """The targets of Package.swift by their names."""
    package = json.loads(
        subprocess.run(
            ["swift", "package", "dump-package"], cwd=ROOT, check=True, capture_output=True
        ).stdout
    )
    return {target["name"]: target for target in package["targets"]}


class Files:
    """The Swift files of the modules, without comments and texts."""

    def __init__(self, targets):
        places = {name: target.get("path") or f"Sources/{name}" for name, target in targets.items()}
        self.folders = {
            name: ROOT / place
            for name, place in places.items()
            if targets[name]["type"] != "test" and place.startswith("Sources/")
        }
        self.modules = collections.defaultdict(dict)
        for name, folder in sorted(self.folders.items()):
            for path in sorted(folder.rglob("*.swift")):
                self.modules[name][name / path.relative_to(folder)] = COMMENT_OR_TEXT.sub(
                    lambda match: '""' + "\n" * match[0].count("\n"), path.read_text()
                )

    def __iter__(self):
        return (item for files in self.modules.values() for item in files.items())

    def place(self, path):
        """Where a file or folder of a module lies, from the root."""
        module, *rest = pathlib.Path(path).parts
        return self.folders[module].relative_to(ROOT).joinpath(*rest)


def check_list(what, declared, listed):
    """Arrows between modules or folders against their list, which goes from below to above."""
    order = list(listed)
    for name in sorted(set(declared) - set(order)):
        yield f"Package.swift: the list of arrows does not name the {what} {name}"
    for name in sorted(set(order) - set(declared)):
        yield f"Scripts/house.toml: there is no {what} {name}"
    for name in sorted(set(declared) & set(order)):
        allowed = set(listed[name])
        for other in sorted(declared[name] - allowed):
            yield f"Package.swift: the {what} {name} may not depend on {other}"
        for other in sorted(allowed - declared[name]):
            yield f"Scripts/house.toml: the {what} {name} does not depend on {other}"
        for other in sorted(allowed & set(order)):
            if order.index(other) > order.index(name):
                yield f"Scripts/house.toml: the {what} {name} stands before {other}, on which it depends"


def check_arrows(files, targets, lists):
    """The arrows between modules and their folders: in the lists, in Package.swift and among the imports."""
    depends = {
        name: {next(iter(dependency.values()))[0] for dependency in target["dependencies"]}
        for name, target in targets.items()
    }
    own = set(files.folders)
    yield from check_list("module", {name: depends[name] for name in own}, lists["arrows"])
    # A module with a line of its own is no part of its folder.
    layers = {}
    for name in own:
        place = files.folders[name].relative_to(SOURCES)
        layers[name] = str(place) if str(place) in lists["folders"] else place.parts[0]
    between = collections.defaultdict(set)
    for name in own:
        between[layers[name]] |= {layers[other] for other in depends[name] & own} - {layers[name]}
    yield from check_list("folder", between, lists["folders"])
    for name in sorted(set(targets) - own):
        yield from check_tests(name, targets[name], depends)
    for name in sorted(own):
        imported = {
            module for text in files.modules[name].values() for module in IMPORT.findall(text)
        }
        for other in sorted((imported & own) - depends[name]):
            yield f"{files.place(name)} imports {other}, which Package.swift does not name"
        for other in sorted((depends[name] & own) - imported):
            yield f"Package.swift: {name} names {other}, which it does not import"


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
                    f"{files.place(one)} uses {', '.join(there[:3])} of {other},"
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
                for function in lizard.analyze_file(str(ROOT / files.place(path))).function_list
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
            yield f"{files.place(place)}: a `default:` without a reason in Scripts/house.toml"
        if found[place] < allowed[place]:
            yield f"Scripts/house.toml: {place} has {found[place]} `default:`, not {allowed[place]}"


def check_lengths(files, functions):
    """How long functions and files are."""
    for path, text in files:
        lines = text.count("\n")
        if lines > LONGEST_FILE:
            yield f"{files.place(path)} has {lines} lines"
        for start, end, name in functions.spans[path]:
            if end - start + 1 > LONGEST_FUNCTION:
                yield f"{files.place(path)}:{start}: {name} has {end - start + 1} lines"


def main(arguments):
    targets = read_targets()
    files = Files(targets)
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
        *check_arrows(files, targets, lists),
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
