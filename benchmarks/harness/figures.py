# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Medians, spreads and ratios: arithmetic only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Sequence

# What is compared within a pair, and how it is read from a sender's line.
METRICS = ("per_second", "cpu", "p50", "p99")


def quantile(values: Iterable[float], share: float) -> float:
    """Between two values, the line between them."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    rank = share * (len(ordered) - 1)
    below = int(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (rank - below)


def median(values: Iterable[float]) -> float:
    return quantile(values, 0.5)


@dataclass(frozen=True)
class Spread:
    median: float
    low: float
    high: float
    first_quartile: float
    third_quartile: float


def spread(values: Sequence[float]) -> Spread:
    return Spread(median(values), min(values), max(values), quantile(values, 0.25), quantile(values, 0.75))


def bracket_ratio(before: float, value: float, after: float) -> float:
    """A value over the mean of the two that were measured just before and just after it."""
    return 2 * value / (before + after)


def metric(line: dict[str, Any], name: str) -> float:
    if name == "cpu":
        return float(line["cpu_seconds"]) / float(line["requests"])
    if name == "per_second":
        return float(line["per_second"])
    return float(line["latency_us"][name])


def pair(before: dict[str, Any], measured: dict[str, Any], after: dict[str, Any]) -> dict[str, float]:
    """The ratios of a sender's line to the lines of the limit around it; what cannot be divided is left out."""
    ratios = {}
    for name in METRICS:
        bounds = metric(before, name), metric(after, name)
        if sum(bounds) > 0:
            ratios[name] = bracket_ratio(bounds[0], metric(measured, name), bounds[1])
    return ratios


def in_flight(line: dict[str, Any]) -> float:
    """How many requests were under way at a time, by Little's law: the rate times the mean latency, which is taken from the
    percentiles. In a closed loop that is the number of connections, if the sender keeps all of them busy."""
    known = sorted((float(name.removeprefix("p")) / 100, latency) for name, latency in line["latency_us"].items())
    mean, (share, latency) = known[0][0] * known[0][1], known[0]
    for next_share, next_latency in known[1:]:
        mean += (next_share - share) * (latency + next_latency) / 2
        share, latency = next_share, next_latency
    return float(line["per_second"]) * mean / 1e6


def per_request(low: tuple[int, float], high: tuple[int, float]) -> float:
    """What one request costs, of two (requests, total): what start and end cost is in both."""
    return (high[1] - low[1]) / (high[0] - low[0])
