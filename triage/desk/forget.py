"""`forget`: the one act that cannot be undone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.desk.derive import derive
from triage.desk.facts import reading_to_json
from triage.desk.learning import message_of
from triage.desk.office import Desk
from triage.errors import NotFound, UsageError
from triage.store import audit, forgetting
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

    An address is also struck out where other tickets mention it. NotFound where it is nowhere.
    """
    desk.writable()
    now = desk.now()
    at = int(now.timestamp())
    connection = desk.database.connection
    mentioned: list[int] = []
    with desk.database.transaction():
        ids = affected(desk, requester=requester, before=before)
        forgetting.forget_tickets(connection, ids, at)
        if requester is not None:
            mentioned = [ident for ident in forgetting.redact_mentions(connection, requester) if ident not in set(ids)]
        if not ids and not mentioned:
            if requester is not None:
                raise NotFound(f"nobody wrote from '{one_line(requester)}', and no ticket mentions it")
            return Forgotten(0, 0)
        _read_again(desk, mentioned)
        desk.forget_learned()
        audit.record(
            connection, at=at * 1000, who=desk.user, what="forget",
            detail={"tickets": len(ids), "mentions": len(mentioned), "by": "requester" if requester else "age"},
        )  # fmt: skip
        derive(desk, [*ids, *mentioned], now)
    forgetting.scrub(desk.database)
    return Forgotten(len(ids), len(mentioned))


def _read_again(desk: Desk, ids: list[int]) -> None:
    """Readings of tickets in which an address was struck out, made from what is left."""
    for ticket in ticket_store.fetch(desk.database.connection, ids):
        desk.database.execute(
            "INSERT INTO readings (ticket_id, catalog_version, reading) VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            " SET catalog_version = excluded.catalog_version, reading = excluded.reading",
            (ticket.id, desk.index.version, reading_to_json(desk.linker.read(message_of(ticket)))),
        )
