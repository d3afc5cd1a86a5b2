#!/usr/bin/env python3
"""Holds the relative links of all committed Markdown files to what is committed.

Usage: Scripts/links.py

Fails where a link or a picture names a file or folder that is not committed, or an anchor that no
heading of its page has. Links in code are text. Addresses with a scheme are not looked at.
"""
import functools
import pathlib
import posixpath
import re
import subprocess
import sys
from urllib.parse import unquote

ROOT = pathlib.Path(__file__).resolve().parent.parent
INLINE = re.compile(r"\]\(\s*(<[^>]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*(\S+)")
TAG = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=\"([^\"]*)\"")
ANCHOR = re.compile(r"<a\b[^>]*?\b(?:id|name)=\"([^\"]*)\"")
FENCE = re.compile(r"\s*(```+|~~~+)")
CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")


@functools.lru_cache(maxsize=None)
def lines_of(name):
    """The lines of a page outside of fences, with their numbers."""
    found = []
    fence = None
    for number, text in enumerate((ROOT / name).read_text().split("\n"), 1):
        mark = FENCE.match(text)
        if fence:
            if mark and mark[1].startswith(fence) and not text.strip("`~ "):
                fence = None
        elif mark:
            fence = mark[1]
        else:
            found.append((number, text))
    return found


def slug(heading):
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    text = re.sub(r"<!--.*?-->", "", text).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


@functools.lru_cache(maxsize=None)
def anchors_of(name):
    found = set()
    for _, text in lines_of(name):
        found.update(ANCHOR.findall(text))
        heading = re.match(r"#{1,6}\s+(.*?)\s*#*$", text)
        if heading:
            base = anchor = slug(heading[1])
            count = 0
            while anchor in found:
                count += 1
                anchor = f"{base}-{count}"
            found.add(anchor)
    return found


def links_of(name):
    for number, text in lines_of(name):
        bare = CODE.sub("", text)
        for target in INLINE.findall(bare) + REFERENCE.findall(bare) + TAG.findall(bare):
            yield number, target.strip("<>")


def problem_of(name, target, committed):
    """What is wrong with a link of a page, or nothing."""
    if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE):
        return None
    path, _, anchor = unquote(target).partition("#")
    page = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
    if page not in committed:
        return f"no committed file is {page}"
    if anchor and (not page.endswith(".md") or anchor not in anchors_of(page)):
        return f"{page} has no heading #{anchor}"
    return None


def main():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    files = [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]
    committed = set(files) | {str(folder) for name in files for folder in pathlib.PurePosixPath(name).parents}
    pages = [name for name in files if name.endswith(".md")]
    count = problems = 0
    for name in pages:
        for number, target in links_of(name):
            count += 1
            problem = problem_of(name, target, committed)
            if problem:
                print(f"{name}:{number}: {target}: {problem}")
                problems += 1
    if problems:
        sys.exit(f"links: {problems} of {count} do not resolve")
    print(f"links: {count} links of {len(pages)} pages resolve")


if __name__ == "__main__":
    main()
