"""The versions of the catalog as lines of cells: all of them, and what one changed. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from triage.ui import words
from triage.ui.ticket_lines import wrap
from triage.ui.widgets.cells import Bit, Sheet

if TYPE_CHECKING:
    from triage.catalog.plan import Plan
    from triage.desk.catalog import CatalogVersion

VERSION = "version"
"""What a version's line opens is this, a colon and its number."""
MOST = 200
"""Lines of one kind of change that are shown; a first version has thousands."""


def versions(found: Sequence[CatalogVersion] | None, width: int, zone: tzinfo) -> Sheet:
    """Every version, the newest first: when, who, from what, how much it changed."""
    sheet = Sheet()
    sheet.lines += [[Bit("Versions", "accent")], []]
    if found is None:
        sheet.lines.append([Bit("reading …", "faint")])
    elif not found:
        sheet.lines.append([Bit("There is no catalog yet.")])
    for each in found or ():
        sheet.lines.append(
            [Bit(f" {each.version} ", "strong", 0, f"{VERSION}:{each.version}"), Bit(f"  {_by(each, zone)}", "dim")]
        )
        sheet.lines.extend(_text(_counts(each) + (f"  {words.line(each.note)}" if each.note else ""), width, "text"))
        sheet.lines.append([])
    if found:
        sheet.lines.extend(_text("⏎ shows what one changed; u takes back what you did last", width, "faint", ""))
    return sheet


def changes(version: CatalogVersion, plan: Plan, width: int, zone: tzinfo) -> Sheet:
    """One version: what it added, changed and removed."""
    sheet = Sheet()
    sheet.lines += [[Bit(f"Version {version.version}", "accent"), Bit(f"   {_by(version, zone)}", "dim")]]
    if version.note:
        sheet.lines.extend(_text(words.line(version.note), width, "text", ""))
    for word, lines in (
        ("added", [f"{each.table} {each.name}" for each in plan.added]),
        ("changed", [f"{c.table} {c.id} {c.field}: {_shown(c.before)} → {_shown(c.after)}" for c in plan.changed]),
        ("removed", [f"{each.table} {each.name}" for each in plan.removed]),
    ):
        if not lines:
            continue
        sheet.lines += [[], [Bit(f"{word} ({words.number(len(lines))})", "dim")]]
        for line in lines[:MOST]:
            sheet.lines.extend(_text(words.line(line), width, "text"))
        if len(lines) > MOST:
            sheet.lines.extend(_text(f"and {words.number(len(lines) - MOST)} more", width, "faint"))
    if not (plan.added or plan.changed or plan.removed):
        sheet.lines += [[], [Bit("It changed nothing.", "faint")]]
    return sheet


def _by(version: CatalogVersion, zone: tzinfo) -> str:
    at = datetime.fromtimestamp(version.at, UTC).astimezone(zone)
    return f"{at:%d %b %Y %H:%M}  {words.line(version.who)}"


def _counts(version: CatalogVersion) -> str:
    counts = version.summary.get("counts", {})
    said = [f"{counts[word]} {word}" for word in ("added", "changed", "removed") if counts.get(word)]
    return ", ".join(said) or "nothing changed"


def _shown(value: Any) -> str:
    """A value in few characters; nothing as a dash."""
    if value is None or value == []:
        return "–"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _text(text: str, width: int, role: str, indent: str = "   ") -> Iterator[list[Bit]]:
    for line in wrap([(text, role)], width, indent):
        yield [Bit(piece, kind) for piece, kind in line]
