"""Small charts as inline SVG: bars, a Pareto, a line over quarters, a spark for a cell of a table.

Every picture carries its figures as text (`role="img"` with a title and a description), so that it can be
read aloud and searched; colour is never the only sign. Everything from outside is escaped here.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from triage.reports.tree import Chart, Kind, Trend
from triage.reports.words import UNKNOWN, say, with_unit
from triage.text import one_line, shorten

WIDTH = 940
_ROW = 24
_LANE = 90


def spark(trend: Trend) -> Markup:
    """A line of a few periods with its last point marked and the target dotted; 120 by 30 units."""
    width, height, pad = 120.0, 30.0, 4.0
    text = trend_words(trend)
    known = [value for value in trend.values if value is not None]
    if not known:
        return Markup('<span class="unknown" title="{}">{}</span>').format(text, UNKNOWN)
    spread = [*known, trend.target] if trend.target is not None else known
    points = _places(trend.values, spread, width, height, pad)
    body = Markup("")
    if trend.target is not None:
        y = _y(trend.target, spread, height, pad)
        body += Markup('<line class="target" x1="0" x2="{0}" y1="{1:.1f}" y2="{1:.1f}"/>').format(width, y)
    body += _lines(points)
    last = points[-1]
    if last is not None:
        body += Markup('<circle class="last" cx="{:.1f}" cy="{:.1f}" r="3"/>').format(*last)
    return Markup(
        '<svg class="spark" viewBox="0 0 120 30" width="120" height="30" role="img" aria-label="{0}">'
        "<title>{0}</title>{1}</svg>"
    ).format(text, body)


def trend_words(trend: Trend) -> str:
    """The figures of a trend as one line of text."""
    parts = [
        f"{label} {UNKNOWN if value is None else with_unit(value, trend.unit)}"
        for label, value in zip(trend.labels, trend.values, strict=True)
    ]
    target = f"; target {with_unit(trend.target, trend.unit)}" if trend.target is not None else ""
    return ", ".join(parts) + target


def _y(value: float, spread: Sequence[float], height: float, pad: float) -> float:
    low, high = min(spread), max(spread)
    if high == low:
        return height / 2
    return height - pad - (value - low) / (high - low) * (height - 2 * pad)


def _places(
    values: Sequence[float | None], spread: Sequence[float], width: float, height: float, pad: float
) -> list[tuple[float, float] | None]:
    step = (width - 2 * pad) / max(len(values) - 1, 1)
    return [
        None if value is None else (pad + place * step, _y(value, spread, height, pad))
        for place, value in enumerate(values)
    ]


def _lines(points: Sequence[tuple[float, float] | None]) -> Markup:
    """The known points joined; where one is unknown the line is interrupted."""
    found, run = Markup(""), list[tuple[float, float]]()
    for point in [*points, None]:
        if point is not None:
            run.append(point)
            continue
        if len(run) > 1:
            joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
            found += Markup('<polyline class="line" points="{}"/>').format(joined)
        elif run:
            found += Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="2"/>').format(*run[0])
        run = []
    return found


def draw(chart: Chart, currency: str) -> Markup:
    """A chart as one SVG element."""
    if chart.kind == "line":
        return _line(chart, currency)
    return _bars(chart, currency)


def _said(value: float | None, kind: Kind, currency: str, unit: str | None) -> str:
    return say(value, kind, currency=currency, unit=unit)


def _bars(chart: Chart, currency: str) -> Markup:
    """Bars across, the longest first as they come; a Pareto adds the line of what they come to together."""
    most = max((abs(bar.value) for bar in chart.bars), default=0.0) or 1.0
    total = chart.total or sum(bar.value for bar in chart.bars) or 1.0
    longest = max((len(bar.label) + 2 * bar.marked for bar in chart.bars), default=0)
    label_room = min(max(longest * 6.6 + 12, 120), 330)
    room = WIDTH - label_room - (270 if chart.kind == "pareto" else 170)
    height = _ROW * len(chart.bars) + 8
    body, told, so_far, line = Markup(""), [], 0.0, []
    for place, bar in enumerate(chart.bars):
        y = 4 + place * _ROW
        long = max(abs(bar.value) / most * room, 1.0)
        said = _said(bar.value, chart.value_kind, currency, chart.unit)
        so_far += bar.value
        together = f"{100 * so_far / total:.0f} %" if chart.kind == "pareto" else ""
        note = ", ".join(part for part in (bar.note, together) if part)
        label = one_line(bar.label)
        body += Markup(
            '<text class="label" x="{}" y="{}" text-anchor="end">{}</text>'
            '<rect class="{}" x="{}" y="{}" width="{:.1f}" height="14"/>'
            '<text class="value" x="{:.1f}" y="{}">{}<tspan class="note"> {}</tspan></text>'
        ).format(
            round(label_room - 8), y + 13, ("◆ " if bar.marked else "") + shorten(label, 44),
            "bar marked" if bar.marked else "bar", round(label_room), y + 2, long, label_room + long + 6, y + 13,
            said, note,
        )  # fmt: skip
        told.append(f"{label}: {said}{f' ({note})' if note else ''}")
        line.append((WIDTH - _LANE + so_far / total * _LANE, y + 9.0))
    if chart.kind == "pareto" and len(line) > 1:
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in line)
        # The line has a lane of its own at the right, 0 to all of it, so that it crosses no words.
        body += Markup(
            '<line class="lane" x1="{0}" x2="{0}" y1="4" y2="{2}"/>'
            '<line class="lane" x1="{1}" x2="{1}" y1="4" y2="{2}"/>'
            '<line class="target" x1="{4}" x2="{4}" y1="4" y2="{2}"/>'
            '<polyline class="together" points="{3}"/>'
            '<text class="axis" x="{0}" y="{5}" text-anchor="middle">0</text>'
            '<text class="axis" x="{4}" y="{5}" text-anchor="middle">80 %</text>'
        ).format(WIDTH - _LANE, WIDTH - 1, height - 4, joined, WIDTH - _LANE / 5, height + 10)
        height += 16
    return _svg(chart.title, "; ".join(told), WIDTH, height, body)


def _line(chart: Chart, currency: str) -> Markup:
    """Points over periods with their values written at them; the target dotted."""
    trend = chart.trend
    assert trend is not None
    width, height, pad, foot = 480.0, 132.0, 34.0, 20.0
    known = [value for value in trend.values if value is not None]
    spread = [*known, trend.target] if trend.target is not None else known or [0.0]
    points = _places(trend.values, spread, width, height - foot, pad)
    body = Markup("")
    if trend.target is not None:
        y = _y(trend.target, spread, height - foot, pad)
        body += Markup(
            '<line class="target" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>'
        ).format(pad, width - pad, y)  # fmt: skip
    body += _lines(points)
    step = (width - 2 * pad) / max(len(trend.values) - 1, 1)
    told = []
    for place, (label, value, point) in enumerate(zip(trend.labels, trend.values, points, strict=True)):
        said = _said(value, chart.value_kind, currency, chart.unit)
        x = pad + place * step
        body += Markup('<text class="axis" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
            x, height - 4, label
        )
        if point is not None:
            body += Markup(
                '<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="3"/>'
                '<text class="value" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>'
            ).format("last" if place == len(points) - 1 else "dot", *point, point[0], point[1] - 9, said)
        else:
            body += Markup('<text class="note" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>').format(
                x, (height - foot) / 2, "unknown"
            )
        told.append(f"{label} {said}")
    return _svg(chart.title, ", ".join(told), int(width), int(height), body)


def _svg(title: str, text: str, width: int, height: int, body: Markup) -> Markup:
    return Markup(
        '<svg class="chart" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{title}: {text}">'
        "<title>{title}</title><desc>{text}</desc>{body}</svg>"
    ).format(w=width, h=height, title=escape(one_line(title)), text=escape(text), body=body)


_BLOCKS = "▁▂▃▄▅▆▇█"


def blocks(trend: Trend) -> str:
    """A trend as block characters, for Markdown; a dot where a value is unknown."""
    known = [value for value in trend.values if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)

    def block(value: float | None) -> str:
        if value is None:
            return "·"
        return _BLOCKS[3] if high == low else _BLOCKS[round((value - low) / (high - low) * 7)]

    return "".join(block(value) for value in trend.values)
