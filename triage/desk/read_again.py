"""Open tickets are read again when the desk has learned, so that the sixth of a kind is proposed right.

After decisions the first tickets of the queue are read again, which are the next that an agent comes to; after a fit
every open ticket is, the newest first, a part at a time. What somebody decided stays as it is: only what is proposed
changes, and what is scored from it. Nothing is linked by itself here. Reading needs no lock; what came out differently
is written in short transactions, each with its entry in the log.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from triage.desk import queue
from triage.desk.derive import Fresh, derive
from triage.desk.facts import PLAUSIBLE, Told, reading_from_json
from triage.desk.learning import KINDS, fit_when_due, message_of
from triage.desk.office import Desk
from triage.linking.calibration import strength
from triage.linking.proposed import decide
from triage.store import audit
from triage.store import queue as queue_store
from triage.store import tickets as ticket_store
from triage.store.tickets import StoredTicket
from triage.tickets.models import Candidate, Reading

FIRST = 500
"""So many of the first tickets of the queue are read again after decisions."""
MOST = 1_000
"""So many tickets are read again in one go after a fit; the rest with the next."""
BATCH = 500
CHUNK = 20
"""How many tickets are written and scored in one transaction: others wait for it."""
EASE = 2
"""How many are read between two seams, where somebody types beside it: a few milliseconds."""
LEARNED_TO = "read_again_to"
"""The key in `meta` of the last act that was learned when the first tickets were read again."""
SWEPT = "read_again_after_fit"
"""The key in `meta` of the fit after which tickets are read again, and down to which id they were: `[fit, id]`."""


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """`read` tickets were looked at, of which `changed` came out differently; `left` are still to be read."""

    read: int = 0
    changed: int = 0
    left: int = 0


def is_due(desk: Desk) -> bool:
    """Whether anything was learned that open tickets were not read with; a few index look-ups."""
    if desk.read_only:
        return False
    connection = desk.database.connection
    return _taught_since(connection, _learned_to(connection)) or _sweep(connection) is not None


def left(desk: Desk) -> int:
    """How many open tickets are still to be read again after the last fit."""
    sweep = _sweep(desk.database.connection)
    if sweep is None:
        return 0
    query = "SELECT count(*) FROM queue WHERE bucket < 2 AND ticket_id < ?"
    return int(desk.database.execute(query, (sweep[1],)).fetchone()[0])


def learn_and_read(desk: Desk) -> int:
    """Fit where that is due, and read again what is due then; how many tickets are proposed or scored differently."""
    if not is_due(desk):
        return 0
    _take_up(desk)
    fit_when_due(desk)
    return read_again(desk).changed


def read_again(desk: Desk, most: int = MOST) -> ReadAgain:
    """Read the first tickets of the queue again, and at most `most` of those that a fit left to be read."""
    desk.writable()
    connection = desk.database.connection
    _take_up(desk)
    upto, version = desk.last_learned, desk.index.version
    touched: set[str] = set()
    read = changed = 0
    if _taught_since(connection, _learned_to(connection)):
        first = queue_store.ids_page(connection, queue.selection(desk, "open"), FIRST)
        read, changed = _read(desk, first, upto, touched)
        if desk.index.version == version:
            with desk.database.transaction():
                queue_store.set_meta(connection, LEARNED_TO, str(upto))
    sweep, done = _sweep(connection), 0
    while sweep is not None and done < most and desk.index.version == version:
        fit, before = sweep
        ids = queue_store.open_ids_before(connection, before, min(BATCH, most - done))
        looked, different = _read(desk, ids, upto, touched)
        read, changed, done = read + looked, changed + different, done + len(ids)
        if desk.index.version != version:  # the rest of these was not written: they are read again with the next
            break
        with desk.database.transaction():
            if _sweep(connection) == sweep:  # another process may be further, or at a later fit
                queue_store.set_meta(connection, SWEPT, json.dumps([fit, ids[-1] if ids else 0]))
        sweep = _sweep(connection)
    _follow(desk, touched)
    return ReadAgain(read, changed, left(desk))


def read_all(desk: Desk, progress: Callable[[int, int], None] | None = None) -> ReadAgain:
    """Fit where that is due, and read every open ticket again, whatever it was read with; `progress(done, total)`."""
    desk.writable()
    fit_when_due(desk)
    connection = desk.database.connection
    _take_up(desk)
    upto, version, before = desk.last_learned, desk.index.version, 1 << 62
    fit = connection.execute("SELECT max(number) FROM learned").fetchone()[0]
    total = int(connection.execute("SELECT count(*) FROM queue WHERE bucket < 2").fetchone()[0])
    touched: set[str] = set()
    read = changed = done = 0
    while ids := queue_store.open_ids_before(connection, before, BATCH):
        looked, different = _read(desk, ids, upto, touched)
        read, changed, done, before = read + looked, changed + different, done + len(ids), ids[-1]
        if progress:
            progress(min(done, total), total)
    if desk.index.version == version:  # else the application reads what was not written
        with desk.database.transaction():
            queue_store.set_meta(connection, LEARNED_TO, str(upto))
            if fit is not None:
                queue_store.set_meta(connection, SWEPT, json.dumps([fit, 0]))
    _follow(desk, touched)
    return ReadAgain(read, changed, left(desk))


def _follow(desk: Desk, services: set[str]) -> None:
    """Look for the swarms of services between which tickets moved."""
    if services:
        from triage.desk.swarms import update_swarms

        update_swarms(desk, services)


def _take_up(desk: Desk) -> None:
    """Take into the memory what other processes learned, erased or fitted since it was loaded."""
    connection = desk.database.connection
    if desk.has_learned:
        newest = connection.execute("SELECT coalesce(max(number), 0) FROM learned").fetchone()[0]
        if newest != desk.memory.number:
            desk.reload_memory()
    desk.catch_up(audit.last_act(connection) + 1)


def _learned_to(connection: sqlite3.Connection) -> int:
    return int(queue_store.meta(connection, LEARNED_TO) or 0)


def _taught_since(connection: sqlite3.Connection, act: int) -> bool:
    marks = ",".join("?" * len(KINDS))
    query = f"SELECT EXISTS (SELECT 1 FROM act_changes WHERE act_id > ? AND field IN ({marks}))"
    return bool(connection.execute(query, (act, *KINDS)).fetchone()[0])


def _sweep(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """The fit after which open tickets are read again, and the id below which they were not yet; None: all were."""
    row = connection.execute("SELECT max(number) FROM learned").fetchone()
    if row[0] is None:
        return None
    fit, before = json.loads(queue_store.meta(connection, SWEPT) or "[0, 0]")
    if fit != row[0]:
        return int(row[0]), 1 << 62
    return (int(fit), int(before)) if before else None


def _read(desk: Desk, ids: Sequence[int], upto: int, touched: set[str]) -> tuple[int, int]:
    """How many of these were read again, and how many came out differently; `touched` gets the services concerned."""
    connection, version, now = desk.database.connection, desk.index.version, desk.now()
    read = changed = 0
    for part in queue_store.in_batches(ids, BATCH):
        tickets = [ticket for ticket in ticket_store.fetch(connection, part) if _is_undecided(ticket)]
        again = _told(desk, tickets)
        read += len(tickets)
        different = [
            (ticket, told)
            for ticket, told in zip(tickets, again, strict=True)
            if ticket.reading is None or _tells(told.gist) != _tells(reading_from_json(ticket.reading))
        ]
        for start in range(0, len(different), CHUNK):
            chunk = different[start : start + CHUNK]
            with desk.act():
                if desk.index.version != version:  # somebody applied a catalog: this was read with the one before
                    return read, changed
                written = [ticket.id for ticket, told in chunk if _write(connection, ticket, told, version)]
                if not written:
                    continue
                before = _placed(connection, written)
                derive(desk, written, now, Fresh(gists={ticket.id: told.gist for ticket, told in chunk}))
                # Only what moved between services, or became a fault or none, can make a swarm or end one.
                touched |= {service for service, *_ in before ^ _placed(connection, written) if service is not None}
                audit.record(
                    connection, at=int(now.timestamp() * 1000), who="triage", what="read again",
                    detail={"learned_to": upto, "tickets": written},
                )  # fmt: skip
            changed += len(written)
    return read, changed


def _told(desk: Desk, tickets: Sequence[StoredTicket]) -> list[Told]:
    """What is read in these; where seams are wanted, of a few at a time."""
    found: list[Told] = []
    size = BATCH if desk.database.seam is None else EASE
    for start in range(0, len(tickets), size):
        desk.database.pause()
        part = [message_of(ticket) for ticket in tickets[start : start + size]]
        found += [Told.of(one) for one in desk.linker.read_many(part)]
    return found


def _is_undecided(ticket: StoredTicket) -> bool:
    """Whether anything is proposed of it still, and it may be read."""
    return not ticket.forgotten and not all(kind in ticket.decisions for kind in KINDS)


def _tells(reading: Reading) -> tuple[Any, ...]:
    """What a score and a person see of a reading; a per cent more or less is no news."""
    return (
        decide(reading),
        _seen(reading.services), _seen(reading.touchpoints),
        reading.none_service >= PLAUSIBLE, reading.none_touchpoint >= PLAUSIBLE,
        *((cue.value, sorted(v for v, p in cue.probabilities.items() if p >= PLAUSIBLE))
          for cue in (reading.condition, reading.reach)),
        [(flag.flag, flag.strong) for flag in reading.flags],
    )  # fmt: skip


def _seen(candidates: Sequence[Candidate]) -> list[tuple[str, str]]:
    return [(one.target, strength(one.probability)) for one in candidates if one.probability >= PLAUSIBLE]


def _write(connection: sqlite3.Connection, ticket: StoredTicket, told: Told, version: int) -> bool:
    """Put a reading in the place of the one that it was compared with; False where another was put there meanwhile."""
    cursor = connection.execute(
        "UPDATE readings SET catalog_version = ?, reading = ? WHERE ticket_id = ? AND reading = ?",
        (version, told.text, ticket.id, ticket.reading),
    )
    return cursor.rowcount == 1


def _placed(connection: sqlite3.Connection, ids: Sequence[int]) -> set[tuple[str | None, str, int]]:
    marks = ",".join("?" * len(ids))
    query = f"SELECT service, condition, ticket_id FROM queue WHERE ticket_id IN ({marks})"
    return set(connection.execute(query, tuple(ids)).fetchall())
