"""The columns of the queue: which of them fit a width, and one ticket as the pieces of a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment

from triage.desk.queue import Names, QueueRow, veiled
from triage.ui import words
from triage.ui.ink import Ink

GAP = "  "


class Column(NamedTuple):
    """A column of the queue: its name, its width in cells (0 takes what is left), its heading's side."""

    name: str
    width: int
    title: str
    right: bool = False


@dataclass(eq=False, repr=False)
class Look:
    """What a line needs beside its ticket: names, the time in seconds since 1970, sizes of swarms, ink.

    `soon` shows the clock that runs out next instead of the one that ran out first.
    """

    names: Names
    now: int
    ink: Ink
    swarms: Mapping[int, int] = field(default_factory=dict)
    marked: frozenset[int] | set[int] = frozenset()
    user: str = ""
    soon: bool = False


def layout(width: int) -> list[Column]:
    """The columns that fit `width` cells. The eye goes down one column: the priority never moves."""
    service = 14 if width < 70 else 18 if width < 84 else 20 if width < 100 else 24 if width < 130 else 28
    columns = [Column("priority", 3, "", True), Column("score", 3, "pts", True)]
    if width >= 64:
        columns.append(Column("bar", words.BAR if width >= 72 else words.BAR - 2, ""))
    if width >= 72:
        columns.append(Column("age", 4, "age", True))
    columns += [Column("clock", 4, "due", True), Column("service", service, "service")]
    if width >= 112:
        columns.append(Column("touchpoint", 20 if width < 140 else 26, "touchpoint"))
    columns.append(Column("subject", 0, "subject"))
    if width >= 64:  # who has it, at first by two letters: several people work down the same list
        agent = 2 if width < 84 else 4 if width < 96 else 8 if width < 130 else 12
        columns.append(Column("assignee", agent, "agent" if agent > 4 else "by"))
    fixed = 2 + sum(column.width for column in columns) + len(GAP) * (len(columns) - 1)
    subject = max(width - fixed - 1, 8)
    return [column if column.name != "subject" else Column("subject", subject, "subject", False) for column in columns]


def heading(columns: list[Column], ink: Ink) -> list[Segment]:
    """The line above the list."""
    text = GAP.join(words.fit(column.title, column.width, column.right) for column in columns)
    return [Segment("  " + text, ink.faint)]


def line(row: QueueRow, columns: list[Column], look: Look, at_cursor: bool) -> list[Segment]:
    """One ticket as pieces. Every sign stands for itself without its colour."""
    ink = look.ink
    marked = row.id in look.marked
    pieces = [
        Segment("▌" if at_cursor else " ", ink.accent),
        Segment("●" if marked else " ", ink.mark),
    ]
    for number, column in enumerate(columns):
        if number:
            pieces.append(Segment(GAP, ink.text))
        pieces.extend(_CELLS[column.name](row, column, look))
    return pieces


def waiting(columns: list[Column], look: Look, at_cursor: bool) -> list[Segment]:
    """The line of a ticket that is still being read."""
    return [Segment("▌ " if at_cursor else "  ", look.ink.accent), Segment("  …", look.ink.faint)]


def _priority(row: QueueRow, column: Column, look: Look) -> list[Segment]:
    ink = look.ink
    level = row.priority
    style = ink.error if level == 1 else ink.warning if level == 2 else ink.text if level == 3 else ink.dim
    return [Segment(words.fit(words.priority(level, row.sure), column.width, True), style)]


def _score(row: QueueRow, column: Column, look: Look) -> list[Segment]:
    style = look.ink.strong if row.priority <= 2 else look.ink.text if row.priority == 3 else look.ink.dim
    return [Segment(str(row.score).rjust(column.width), style)]


def _bar(row: QueueRow, column: Column, look: Look) -> list[Segment]:
    sure, unsure, rest = words.bar(row.score, row.low, row.high, column.width)
    style = look.ink.accent if row.priority <= 3 else look.ink.dim
    return [Segment(sure, style), Segment(unsure + rest, look.ink.dim)]


def _age(row: QueueRow, column: Column, look: Look) -> list[Segment]:
    return [Segment(words.fit(words.span(look.now - row.created_at), column.width, True), look.ink.dim)]


def next_clock(row: QueueRow) -> int | None:
    """The clock that runs out next; the first one, perhaps late already, where the row does not know it."""
    found: int | None = getattr(row, "next_clock", None)
    return row.first_clock if found is None else found


def _clock(row: QueueRow, column: Column, look: Look) -> list[Segment]:
    if row.snoozed_until and row.bucket == 1:
        return [Segment(words.fit("z" + words.span(row.snoozed_until - look.now), column.width, True), look.ink.dim)]
    if row.bucket == 2:  # what is done is late for nobody
        return [Segment(words.fit("–", column.width, True), look.ink.dim)]
    clock = next_clock(row) if look.soon else row.first_clock
    text = words.due(clock, look.now)
    near = clock is not None and clock - look.now < words.HOUR
    style = look.ink.error if text == "late" else look.ink.warning if near else look.ink.dim
    return [Segment(words.fit(text, column.width, True), style)]


def _service(row: QueueRow, column: Column, look: Look) -> list[Segment]:
    hidden = veiled(row, look.names, "service")
    name = look.names.services.get(row.service, row.service) if row.service and not hidden else None
    sign = ""
    if row.swarm is not None:
        size = look.swarms.get(row.swarm)
        sign = f" ⧉{size}" if size else " ⧉"
    if name is None:
        return [Segment(words.fit(("? say first" if hidden else "? nothing yet") + sign, column.width), look.ink.faint)]
    room = column.width - len(sign)
    pieces = [Segment(words.fit(words.line(name), room).rstrip() if sign else words.fit(words.line(name), room),
                      look.ink.text)]  # fmt: skip
    if sign:
        used = cell_len(pieces[0].text)
        pieces.append(Segment(sign + " " * (room - used), look.ink.warning))
    return pieces


def _touchpoint(row: QueueRow, column: Column, look: Look) -> list[Segment]:
    if not row.touchpoint or veiled(row, look.names, "touchpoint"):
        return [Segment(words.fit("·", column.width), look.ink.faint)]
    name = words.line(look.names.touchpoints.get(row.touchpoint, row.touchpoint))
    moment = " ◆" if row.touchpoint in look.names.moments else ""
    text = words.fit(name, column.width - len(moment))
    if not moment:
        return [Segment(text, look.ink.dim)]
    cut = text.rstrip()
    fill = " " * (column.width - len(moment) - cell_len(cut))
    return [Segment(cut, look.ink.dim), Segment(moment + fill, look.ink.accent)]


def _subject(row: QueueRow, column: Column, look: Look) -> list[Segment]:
    text = words.line(row.subject) or "(no subject)"
    width = column.width
    pieces = []
    if row.vip and width > 12:
        pieces.append(Segment("★ ", look.ink.accent))
        width -= 2
    done = row.bucket == 2
    style = look.ink.faint if done else look.ink.text if row.priority <= 3 else look.ink.dim
    return [*pieces, Segment(words.fit(text, width), style)]


def _assignee(row: QueueRow, column: Column, look: Look) -> list[Segment]:
    short = column.width < 8
    who = words.line(row.assignee) if row.assignee else "" if short else "–"
    if short:
        who = who[: column.width]
    style = look.ink.accent if row.assignee and row.assignee == look.user else look.ink.dim
    return [Segment(words.fit(who, column.width), style)]


_CELLS = {
    "priority": _priority, "score": _score, "bar": _bar, "age": _age, "clock": _clock, "service": _service,
    "touchpoint": _touchpoint, "subject": _subject, "assignee": _assignee,
}  # fmt: skip
