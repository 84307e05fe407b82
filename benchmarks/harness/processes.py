# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Starts programs and ends every one of them: at its timeout, at an error, at Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from typing import Any, Iterator, Sequence

FIFO_PRIORITY = 10
_running: set[subprocess.Popen[str]] = set()


class Failed(Exception):
    """A program did not do what it was started for; the text says which and how."""


@dataclass(frozen=True)
class Placement:
    """Which core sends, which receives, and whether both are real-time."""

    sender: int | None = None
    receiver: int | None = None
    fifo: bool = False
    note: str = ""

    @property
    def two_cores(self) -> bool:
        return self.sender != self.receiver


ANYWHERE = Placement()

SPIN = """
import sys, time
now = last = time.perf_counter()
end, longest = now + float(sys.argv[1]), 0.0
while now < end:
    now = time.perf_counter()
    longest = max(longest, now - last)
    last = now
print(longest)
"""


def fifo_is_allowed() -> bool:
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(FIFO_PRIORITY))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    except (OSError, AttributeError):
        return False
    return True


def find_placement() -> Placement:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        return Placement(cores[0], cores[0], False,
                         "There is only one core: sender and receiver share it, nothing spins and nothing is real-time.")
    if not fifo_is_allowed():
        return Placement(cores[0], cores[1], False, "SCHED_FIFO is not allowed here: other work on the cores is in the figures.")
    return Placement(cores[0], cores[1], True, "Both run under SCHED_FIFO.")


def quieter(placement: Placement, seconds: float) -> Placement:
    """The same without SCHED_FIFO, if that is quieter: a kernel that gives real time only a share of each second stops whoever
    spins, and the packets with it, for tens of milliseconds."""
    if not placement.fifo:
        return placement
    fair = replace(placement, fifo=False,
                   note="Neither runs under SCHED_FIFO: the kernel would stop them for a part of each second.")
    return fair if longest_stall(fair, seconds) < longest_stall(placement, seconds) else placement


@contextlib.contextmanager
def started(command: Sequence[str | pathlib.Path], core: int | None = None, fifo: bool = False,
            **streams: Any) -> Iterator[subprocess.Popen[str]]:
    """A process in a group of its own, which is gone when the block is left."""

    def place() -> None:
        if core is not None:
            os.sched_setaffinity(0, {core})
        if fifo:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(FIFO_PRIORITY))

    process = subprocess.Popen([str(word) for word in command], text=True, start_new_session=True, preexec_fn=place,
                               **streams)
    _running.add(process)
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    # The group, not the process alone: strace has a child.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            with contextlib.suppress(OSError):
                stream.close()
    _running.discard(process)


def end_all() -> None:
    for process in list(_running):
        end(process)


def run(command: Sequence[str | pathlib.Path], timeout: float, core: int | None = None,
        fifo: bool = False) -> tuple[str, str]:
    """Standard output and standard error of a program that ends with 0."""
    name = pathlib.Path(command[0]).name
    with started(command, core, fifo, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise Failed(f"{name} did not end within {timeout:.0f} s and was killed") from None
        if process.returncode != 0:
            said = (err.strip() or out.strip() or "it said nothing").splitlines()[-1]
            how = f"exit code {process.returncode}" if process.returncode > 0 else f"signal {-process.returncode}"
            raise Failed(f"{name} ended with {how}: {said}")
        return out, err


def longest_stall(placement: Placement, seconds: float) -> float:
    """The longest time, in seconds, for which a process that spins on a core of the benchmarks was kept from running."""
    longest = 0.0
    for core in {placement.sender, placement.receiver}:
        try:
            longest = max(longest, float(run([sys.executable, "-c", SPIN, str(seconds)], 10 + seconds, core, placement.fifo)[0]))
        except Failed:
            raise Failed(f"core {core} cannot be used: another process holds it, in real time") from None
    return longest


def json_lines(text: str) -> list[dict[str, Any]]:
    """The lines that are JSON objects, in their order."""
    found = []
    for line in text.splitlines():
        if line.startswith("{"):
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError:
                raise Failed(f"a line is no JSON: {line[:80]}") from None
    return found


class Receiver:
    """The receiver of the benchmarks, from its line `port N` to its totals."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.port = self._read_port(time.monotonic() + 10)

    def _read_port(self, deadline: float) -> int:
        assert self._process.stdout is not None
        if select.select([self._process.stdout], [], [], deadline - time.monotonic())[0]:
            words = self._process.stdout.readline().split()
            if len(words) == 2 and words[0] == "port":
                return int(words[1])
        raise Failed("bench_receiver does not listen")

    def totals(self) -> dict[str, Any]:
        """Ends it."""
        try:
            out, _ = self._process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            raise Failed("bench_receiver did not end") from None
        lines = json_lines(out)
        if not lines:
            raise Failed("bench_receiver printed no totals")
        return lines[-1]


@contextlib.contextmanager
def receiving(binary: pathlib.Path, placement: Placement, spin: bool = False, verify: str = "",
              certificate: pathlib.Path | None = None) -> Iterator[Receiver]:
    command: list[str | pathlib.Path] = [binary]
    if spin and placement.two_cores:
        command.append("--spin")
    if verify:
        command += ["--verify", verify]
    if certificate:
        command += ["--tls", certificate]
    if placement.receiver is not None:
        command += ["--core", str(placement.receiver)]
    if placement.fifo:
        command.append("--fifo")
    with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Receiver(process)
