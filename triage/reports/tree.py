"""What a report is, before it is rendered: sections of sentences, figures, tables and charts, each with its query.

Everything here is plain data. `build` functions make it from a desk; `triage.reports.render` turns it into
HTML, Markdown, CSV or JSON and decides how a number looks; nothing here is escaped yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

_PARAMETER = re.compile(r":([a-z_][a-z0-9_]*)")
Value = str | int | float | None
Kind = Literal["text", "count", "points", "share", "hours", "money", "number", "change", "date", "ticket"]
"""How a value is meant: `share` 0 to 1, `hours` of business time, `change` a share with its sign, `money` in
the catalog's currency, `ticket` an id, `number` a value with the unit of its row."""


@dataclass(frozen=True, slots=True)
class Query:
    """The SQL that a figure rests on, with its parameters; `then` says what was done with the rows, in words."""

    number: int
    name: str
    sql: str
    parameters: dict[str, Any] = field(default_factory=dict)
    then: str = ""

    def runnable(self) -> str:
        """The statement with its parameters written into it, as the sqlite3 shell takes it."""
        known = self.parameters
        return _PARAMETER.sub(lambda found: _literal(known[found[1]]) if found[1] in known else found[0], self.sql)


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that matters, with the query behind it. `clock` says in whose time it was measured, if it is one.

    `verdict`: good, bad, plain. `unit` belongs to kind `number`.
    """

    id: str
    label: str
    value: Value
    kind: Kind
    query: Query | None
    note: str = ""
    unit: str | None = None
    verdict: Literal["good", "bad", "plain"] = "plain"
    clock: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `hidden`: for programs only (CSV, JSON); `under`: shown in small type below the row."""

    key: str
    title: str
    kind: Kind = "text"
    hidden: bool = False
    under: bool = False


def columns(*written: str) -> tuple[Column, ...]:
    """Columns written as `key|Title`, `key|Title|kind`, or `key|Title|under` for words that stand below their row."""
    found = []
    for text in written:
        key, title, kind = [*text.split("|"), "text"][:3]
        under = kind == "under"
        found.append(Column(key, title, "text" if under else cast(Kind, kind), under=under))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Trend:
    """A small line over periods, for a cell or a chart; None where nobody knows the value."""

    labels: tuple[str, ...]
    values: tuple[float | None, ...]
    target: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns, all from one query. `trends` and `verdicts` stand beside the rows, one each, if at all."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    query: Query | None
    note: str = ""
    empty: str = "nothing to show"
    total: tuple[Value, ...] | None = None
    trends: tuple[Trend | None, ...] = ()
    verdicts: tuple[str, ...] = ()
    units: tuple[str | None, ...] = ()
    clock: str = ""

    def records(self) -> Iterator[dict[str, Value]]:
        """The rows by the columns' keys."""
        for row in self.rows:
            yield {column.key: value for column, value in zip(self.columns, row, strict=True)}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its value, a note behind it; `marked` where it stands out (a moment of truth)."""

    label: str
    value: float
    note: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of figures that also stand in a table. kind: bars, pareto (bars with a cumulative line), line.

    `total`: what all bars of a Pareto come to, also those that are not shown.
    """

    id: str
    title: str
    kind: Literal["bars", "pareto", "line"]
    bars: tuple[Bar, ...] = ()
    trend: Trend | None = None
    value_kind: Kind = "count"
    total: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report: a plain sentence or two, then figures, charts and tables."""

    id: str
    title: str
    sentences: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report of one quarter. `made_at` ISO 8601 in UTC; `clock` says whose clock that was."""

    id: str
    title: str
    company: str
    quarter: str
    period: str
    so_far: bool
    made_at: str
    clock: str
    timezone: str
    currency: str
    catalog_version: int
    policy_version: int
    summary: tuple[str, ...]
    sections: tuple[Section, ...]
    queries: tuple[Query, ...]

    @property
    def made_shown(self) -> str:
        """When it was made as people write it, in the catalog's zone: 28 December 2026, 14:32."""
        moment = datetime.fromisoformat(self.made_at).astimezone(ZoneInfo(self.timezone))
        return f"{moment.day} {moment:%B %Y, %H:%M}"

    def figures(self) -> Iterator[Figure]:
        """Every figure of every section."""
        for section in self.sections:
            yield from section.figures

    def tables(self) -> Iterator[Table]:
        """Every table of every section."""
        for section in self.sections:
            yield from section.tables
