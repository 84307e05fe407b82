# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""The parts that load a receiver: that senders send what they must, closed loops in pairs, open loops."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from . import figures
from .brackets import Brackets, Line
from .plan import OPEN_LOADS, cases
from .processes import Failed
from .senders import BARE_CALL, CALLERS, LIMIT, Case, Sender, Target, command, result_of
from .session import Session

# What a sender says of --ca where the machine lacks what it needs for it.
WITHOUT_TLS = "built without TLS"
LEAST_REQUESTS, MOST_REQUESTS = 1000, 1_000_000


def check_faults(totals: Line, sent: int, connections: int) -> list[str]:
    """What a receiver that verifies has seen and should not have, and the reverse."""
    faults = []
    if totals.get("bad") != 0:
        faults.append(f"{totals.get('bad')} of {totals.get('received')} requests are bad")
    if totals.get("received") != sent:
        faults.append(f"{totals.get('received')} requests arrived in place of {sent}")
    if totals.get("connections") != connections:
        faults.append(f"{totals.get('connections')} connections in place of {connections}")
    return faults


def steady_handshakes(totals: Line, connections: int) -> float:
    """Per 1 000 deliveries, the first one of each connection left aside."""
    return (totals.get("handshakes", 0) - connections) * 1000 / totals["received"]


def check_sender(session: Session, sender: Sender, tls: bool) -> dict[str, Any]:
    plan, case = session.plan, Case(tls=tls, spin=False)
    try:
        with session.receiving(case, verify=True) as (receiver, target):
            words = command(session.programs / sender.binary, target, case, plan.check_requests, plan.warmup,
                            session.placement)
            result_of(words, plan.timeout)
            totals = receiver.totals()
    except Failed as failure:
        return {"faults": [str(failure)], "totals": {}}
    faults = check_faults(totals, plan.check_requests + plan.warmup, case.connections)
    found: dict[str, Any] = {"faults": faults, "totals": totals}
    if tls and not faults:
        found["handshakes_per_1000"] = steady_handshakes(totals, case.connections)
    return found


def check(session: Session) -> None:
    session.results["check"] = {}
    for name, tls in (("http", False), ("https", True)):
        found = session.results["check"].setdefault(name, {})
        for sender in session.senders:
            checked = check_sender(session, sender, tls)
            if any(WITHOUT_TLS in fault for fault in checked["faults"]):
                session.note(f"{sender.title} is left out of HTTPS: {sender.binary} was built without TLS.")
                continue
            found[sender.key] = checked
            for fault in checked["faults"]:
                session.fail(f"check, {name.upper()}, {sender.title}", fault)
        session.say(f"check, {name.upper()}: {len(session.verified(tls))} of {len(found)} senders are right")


class PairedCase:
    """The senders of a case in pairs with the limit."""

    def __init__(self, session: Session, part: str, case: Case, target: Target) -> None:
        self._session, self._case, self._target = session, case, target
        self._requests: dict[str, int] = {}
        taking_part = list(CALLERS) if part == "calls" else session.verified(case.tls)
        limit = BARE_CALL if part == "calls" else LIMIT
        if not any(s.key == limit for s in taking_part):
            raise Failed("the limit itself failed its check, so nothing can be compared")
        self._senders = {s.key: s for s in taking_part}
        self.brackets = Brackets(session, part, case.title, {s.key: s.title for s in taking_part}, limit, self._run)

    def _run(self, key: str) -> Line:
        sender = self._senders[key]
        if key not in self._requests:
            self._requests[key] = self._calibrate(sender)
        return self._start(sender, self._requests[key])

    def _calibrate(self, sender: Sender) -> int:
        plan = self._session.plan
        if plan.seconds == 0:
            return plan.fixed_requests
        # Several on each connection, or the start of the run is most of it.
        least = max(LEAST_REQUESTS, 10 * self._case.connections)
        speed = self._start(sender, least)["per_second"]
        return max(least, min(MOST_REQUESTS, int(speed * plan.seconds)))

    def _start(self, sender: Sender, requests: int) -> Line:
        session = self._session
        return result_of(command(session.programs / sender.binary, self._target, self._case, requests,
                                 session.plan.warmup, session.placement), session.plan.timeout)


def paired(session: Session, part: str) -> None:
    session.results[part] = []
    for case in cases(part, session.plan):
        try:
            with session.receiving(case) as (_, target):
                played = PairedCase(session, part, case, target).brackets
                played.play()
        except Failed as failure:
            session.fail(f"{part}, {case.title}", failure)
            continue
        session.results[part].append({"case": asdict(case), "title": case.title, "lines": played.lines,
                                      "pairs": played.pairs})
        session.say(f"{part}, {case.title}: {played.summary()}")


def saturation(session: Session, sender: Sender, target: Target) -> float:
    """Deliveries per second in a closed loop of 16 connections."""
    for entry in session.results.get("closed", []):
        lines = entry["lines"].get(sender.key)
        if entry["case"]["connections"] == Case().connections and lines:
            return figures.median(line["per_second"] for line in lines)
    plan = session.plan
    requests = plan.fixed_requests or 10 * LEAST_REQUESTS
    words = command(session.programs / sender.binary, target, Case(), requests, plan.warmup, session.placement)
    return figures.median(result_of(words, plan.timeout)["per_second"] for _ in range(3))


def open_run(session: Session, sender: Sender, target: Target, load: float, full: float) -> dict[str, Any]:
    plan, rate = session.plan, full * load
    requests = max(100, min(plan.open_requests, int(rate * plan.open_seconds)))
    words = command(session.programs / sender.binary, target, Case(), requests, plan.warmup, session.placement, rate)
    line = result_of(words, plan.timeout + 2 * requests / rate)
    session.results["runs"].append({"part": "open", "case": f"{load:.0%} of saturation", "round": 0,
                                    "sender": sender.key, "role": "measured", "line": line})
    return {"sender": sender.key, "load": load, "rate": rate, "saturation": full, "line": line}


def open_loops(session: Session) -> None:
    session.results["open"] = []
    with session.receiving(Case()) as (_, target):
        for sender in session.verified(tls=False):
            try:
                full = saturation(session, sender, target)
                for load in OPEN_LOADS:
                    session.results["open"].append(open_run(session, sender, target, load, full))
            except Failed as failure:
                session.fail(f"open, {sender.title}", failure)
    session.say(f"open: {len(session.results['open'])} runs at {', '.join(f'{load:.0%}' for load in OPEN_LOADS)}")
