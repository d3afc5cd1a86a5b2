#!/usr/bin/env python3
"""Leads from the rules of the papers to the functions that carry them out and the tests that check them.

Usage: Scripts/reading.py [check | write]

The rules stand in Documentation/Reading/rules. A line `// Rule: PBFT 4.2-3` above a declaration in Sources or
Tests names a rule that it carries out or checks. `write` makes the pages of Documentation/Reading from both.
`check` (the default) prints how many rules have code and tests. It fails where
  - a comment names a rule that does not exist, or stands above no declaration;
  - a rule lacks code or a test and has no line `gap: reason`, or has one and lacks nothing;
  - a page is not what `write` would make.
"""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "Documentation" / "Reading"
LONGEST = 28  # words of a rule

SECTION = re.compile(r"section (\S+): (.+)")
RULE = re.compile(r"(\w+ [\w.-]+-\d+): (.+)")
GAP = re.compile(r"  gap: (.+)")
COMMENT = re.compile(r"\s*// Rule: (.+)")
DECLARATION = re.compile(
    r"\s*(?:@\w+(?:\([^()]*\))? )*(?:(?:public|private|fileprivate|package|internal|static|mutating|private\(set\)) )*"
    r"(?:(?:func|var|let|struct|enum) (\w+)|(init)\b)"
)
# What may stand between the comment and the declaration; a test's attribute takes several lines.
BETWEEN = re.compile(r"\s*(?:///|// Rule:|@\w+)")

PAGES = {
    "pbft": "PBFT by the sections of its paper",
    "raft": "Raft by the boxes of figure 2",
    "sc-pbft": "sc-PBFT by section III of its paper",
    "streamlet": "Streamlet by section 2 of its paper",
}
PARTS = {"pbft": "+NormalCase", "raft": "+Election", "sc-pbft": "+Triggers", "streamlet": "+Blocks"}

problems = []
for path in sorted((FOLDER / "rules").glob("*.txt")):
    if path.stem not in PAGES:
        problems.append(f"{path.relative_to(ROOT)}: PAGES of Scripts/reading.py has no title for it")


class Rule:
    def __init__(self, name, text):
        self.name, self.text, self.gap = name, text, None
        self.code, self.tests = [], []


def read_rules(page):
    """The sections of a file of rules: number, title, rules."""
    sections = []
    path = FOLDER / "rules" / f"{page}.txt"
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        where = f"{path.relative_to(ROOT)}:{number}"
        if found := SECTION.fullmatch(line):
            sections.append((found[1], found[2][0].upper() + found[2][1:], []))
        elif (found := RULE.fullmatch(line)) and sections:
            rules = sections[-1][2]
            rules.append(Rule(found[1], found[2]))
            if not found[1].endswith(f"{sections[-1][0]}-{len(rules)}"):
                problems.append(f"{where}: {found[1]} is not rule {len(rules)} of section {sections[-1][0]}")
            if not found[2].endswith("."):
                problems.append(f"{where}: a rule is a sentence")
        elif (found := GAP.fullmatch(line)) and sections and sections[-1][2]:
            sections[-1][2][-1].gap = found[1]
        else:
            problems.append(f"{where}: neither a section, a rule nor a gap")
    return sections


def declaration_after(lines, index):
    """The name of what is declared after a comment, past documentation and attributes."""
    depth = 0
    for line in lines[index + 1 :]:
        found = DECLARATION.match(line)
        if found and depth == 0:
            return found[1] or found[2]
        text = re.sub(r'"(?:\\.|[^"\\])*"', "", line)
        if depth == 0 and not BETWEEN.match(line):
            return None
        if not text.lstrip().startswith("//"):
            depth += text.count("(") - text.count(")")
    return None


def read_comments(rules):
    """Adds to each rule the declarations that name it."""
    for folder in ("Sources", "Tests"):
        for path in sorted((ROOT / folder).rglob("*.swift")):
            text = path.read_text()
            if "// Rule:" not in text:
                continue
            lines = text.split("\n")
            name = path.relative_to(ROOT).as_posix()
            for index, line in enumerate(lines):
                found = COMMENT.fullmatch(line)
                if not found:
                    continue
                declared = declaration_after(lines, index)
                if declared is None:
                    problems.append(f"{name}:{index + 1}: no declaration follows")
                for rule in found[1].split(", "):
                    if rule not in rules:
                        problems.append(f"{name}:{index + 1}: there is no rule {rule}")
                        continue
                    places = rules[rule].code if folder == "Sources" else rules[rule].tests
                    if (name, declared) not in places:
                        places.append((name, declared))


def links(places):
    """The declarations by file, a link for each file."""
    files = collections.defaultdict(list)
    for name, declared in places:
        files[name].append(declared)
    shown = []
    for name, declared in files.items():
        stem = pathlib.PurePosixPath(name).stem
        label = re.sub(r"^(PBFTReplica|RaftReplica|StreamletReplica)\+", "+", stem)
        names = ", ".join(f"`{word}`" for word in declared)
        shown.append(f"{names} in [{label}](../../{name})")
    return "<br>".join(shown)


def page_text(page, sections):
    lines = [
        f"# {PAGES[page]}",
        "",
        f"<!-- Made by Scripts/reading.py write from rules/{page}.txt and the comments `// Rule:`. -->",
        f"The rules are in our words. `{PARTS[page]}` is the file with that part of the replica.",
    ]
    for number, title, rules in sections:
        heading = f"{number} {title}" if number[0].isdigit() or number.startswith("III") else title
        lines += ["", f"## {heading}", "| | rule | function | test |", "| --- | --- | --- | --- |"]
        for rule in rules:
            short = rule.name.split(" ", 1)[1]
            text = rule.text + (f" *Gap: {rule.gap}*" if rule.gap else "")
            lines.append(f"| {short} | {text} | {links(rule.code)} | {links(rule.tests)} |")
    return "\n".join(lines) + "\n"


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else "check"
    if command not in ("check", "write") or len(sys.argv) > 2:
        sys.exit(__doc__)
    pages = {page: read_rules(page) for page in PAGES}
    every = [rule for sections in pages.values() for _, _, rules in sections for rule in rules]
    rules = {rule.name: rule for rule in every}
    if len(rules) != len(every):
        problems.append("two rules have one name")
    read_comments(rules)
    for rule in every:
        lacks = [what for what, places in (("code", rule.code), ("test", rule.tests)) if not places]
        if lacks and not rule.gap:
            problems.append(f"{rule.name}: no {' and no '.join(lacks)}, and no gap with a reason")
        if rule.gap and not lacks:
            problems.append(f"{rule.name}: a gap is listed, and there is code and a test")
        if len(rule.text.split()) > LONGEST:
            problems.append(f"{rule.name}: longer than {LONGEST} words")
    for page, sections in pages.items():
        path = FOLDER / f"{page}.md"
        text = page_text(page, sections)
        if command == "write" and not problems:
            path.write_text(text)
        elif command == "check" and (not path.exists() or path.read_text() != text):
            problems.append(f"{path.relative_to(ROOT)} is not up to date: run Scripts/reading.py write")
    for problem in problems:
        print(problem)
    if problems:
        sys.exit(f"reading: {len(problems)} problems")
    print(
        f"reading: {len(every)} rules, {sum(bool(rule.code) for rule in every)} with code, "
        f"{sum(bool(rule.tests) for rule in every)} with a test, "
        f"{sum(bool(rule.gap) for rule in every)} gaps"
    )


if __name__ == "__main__":
    main()
