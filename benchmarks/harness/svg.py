# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""A small writer of SVG: lines, curves with markers, text, in a light and in a dark theme."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Sequence

Point = tuple[float, float]
FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class Theme:
    name: str
    text: str
    muted: str
    grid: str
    # Told apart by people who see few colours, on this background.
    colours: tuple[str, ...]


LIGHT = Theme("light", "#1f2328", "#59636e", "#d1d9e0",
              ("#59636e", "#0969c8", "#c8500a", "#0a8466", "#a8428a", "#a87600", "#3c9fd0"))
DARK = Theme("dark", "#f0f6fc", "#9198a1", "#3d444d",
             ("#a5adb6", "#4ea1ff", "#ff8a4c", "#36c99c", "#e79acb", "#e8b530", "#9bd7f5"))
THEMES = (LIGHT, DARK)


@dataclass(frozen=True)
class Style:
    """The look of a series: the same in each theme but for the colour, which is one of the theme's."""

    colour: int
    width: float = 1.8
    dashes: str = ""


def number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


# Around 0; a circle has no corners.
MARKERS: tuple[tuple[Point, ...], ...] = (
    (), ((-3, -3), (3, -3), (3, 3), (-3, 3)), ((0, -4.2), (4, 3), (-4, 3)), ((0, -4.4), (4.4, 0), (0, 4.4), (-4.4, 0)),
    ((0, 4.2), (4, -3), (-4, -3)), ((-4, 0), (-2, -3.5), (2, -3.5), (4, 0), (2, 3.5), (-2, 3.5)),
    ((-1.4, -4), (1.4, -4), (1.4, -1.4), (4, -1.4), (4, 1.4), (1.4, 1.4), (1.4, 4), (-1.4, 4), (-1.4, 1.4), (-4, 1.4),
     (-4, -1.4), (-1.4, -1.4)))


class Drawing:
    def __init__(self, width: int, height: int, title: str, theme: Theme) -> None:
        self._theme = theme
        self._lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
                       f'height="{height}" role="img" font-family="{FONT}" font-size="12">',
                       f"<title>{escape(title)}</title>"]

    def text(self, at: Point, content: str, anchor: str = "start", colour: str = "", size: int = 12, bold: bool = False,
             upward: bool = False) -> None:
        x, y = number(at[0]), number(at[1])
        more = ' font-weight="600"' if bold else ""
        more += f' transform="rotate(-90 {x} {y})"' if upward else ""
        self._lines.append(f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" '
                           f'fill="{colour or self._theme.text}"{more}>{escape(content)}</text>')

    def line(self, start: Point, end: Point, colour: str, width: float = 1) -> None:
        self._lines.append(f'<line x1="{number(start[0])}" y1="{number(start[1])}" x2="{number(end[0])}" '
                           f'y2="{number(end[1])}" stroke="{colour}" stroke-width="{width}"/>')

    def curve(self, points: Sequence[Point], style: Style) -> None:
        colour = self._theme.colours[style.colour]
        path = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        dashes = f' stroke-dasharray="{style.dashes}"' if style.dashes else ""
        self._lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{style.width}" '
                           f'stroke-linejoin="round"{dashes}/>')
        for point in points:
            self.marker(point, style)

    def marker(self, at: Point, style: Style) -> None:
        colour, corners = self._theme.colours[style.colour], MARKERS[style.colour]
        if not corners:
            self._lines.append(f'<circle cx="{number(at[0])}" cy="{number(at[1])}" r="3" fill="{colour}"/>')
            return
        points = " ".join(f"{number(at[0] + x)},{number(at[1] + y)}" for x, y in corners)
        self._lines.append(f'<polygon points="{points}" fill="{colour}"/>')

    def document(self) -> str:
        return "\n".join([*self._lines, "</svg>", ""])


@dataclass(frozen=True)
class Scale:
    """From values to places on a line."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        low, high = self.low, self.high
        if self.logarithmic:
            low, high, value = math.log10(low), math.log10(high), math.log10(max(value, low))
        return self.start + (value - low) / (high - low) * (self.end - self.start)


def logarithmic_bounds(values: Sequence[float]) -> tuple[float, float]:
    """The 1, 2 or 5 times a power of ten below the least and above the greatest value; over many decades, the powers."""
    least, greatest = min(values), max(values)
    mantissas = (1, 2, 5) if greatest < 500 * least else (1,)
    steps = [mantissa * 10.0 ** power for power in range(-3, 11) for mantissa in mantissas]
    low = max(step for step in steps if step <= least)
    high = min(step for step in steps if step >= greatest)
    return low, high if high > low else low * 10


def logarithmic_ticks(low: float, high: float, most: int = 10) -> list[float]:
    """1, 2 and 5 times powers of ten, or the powers alone if those are too many."""
    for mantissas in ((1, 2, 5), (1,)):
        ticks = [m * 10.0 ** power for power in range(-3, 11) for m in mantissas]
        ticks = [tick for tick in ticks if low <= tick * 1.0001 and tick <= high * 1.0001]
        if len(ticks) <= most:
            break
    return ticks


def linear_ticks(high: float, most: int = 8) -> list[float]:
    """Round numbers from 0 to the first one that is not below `high`."""
    step = next(m * 10.0 ** power for power in range(-3, 10) for m in (1, 2, 5) if m * 10.0 ** power * most >= high)
    return [step * i for i in range(math.ceil(high / step - 1e-9) + 1)]


def spread_out(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places at least `gap` apart and as near as may be to the wanted ones, in the order that those have."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[list[float]] = []  # of neighbours that touch: [middle, members]
    for i in order:
        groups.append([min(max(wanted[i], low), high), 1])
        while len(groups) > 1 and groups[-1][0] - groups[-2][0] < gap * (groups[-1][1] + groups[-2][1]) / 2:
            (second, many), (first, few) = groups.pop(), groups.pop()
            half = gap * (few + many - 1) / 2
            middle = (first * few + second * many) / (few + many)
            groups.append([max(low + half, min(middle, high - half)), few + many])
    places = [middle + gap * (n - (members - 1) / 2) for middle, members in groups for n in range(int(members))]
    result = [0.0] * len(wanted)
    for i, place in zip(order, places):
        result[i] = place
    return result
