"""`forget`: the one act that cannot be undone."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from triage.desk.derive import derive
from triage.desk.facts import reading_to_json
from triage.desk.learning import fit_when_due, lesson_text, message_of
from triage.desk.office import Desk
from triage.errors import NotFound, StoreError, UsageError
from triage.linking.memory import Decision
from triage.store import audit, forgetting
from triage.store import queue as queue_store
from triage.store import tickets as ticket_store
from triage.text import one_line

_TERM = re.compile(r"(\d{1,4})\s*([dwmy])")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many tickets lost their text, and in how many others an address was struck out."""

    tickets: int
    mentions: int


def term_start(text: str, now: datetime) -> datetime:
    """The moment that lies a term back: `24m` is 24 months, also `90d`, `8w`, `2y`. UsageError otherwise."""
    match = _TERM.fullmatch(text.strip().lower())
    if match is None or int(match.group(1)) == 0:
        raise UsageError(f"'{text}' is not a term", "write it like 24m (months), 90d, 8w or 2y")
    number, unit = int(match.group(1)), match.group(2)
    if unit in "dw":
        return now - timedelta(days=number * (7 if unit == "w" else 1))
    months = now.year * 12 + now.month - 1 - number * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    if year < 1:
        raise UsageError(f"'{text}' reaches back before the calendar", "write a shorter term")
    first = now.replace(year=year, month=month + 1, day=1)
    longest = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(now.day, longest.day))


def affected(desk: Desk, *, requester: str | None = None, before: datetime | None = None) -> list[int]:
    """The tickets that would lose their text."""
    connection = desk.database.connection
    if requester is not None:
        return forgetting.tickets_of(connection, requester)
    assert before is not None
    return forgetting.tickets_before(connection, int(before.timestamp()))


def forget(desk: Desk, *, requester: str | None = None, before: datetime | None = None) -> Forgotten:
    """Erase a requester, or what is done and older than `before`: tickets, log, index, lessons.

    An address, or a name of several words, is also struck out where other tickets mention it. NotFound where it
    is nowhere. StoreError where all is done but the file could not be rewritten, because another program reads
    it; the next forgetting does that, also one that finds nothing else to do.
    """
    desk.writable()
    now = desk.now()
    at = int(now.timestamp())
    connection = desk.database.connection
    due = queue_store.meta(connection, forgetting.SCRUB_DUE) is not None
    with desk.act():
        ids = affected(desk, requester=requester, before=before)
        forgetting.forget_tickets(connection, ids, at)
        gone = set(ids)
        mentioned = forgetting.redact_mentions(connection, requester) if requester is not None else []
        mentioned = [ident for ident in mentioned if ident not in gone]
        if ids or mentioned:
            _read_again(desk, mentioned)
            was_fitted = connection.execute("DELETE FROM learned RETURNING 1").fetchall()
            audit.record(
                connection, at=at * 1000, who=desk.user, what="forget",
                detail={"tickets": len(ids), "mentions": len(mentioned), "by": "requester" if requester else "age"},
            )  # fmt: skip
            derive(desk, [*ids, *mentioned], now)
            queue_store.set_meta(connection, forgetting.SCRUB_DUE, "1")
        elif not due:
            if requester is None:
                return Forgotten(0, 0)
            raise NotFound(f"nobody wrote from '{one_line(requester)}', and no ticket mentions it")
    desk.forget_learned()
    if (ids or mentioned) and was_fitted:
        fit_when_due(desk, always=True)
    _scrub(desk, len(ids))
    return Forgotten(len(ids), len(mentioned))


def _scrub(desk: Desk, count: int) -> None:
    if not forgetting.scrub(desk.database):
        raise StoreError(
            f"{count} {'ticket was' if count == 1 else 'tickets were'} forgotten, but another program has"
            f" {desk.path.name} open and traces are left in the file",
            "close it and run the same `triage forget` again",
        )
    with desk.database.transaction() as connection:
        queue_store.set_meta(connection, forgetting.SCRUB_DUE, None)


def _read_again(desk: Desk, ids: Sequence[int]) -> None:
    """Readings and lessons of tickets in which an address was struck out, made from what is left."""
    connection = desk.database.connection
    for ticket in ticket_store.fetch(connection, ids):
        message = message_of(ticket)
        connection.execute(
            "INSERT INTO readings (ticket_id, catalog_version, reading) VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            " SET catalog_version = excluded.catalog_version, reading = excluded.reading",
            (ticket.id, desk.index.version, reading_to_json(desk.linker.read(message))),
        )
        for act, kind, text in connection.execute(
            "SELECT act_id, kind, decision FROM lessons WHERE ticket_id = ?", (ticket.id,)
        ).fetchall():
            old = Decision.from_row(json.loads(text))
            (fresh,) = desk.linker.decisions(message, ticket=ticket.id, targets={kind: old.target})
            connection.execute(
                "UPDATE lessons SET decision = ? WHERE act_id = ? AND ticket_id = ? AND kind = ?",
                (lesson_text(replace(old, terms=fresh.terms)), act, ticket.id, kind),
            )
