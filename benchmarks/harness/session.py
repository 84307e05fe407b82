# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""One run of the benchmarks: its plan, its programs, and what was found so far."""

from __future__ import annotations

import contextlib
import pathlib
import sys
from dataclasses import dataclass, field
from typing import Any, Iterator

from . import processes
from .plan import Plan
from .processes import Failed, Placement, Receiver
from .senders import SECRET, SENDERS, Case, Sender, Target


@dataclass
class Session:
    plan: Plan
    # Where the programs are.
    programs: pathlib.Path
    # For the certificates of receivers.
    scratch: pathlib.Path
    # For databases: on the disk that they are measured on.
    data: pathlib.Path
    placement: Placement
    results: dict[str, Any]
    senders: list[Sender] = field(default_factory=list)
    _certificates: int = 0

    def __post_init__(self) -> None:
        self.results.update(failures=[], notes=[], invalid=[], runs=[])

    def find_senders(self) -> None:
        for sender in SENDERS:
            if (self.programs / sender.binary).exists():
                self.senders.append(sender)
            elif sender.required:
                raise Failed(f"{sender.binary} is not built")
            else:
                self.note(f"{sender.title} is left out: {sender.binary} is not built.")

    def say(self, text: str) -> None:
        print(text, flush=True)

    def note(self, text: str) -> None:
        self.results["notes"].append(text)
        self.say(f"note: {text}")

    def fail(self, where: str, what: object) -> None:
        self.results["failures"].append(f"{where}: {what}")
        print(f"FAILED: {where}: {what}", file=sys.stderr, flush=True)

    def verified(self, tls: bool) -> list[Sender]:
        """The senders whose figures count: those that sent what they had to."""
        found = self.results["check"]["https" if tls else "http"]
        return [sender for sender in self.senders if sender.key in found and not found[sender.key]["faults"]]

    @contextlib.contextmanager
    def receiving(self, case: Case, verify: bool = False,
                  placement: Placement | None = None) -> Iterator[tuple[Receiver, Target]]:
        certificate = None
        if case.tls:
            self._certificates += 1
            certificate = self.scratch / f"receiver-{self._certificates}.pem"
        with processes.receiving(self.programs / "bench_receiver", placement or self.placement, case.spin,
                                 SECRET if verify else "", certificate) as receiver:
            if certificate and not certificate.exists():
                raise Failed("bench_receiver wrote no certificate")
            yield receiver, Target(receiver.port, certificate)
