"""How figures and times read on the screen. Pure functions; every text from outside leaves here safe."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size

from triage.text import one_line, sanitise

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86400, 604800
STATUS_WORDS = {
    "waiting_customer": "waits for customer",
    "waiting_supplier": "waits for supplier",
}
BAR = 8


def span(seconds: int) -> str:
    """A length of time in at most four characters: 12m, 3h, 2d, 9w."""
    seconds = max(seconds, 0)
    if seconds < HOUR:
        return f"{seconds // MINUTE}m"
    if seconds < 2 * DAY:
        return f"{seconds // HOUR}h"
    if seconds < 100 * DAY:
        return f"{seconds // DAY}d"
    return f"{min(seconds // WEEK, 999)}w"


def due(clock: int | None, now: int) -> str:
    """How long until a clock runs out: 48m, late, or a dash where there is none."""
    if clock is None:
        return "–"
    return "late" if clock <= now else span(clock - now)


def priority(level: int, sure: int, score_sure: bool = True) -> str:
    """P1, or P1? where a P1 or P2 rests on a link that nobody confirmed (docs/impact.md)."""
    return f"P{level}?" if level <= 2 and not sure else f"P{level}"


def bar(score: int, low: int, high: int, width: int = BAR) -> tuple[str, str, str]:
    """A score of 0 to 100 as three pieces: the sure part, the part up to the score, the part up to `high`."""

    def halves(value: int) -> int:
        return round(min(max(value, 0), 100) * width * 2 / 100)

    at = halves(score)
    full, half = divmod(at, 2)
    if low >= score:
        solid, unsure = "━" * full + ("╸" if half else ""), ""
    else:
        sure, sure_half = divmod(halves(low), 2)
        solid = "━" * sure + ("╸" if sure_half and sure < full else "")
        unsure = "─" * (full - len(solid))
    used = len(solid) + len(unsure)
    end = max(-(-halves(high) // 2), used)
    return solid, unsure, "┄" * (end - used) + " " * (width - end)


def fit(text: str, width: int, right: bool = False) -> str:
    """`text` in exactly `width` cells, cut with an ellipsis or filled with blanks."""
    if width <= 0:
        return ""
    length = len(text) if text.isascii() else cell_len(text)
    if length <= width:
        return " " * (width - length) + text if right else text + " " * (width - length)
    if text.isascii():
        return text[: width - 1] + "…"
    return set_cell_size(text, width - 1).rstrip("\ufe0f") + "…"


def line(text: str | None) -> str:
    """A text from outside on one line, without anything that a terminal acts on."""
    return one_line(text) if text else ""


def block(text: str | None) -> str:
    """A text from outside with its lines kept and its tabs as blanks."""
    return sanitise(text).expandtabs(4) if text else ""


@lru_cache(maxsize=16)
def zone(name: str) -> tzinfo:
    """The time zone of the catalog; UTC where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def clock_time(moment: datetime, place: tzinfo, now: datetime | None = None) -> str:
    """A time of the day in a zone, with its weekday or its date where it is not today's."""
    local = moment.astimezone(place)
    if now is None:
        return local.strftime("%a %H:%M")
    today = now.astimezone(place).date()
    if local.date() == today:
        return local.strftime("%H:%M")
    if abs(local.date() - today) < timedelta(days=7):
        return local.strftime("%a %H:%M")
    return local.strftime("%d %b %H:%M") if local.year == today.year else local.strftime("%Y-%m-%d")


def status(word: str) -> str:
    """A status in words."""
    return STATUS_WORDS.get(word, word)


def money(value: float | None, currency: str) -> str:
    """An amount with thin gaps between thousands, or `unknown`."""
    return "unknown" if value is None else f"{value:,.0f}".replace(",", "\u00a0") + f" {currency}"


def plural(count: int, word: str) -> str:
    """`1 ticket`, `2 tickets`."""
    return f"{count:,}".replace(",", "\u00a0") + f" {word}" + ("" if count == 1 else "s")


def number(count: int) -> str:
    """A whole number with gaps between thousands."""
    return f"{count:,}".replace(",", "\u00a0")
