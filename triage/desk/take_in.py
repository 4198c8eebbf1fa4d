"""Taking tickets in: linked, scored and stored in batches that are whole or absent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from types import MappingProxyType
from typing import Any

from triage.collecting import uncollected
from triage.desk.auto_link import link_by_itself
from triage.desk.derive import Fresh, derive
from triage.desk.facts import Told
from triage.desk.learning import fit_when_due, teach
from triage.desk.office import Desk
from triage.desk.read_ahead import reading_ahead
from triage.desk.stopped import this_process
from triage.linking.message import Message
from triage.store import audit, forgetting
from triage.store import tickets as ticket_store
from triage.text import did_you_mean, fold
from triage.tickets.models import NONE, Condition, IncomingTicket, Reach, Status

BATCH = 500
_FORGOTTEN = "was forgotten and is not taken in again"
_EMPTY = {field.name: field.default for field in fields(IncomingTicket)}


@dataclass(slots=True)
class RejectedConfirmation:
    """A ticket that came with a past decision that cannot be."""

    ticket: IncomingTicket
    reason: str


@dataclass(slots=True)
class TakenIn:
    """What came of an import: counts of tickets, those refused here, and how many got a proposed link."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    linked: int = 0
    seconds: float = 0.0
    rejected: list[RejectedConfirmation] = field(default_factory=list)


Progress = Callable[[int, int], None]


def take_in(
    desk: Desk,
    tickets: Sequence[IncomingTicket],
    *,
    source: str,
    name: str,
    rejected: int = 0,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> TakenIn:
    """Store what is new or changed of `tickets`; a batch of 500 is one transaction with its audit rows.

    `name` is the file's name for the log, `rejected` what the reader refused. With `dry_run` nothing is
    written and the result tells what would be. Decisions that people made in triage are kept.
    """
    started = time.perf_counter()
    result = TakenIn()
    good = _checked(desk, tickets, result)
    if dry_run:
        _preview(desk, good, result)
        result.seconds = time.perf_counter() - started
        return result
    desk.writable()
    now = desk.now()
    import_id = _begin(desk, source, name, len(good), rejected + len(result.rejected), now)
    _take_all(desk, good, import_id, now, result, progress)
    from triage.desk.swarms import update_swarms

    if any(ticket.confirmed for ticket in good):
        fit_when_due(desk)
    update_swarms(desk)
    _end(desk, import_id, result, now, rejected + len(result.rejected), source, name)
    result.seconds = time.perf_counter() - started
    return result


def _checked(desk: Desk, tickets: Sequence[IncomingTicket], result: TakenIn) -> list[IncomingTicket]:
    good: list[IncomingTicket] = []
    some = forgetting.some_are(desk.database.connection)
    for ticket in tickets:
        reason = settle_confirmed(desk, ticket) if ticket.confirmed else None
        if some and forgetting.is_forgotten(desk.database.connection, ticket.source, ticket.external_id):
            reason = _FORGOTTEN
        if reason is None:
            good.append(ticket)
        else:
            result.rejected.append(RejectedConfirmation(ticket, reason))
    return good


def settle_confirmed(desk: Desk, ticket: IncomingTicket) -> str | None:
    """Turn names into ids in `ticket.confirmed`; what is wrong with it, or None."""
    words: dict[str, Any] = {"condition": [str(c) for c in Condition], "reach": [str(r) for r in Reach]}
    entries: dict[str, Any] = {"service": desk.index.services, "touchpoint": desk.index.touchpoints}
    for kind, value in list(ticket.confirmed.items()):
        if not value.strip():
            del ticket.confirmed[kind]
            continue
        if kind in words:
            if fold(value) not in words[kind]:
                return f"{kind}: no {kind} '{value}'" + _hint(value, words[kind])
            ticket.confirmed[kind] = fold(value)
            continue
        known = entries[kind]
        if value in known or value == NONE:
            continue
        folded = fold(value)
        match = next((ident for ident, entry in known.items() if fold(entry.name) == folded), None)
        if match is None:
            return f"{kind}: no {kind} '{value}'" + _hint(value, known)
        ticket.confirmed[kind] = match
    return None


def _hint(value: str, known: Any) -> str:
    found = did_you_mean(value, known)
    return f"; {found}" if found else "; see `triage catalog export`"


def _preview(desk: Desk, tickets: Sequence[IncomingTicket], result: TakenIn) -> None:
    connection = desk.database.connection
    changed = {id(ticket) for ticket in _changed(desk, tickets)}
    for source in dict.fromkeys(ticket.source for ticket in tickets):
        mine = [ticket for ticket in tickets if ticket.source == source]
        known = ticket_store.known(connection, source, [ticket.external_id for ticket in mine])
        for ticket in mine:
            is_new = ticket.external_id not in known
            result.added += is_new
            result.updated += not is_new and id(ticket) in changed
            result.unchanged += id(ticket) not in changed


def _begin(desk: Desk, source: str, name: str, total: int, rejected: int, now: datetime) -> int:
    with desk.act() as connection:
        cursor = connection.execute(
            "INSERT INTO imports (at, who, source, name, total, rejected, process) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (int(now.timestamp()), desk.user, source, name, total, rejected, this_process()),
        )
        return int(cursor.lastrowid or 0)


def _take_all(
    desk: Desk,
    tickets: Sequence[IncomingTicket],
    import_id: int,
    now: datetime,
    result: TakenIn,
    progress: Progress | None,
) -> None:
    """Batch by batch; while one of a large import is stored, the next is being read."""
    with reading_ahead(desk, tickets) as helper:
        for start in range(0, len(tickets), BATCH):
            ahead = helper.take() if helper else {}
            if helper:
                following = _new_messages(desk, tickets[start + BATCH : start + 2 * BATCH])
                helper.begin(following[: round(helper.share * len(following))])
            batch = tickets[start : start + BATCH]
            with uncollected():
                _take_batch(desk, batch, import_id, now, result, ahead)
            if progress:
                progress(start + len(batch), len(tickets))


def _new_messages(desk: Desk, tickets: Sequence[IncomingTicket]) -> list[Message]:
    """What is to be read of the tickets that are not here yet: those that are may stay as they are."""
    found: list[Message] = []
    for mine, known in _by_source(desk, tickets):
        found += [Message.of(ticket) for ticket in mine if ticket.external_id not in known]
    return found


def _by_source(
    desk: Desk, tickets: Sequence[IncomingTicket]
) -> Iterator[tuple[list[IncomingTicket], dict[str, tuple[int, bytes]]]]:
    """The tickets of each source, and which of them are here: external id to id and hash of the content."""
    for source in dict.fromkeys(ticket.source for ticket in tickets):
        mine = [ticket for ticket in tickets if ticket.source == source]
        yield mine, ticket_store.known(desk.database.connection, source, [ticket.external_id for ticket in mine])


def _take_batch(
    desk: Desk,
    batch: Sequence[IncomingTicket],
    import_id: int,
    now: datetime,
    result: TakenIn,
    ahead: Mapping[Message, Told],
) -> None:
    """One transaction: the tickets, their readings, their rows of the queue, their past decisions, all in the log.

    `ahead` holds readings that were made already.
    """
    changed = _changed(desk, batch)
    # Reading is the slow part and needs no lock, so it comes before the transaction.
    version, read = desk.index.version, _read(desk, changed, ahead)
    with desk.act() as connection:
        if desk.index.version != version:  # somebody applied a catalog in between
            version, read = desk.index.version, _read(desk, changed)
        some_forgotten = forgetting.some_are(connection)  # since the first look somebody may have
        readings = dict(zip((id(ticket) for ticket in changed), read, strict=True))
        touched: list[int] = []
        fresh = Fresh()
        followed: list[audit.Change] = []
        confirmed: list[audit.Change] = []
        for ticket in batch:
            if id(ticket) not in readings:
                result.unchanged += 1
                continue
            if some_forgotten and forgetting.is_forgotten(connection, ticket.source, ticket.external_id):
                result.rejected.append(RejectedConfirmation(ticket, _FORGOTTEN))
                continue
            told = readings[id(ticket)]
            ident, is_new = _store(desk, ticket, told, now, import_id, followed, fresh)
            result.added += is_new
            result.updated += not is_new
            connection.execute(
                "INSERT INTO readings (ticket_id, catalog_version, reading) VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
                " SET catalog_version = excluded.catalog_version, reading = excluded.reading",
                (ident, version, told.text),
            )
            fresh.gists[ident] = told.gist
            touched.append(ident)
            _past_decisions(desk, ident, ticket, now, confirmed)
        _log(desk, "import", followed, import_id, now)
        if confirmed:
            teach(desk, confirmed, _log(desk, "confirm", confirmed, import_id, now), imported=True)
        touched = list(dict.fromkeys(touched))
        link_by_itself(desk, touched, now, {"import": import_id})
        derive(desk, touched, now, fresh)
        result.linked += _linked(connection, touched)
        connection.execute(
            "UPDATE imports SET done = done + ?, added = ?, updated = ?, unchanged = ? WHERE id = ?",
            (len(batch), result.added, result.updated, result.unchanged, import_id),
        )


def _log(desk: Desk, what: str, changes: list[audit.Change], import_id: int, now: datetime) -> int:
    """An act with changes that were made already; those of a ticket that came twice are one. 0 where there is none."""
    if not changes:
        return 0
    whole: dict[tuple[int, str], audit.Change] = {}
    for change in changes:
        first = whole.get((change.ticket, change.field), change)
        whole[change.ticket, change.field] = audit.Change(change.ticket, change.field, first.before, change.after)
    return audit.record(
        desk.database.connection, at=int(now.timestamp() * 1000), who=desk.user, what=what,
        detail={"import": import_id}, changes=whole.values(),
    )  # fmt: skip


def _write(desk: Desk, ident: int, values: Mapping[str, Any], now: datetime, changes: list[audit.Change]) -> None:
    """Write fields of a ticket; those that had another value are added to `changes`."""
    connection = desk.database.connection
    for name, after in values.items():
        before = audit.current(connection, ident, name)
        if before != after:
            audit.write(connection, ident, name, after, desk.user, int(now.timestamp() * 1000))
            changes.append(audit.Change(ident, name, before, after))


def _changed(desk: Desk, batch: Sequence[IncomingTicket]) -> list[IncomingTicket]:
    found: list[IncomingTicket] = []
    for mine, known in _by_source(desk, batch):
        _fill_silent(desk, mine, known)
        for ticket in mine:
            before = known.get(ticket.external_id)
            if before is None or before[1] != ticket_store.content_hash(ticket) or _news(desk, before[0], ticket):
                found.append(ticket)
    return found


def _fill_silent(desk: Desk, tickets: Sequence[IncomingTicket], known: dict[str, tuple[int, bytes]]) -> None:
    """Give known tickets what their source does not tell this time: a thin export blanks nothing."""
    thin = {known[t.external_id][0]: t for t in tickets if t.silent and t.external_id in known}
    if not thin:
        return
    for stored in ticket_store.fetch(desk.database.connection, list(thin)):
        ticket = thin[stored.id]
        for name in ticket.silent:
            if getattr(ticket, name) != _EMPTY[name]:
                continue
            if name == "status":
                ticket.status = Status(stored.source_status or "new")
            elif name == "priority":
                ticket.priority = stored.source_priority
            elif name == "tags":
                ticket.tags = tuple(stored.tags)
            else:
                setattr(ticket, name, getattr(stored, name))


def _news(desk: Desk, ident: int, ticket: IncomingTicket) -> bool:
    """Whether a ticket that is known brings a past decision that nobody has made here yet."""
    return any(audit.current(desk.database.connection, ident, kind) is None for kind in ticket.confirmed)


def _read(
    desk: Desk, tickets: Sequence[IncomingTicket], ahead: Mapping[Message, Told] = MappingProxyType({})
) -> list[Told]:
    if not tickets:
        return []
    messages = [Message.of(ticket) for ticket in tickets]
    decided = any(ticket.confirmed for ticket in tickets)
    rest = [message for message in messages if message not in ahead]
    readings = desk.linker.read_many(rest, decided=decided) if rest else []
    here = iter([Told.of(reading) for reading in readings])
    return [ahead[message] if message in ahead else next(here) for message in messages]


def _store(
    desk: Desk, ticket: IncomingTicket, told: Told, now: datetime, import_id: int, followed: list[audit.Change],
    fresh: Fresh,
) -> tuple[int, bool]:  # fmt: skip
    """The id of the ticket, and whether it is new. A new one gets its row of the queue when it is derived."""
    connection = desk.database.connection
    seconds = int(now.timestamp())
    ident = ticket_store.insert(connection, ticket, seconds, import_id)
    if ident is not None:
        fresh.tickets[ident] = ticket_store.just_stored(ident, ticket, seconds, told.text)
        return ident, True
    found = ticket_store.known(connection, ticket.source, [ticket.external_id])
    ident, digest = found[ticket.external_id]
    if ident in fresh.tickets:  # it came twice: what follows changes its row
        ticket_store.first_row(connection, fresh.tickets.pop(ident))
    if digest != ticket_store.content_hash(ticket):
        _write(desk, ident, _follow_source(desk, ident, ticket, seconds), now, followed)
        ticket_store.update(connection, ident, ticket, seconds, import_id)
    return ident, False


def _follow_source(desk: Desk, ident: int, ticket: IncomingTicket, now: int) -> dict[str, Any]:
    """Status and assignee where the source changed them, with all that follows; else what was decided here stands."""
    connection = desk.database.connection
    told = connection.execute("SELECT source_status FROM tickets WHERE id = ?", (ident,)).fetchone()[0]
    values: dict[str, Any] = {}
    if ticket.assignee and audit.current(connection, ident, "assignee") is None:
        values["assignee"] = ticket.assignee
    if told == str(ticket.status):
        return {**values, **_woken(desk, ident, ticket, now)}
    updated = ticket_store.seconds(ticket.updated_at) or now
    resolved = None if ticket.status.is_open else ticket_store.seconds(ticket.resolved_at) or updated
    values |= {"status": str(ticket.status), "resolved_at": resolved, "snoozed_until": None}
    if ticket.status is not Status.NEW and audit.current(connection, ident, "responded_at") is None:
        values["responded_at"] = updated
    if ticket.status.is_open:
        values["merged_into"] = None
    pauses = audit.current(connection, ident, "pauses") or []
    waits, waited = ticket.status is Status.WAITING_CUSTOMER, bool(pauses) and pauses[-1][1] is None
    if waits and not waited:
        values["pauses"] = [*pauses, [updated, None]]
    elif waited and not waits:
        start = pauses[-1][0]
        values["pauses"] = [*pauses[:-1], [start, updated if start <= updated <= now else max(start, now)]]
    return values


def _woken(desk: Desk, ident: int, ticket: IncomingTicket, now: int) -> dict[str, Any]:
    """A reply wakes what waits or sleeps by a decision made here, where its source keeps the status that it had.

    A reply is text that was not there before. Where the source itself says that the ticket waits, its own status
    tells when that ends.
    """
    connection = desk.database.connection
    body = connection.execute("SELECT body FROM bodies WHERE ticket_id = ?", (ident,)).fetchone()
    if body is None or body[0].strip() == ticket.body.strip():
        return {}
    status = str(audit.current(connection, ident, "status"))
    waits = status.startswith("waiting_") and status != str(ticket.status)
    if not waits and audit.current(connection, ident, "snoozed_until") is None:
        return {}
    values: dict[str, Any] = {"snoozed_until": None}
    if waits:
        values["status"] = str(Status.OPEN)
    pauses = audit.current(connection, ident, "pauses") or []
    if pauses and pauses[-1][1] is None:
        start = pauses[-1][0]
        at = ticket_store.seconds(ticket.updated_at) or now
        values["pauses"] = [*pauses[:-1], [start, at if start <= at <= now else max(start, now)]]
    return values


def _past_decisions(
    desk: Desk, ident: int, ticket: IncomingTicket, now: datetime, confirmed: list[audit.Change]
) -> None:
    """Write down what somebody decided in the past, where nobody decided anything here."""
    for kind, value in ticket.confirmed.items():
        if audit.current(desk.database.connection, ident, kind) is None:
            after: Any = {"target": value, "others": []} if kind in ("service", "touchpoint") else value
            _write(desk, ident, {kind: after}, now, confirmed)


def _linked(connection: Any, ids: Sequence[int]) -> int:
    if not ids:
        return 0
    marks = ",".join("?" * len(ids))
    query = (
        f"SELECT count(*) FROM queue WHERE ticket_id IN ({marks}) AND (service IS NOT NULL OR touchpoint IS NOT NULL)"
    )
    return int(connection.execute(query, tuple(ids)).fetchone()[0])


def _end(desk: Desk, import_id: int, result: TakenIn, now: datetime, rejected: int, source: str, name: str) -> None:
    with desk.act() as connection:
        connection.execute("UPDATE imports SET state = 'done' WHERE id = ?", (import_id,))
        detail = {
            "source": source, "name": name, "added": result.added, "updated": result.updated,
            "unchanged": result.unchanged, "rejected": rejected,
        }  # fmt: skip
        audit.record(connection, at=int(now.timestamp() * 1000), who=desk.user, what="import", detail=detail)
