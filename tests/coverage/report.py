#!/usr/bin/env python3
# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Adds up what gcov says about some files over all translation units, and fails where too few lines were run."""

import argparse
import collections
import concurrent.futures
import fnmatch
import json
import os
import pathlib
import subprocess
import sys

PARTS = {
    "guard": ["guard/*.hpp", "impl/guard/*.ipp", "model/url.hpp", "impl/model/url.ipp"],
    "signer": ["signing/*.hpp", "impl/signing/standard_webhooks.ipp", "impl/signing/verify.ipp"],
    "retry": ["retry/*.hpp", "impl/retry/retry_after.ipp", "detail/retry/decision.hpp", "detail/retry/jitter.hpp"],
    "breaker": ["detail/*breaker*.hpp", "detail/lane/health.hpp", "detail/retry/failure_period.hpp"],
    "lane": ["detail/lane/*.hpp", "detail/storage/due_queue.hpp"],
    "expression": ["expression/*.hpp", "impl/expression/*.ipp"],
}


class Coverage:
    """Of one file: how often each line ran, and each branch of a line, wherever it was compiled."""

    def __init__(self):
        self.lines = collections.Counter()
        self.branches = {}

    def add(self, lines):
        for line in lines:
            number = line["line_number"]
            self.lines[number] += line["count"]
            # A branch that only an exception takes is no choice of the code.
            taken = [branch["count"] for branch in line["branches"] if not branch["throw"]]
            if not taken:
                continue
            known = self.branches.setdefault((number, len(taken)), [0] * len(taken))
            for i, count in enumerate(taken):
                known[i] += count

    def line_share(self):
        return sum(1 for count in self.lines.values() if count), len(self.lines)

    def branch_share(self):
        # Of several instantiations the one whose branches were run the most.
        best = {}
        for (number, size), counts in self.branches.items():
            run = sum(1 for count in counts if count)
            if number not in best or run * best[number][1] > best[number][0] * size:
                best[number] = (run, size)
        return sum(run for run, _ in best.values()), sum(size for _, size in best.values())


def gcov(data):
    """What gcov says of one translation unit; objects that no test ran have no data."""
    out = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", str(data)],
                         check=True, capture_output=True, text=True, cwd=data.parent).stdout
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def percent(share):
    return 100.0 * share[0] / share[1] if share[1] else 100.0


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--least", type=float, default=95, help="percent of the lines of each part")
    options = arguments.parse_args()
    include = pathlib.Path(__file__).resolve().parents[2] / "include" / "posthorn"

    files = collections.defaultdict(Coverage)
    data = sorted(path.resolve() for path in options.build.rglob("*.gcda"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for reports in pool.map(gcov, data):
            for report in reports:
                for entry in report["files"]:
                    path = pathlib.Path(report["current_working_directory"], entry["file"]).resolve()
                    if path.is_relative_to(include):
                        files[path.relative_to(include).as_posix()].add(entry["lines"])
    if not files:
        sys.exit(f"{options.build}: no tests were run there")

    failed = False
    for part, patterns in PARTS.items():
        total = [0, 0]
        for name in sorted(name for name in files if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)):
            lines, branches = files[name].line_share(), files[name].branch_share()
            total = [total[0] + lines[0], total[1] + lines[1]]
            print(f"{part:<11} {name:<36} lines {lines[0]:>4} of {lines[1]:<4} {percent(lines):6.1f} %   "
                  f"branches {branches[0]:>4} of {branches[1]:<4} {percent(branches):6.1f} %")
        exists = any(True for pattern in patterns for _ in include.glob(pattern))
        # A part that is there and of which nothing was compiled was not measured.
        enough = percent(total) >= options.least and (total[1] != 0 or not exists)
        failed = failed or not enough
        print(f"{part:<11} {'all':<36} lines {total[0]:>4} of {total[1]:<4} {percent(total):6.1f} %"
              f"{'' if enough else f'   less than {options.least:g} %, or nothing at all'}\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
