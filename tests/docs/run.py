#!/usr/bin/env python3
# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Builds and runs the complete programs of the documents, as their readers would.

    run.py --source DIR --compiler CXX --scratch DIR

A program is a ```cpp block that contains `int main`; README.md has at least one. It is built with the flags of the
document's own line that starts with `g++`, and must end by itself, with 0, within a minute. A block whose fence says
```cpp no-run is built only.
"""

import argparse
import pathlib
import re
import shlex
import subprocess
import sys

FENCE = re.compile(r"^```cpp([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BUILD_LINE = re.compile(r"^\s*(?:\$ )?g\+\+ (.+)$", re.MULTILINE)
TIMEOUT = 60


def flags_of(document, text, root):
    """The arguments of the document's compiler line, without the names of the files of its author."""
    line = BUILD_LINE.search(text)
    if not line:
        sys.exit(f"{document}: no line that starts with `g++` and says how to build the program")
    # The reader has installed the library; here it is in the source tree.
    before, after, out = [f"-I{root / 'include'}"], [], False
    for word in shlex.split(line[1]):
        if out or word == "-o" or word.endswith(".cpp"):
            out = word == "-o"
        elif word.startswith("-l"):
            after.append(word)
        elif not word.startswith("-I"):
            before.append(word)
    return before, after


def check(document, root, compiler, scratch):
    text = document.read_text(encoding="utf-8")
    programs = [(mark.strip(), code) for mark, code in FENCE.findall(text) if "int main" in code]
    for number, (mark, code) in enumerate(programs, 1):
        before, after = flags_of(document, text, root)
        source = scratch / f"{document.stem}_{number}.cpp"
        source.write_text(code, encoding="utf-8")
        binary = source.with_suffix("")
        command = [compiler, *before, str(source), "-o", str(binary), *after]
        print(f"{document.name}, program {number}: {shlex.join(command)}", flush=True)
        subprocess.run(command, check=True)
        if "no-run" not in mark.split():
            subprocess.run([str(binary)], check=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL)
    return len(programs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--scratch", type=pathlib.Path, required=True)
    given = parser.parse_args()
    given.scratch.mkdir(parents=True, exist_ok=True)

    readme = given.source / "README.md"
    if not readme.exists():
        sys.exit(f"{readme} is missing")
    try:
        if check(readme, given.source, given.compiler, given.scratch) == 0:
            sys.exit(f"{readme} has no complete program: a ```cpp block with int main")
        for document in sorted((given.source / "docs").glob("*.md")):
            check(document, given.source, given.compiler, given.scratch)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        sys.exit(str(failure))


main()
