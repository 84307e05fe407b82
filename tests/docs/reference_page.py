#!/usr/bin/env python3
# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Holds docs/reference-page.md to the tests that it names: each must exist, and each line must name one or say why it differs.

Usage: reference_page.py --source DIR"""

from __future__ import annotations

import argparse
import pathlib
import re
import sys

SUITE = re.compile(r"BOOST_(?:AUTO|FIXTURE)_TEST_SUITE\(\s*(\w+)")
CASE = re.compile(r"BOOST_(?:AUTO|FIXTURE|DATA)_TEST_CASE(?:_F)?\(\s*([^)]*)")
CONFORMANCE = re.compile(r'(?:add|emplace_back)\("(\w+)"')
WORD = re.compile(r"\b[a-z]\w*\b")


def boost_cases(sources: pathlib.Path) -> set[str]:
    """"suite/case" of every test in the folders."""
    found: set[str] = set()
    for path in sorted(sources.rglob("*.cpp")):
        suite = ""
        for line in re.split(r"(?=BOOST_)", path.read_text(encoding="utf-8")):
            if named := SUITE.match(line):
                suite = named[1]
            elif case := CASE.match(line):
                # The case is one of the macro's words: the first, or behind a fixture the second.
                found.update(f"{suite}/{word}" for word in WORD.findall(case[1])[:2])
    return found


def conformance_cases(headers: pathlib.Path) -> set[str]:
    return {name for path in headers.glob("*.hpp") for name in CONFORMANCE.findall(path.read_text(encoding="utf-8"))}


def rows(page: str) -> list[list[str]]:
    """The cells of each line of a table, without headings."""
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return [row for row in cells if not set(row[0]) <= {"-"} and row[-1] != "Held by"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    source = parser.parse_args().source
    known = boost_cases(source / "tests") | conformance_cases(source / "include" / "posthorn" / "testing")
    page = rows((source / "docs" / "reference-page.md").read_text(encoding="utf-8"))
    wrong: list[str] = []
    differing = held = 0
    for row in page:
        named = re.findall(r"`([\w/]+)`", row[2]) if len(row) == 3 else []
        wrong += [f"no test is called {name} (line: {row[0]})" for name in named if name not in known]
        differs = "Differs:" in row[1]
        held += bool(named)
        differing += differs
        if not named and not differs:
            wrong.append(f"neither a test nor a reason: {row[0]}")
    for sentence in wrong:
        print(f"docs/reference-page.md: {sentence}", file=sys.stderr)
    print(f"{len(page)} lines, {held} held by tests, {differing} differ for a reason")
    return 1 if wrong or not page else 0


if __name__ == "__main__":
    sys.exit(main())
