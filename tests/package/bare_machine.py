# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Runs tests/run as on a machine where no package is installed, with stand-ins for the tools that it calls, and checks
that it installs what is needed and goes on to the build."""

import os
import pathlib
import subprocess
import sys
import tempfile

STAND_INS = {
    "dpkg-query": "exit 1",
    "apt-cache": 'echo "Package: $2"',
    "apt-get": 'echo "apt-get $*" >>"$CALLS"',
    "sudo": 'while [ "${1#-}" != "$1" ]; do shift; done; exec "$@"',
    "cmake": 'echo "cmake $*" >>"$CALLS"',
    "ctest": 'echo "ctest $*" >>"$CALLS"',
}


def main() -> int:
    run = pathlib.Path(__file__).resolve().parent.parent / "run"
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        calls = folder / "calls"
        for name, body in STAND_INS.items():
            tool = folder / name
            tool.write_text(f"#!/bin/sh\n{body}\n")
            tool.chmod(0o755)
        environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "CALLS": str(calls)}
        done = subprocess.run([run], env=environment, capture_output=True, text=True)
        called = calls.read_text() if calls.exists() else ""
    expected = ["apt-get install", "libboost1.81-dev", "libboost-test1.81-dev", "cmake --build", "ctest --test-dir"]
    missing = [e for e in expected if e not in called]
    if done.returncode == 0 and not missing:
        return 0
    print(f"tests/run: exit code {done.returncode}, never called: {missing}\n{called}{done.stdout}{done.stderr}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
