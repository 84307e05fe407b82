# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Every contestant between two runs of the limit, the limit too, round by round: what paired parts have in common."""

from __future__ import annotations

from typing import Any, Callable

from . import figures
from .processes import Failed
from .session import Session

Line = dict[str, Any]


class Brackets:
    """Lines and pairs by contestant; `run` gives the line of one run, `contestants` are titles by key."""

    def __init__(self, session: Session, part: str, case: str, contestants: dict[str, str], limit: str,
                 run: Callable[[str], Line]) -> None:
        self._session, self._part, self._case, self._titles, self._limit = session, part, case, contestants, limit
        self._run_one = run
        self._taking_part = list(contestants)
        self.lines: dict[str, list[Line]] = {key: [] for key in contestants}
        self.pairs: dict[str, list[dict[str, float]]] = {key: [] for key in contestants}

    def play(self) -> None:
        for number in range(self._session.plan.rounds):
            turned = number % len(self._taking_part)
            self._play_round(number, self._taking_part[turned:] + self._taking_part[:turned])

    def _play_round(self, number: int, order: list[str]) -> None:
        before = self._run(self._limit, number, "bracket")
        for key in order:
            try:
                measured = self._run(key, number, "measured")
            except Failed as failure:
                # Not again: one that hangs would cost its timeout in each round.
                self._taking_part = [one for one in self._taking_part if one != key]
                self._session.fail(f"{self._part}, {self._case}, {self._titles[key]}", failure)
                continue
            after = self._run(self._limit, number, "bracket")
            self.lines[key].append(measured)
            self.pairs[key].append(figures.pair(before, measured, after))
            before = after

    def _run(self, key: str, number: int, role: str) -> Line:
        line = self._run_one(key)
        self._session.results["runs"].append({"part": self._part, "case": self._case, "round": number, "sender": key,
                                              "role": role, "line": line})
        return line

    def summary(self) -> str:
        return ", ".join(f"{key} {figures.median(p['per_second'] for p in pairs):.2f}"
                         for key, pairs in self.pairs.items() if pairs)
