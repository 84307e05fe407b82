# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""How much of everything the three kinds of run do."""

from __future__ import annotations

from dataclasses import dataclass

from .senders import Case

PARTS = ("check", "closed", "sleeping", "https", "bodies", "unsigned", "open", "calls", "durable", "webhooks", "engine",
         "counts", "compile")
# Parts whose figures are ratios of pairs.
PAIRED = ("closed", "sleeping", "https", "bodies", "unsigned", "calls")
# Parts that start senders.
SENDING = ("check", *PAIRED, "open", "counts")
OPEN_LOADS = (0.1, 0.5, 0.8)


@dataclass(frozen=True)
class Plan:
    mode: str
    # Parts that it runs only if they are asked for.
    left_out: tuple[str, ...]
    rounds: int
    # How long one run of a closed loop takes; 0: `fixed_requests` whatever they take.
    seconds: float
    fixed_requests: int
    warmup: int
    check_requests: int
    connections: tuple[int, ...]
    https_connections: tuple[int, ...]
    bodies: tuple[int, ...]
    open_requests: int
    # An open loop sends fewer requests than that if it would take longer.
    open_seconds: float
    # Instructions and system calls are the difference of two runs of so many requests.
    count_requests: tuple[int, int]
    # Whether the baselines are counted too, and HTTPS.
    count_all: bool
    count_https: bool
    allocation_requests: int
    # Of the storage in SQLite: events in a transaction, rows that are claimed, rows that wait, single events, writes,
    # webhooks that are loaded, changes that another process acts on.
    durable_batches: tuple[int, ...]
    claim_rows: int
    backlog_rows: int
    first_byte_events: int
    disk_writes: int
    registry_webhooks: int
    reach_changes: int
    routing_most: int
    expressions_scale: float
    # Empty: what posthorn_stages finds right.
    stage_arguments: tuple[str, ...]
    stage_calls: tuple[int, int]
    # Stages whose instructions are counted; empty: all.
    counted_stages: tuple[str, ...]
    compile_arguments: tuple[str, ...]
    timeout: float
    # Of a run under valgrind or strace.
    count_timeout: float
    # Of a run that fills a database.
    durable_timeout: float
    # How long each core is probed for other work.
    probe_seconds: float


FULL = Plan(mode="full", left_out=(), rounds=9, seconds=0.55, fixed_requests=0, warmup=2000, check_requests=20_000,
            connections=(1, 16, 64, 256), https_connections=(1, 16, 64), bodies=(512, 4096, 65536),
            open_requests=200_000, open_seconds=120, count_requests=(1000, 3000), count_all=True, count_https=True,
            allocation_requests=100_000, durable_batches=(1, 16, 64, 256), claim_rows=200_000, backlog_rows=1_000_000,
            first_byte_events=1000, disk_writes=500, registry_webhooks=100_000, reach_changes=50,
            routing_most=1_000_000, expressions_scale=1, stage_arguments=(),
            stage_calls=(1600, 4800), counted_stages=(), compile_arguments=("--repeat", "2"), timeout=60,
            count_timeout=180, durable_timeout=300, probe_seconds=3)
QUICK = Plan(mode="quick", left_out=("compile",), rounds=3, seconds=0.06, fixed_requests=0, warmup=500, check_requests=2000,
             connections=(1, 16, 64, 256), https_connections=(16,), bodies=(65536,), open_requests=20_000,
             open_seconds=0.5, count_requests=(200, 600), count_all=True, count_https=False,
             allocation_requests=20_000, durable_batches=(1, 256), claim_rows=20_000, backlog_rows=20_000,
             first_byte_events=100, disk_writes=100, registry_webhooks=2000, reach_changes=3,
             routing_most=100_000, expressions_scale=0.05,
             stage_arguments=("--calls", "1600"), stage_calls=(160, 480),
             counted_stages=("match", "sign", "dispatch", "delivery"),
             compile_arguments=("--repeat", "1", "--compiler", "g++", "--case", "API, own transport"),
             timeout=30, count_timeout=60, durable_timeout=60, probe_seconds=1.5)
SMOKE = Plan(mode="smoke", left_out=(), rounds=1, seconds=0, fixed_requests=300, warmup=50, check_requests=300,
             connections=(1, 16, 64, 256), https_connections=(16,), bodies=(65536,), open_requests=300,
             open_seconds=0.1, count_requests=(500, 1500), count_all=False, count_https=False,
             allocation_requests=20_000, durable_batches=(64,), claim_rows=1000, backlog_rows=1000,
             first_byte_events=20, disk_writes=20, registry_webhooks=100, reach_changes=1,
             routing_most=1000, expressions_scale=0.01,
             stage_arguments=("--calls", "160"), stage_calls=(160, 480),
             counted_stages=("delivery",),
             compile_arguments=("--repeat", "1", "--compiler", "g++", "--case", "Asio coroutine (yardstick)"),
             timeout=30, count_timeout=60, durable_timeout=60, probe_seconds=0.2)


def cases(part: str, plan: Plan) -> list[Case]:
    """The cases of a part that measures pairs."""
    return {
        "closed": [Case(connections=c) for c in plan.connections],
        "sleeping": [Case(spin=False)],
        "https": [Case(connections=c, tls=True) for c in plan.https_connections],
        "bodies": [Case(body=b) for b in plan.bodies],
        "unsigned": [Case(signed=False)],
        "calls": [Case(connections=1), Case(connections=1, spin=False)],
    }[part]
