"""How figures are said: numbers with their units, changes with their signs, plain sentences about indicators."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from triage.catalog.models import Kpi
from triage.reports.tree import Kind, Value

MINUS = "−"
UNKNOWN = "–"


def plain(value: float) -> str:
    """A number with as many digits as it needs, at most two behind the point: 1,234 · 2.3 · 0.05; 0.004 is not 0."""
    digits = 0 if abs(value) >= 1000 or float(value).is_integer() else 1 if abs(value) >= 10 else 2
    if 0 < abs(value) < 0.01:
        digits = 3
    text = f"{abs(value):,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{MINUS}{text}" if value < 0 and text.strip("0.,") else text


def with_unit(value: float, unit: str | None) -> str:
    """A number with its unit: 86 %, 2.3 hours, 49 USD."""
    if unit is None:
        return plain(value)
    return f"{plain(value)} {'%' if unit == 'percent' else unit}"


def say(value: Value, kind: Kind = "text", *, currency: str = "", unit: str | None = None) -> str:
    """A value as a person reads it; one that nobody knows is a dash, never 0."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    if kind == "share":
        if 0 < abs(value) < 0.0005:  # what is there is never said to be nothing
            return "under 0.1 %"
        return f"{plain(round(100 * value, 1 if abs(value) < 0.1 else 0))} %"
    if kind == "change":
        text = plain(abs(round(100 * value)))
        return f"{'+' if value > 0 else MINUS if value < 0 else '±'}{text} %"
    if kind == "hours":
        return span_words(value)
    if kind == "money":
        return f"{plain(round(value))} {currency}" if abs(value) >= 100 else f"{plain(round(value, 2))} {currency}"
    if kind == "number":
        return with_unit(value, unit)
    return plain(value)


def span_words(hours: float) -> str:
    """A span of hours: 25 min, 2.3 h."""
    if 0 < hours < 1:
        return f"{max(round(hours * 60), 1)} min"
    return f"{plain(round(hours, 1))} h"


def count_of(number: int | float, one: str, many: str | None = None) -> str:
    """`1 ticket`, `12 tickets`, `no tickets`."""
    if number == 0:
        return f"no {many or one + 's'}"
    return f"{plain(number)} {one if number == 1 else many or one + 's'}"


def share(part: float, whole: float) -> float | None:
    """part ÷ whole, None where there is no whole."""
    return part / whole if whole else None


def change(now: float | None, before: float | None) -> float | None:
    """How much more (or less) than before, as a share; None where either is unknown or before was nothing."""
    if now is None or before is None or before == 0:
        return None
    return (now - before) / abs(before)


def middle(values: Sequence[float]) -> float | None:
    """The median, None of nothing."""
    return float(median(values)) if values else None


def listed(words: Sequence[str], most: int = 3) -> str:
    """`a`, `a and b`, `a, b and c`, `a, b, c and 4 more`."""
    shown = list(words[:most])
    if len(words) > most:
        return f"{', '.join(shown)} and {len(words) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def met(value: float | None, kpi: Kpi) -> bool | None:
    """Whether a value meets the target of its indicator; None where either is missing."""
    if value is None or kpi.target is None:
        return None
    return value >= kpi.target if kpi.better == "higher" else value <= kpi.target


def better_than(value: float | None, before: float | None, kpi: Kpi) -> bool | None:
    """Whether a value is better than the one before; None where they are equal or one is missing."""
    if value is None or before is None or value == before:
        return None
    return (value > before) is (kpi.better == "higher")


def kpi_sentence(kpi: Kpi, period: str, value: float | None, before: float | None, how: str = "") -> str:
    """One plain sentence about an indicator in a quarter, against its target and the quarter before."""
    if value is None:
        target = f"; the target is {with_unit(kpi.target, kpi.unit)}" if kpi.target is not None else ""
        return f"{kpi.name}: nothing is known of {period}{target}."
    parts = [f"{kpi.name} stood at {with_unit(value, kpi.unit)} in {period}"]
    if kpi.target is not None:
        gap = round(abs(value - kpi.target), 6)
        fits = met(value, kpi)
        target = f"the target of {with_unit(kpi.target, kpi.unit)}"
        if gap == 0:
            parts.append(f"just {target}")
        elif fits:
            parts.append(f"which meets {target}")
        else:
            side = "below" if value < kpi.target else "above"
            parts.append(f"{plain(gap)} {side} {target}")
    if before is None:
        parts.append("with nothing known of the quarter before")
    elif value == before:
        parts.append("the same as the quarter before")
    else:
        word = "better" if better_than(value, before, kpi) else "worse"
        parts.append(f"{word} than the quarter before ({with_unit(before, kpi.unit)})")
    return ", ".join(parts) + (f" ({how})." if how else ".")
