"""Tickets in the database: taking them in, fetching one with all that is known of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from triage.errors import NotFound
from triage.store import standings
from triage.store.rank import tail
from triage.store.standings import Standing
from triage.tickets.models import NONE, Impact, IncomingTicket, Status


def seconds(moment: datetime | None) -> int | None:
    """A time as whole seconds since 1970 (UTC)."""
    return None if moment is None else int(moment.timestamp())


def moment(value: int | None) -> datetime | None:
    """The other way round; an aware time in UTC."""
    return None if value is None else datetime.fromtimestamp(value, UTC)


@dataclass(slots=True)
class StoredTicket:
    """A ticket with its state, its text, the reading as JSON, and what people decided, by field."""

    id: int
    source: str
    external_id: str
    subject: str
    body: str
    requester: str | None
    requester_name: str | None
    organisation: str | None
    site: str | None
    channel: str | None
    created_at: datetime
    updated_at: datetime | None
    due_at: datetime | None
    source_status: str | None
    source_priority: str | None
    tags: list[str]
    url: str | None
    forgotten: bool
    status: Status
    assignee: str | None
    snoozed_until: datetime | None
    resolved_at: datetime | None
    responded_at: datetime | None
    swarm: int | None
    extra: dict[str, str] = field(default_factory=dict)
    attachments: list[str] = field(default_factory=list)
    reading: str | None = None
    decisions: dict[str, Any] = field(default_factory=dict)


def content_hash(ticket: IncomingTicket) -> bytes:
    """What tells a changed ticket from one that was taken in before; 16 bytes."""
    content = (
        ticket.subject, ticket.body, ticket.requester, ticket.requester_name, ticket.organisation, ticket.site,
        ticket.channel, seconds(ticket.created_at), seconds(ticket.updated_at), seconds(ticket.due_at),
        seconds(ticket.resolved_at), str(ticket.status), ticket.priority, list(ticket.tags), ticket.url,
        ticket.assignee, list(ticket.attachments), sorted(ticket.extra.items()),
    )  # fmt: skip
    return blake2b(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"), digest_size=16).digest()


def just_stored(ident: int, ticket: IncomingTicket, now: int, reading: str) -> StoredTicket:
    """A ticket that `insert` has added this moment, as `fetch` will give it once it has its row of the queue.

    Its state is what the source tells. `now` as for `insert`; times in whole seconds, as they are stored.
    """
    created = moment(seconds(ticket.created_at) if ticket.created_at else now)
    assert created is not None
    resolved = ticket.resolved_at or ticket.updated_at if not ticket.status.is_open else None
    responded = ticket.updated_at if ticket.status is not Status.NEW else None
    return StoredTicket(
        id=ident, source=ticket.source, external_id=ticket.external_id, subject=ticket.subject, body=ticket.body,
        requester=ticket.requester, requester_name=ticket.requester_name, organisation=ticket.organisation,
        site=ticket.site, channel=ticket.channel, created_at=created, updated_at=moment(seconds(ticket.updated_at)),
        due_at=moment(seconds(ticket.due_at)), source_status=str(ticket.status), source_priority=ticket.priority,
        tags=list(ticket.tags), url=ticket.url, forgotten=False, status=ticket.status, assignee=ticket.assignee,
        snoozed_until=None, resolved_at=moment(seconds(resolved)), responded_at=moment(seconds(responded)),
        swarm=None, extra=ticket.extra, attachments=list(ticket.attachments), reading=reading,
    )  # fmt: skip


def first_row(connection: sqlite3.Connection, ticket: StoredTicket) -> None:
    """A row of the queue with a ticket's state and without a score, for what is written before it is derived."""
    connection.execute(
        "INSERT INTO placed (ticket_id, bucket, standing, tail, status, assignee, resolved_at, responded_at, below,"
        " width, condition, reach, created_at, policy_version, catalog_version) VALUES (?, ?, 0, 0, ?, ?, ?, ?, 0, 0,"
        " 'question', 'person', ?, 0, 0)",
        (
            ticket.id,
            0 if ticket.status.is_open else 2,
            str(ticket.status),
            ticket.assignee,
            seconds(ticket.resolved_at),
            seconds(ticket.responded_at),
            seconds(ticket.created_at),
        ),
    )


def known(connection: sqlite3.Connection, source: str, externals: Sequence[str]) -> dict[str, tuple[int, bytes]]:
    """External id to (id, content hash), of those that are in the database already."""
    found: dict[str, tuple[int, bytes]] = {}
    for start in range(0, len(externals), 500):
        part = externals[start : start + 500]
        marks = ",".join("?" * len(part))
        query = (
            "SELECT external_id, id, content_hash FROM tickets"
            f" WHERE source = ? AND forgotten = 0 AND external_id IN ({marks})"
        )
        for external, ident, digest in connection.execute(query, (source, *part)):
            found[external] = (ident, digest)
    return found


def insert(connection: sqlite3.Connection, ticket: IncomingTicket, now: int, import_id: int | None) -> int | None:
    """Add a ticket; its id, or None where somebody else added the same one in the meantime."""
    # No RETURNING: with it SQLite sets a savepoint for each row, and the full-text index of titles is written at each.
    cursor = connection.execute(
        "INSERT INTO tickets (source, external_id, subject, requester, requester_name, organisation, site, channel,"
        " created_at, updated_at, due_at, source_status, source_priority, tags, url, content_hash, import_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (ticket.source, ticket.external_id, *_columns(ticket, now), import_id),
    )
    if not cursor.rowcount:
        return None
    ident = int(cursor.lastrowid or 0)
    connection.execute(
        "INSERT INTO bodies (ticket_id, body, extra, attachments) VALUES (?, ?, ?, ?)",
        (ident, *_body(ticket)),
    )
    connection.execute("INSERT INTO titles (rowid, subject) VALUES (?, ?)", (ident, ticket.subject))
    return ident


def update(connection: sqlite3.Connection, ident: int, ticket: IncomingTicket, now: int, import_id: int | None) -> None:
    """Replace what the source says of a ticket; what people decided stays."""
    before = connection.execute("SELECT subject, created_at FROM tickets WHERE id = ?", (ident,)).fetchone()
    connection.execute("INSERT INTO titles (titles, rowid, subject) VALUES ('delete', ?, ?)", (ident, before[0]))
    connection.execute(
        "UPDATE tickets SET subject = ?, requester = ?, requester_name = ?, organisation = ?, site = ?, channel = ?,"
        " created_at = ?, updated_at = ?, due_at = ?, source_status = ?, source_priority = ?, tags = ?, url = ?,"
        " content_hash = ?, import_id = ? WHERE id = ?",
        (*_columns(ticket, before[1]), import_id, ident),
    )
    connection.execute(
        "UPDATE bodies SET body = ?, extra = ?, attachments = ? WHERE ticket_id = ?", (*_body(ticket), ident)
    )
    connection.execute("INSERT INTO titles (rowid, subject) VALUES (?, ?)", (ident, ticket.subject))


def _columns(ticket: IncomingTicket, created: int) -> tuple[Any, ...]:
    return (
        ticket.subject, ticket.requester, ticket.requester_name, ticket.organisation, ticket.site, ticket.channel,
        seconds(ticket.created_at) if ticket.created_at else created,
        seconds(ticket.updated_at), seconds(ticket.due_at), str(ticket.status), ticket.priority,
        _json(list(ticket.tags)), ticket.url, content_hash(ticket),
    )  # fmt: skip


def _body(ticket: IncomingTicket) -> tuple[str, str, str]:
    return (
        ticket.body,
        _json(ticket.extra),
        _json(list(ticket.attachments)),
    )


def _json(value: list[str] | dict[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False) if value else "[]" if isinstance(value, list) else "{}"


_FETCH = (
    "SELECT t.id, t.source, t.external_id, t.subject, b.body, t.requester, t.requester_name, t.organisation, t.site,"
    " t.channel, t.created_at, t.updated_at, t.due_at, t.source_status, t.source_priority, t.tags, t.url,"
    " t.forgotten, q.status, q.assignee, q.snoozed_until, q.resolved_at, q.responded_at, q.swarm, b.extra,"
    " b.attachments, r.reading FROM tickets t JOIN bodies b ON b.ticket_id = t.id"
    " LEFT JOIN placed q ON q.ticket_id = t.id LEFT JOIN readings r ON r.ticket_id = t.id"
)


def fetch(connection: sqlite3.Connection, ids: Iterable[int]) -> list[StoredTicket]:
    """These tickets whole, in the order of `ids`; NotFound names the first that is not there."""
    wanted = list(ids)
    found: dict[int, StoredTicket] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        marks = ",".join("?" * len(part))
        for row in connection.execute(f"{_FETCH} WHERE t.id IN ({marks})", part):
            found[row[0]] = _stored(row)
    decide(connection, found)
    for ident in wanted:
        if ident not in found:
            raise NotFound(f"there is no ticket {ident}")
    return [found[ident] for ident in wanted]


def decide(connection: sqlite3.Connection, tickets: Mapping[int, StoredTicket]) -> None:
    """Put into these tickets, by id, what people decided of them."""
    wanted = list(tickets)
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        query = f"SELECT ticket_id, field, value FROM decisions WHERE ticket_id IN ({','.join('?' * len(part))})"
        for ident, name, value in connection.execute(query, part):
            tickets[ident].decisions[name] = json.loads(value)


def _stored(row: tuple[Any, ...]) -> StoredTicket:
    created = moment(row[10])
    assert created is not None
    return StoredTicket(
        id=row[0], source=row[1], external_id=row[2], subject=row[3], body=row[4], requester=row[5],
        requester_name=row[6], organisation=row[7], site=row[8], channel=row[9], created_at=created,
        updated_at=moment(row[11]), due_at=moment(row[12]), source_status=row[13], source_priority=row[14],
        tags=json.loads(row[15]), url=row[16], forgotten=bool(row[17]), status=Status(row[18] or "new"),
        assignee=row[19], snoozed_until=moment(row[20]), resolved_at=moment(row[21]), responded_at=moment(row[22]),
        swarm=row[23], extra=json.loads(row[24]), attachments=json.loads(row[25]), reading=row[26],
    )  # fmt: skip


def decided_lately(connection: sqlite3.Connection, kind: str, most: int) -> dict[str, int]:
    """How often each target of a kind stands among the last `most` decisions of the newest tickets, `none` left out.

    Looks at ten decisions of any field for each that is asked for, so that it takes no longer on a large desk.
    """
    found: dict[str, int] = {}
    query = (
        "SELECT value ->> '$.target' FROM (SELECT field, value FROM decisions ORDER BY ticket_id DESC LIMIT ?)"
        " WHERE field = ? LIMIT ?"
    )
    for (target,) in connection.execute(query, (10 * most, kind, most)):
        if target is not None and target != NONE:
            found[target] = found.get(target, 0) + 1
    return found


def resolve_argument(connection: sqlite3.Connection, text: str) -> int:
    """The id that a TICKET argument names: an id, or SOURCE:EXTERNAL_ID. NotFound otherwise."""
    if text.isascii() and text.isdigit() and len(text) < 19:
        row = connection.execute("SELECT id FROM tickets WHERE id = ?", (int(text),)).fetchone()
    else:
        row = None
        for place in [at for at, char in enumerate(text) if char == ":"][:20]:  # both parts may hold colons
            row = (
                row
                or connection.execute(
                    "SELECT id FROM tickets WHERE source = ? AND external_id = ?", (text[:place], text[place + 1 :])
                ).fetchone()
            )
    if row is None:
        raise NotFound(f"there is no ticket '{text}'", "a ticket is an id, or SOURCE:EXTERNAL_ID; see `triage queue`")
    return int(row[0])


def bucket_of(status: Status, snoozed_until: datetime | None, now: datetime) -> int:
    """0 open, 1 snoozed, 2 done: where the queue keeps a ticket."""
    if not status.is_open:
        return 2
    return 1 if snoozed_until is not None and snoozed_until > now else 0


def write_queue_row(
    connection: sqlite3.Connection,
    ticket: StoredTicket,
    facts_row: dict[str, Any],
    impact: Impact,
    now: datetime,
) -> None:
    """Store what was derived of a ticket. `facts_row`: what `_QUEUE_COLUMNS` has of its facts, and `certain`."""
    first = next((clock for clock in impact.clocks), None)
    created = int(ticket.created_at.timestamp())
    priority = int(impact.priority[1])
    clock = seconds(first.due) if first else None
    standing = standings.place(
        connection,
        Standing(
            facts_row["shape"], int(ticket.status.is_open), impact.score, priority, int(impact.points_priority[1]),
            int(impact.sure), *impact.factors, facts_row["service"],
            facts_row["touchpoint"], facts_row["condition"], impact.vector, impact.policy_version,
            impact.catalog_version,
        ),
        certain=facts_row.pop("certain"),
        tail=tail(clock, created),
    )  # fmt: skip
    connection.execute(
        _UPSERT,
        {
            "ticket_id": ticket.id,
            "bucket": bucket_of(ticket.status, ticket.snoozed_until, now),
            "standing": standing, "tail": tail(clock, created),
            "status": str(ticket.status), "assignee": ticket.assignee,
            "snoozed_until": seconds(ticket.snoozed_until), "resolved_at": seconds(ticket.resolved_at),
            "responded_at": seconds(ticket.responded_at),
            "below": impact.score - impact.low, "width": impact.high - impact.low,
            "swarm": ticket.swarm, "first_clock": clock, "clock_name": first.name if first else None,
            "next_clock": seconds(min((c.due for c in impact.clocks if c.due > now), default=None)),
            "next_change": seconds(impact.next_change), "created_at": created,
            "policy_version": impact.policy_version, "catalog_version": impact.catalog_version,
            **facts_row,
        },
    )  # fmt: skip


_QUEUE_COLUMNS = (
    "bucket", "standing", "tail", "status", "assignee", "snoozed_until", "resolved_at", "responded_at", "below",
    "width", "service", "touchpoint", "condition", "reach", "site", "swarm", "vip", "first_clock",
    "clock_name", "next_clock", "next_change", "created_at", "shape", "policy_version", "catalog_version",
)  # fmt: skip
_UPSERT = (
    f"INSERT INTO placed (ticket_id, {', '.join(_QUEUE_COLUMNS)})"
    f" VALUES (:ticket_id, {', '.join(':' + name for name in _QUEUE_COLUMNS)})"
    f" ON CONFLICT (ticket_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _QUEUE_COLUMNS)}"
)
