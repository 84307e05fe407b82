#!/usr/bin/env python3
# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Compiles a source that must not compile and judges what the compiler says.

    run.py SOURCE COMPILER [FLAG...]

The first lines of the source are its expectations:

    // expect: REGEX      it does not compile, and the output matches (re.search, over all of the output)
    // lines: N           and is at most N lines long (60 if not given)

or, for the control that shows that include path and compiler work:

    // compiles

A SOURCE that ends in .hpp is precompiled for the others, where they find it by `-include SOURCE`.
"""

import re
import subprocess
import sys

DEFAULT_LINES = 60


def run_compiler(compiler, *flags):
    # Bodies of functions that are no templates have nothing to say about it, and take most of the time.
    return subprocess.run([compiler, "-std=c++20", "-DPOSTHORN_SEPARATE_COMPILATION", *flags], text=True,
                          errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)


def main():
    source, compiler, *flags = sys.argv[1:]
    if source.endswith(".hpp"):
        # Both look for this name beside the header's.
        run = run_compiler(compiler, *flags, "-x", "c++-header", source, "-o", f"{source}.gch")
        print(run.stdout)
        sys.exit(run.returncode)
    with open(source, encoding="utf-8") as file:
        head = [file.readline().rstrip("\n") for _ in range(2)]
    run = run_compiler(compiler, *flags, "-fsyntax-only", source)
    output = run.stdout

    def fail(why):
        print(f"{source}: {why}\n--- {compiler} says ({len(output.splitlines())} lines):\n{output}")
        sys.exit(1)

    if head[0] == "// compiles":
        if run.returncode != 0:
            fail("does not compile")
        return
    expected = re.fullmatch(r"// expect: (.+)", head[0])
    if not expected:
        fail("the first line is neither `// expect: REGEX` nor `// compiles`")
    limit = re.fullmatch(r"// lines: (\d+)", head[1])
    limit = int(limit[1]) if limit else DEFAULT_LINES
    if run.returncode == 0:
        fail("compiles")
    if not re.search(expected[1], output):
        fail(f"does not say: {expected[1]}")
    if len(output.splitlines()) > limit:
        fail(f"takes {len(output.splitlines())} lines to say it, more than {limit}")


main()
