"""What every report stands on: one quarter, one clock, one snapshot of the database, queries that are kept.

A report is read inside one transaction, so that its figures agree with each other whatever people do
meanwhile. Nothing is written.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC
from inspect import cleandoc
from typing import Any

from triage.catalog.models import Service
from triage.desk.office import Desk
from triage.impact.calendars import BusinessHours
from triage.impact.parts import Parts
from triage.reports.periods import Quarter, parse_quarter
from triage.reports.tree import Query, Report, Section
from triage.store.database import store_errors

Rows = list[tuple[Any, ...]]
TREND = 5
"""A trend shows the quarter and the four before it, so that the same quarter of last year is in it."""


class Ground:
    """A desk at one moment, asked about one quarter. Made by `ground`."""

    def __init__(self, desk: Desk, quarter: Quarter) -> None:
        self.desk = desk
        self.index = desk.index
        self.policy = desk.policy
        self.parts: Parts = desk.scorer.reader.parts
        self.now = desk.now()
        self.second = int(self.now.timestamp())
        self.zone = desk.index.timezone
        self.quarter = quarter
        self.quarters = quarter.last(TREND)
        self.start, self.end = quarter.span(self.zone)
        self.so_far = self.second < self.end
        self.queries: list[Query] = []
        row = desk.database.execute("SELECT min(created_at) FROM queue").fetchone()
        self.first: int | None = row[0]
        """When the first ticket came in: before it the desk knows nothing, which is not nothing."""

    def ask(self, name: str, sql: str, then: str = "", **parameters: Any) -> tuple[Query, Rows]:
        """The rows of a statement, and the query to hang on what is made of them."""
        query = Query(len(self.queries) + 1, name, cleandoc(sql), parameters, then)
        self.queries.append(query)
        return query, self.desk.database.execute(query.sql, parameters).fetchall()

    def span(self, quarter: Quarter) -> tuple[int, int]:
        """Start and end of a quarter in the catalog's zone."""
        return quarter.span(self.zone)

    def observed(self, quarter: Quarter) -> float:
        """How many weeks of a quarter the desk has seen: from its first ticket on, until now."""
        start, end = self.span(quarter)
        if self.first is None:
            return 0.0
        return max(min(end, self.second) - max(start, self.first), 0) / (7 * 86400)

    def hours(self, service: str | None) -> BusinessHours | None:
        """The hours in which the clocks of a service run; None around the clock."""
        return self.parts.service(service).hours

    def clock_of(self, service: Service | None) -> str:
        """In words, whose time the clocks of a service run in."""
        calendar = self.index.calendars.get(service.calendar or "") if service else None
        if calendar is None:
            return "around the clock"
        return f"business time: {calendar.name or calendar.id} ({calendar.timezone or self.zone.key})"

    def service_name(self, ident: str | None) -> str:
        """The name of a service, or what stands for none."""
        if not ident:
            return "no service"
        entry = self.index.services.get(ident)
        return entry.name if entry else ident

    def touchpoint_name(self, ident: str | None) -> str:
        """The name of a touchpoint, or what stands for none."""
        if not ident:
            return "no touchpoint"
        entry = self.index.touchpoints.get(ident)
        return entry.name if entry else ident

    def person_name(self, ident: str | None) -> str:
        """The name of a person, or the id where the catalog does not know it."""
        entry = self.index.people.get(ident or "")
        return entry.name if entry else ident or "nobody"

    def report(self, ident: str, title: str, summary: Sequence[str], sections: Sequence[Section]) -> Report:
        """The report, with where its figures come from."""
        desk = self.desk
        clock = "TRIAGE_NOW" if os.environ.get("TRIAGE_NOW") else "demonstration" if desk.is_demo else "system"
        return Report(
            id=ident,
            title=title,
            company=self.index.catalog.catalog.name,
            quarter=str(self.quarter),
            period=self.quarter.name,
            so_far=self.so_far,
            made_at=self.now.astimezone(UTC).isoformat(timespec="seconds"),
            clock=clock,
            timezone=self.zone.key,
            currency=self.index.currency,
            catalog_version=self.index.version,
            policy_version=self.policy.version,
            summary=tuple(summary),
            sections=tuple(sections),
            queries=tuple(self.queries),
        )

    def say(self, query: Query, then: str) -> Query:
        """The same query with what was done with its rows told; the kept one is replaced."""
        told = replace(query, then=then)
        self.queries[query.number - 1] = told
        return told


@contextlib.contextmanager
def ground(desk: Desk, quarter: Quarter | str | None = None) -> Iterator[Ground]:
    """A desk held still for one report. `quarter`: as text like 2026Q3, or None for the last that is over."""
    if not isinstance(quarter, Quarter):
        quarter = parse_quarter(quarter, desk.now(), desk.index.timezone)
    connection = desk.database.connection
    held = connection.in_transaction
    with store_errors(desk.path):
        if not held:
            connection.execute("BEGIN")
        try:
            yield Ground(desk, quarter)
        finally:
            if not held and connection.in_transaction:
                connection.execute("COMMIT")
