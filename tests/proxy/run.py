#!/usr/bin/env python3
# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Starts a tinyproxy that asks for a password, and runs the client's tests against it.

    run.py CLIENT

CLIENT is posthorn_proxy_client. Ends with 77 where there is no tinyproxy (Debian: tinyproxy-bin).
"""

import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

NO_PROXY = 77

CONFIGURATION = """\
Port {port}
Listen 127.0.0.1
Timeout 60
MaxClients 20
LogFile "{log}"
LogLevel Info
BasicAuth us word
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return True
    except ConnectionRefusedError:
        return False


def ended(process, seconds):
    """Whether the process has ended, after at most this time."""
    try:
        process.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        return False


def start(program, folder):
    """A proxy and its port; the port was free a moment ago, and may be taken now."""
    for _ in range(5):
        port = free_port()
        file = folder / "tinyproxy.conf"
        file.write_text(CONFIGURATION.format(port=port, log=folder / "log"), encoding="utf-8")
        process = subprocess.Popen([program, "-d", "-c", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            if process.poll() is None and accepts(port):
                return process, port
            if ended(process, 0.05):
                break
        process.kill()
        process.wait()
    sys.exit("tinyproxy does not start:\n" + (folder / "log").read_text(encoding="utf-8"))


def main():
    client = sys.argv[1]
    program = shutil.which("tinyproxy")
    if program is None:
        print("there is no tinyproxy; on Debian: apt-get install tinyproxy-bin")
        return NO_PROXY
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        proxy, port = start(program, folder)
        try:
            tests = subprocess.run([client, "--color_output=no", "--report_level=short", "--", str(port)], timeout=120)
            if tests.returncode != 0:
                print((folder / "log").read_text(encoding="utf-8"))
            return tests.returncode
        finally:
            proxy.terminate()
            proxy.wait()


if __name__ == "__main__":
    sys.exit(main())
