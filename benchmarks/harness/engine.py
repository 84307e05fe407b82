# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""The parts that send nothing: stages of the engine, routing, compile time."""

from __future__ import annotations

import json
import shutil
import sys
from typing import Any

from . import counts, figures, machine, processes
from .processes import Failed
from .session import Session

TIMEOUT = 1800


def lines_of(session: Session, program: str, *arguments: str) -> list[dict[str, Any]]:
    """What a program of the benchmarks prints, on the core of the sender."""
    path = session.programs / program
    if not path.exists():
        raise Failed(f"{program} is not built")
    out, _ = processes.run([path, *arguments], TIMEOUT, session.placement.sender, session.placement.fifo)
    lines = processes.json_lines(out)
    if not lines:
        raise Failed(f"{program} printed no line of JSON")
    return lines


def stage_instructions(session: Session, stage: str) -> float:
    program, plan = str(session.programs / "posthorn_stages"), session.plan
    low, high = ((n, counts.instructions([program, "--stage", stage, "--calls", str(n)], plan.count_timeout))
                 for n in plan.stage_calls)
    return figures.per_request(low, high)


def stages(session: Session) -> None:
    plan = session.plan
    found = lines_of(session, "posthorn_stages", *plan.stage_arguments)
    session.results["engine"]["stages"] = found
    if not shutil.which("valgrind"):
        return
    for line in found:
        if plan.counted_stages and line["stage"] not in plan.counted_stages:
            continue
        try:
            line["instructions"] = stage_instructions(session, line["stage"])
        except Failed as failure:
            session.fail(f"engine, stage {line['stage']}", failure)


def engine(session: Session) -> None:
    found = session.results["engine"] = {}
    try:
        stages(session)
    except Failed as failure:
        session.fail("engine, stages", failure)
    found["expressions"] = lines_of(session, "posthorn_expressions", str(session.plan.expressions_scale))
    session.say(f"engine: {len(found.get('stages', []))} stages, {len(found['expressions'])} expressions")


def webhooks(session: Session) -> None:
    session.results["webhooks"] = lines_of(session, "posthorn_routing", str(session.plan.routing_most))
    session.say(f"webhooks: {len(session.results['webhooks'])} tables")


def compile_time(session: Session) -> None:
    output = session.scratch / "compile_time.json"
    program = machine.ROOT / "benchmarks" / "compile_time" / "run"
    processes.run([sys.executable, program, "--json", output, *session.plan.compile_arguments], TIMEOUT)
    session.results["compile"] = json.loads(output.read_text(encoding="utf-8"))
    session.say(f"compile: {len(session.results['compile'])} translation units")
