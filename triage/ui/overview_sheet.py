"""The second half of the board as lines of cells: money, age, groups, overrides, agreements, windows, new words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from triage.ui import words
from triage.ui.widgets.cells import Bit, Sheet

if TYPE_CHECKING:
    from triage.desk.overview import ComingWindow, Overview
    from triage.desk.queue import Names

OVERRIDES_WARN = 20
"""Per cent of overridden tickets from which the score and the desk disagree too often."""
AGE_HOURS = (4, 24, 72, 168, 672)
"""The bounds of `triage.desk.overview.AGES`, which would import the catalog's models."""
_NAME = 26


def overview_sheet(seen: Overview | None, names: Names, zone: tzinfo, now: datetime, width: int) -> Sheet:
    """The sheet; where the overview is still being read it says so."""
    sheet = Sheet()
    add = sheet.lines.append
    add([])
    if seen is None:
        add([Bit("Money, age, overrides, windows …", "faint")])
        return sheet
    add(_money(seen))
    add([])
    _ages(add, seen)
    _groups(add, seen, names)
    _overrides(add, seen, names, width)
    _windows(add, seen, zone, now, width)
    _agreements(add, seen, zone)
    _words(add, seen)
    return sheet


Add = Callable[[list[Bit]], None]


def _money(seen: Overview) -> list[Bit]:
    risk = seen.at_risk
    known = risk.money.revenue_per_hour
    if not risk.tickets:
        return [Bit("At risk", "accent"), Bit("  no outage is open", "faint")]
    said = f"{words.number(round(known))} {risk.money.currency} an hour" if known is not None else "unknown"
    bits = [Bit("At risk", "accent"), Bit(f"  {said}", "warning" if known else "dim", 0, "condition:unavailable")]
    if known is not None:
        unknown = f", {words.number(risk.unknown)} of {words.number(risk.tickets)} unknown" if risk.unknown else ""
        bits.append(Bit(f"  estimate{unknown}", "faint"))
    return bits


def _ages(add: Add, seen: Overview) -> None:
    add([Bit("Age of what is open", "accent")])
    most = max((age.tickets for age in seen.ages), default=0)
    edges = ["", *(f"{hours}h" for hours in AGE_HOURS)]
    for place, age in enumerate(seen.ages):
        under = f" age:<{edges[place + 1]}" if place + 1 < len(edges) else ""
        opens = (f"age:>{edges[place]}" if place else "") + under
        bar = "━" * (round(age.tickets * 16 / most) if most else 0)
        high = f"  {age.high} P1 or P2" if age.high else ""
        add([
            Bit(f" {age.word:<15}", "dim", 0, opens.strip() if age.tickets else ""),
            Bit(f"{words.number(age.tickets):>6}  ", "text"), Bit(bar, "dim"), Bit(high, "warning"),
        ])  # fmt: skip
    add([])


def _groups(add: Add, seen: Overview, names: Names) -> None:
    add([Bit("Load by group", "accent")])
    most = max((points for _, _, points in seen.groups), default=0)
    if not seen.groups:
        add([Bit(" nothing is open", "faint")])
    for group, tickets, points in seen.groups[:10]:
        name = words.line(names.groups.get(group or "", group or "")) or "no group"
        bar = "━" * (round(points * 16 / most) if most else 0)
        add([
            Bit(" " + words.fit(name, _NAME), "text" if group else "dim", 0, f"group:{group or 'none'}"),
            Bit(f"{words.number(tickets):>6}", "text"), Bit(f"{words.number(points):>8} pts  ", "dim"),
            Bit(bar, "accent" if group else "dim"),
        ])  # fmt: skip
    add([])


def _overrides(add: Add, seen: Overview, names: Names, width: int) -> None:
    found = seen.overrides
    share = found.share
    head = [Bit("Overrides", "accent")]
    if share is None or not found.overridden:
        head.append(Bit(f"  none in {found.days} days", "faint"))
        add(head)
        add([])
        return
    warns = share > OVERRIDES_WARN
    head.append(Bit(
        f"  {found.overridden} of {words.number(found.tickets)} tickets in {found.days} days, {share:.0f} %",
        "warning" if warns else "text", 0, "is:overridden",
    ))  # fmt: skip
    add(head)
    if warns:
        add([Bit(f" ▲ above {OVERRIDES_WARN} %: the rules or the readings are wrong, see R overrides", "warning")])
    room = max(width - 10, 20)
    add([Bit(" why      ", "dim"), Bit(words.fit(_listed(found.by_reason), room).rstrip(), "text")])
    by_service = [(words.line(names.services.get(ident, ident)) or "no service", n) for ident, n in found.by_service]
    add([Bit(" service  ", "dim"), Bit(words.fit(_listed(by_service[:3]), room).rstrip(), "text")])
    add([Bit(" rule     ", "dim"), Bit(words.fit(_listed(found.by_rule[:4]), room).rstrip(), "text")])
    add([])


def _listed(pairs: Sequence[tuple[str, int]]) -> str:
    return " · ".join(f"{words.line(name)} {number}" for name, number in pairs)


def _windows(add: Add, seen: Overview, zone: tzinfo, now: datetime, width: int) -> None:
    add([Bit("Windows", "accent"), Bit("  w: add, end, import", "faint")])
    if not seen.windows:
        add([Bit(" none within six weeks", "faint")])
    for window in seen.windows[:8]:
        span = window_span(window.starts, window.ends, zone)
        word = "now" if window.active else "in " + _ahead(window.starts - now)
        add([
            Bit(f" {word:<8}", "warning" if window.active else "dim"),
            Bit(words.fit(words.line(window.name) + (" ▲peak" if window.peak else ""), _NAME) + " ", "text"),
            Bit(words.fit(span, max(width - _NAME - 12, 12)).rstrip(), "dim"),
        ])  # fmt: skip
    add([])


def window_span(starts: datetime, ends: datetime, zone: tzinfo) -> str:
    """From when to when, in the catalog's zone."""
    first, last = starts.astimezone(zone), ends.astimezone(zone)
    return f"{first:%a %d %b %H:%M} – {last:%a %d %b %H:%M}"


def window_days(window: ComingWindow, zone: tzinfo) -> str:
    """The same in few letters, for a list to choose from."""
    first, last = window.starts.astimezone(zone), window.ends.astimezone(zone)
    return f"until {last:%a %d %b %H:%M}" if window.active else f"{first:%a %d %b} – {last:%a %d %b}"


def _ahead(span: object) -> str:
    hours = int(span.total_seconds() // 3600)  # type: ignore[attr-defined]
    return f"{hours}h" if hours < 48 else f"{hours // 24}d"


def _agreements(add: Add, seen: Overview, zone: tzinfo) -> None:
    add([Bit("Criticality to agree", "accent"), Bit(f"  {len(seen.agreements)}" if seen.agreements else "", "dim")])
    if not seen.agreements:
        add([Bit(" every active service is agreed with the business", "faint")])
    for each in seen.agreements[:5]:
        what = f"review by {each.due.astimezone(zone):%d %b %Y}" if each.due else "IT's estimate, never agreed"
        add([
            Bit(" " + words.fit(words.line(each.name), _NAME), "text", 0, f"service:{each.service}"),
            Bit(f"{each.tickets:>6} open  ", "dim"), Bit(what, "warning" if each.overdue else "dim"),
        ])  # fmt: skip
    if len(seen.agreements) > 5:
        add([Bit(f"   and {len(seen.agreements) - 5} more: F4, h", "faint")])
    add([])


def _words(add: Add, seen: Overview) -> None:
    add([Bit("Words that the catalog does not know", "accent")])
    if not seen.words and not seen.channels:
        add([Bit(" none that keep coming up", "faint")])
    for term in seen.words:
        text = words.line(term.term)
        add(
            [
                Bit(" " + words.fit(text, _NAME), "text", 0, f'service:none "{text}"'),
                Bit(f"{term.tickets:>6} open", "dim"),
            ]
        )
    if seen.channels:
        add([Bit(" channels  ", "dim"), Bit(_listed(seen.channels), "text")])
    add([])
