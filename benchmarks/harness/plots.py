# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""The plots of a run, made of its results."""

from __future__ import annotations

import math
import pathlib
from dataclasses import dataclass
from typing import Any, Callable, Iterator, Sequence

from . import figures
from .plan import OPEN_LOADS
from .senders import LIMIT, POSTHORN, SENDERS, TITLES
from .svg import (THEMES, Drawing, Point, Scale, Style, Theme, linear_ticks, logarithmic_bounds, logarithmic_ticks,
                  spread_out)

Results = dict[str, Any]
Tick = tuple[float, str]

STYLES = {sender.key: Style(index, 3 if sender.key == POSTHORN else 1.8, "5 4" if sender.key == LIMIT else "")
          for index, sender in enumerate(SENDERS)}
PERCENTILES = ("p10", "p25", "p50", "p75", "p90", "p95", "p99", "p99.5", "p99.9", "p99.95", "p99.99")
NAMED_PERCENTILES = ("p50", "p90", "p99", "p99.9", "p99.99")
LABEL_GAP = 17


@dataclass(frozen=True)
class Series:
    title: str
    style: Style
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Chart:
    title: str
    x_title: str
    y_title: str
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    x_scale: Callable[[float, float], Scale]
    y_scale: Callable[[float, float], Scale]
    series: Sequence[Series]


@dataclass(frozen=True)
class Frame:
    left: float
    top: float
    right: float
    bottom: float


def grouped(value: float) -> str:
    """Digits in groups of three, with spaces that do not break."""
    text = f"{value:,.0f}" if value >= 1 or value == 0 else f"{value:g}"
    return text.replace(",", "\u00a0")


def duration(nanoseconds: float) -> str:
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:g} {unit}"
    return f"{nanoseconds:g} ns"


def percentile_place(name: str) -> float:
    """Each nine as far as the one before: p90 is 1, p99 is 2."""
    return -math.log10(1 - float(name.removeprefix("p")) / 100)


def draw_frame(drawing: Drawing, theme: Theme, chart: Chart, frame: Frame, with_y: bool = True) -> tuple[Scale, Scale]:
    x = chart.x_scale(frame.left, frame.right)
    y = chart.y_scale(frame.bottom, frame.top)
    for value, label in chart.y_ticks:
        drawing.line((frame.left, y.place(value)), (frame.right, y.place(value)), theme.grid)
        if with_y:
            drawing.text((frame.left - 8, y.place(value) + 4), label, "end", theme.muted)
    for value, label in chart.x_ticks:
        drawing.line((x.place(value), frame.bottom), (x.place(value), frame.bottom + 5), theme.muted)
        drawing.text((x.place(value), frame.bottom + 19), label, "middle", theme.muted)
    drawing.line((frame.left, frame.bottom), (frame.right, frame.bottom), theme.muted)
    return x, y


def draw_series(drawing: Drawing, chart: Chart, x: Scale, y: Scale) -> None:
    # Posthorn last, so that it lies on top.
    for series in sorted(chart.series, key=lambda s: s.style.width):
        drawing.curve([(x.place(a), y.place(b)) for a, b in series.points], series.style)


def draw_labels(drawing: Drawing, theme: Theme, chart: Chart, x: Scale, y: Scale, frame: Frame) -> None:
    """Each series' name beside its last point, with a thin line to it where names had to give way."""
    ends = [(x.place(s.points[-1][0]), y.place(s.points[-1][1])) for s in chart.series]
    heights = spread_out([end[1] for end in ends], LABEL_GAP, frame.top, frame.bottom)
    for series, end, height in zip(chart.series, ends, heights):
        colour = theme.colours[series.style.colour]
        drawing.line((end[0] + 6, end[1]), (frame.right + 22, height), colour, 0.8)
        drawing.text((frame.right + 26, height + 4), series.title, "start", colour, 12, series.style.width > 2)


def plain_chart(chart: Chart, theme: Theme) -> str:
    width, height = 840, 440
    frame = Frame(92, 52, width - 220, height - 58)
    drawing = Drawing(width, height, chart.title, theme)
    drawing.text((16, 26), chart.title, size=15, bold=True)
    x, y = draw_frame(drawing, theme, chart, frame)
    draw_series(drawing, chart, x, y)
    draw_labels(drawing, theme, chart, x, y, frame)
    drawing.text(((frame.left + frame.right) / 2, height - 16), chart.x_title, "middle")
    drawing.text((22, (frame.top + frame.bottom) / 2), chart.y_title, "middle", upward=True)
    return drawing.document()


def draw_legend(drawing: Drawing, series: Sequence[Series], at: Point, right: float) -> None:
    """Four names in a row."""
    for index, one in enumerate(series):
        x, y = at[0] + index % 4 * (right - at[0]) / 4, at[1] + index // 4 * 20
        drawing.curve([(x, y), (x + 13, y), (x + 26, y)], one.style)
        drawing.text((x + 34, y + 4), one.title, bold=one.style.width > 2)


def panels(title: str, charts: Sequence[tuple[str, Chart]], theme: Theme) -> str:
    """Several charts of the same axes side by side, with one legend."""
    width, height = 960, 480
    drawing = Drawing(width, height, title, theme)
    drawing.text((16, 26), title, size=15, bold=True)
    named = {s.title: s for _, chart in charts for s in chart.series}
    left, right, gap, top, bottom = 92, width - 28, 34, 122, height - 62
    draw_legend(drawing, list(named.values()), (left, 54), right)
    each = (right - left - gap * (len(charts) - 1)) / len(charts)
    for index, (name, chart) in enumerate(charts):
        begin = left + index * (each + gap)
        frame = Frame(begin, top, begin + each, bottom)
        drawing.text((begin, top - 14), name, bold=True)
        x, y = draw_frame(drawing, theme, chart, frame, with_y=index == 0)
        draw_series(drawing, chart, x, y)
    drawing.text(((left + right) / 2, height - 16), charts[0][1].x_title, "middle")
    drawing.text((22, (top + bottom) / 2), charts[0][1].y_title, "middle", upward=True)
    return drawing.document()


def latency_chart(title: str, series: Sequence[Series], bounds: tuple[float, float]) -> Chart:
    low, high = bounds
    return Chart(title, "percentile, each nine as far as the one before", "latency in microseconds, logarithmic",
                 [(percentile_place(p), p.removeprefix("p")) for p in NAMED_PERCENTILES],
                 [(tick, grouped(tick)) for tick in logarithmic_ticks(low, high)],
                 lambda start, end: Scale(0, percentile_place("p99.99"), start, end),
                 lambda start, end: Scale(low, high, start, end, True), series)


def latency_points(latency: dict[str, float]) -> tuple[Point, ...]:
    return tuple((percentile_place(p), latency[p]) for p in PERCENTILES if latency.get(p, 0) > 0)


def median_latency(lines: Sequence[dict[str, Any]]) -> dict[str, float]:
    return {p: figures.median(line["latency_us"][p] for line in lines) for p in PERCENTILES
            if all(p in line["latency_us"] for line in lines)}


def heights(series: Sequence[Series]) -> list[float]:
    return [point[1] for one in series for point in one.points]


def closed_latency(results: Results) -> Chart | None:
    entry = next((e for e in results.get("closed", []) if e["case"]["connections"] == 16), None)
    if entry is None:
        return None
    series = [Series(TITLES[key], STYLES[key], latency_points(median_latency(lines)))
              for key, lines in entry["lines"].items() if lines]
    if not series:
        return None
    return latency_chart("Latency, HTTP, 16 connections, closed loop", series, logarithmic_bounds(heights(series)))


def open_latency(results: Results, theme: Theme) -> str | None:
    by_load: list[tuple[float, list[Series]]] = []
    for load in OPEN_LOADS:
        runs = [run for run in results.get("open", []) if run["load"] == load]
        if runs:
            by_load.append((load, [Series(TITLES[run["sender"]], STYLES[run["sender"]],
                                          latency_points(run["line"]["latency_us"])) for run in runs]))
    if not by_load:
        return None
    bounds = logarithmic_bounds([value for _, series in by_load for value in heights(series)])
    charts = [(f"at {load:.0%} of its own saturation", latency_chart("", series, bounds))
              for load, series in by_load]
    return panels("Latency from the scheduled instant, HTTP, 16 connections, open loop", charts, theme)


def throughput(results: Results) -> Chart | None:
    entries = results.get("closed", [])
    points: dict[str, list[Point]] = {}
    for entry in entries:
        for key, lines in entry["lines"].items():
            if lines:
                points.setdefault(key, []).append((entry["case"]["connections"],
                                                   figures.median(line["per_second"] for line in lines)))
    if not points or len(entries) < 2:
        return None
    series = [Series(TITLES[key], STYLES[key], tuple(those)) for key, those in points.items()]
    ticks = linear_ticks(max(heights(series)))
    connections = [entry["case"]["connections"] for entry in entries]
    return Chart("Deliveries per second by connections, HTTP, closed loop", "connections, logarithmic",
                 "deliveries per second", [(c, str(c)) for c in connections], [(t, grouped(t)) for t in ticks],
                 lambda start, end: Scale(min(connections), max(connections), start, end, True),
                 lambda start, end: Scale(0, ticks[-1], start, end), series)


def routing_series(lines: Sequence[dict[str, Any]]) -> Iterator[Series]:
    wanted = (("types", "ns", "over 100 object types", Style(1)), ("filters", "ns", "20 saved filters", Style(3)),
              ("equalities", "ns", "project.id == N, 100 in turn", Style(2)),
              ("equalities", "ns_cold", "project.id == N, any", Style(4)),
              ("equalities", "ns_scan", "looking at each webhook", Style(0, dashes="5 4")))
    for mix, field, title, style in wanted:
        points = tuple((line["webhooks"], line[field]) for line in lines if line["mix"] == mix and line[field] > 0)
        if points:
            yield Series(title, style, points)


def routing(results: Results) -> Chart | None:
    series = list(routing_series(results.get("webhooks", [])))
    counts = sorted({point[0] for one in series for point in one.points})
    if len(counts) < 2:
        return None
    low, high = logarithmic_bounds(heights(series))
    return Chart("Finding the ten webhooks of an event, by the number of webhooks", "webhooks, logarithmic",
                 "time per event, logarithmic", [(c, grouped(c)) for c in counts],
                 [(tick, duration(tick)) for tick in logarithmic_ticks(low, high)],
                 lambda start, end: Scale(counts[0], counts[-1], start, end, True),
                 lambda start, end: Scale(low, high, start, end, True), series)


# File names, without theme and suffix, and what they say to those who do not see them.
PLOTS = {
    "latency-closed": "Latency by percentile of each sender, closed loop",
    "latency-open": "Latency by percentile of each sender, open loop",
    "throughput": "Deliveries per second by connections of each sender",
    "webhooks": "Nanoseconds to find the webhooks of an event, by the number of webhooks",
}


def documents(results: Results) -> dict[str, str]:
    """File name to SVG, of what there are results for."""
    charts = {"latency-closed": closed_latency(results), "throughput": throughput(results), "webhooks": routing(results)}
    found = {}
    for theme in THEMES:
        for name, chart in charts.items():
            if chart:
                found[f"{name}-{theme.name}.svg"] = plain_chart(chart, theme)
        opened = open_latency(results, theme)
        if opened:
            found[f"latency-open-{theme.name}.svg"] = opened
    return found


def write(results: Results, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.svg"):
        stale.unlink()
    for name, text in documents(results).items():
        (folder / name).write_text(text, encoding="utf-8")
