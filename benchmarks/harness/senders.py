# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""The senders that are compared, and how each of them is started; benchmarks/common/sender.hpp is their contract."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass
from typing import Any

from . import processes
from .processes import Failed, Placement

# The key that every sender signs with unless it is told another.
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
LIMIT, POSTHORN = "limit", "posthorn"


@dataclass(frozen=True)
class Sender:
    key: str
    binary: str
    title: str
    required: bool = False


SENDERS = (
    Sender(LIMIT, "bench_epoll", "the limit: epoll by hand", required=True),
    Sender(POSTHORN, "posthorn_loopback", "Posthorn", required=True),
    Sender("beast", "bench_beast", "Boost.Beast", required=True),
    Sender("hyper", "bench_hyper", "hyper (Rust)"),
    Sender("curl", "bench_curl", "libcurl multi"),
    Sender("go", "bench_go", "Go net/http"),
    Sender("httplib", "bench_httplib", "cpp-httplib"),
)
# A call that blocks, and what it is compared with.
BARE_CALL, CALL = "bare_call", "call"
CALLERS = (
    Sender(BARE_CALL, "bench_beast_blocking", "Beast's write and read of the same bytes", required=True),
    Sender(CALL, "posthorn_calls", "Posthorn: begin, call, commit", required=True),
)
TITLES = {sender.key: sender.title for sender in SENDERS + CALLERS}


@dataclass(frozen=True)
class Case:
    """What is sent, and to whom."""

    connections: int = 16
    body: int = 512
    signed: bool = True
    tls: bool = False
    spin: bool = True

    @property
    def title(self) -> str:
        words = [f"{self.connections} connection{'' if self.connections == 1 else 's'}"]
        if self.body != 512:
            words.append(f"a body of {self.body} bytes")
        if not self.signed:
            words.append("unsigned")
        if self.tls:
            words.append("HTTPS")
        if not self.spin:
            words.append("the receiver sleeps")
        return ", ".join(words)


@dataclass(frozen=True)
class Target:
    """A receiver as a sender sees it."""

    port: int
    ca: pathlib.Path | None = None


def command(binary: pathlib.Path, target: Target, case: Case, requests: int, warmup: int, placement: Placement,
            rate: float = 0) -> list[str]:
    words = [str(binary), "--port", str(target.port), "--connections", str(case.connections), "--requests",
             str(requests), "--warmup", str(warmup), "--body", str(case.body)]
    if not case.signed:
        words.append("--unsigned")
    if target.ca:
        words += ["--ca", str(target.ca)]
    if rate > 0:
        words += ["--rate", f"{rate:.0f}"]
    if placement.sender is not None:
        words += ["--core", str(placement.sender)]
    if placement.fifo:
        words.append("--fifo")
    return words


def result_of(words: list[str], timeout: float) -> dict[str, Any]:
    """The line of a sender."""
    name = pathlib.Path(words[0]).name
    out, _ = processes.run(words, timeout)
    lines = processes.json_lines(out)
    if not lines:
        raise Failed(f"{name} printed no line of JSON")
    line = lines[-1]
    missing = [key for key in ("requests", "per_second", "cpu_seconds", "latency_us") if key not in line]
    missing += [p for p in ("p50", "p99") if not missing and p not in line["latency_us"]]
    if missing:
        raise Failed(f"{name} printed a line without {', '.join(missing)}")
    return line
