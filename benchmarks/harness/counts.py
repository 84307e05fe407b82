# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Counts that repeat from run to run, unlike times: instructions, system calls, allocations; and what they must not
exceed."""

from __future__ import annotations

import dataclasses
import re
import shutil
from typing import Any, Callable

from . import figures, processes
from .processes import ANYWHERE, Failed
from .senders import LIMIT, POSTHORN, Case, Sender, Target, command, result_of
from .session import Session

Counts = dict[str, dict[str, float]]

# The limit is no limit if it costs more than this per delivery.
VALID_CALLS, VALID_INSTRUCTIONS = 2.2, 22_000
# What a delivery of Posthorn may cost; instructions are those beside the hash.
GATE_INSTRUCTIONS, GATE_CALLS, GATE_ALLOCATIONS = 15_000, 2.3, 0.005
CALLGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
WARMUP = 200
# System calls depend a little on how answers fall together, and are cheap to count: more requests than for instructions,
# and of several counts the least, which is what a delivery needs when nothing else holds a core.
TRACED_REQUESTS = (1000, 4000)
TRACED_TIMES = 9


def collected(report: str) -> int:
    """The instructions in what callgrind says at its end."""
    found = re.findall(r"Collected : (\d+)", report)
    if not found:
        raise Failed("valgrind told no instructions")
    return int(found[-1])


def total_calls(table: str) -> int:
    """The system calls in the table of `strace -c -U calls,name`."""
    found = re.search(r"^\s*(\d+) total\s*$", table, re.MULTILINE)
    if not found:
        raise Failed("strace told no total")
    return int(found[1])


def instructions(words: list[str], timeout: float) -> int:
    _, report = processes.run([*CALLGRIND, *words], timeout)
    return collected(report)


def system_calls(words: list[str], timeout: float) -> int:
    # Standard error holds the table and whatever the sender says.
    _, report = processes.run(["strace", "-f", "-c", "-U", "calls,name", *words], timeout)
    return total_calls(report)


class Counter:
    """Counts senders on one receiver that sleeps."""

    def __init__(self, session: Session, target: Target, case: Case) -> None:
        self._session, self._target, self._case = session, target, case

    def per_delivery(self, sender: Sender, count: Callable[[list[str], float], int], requests: tuple[int, int],
                     signed: bool = True) -> float | None:
        """None where it cannot be counted: that is told, and only a failure where the gates need it."""
        case = dataclasses.replace(self._case, signed=signed)
        binary, timeout = self._session.programs / sender.binary, self._session.plan.count_timeout
        try:
            low, high = ((n, count(command(binary, self._target, case, n, WARMUP, ANYWHERE), timeout)) for n in requests)
        except Failed as failure:
            where = f"counts, {case.title}, {sender.title}"
            if sender.required:
                self._session.fail(where, failure)
            else:
                self._session.note(f"{where}: {failure}.")
            return None
        return figures.per_request(low, high)

    def allocations(self, sender: Sender) -> float | None:
        plan = self._session.plan
        words = command(self._session.programs / sender.binary, self._target, self._case, plan.allocation_requests,
                        plan.warmup, ANYWHERE)
        return result_of(words, plan.timeout).get("allocations_per_delivery")


def count_sender(session: Session, counter: Counter, sender: Sender) -> dict[str, float]:
    found: dict[str, float | None] = {}
    requests = session.plan.count_requests
    if shutil.which("valgrind"):
        found["instructions"] = counter.per_delivery(sender, instructions, requests)
        if sender.key == LIMIT:
            found["unsigned_instructions"] = counter.per_delivery(sender, instructions, requests, signed=False)
    if shutil.which("strace"):
        calls = [counter.per_delivery(sender, system_calls, TRACED_REQUESTS) for _ in range(TRACED_TIMES)]
        found["system_calls"] = min((each for each in calls if each is not None), default=None)
    if sender.key == POSTHORN:
        found["allocations"] = counter.allocations(sender)
    return {name: value for name, value in found.items() if value is not None}


def over_http(results: dict[str, Any]) -> Counts:
    """Empty if nothing was counted."""
    return results.get("counts", {}).get("http", {})


def hash_instructions(http: Counts) -> float | None:
    """What the signature costs: the limit with it less the limit without."""
    limit = http.get(LIMIT, {})
    if "instructions" not in limit or "unsigned_instructions" not in limit:
        return None
    return limit["instructions"] - limit["unsigned_instructions"]


def counts(session: Session) -> None:
    for tool in ("valgrind", "strace"):
        if not shutil.which(tool):
            session.note(f"{tool} is not installed, so what it counts is left out.")
    found = session.results["counts"] = {"http": {}, "https": {}}
    for name in ("http", "https") if session.plan.count_https else ("http",):
        case = Case(tls=name == "https", spin=False)
        with session.receiving(case, placement=ANYWHERE) as (_, target):
            counter = Counter(session, target, case)
            for sender in session.verified(case.tls):
                if sender.key in (LIMIT, POSTHORN) or session.plan.count_all:
                    found[name][sender.key] = count_sender(session, counter, sender)
                    session.say(f"counts, {name.upper()}, {sender.key}: " + ", ".join(
                        f"{value:.5g} {what.replace('_', ' ')}" for what, value in found[name][sender.key].items()))
    session.results["invalid"] += faults_of_the_limit(found["http"].get(LIMIT, {}))


def faults_of_the_limit(limit: dict[str, float]) -> list[str]:
    """Why the run is invalid; what was not counted is no fault."""
    faults = []
    if limit.get("system_calls", 0) > VALID_CALLS:
        faults.append(f"The limit makes {limit['system_calls']:.2f} system calls per delivery; more than {VALID_CALLS} is no "
                      "limit.")
    if limit.get("instructions", 0) > VALID_INSTRUCTIONS:
        faults.append(f"The limit takes {limit['instructions']:.0f} user instructions per delivery; more than "
                      f"{VALID_INSTRUCTIONS} is no limit.")
    return faults


def gates(http: Counts) -> list[str]:
    """A sentence for each count of Posthorn over HTTP that is too high, or not there."""
    posthorn, of_hash = http.get(POSTHORN, {}), hash_instructions(http)
    beside = posthorn["instructions"] - of_hash if "instructions" in posthorn and of_hash is not None else None
    judged = (("user instructions beside the hash", beside, GATE_INSTRUCTIONS, "{:.0f}"),
              ("system calls", posthorn.get("system_calls"), GATE_CALLS, "{:.2f}"),
              ("allocations", posthorn.get("allocations"), GATE_ALLOCATIONS, "{:.3f}"))
    sentences = []
    for what, value, most, shape in judged:
        if value is None:
            sentences.append(f"Posthorn's {what} per delivery could not be counted, so they cannot be judged.")
        elif value > most:
            sentences.append(f"Posthorn takes {shape.format(value)} {what} per delivery; {most} is the most allowed.")
    return sentences
