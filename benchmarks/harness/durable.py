# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""The part durable: what the storage in SQLite costs, beside SQLite by hand and beside the storage in memory."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any, Callable

from . import figures, processes
from .brackets import Brackets
from .processes import ANYWHERE, Failed, Placement
from .senders import Case
from .session import Session

PROGRAM = "posthorn_durable"
# Each is compared with the first of its pair.
BARE, LIBRARY = "bare", "posthorn"
MEMORY, SQLITE = "memory", "sqlite"
TITLES = {BARE: "prepared statements, by hand", LIBRARY: "Posthorn", MEMORY: "storage in memory", SQLITE: "storage in SQLite"}
DURABILITIES = ("full", "normal")
# Events in a transaction that is delivered.
DELIVER_BATCHES, CLAIM_BATCH = (64, 256), 256
LEAST_EVENTS = 512

Line = dict[str, Any]


def fair(placement: Placement) -> Placement:
    """Nothing real-time: the kernel's own threads write to the disk, and they need a core for that."""
    return replace(placement, fifo=False)


def placed(placement: Placement) -> list[str]:
    return [] if placement.sender is None else ["--core", str(placement.sender)]


def lines_of(session: Session, command: str, *words: str, placement: Placement | None = None) -> list[Line]:
    out, _ = processes.run([session.programs / PROGRAM, command, "--folder", session.data, *words,
                            *placed(placement or session.placement)], session.plan.durable_timeout)
    lines = processes.json_lines(out)
    if not lines:
        raise Failed(f"{PROGRAM} {command} printed no line of JSON")
    return lines


def whole_batches(events: float, batch: int) -> int:
    return max(1, math.ceil(events / batch)) * batch


class Calibrated:
    """Runs of a contestant that take as long as the plan wants; `start(key, events)` is one."""

    def __init__(self, session: Session, batch: int, start: Callable[[str, int], Line]) -> None:
        self._session, self._batch, self._start = session, batch, start
        self._events: dict[str, int] = {}

    def __call__(self, key: str) -> Line:
        if key not in self._events:
            self._events[key] = self._calibrate(key)
        return self._start(key, self._events[key])

    def _calibrate(self, key: str) -> int:
        plan = self._session.plan
        if plan.seconds == 0:
            return whole_batches(plan.fixed_requests, self._batch)
        least = whole_batches(LEAST_EVENTS, self._batch)
        return max(least, whole_batches(self._start(key, least)["per_second"] * plan.seconds, self._batch))


def disk(session: Session) -> Line:
    return lines_of(session, "disk", "--count", str(session.plan.disk_writes))[-1]


def accept(session: Session) -> list[dict[str, Any]]:
    found = []
    for batch in session.plan.durable_batches:
        def start(key: str, events: int, batch: int = batch) -> Line:
            words = ["--batch", str(batch), "--count", str(events)] + (["--bare"] if key == BARE else [])
            return lines_of(session, "accept", *words)[-1]

        title = f"{batch} event{'' if batch == 1 else 's'} in a transaction"
        played = Brackets(session, "durable", title, {key: TITLES[key] for key in (BARE, LIBRARY)}, BARE,
                          Calibrated(session, batch, start))
        played.play()
        found.append({"batch": batch, "title": title, "lines": played.lines, "pairs": played.pairs})
        session.say(f"durable, {title}: {played.summary()}")
    return found


def render(session: Session) -> list[Line]:
    """A line for each round."""
    batch = session.plan.durable_batches[-1]
    events = whole_batches(session.plan.seconds * 500_000 or session.plan.fixed_requests, batch)
    return [lines_of(session, "render", "--batch", str(batch), "--count", str(events))[-1]
            for _ in range(session.plan.rounds)]


def claim(session: Session) -> dict[str, list[Line]]:
    """The lines of each durability, in turn."""
    found: dict[str, list[Line]] = {durability: [] for durability in DURABILITIES}
    for number in range(session.plan.rounds):
        for durability in DURABILITIES if number % 2 == 0 else DURABILITIES[::-1]:
            found[durability] += lines_of(session, "claim", "--batch", str(CLAIM_BATCH), "--durability", durability,
                                          "--count", str(session.plan.claim_rows))
    session.say("durable, claimed and settled per second: " + ", ".join(
        f"{durability} {figures.median(line['per_second'] for line in lines):.0f}" for durability, lines in found.items()))
    return found


def settings(session: Session) -> list[tuple[str, Placement]]:
    """How sender and receiver are placed while deliveries are sent. A receiver that spins would keep the kernel's threads from a
    core, too."""
    found = [("Delivered, the host's threads on one core, the receiver on the other", fair(session.placement))]
    return (found if session.placement.two_cores else []) + [("Delivered, every thread on any core", ANYWHERE)]


def deliver(session: Session) -> list[dict[str, Any]]:
    found, case = [], Case(spin=False)
    for (place, placement), batch in itertools.product(settings(session), DELIVER_BATCHES):
        title = f"{place}, {batch} events in a transaction"
        with session.receiving(case, placement=placement) as (_, target):
            def start(key: str, events: int, port: int = target.port, where: Placement = placement, batch: int = batch) -> Line:
                words = ["--port", str(port), "--connections", str(case.connections), "--batch", str(batch), "--count",
                         str(events)] + (["--memory"] if key == MEMORY else [])
                return lines_of(session, "deliver", *words, placement=where)[-1]

            played = Brackets(session, "durable", title, {key: TITLES[key] for key in (MEMORY, SQLITE)}, MEMORY,
                              Calibrated(session, batch, start))
            played.play()
        found.append({"title": title, "lines": played.lines, "pairs": played.pairs})
        session.say(f"durable, {title}: {played.summary()}")
    return found


def first_byte(session: Session) -> dict[str, list[Line]]:
    words = ["--count", str(session.plan.first_byte_events)]
    if session.placement.two_cores:
        words += ["--receiver-core", str(session.placement.receiver)]
    found: dict[str, list[Line]] = {MEMORY: [], SQLITE: []}
    for _ in range(session.plan.rounds):
        for key, lines in found.items():
            lines += lines_of(session, "first-byte", *words, *(["--memory"] if key == MEMORY else []))
    return found


def backlog(session: Session) -> list[Line]:
    return lines_of(session, "backlog", "--batch", str(CLAIM_BATCH), "--count", str(session.plan.backlog_rows))


def admin(session: Session) -> list[Line]:
    return lines_of(session, "admin", "--count", str(session.plan.backlog_rows))


def registry(session: Session) -> list[Line]:
    return lines_of(session, "registry", "--count", str(session.plan.registry_webhooks))


def reach(session: Session) -> list[Line]:
    return lines_of(session, "reach", "--count", str(session.plan.reach_changes), placement=ANYWHERE)


def beside_rendering(bare_seconds: float, library_seconds: float, render_seconds: float) -> float:
    """The rate of the library to that by hand, had it nothing to match and to render; times are per event."""
    return bare_seconds / (library_seconds - render_seconds)


STEPS: dict[str, Callable[[Session], Any]] = {"disk": disk, "accept": accept, "render": render, "claim": claim,
                                              "deliver": deliver, "first_byte": first_byte, "backlog": backlog, "admin": admin,
                                              "registry": registry, "reach": reach}


def durable(session: Session) -> None:
    if not (session.programs / PROGRAM).exists():
        session.note(f"The storage in SQLite is left out: {PROGRAM} is not built.")
        return
    found = session.results["durable"] = {}
    for name, step in STEPS.items():
        try:
            found[name] = step(session)
        except Failed as failure:
            session.fail(f"durable, {name.replace('_', ' ')}", failure)
