"""Swarms in the database: found by the rate test, joined and left by people, confirmed as incidents.

What the test finds is derived and may change with every ticket; what a person said (joined, left, this is
a major incident) is a decision like any other and stays.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from triage.desk import acts
from triage.desk.derive import derive
from triage.desk.office import Desk
from triage.desk.upkeep import SWARMS_SEEN
from triage.errors import NotFound, Refused
from triage.impact.swarms import DAYS, Swarm, SwarmTicket, distinct_senders, find_swarms
from triage.store import tickets as ticket_store

CHUNK = 25
"""How many tickets are scored anew in one transaction."""
MOST_COUNTED = 24
HORIZON = timedelta(days=30)
"""Open tickets older than this start no swarm; those that are in one stay in it."""


@dataclass(frozen=True, slots=True)
class SwarmLine:
    """An open swarm as the board and the queue show it."""

    id: int
    service: str
    site: str | None
    since: datetime
    tickets: int
    requesters: int
    candidate: bool
    confirmed: bool
    why: str


def update_swarms(desk: Desk, services: Iterable[str] | None = None) -> list[int]:
    """Look for swarms afresh (of some services, or all) and score the tickets whose swarm changed.

    Nothing is locked while it looks; what it found is one transaction, and the tickets follow in short ones. Cut short
    there, they are due and follow with the next `keep_up`. Gives the ids of the tickets that were scored anew.
    """
    now = desk.now()
    wanted = None if services is None else sorted(set(services))
    if wanted == []:
        return []
    with desk.database.one_state() as connection:
        seen = int(connection.execute("SELECT coalesce(max(id), 0) FROM acts").fetchone()[0])
        found = find_swarms(
            _open_tickets(connection, wanted, now), _past(connection, wanted, now), desk.index, desk.policy, now,
            desk.database.pause,
        )  # fmt: skip
    with desk.act() as connection:
        touched = _store(connection, found, wanted, now)
        connection.executemany(
            "UPDATE placed SET next_change = ? WHERE ticket_id = ? AND bucket < 2",
            [(int(now.timestamp()), ticket) for ticket in touched],
        )
        if wanted is None:
            mark_seen(desk, seen)
    for start in range(0, len(touched), CHUNK):
        with desk.act():
            derive(desk, touched[start : start + CHUNK], now)
    return touched


def mark_seen(desk: Desk, act: int) -> None:
    """Note up to which act swarms were looked for, so that `keep_up` starts there."""
    with desk.act() as connection:
        connection.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (SWARMS_SEEN, str(act)),
        )


def _where(services: Sequence[str] | None, column: str) -> tuple[str, tuple[Any, ...]]:
    if services is None:
        return f"{column} IS NOT NULL", ()
    return f"{column} IN ({','.join('?' * len(services))})", tuple(services)


def _open_tickets(connection: sqlite3.Connection, services: Sequence[str] | None, now: datetime) -> list[SwarmTicket]:
    where, parameters = _where(services, "q.service")
    left = "EXISTS (SELECT 1 FROM decisions d WHERE d.ticket_id = q.ticket_id AND d.field = 'swarm_said')"
    rows = connection.execute(
        "SELECT q.ticket_id, q.created_at, q.service, t.requester, q.site FROM queue q"
        f" JOIN tickets t ON t.id = q.ticket_id WHERE q.bucket < 2 AND {where} AND q.created_at >= ?"
        f" AND q.condition NOT IN ('question', 'request', 'restored') AND NOT {left}",
        (*parameters, int((now - HORIZON).timestamp())),
    )
    return [SwarmTicket(r[0], datetime.fromtimestamp(r[1], UTC), r[2], r[3], r[4]) for r in rows]


def _past(connection: sqlite3.Connection, services: Sequence[str] | None, now: datetime) -> dict[str, list[datetime]]:
    where, parameters = _where(services, "service")
    past: dict[str, list[datetime]] = {}
    rows = connection.execute(
        f"SELECT service, created_at FROM queue WHERE {where} AND created_at >= ? ORDER BY created_at",
        (*parameters, int((now - timedelta(days=DAYS + 1)).timestamp())),
    )
    for service, created in rows:
        past.setdefault(service, []).append(datetime.fromtimestamp(created, UTC))
    return past


def _store(
    connection: sqlite3.Connection, found: Sequence[Swarm], services: Sequence[str] | None, now: datetime
) -> list[int]:
    where, parameters = _where(services, "service")
    existing = connection.execute(
        f"SELECT id, service, coalesce(site, ''), kind FROM swarms WHERE closed_at IS NULL AND {where}", parameters
    ).fetchall()
    members = {
        ident: {row[0] for row in connection.execute("SELECT ticket_id FROM queue WHERE swarm = ?", (ident,))}
        for ident, *_ in existing
    }
    joined = _decided(connection)
    sizes = {ident: _size(connection, ident) for ident in members}
    kept: set[int] = set()
    touched: set[int] = set()
    for swarm in found:
        ident = _matching(swarm, existing, members, kept) or _new(connection, swarm)
        kept.add(ident)
        current = members.get(ident, set())
        wanted = set(swarm.tickets) | {
            ticket for ticket, (what, number) in joined.items() if (what, number) == ("joined", ident)
        }
        touched |= _set_members(connection, ident, current, wanted)
        _describe(connection, ident, swarm)
        if _counted(sizes.get(ident)) != _counted(_size(connection, ident)):
            touched |= wanted
    for ident, *_ in existing:
        if ident not in kept:
            touched |= _let_go(connection, ident, members[ident], joined, now)
    return sorted(touched | _strays(connection))


def _counted(size: tuple[int, int] | None) -> int | None:
    """The requesters of a swarm as far as they add points: reach ends at 20, and a point a requester is the least."""
    return None if size is None else min(size[1], MOST_COUNTED)


def _strays(connection: sqlite3.Connection) -> set[int]:
    """Take open tickets out of swarms that ended: they were reopened, or an undo put them back."""
    rows = connection.execute(
        "UPDATE placed SET swarm = NULL WHERE swarm IS NOT NULL AND bucket < 2"
        " AND swarm IN (SELECT id FROM swarms WHERE closed_at IS NOT NULL) RETURNING ticket_id"
    )
    return {row[0] for row in rows.fetchall()}


def _decided(connection: sqlite3.Connection) -> dict[int, tuple[str, int]]:
    rows = connection.execute("SELECT ticket_id, value FROM decisions WHERE field = 'swarm_said'")
    return {ticket: next(iter(json.loads(value).items())) for ticket, value in rows}


def _matching(swarm: Swarm, existing: Sequence[Any], members: dict[int, set[int]], kept: set[int]) -> int | None:
    tickets = set(swarm.tickets)
    best, most = None, 0
    for ident, service, site, _ in existing:
        shared = len(members[ident] & tickets)
        if ident not in kept and service == swarm.service and site == (swarm.site or "") and shared > most:
            best, most = ident, shared
    return best


def _new(connection: sqlite3.Connection, swarm: Swarm) -> int:
    cursor = connection.execute(
        "INSERT INTO swarms (service, site, kind, opened_at, last_at) VALUES (?, ?, ?, ?, ?)",
        (
            swarm.service, swarm.site, "site" if swarm.kind == "site" else "rate",
            int(swarm.since.timestamp()), int(swarm.since.timestamp()),
        ),
    )  # fmt: skip
    return int(cursor.lastrowid or 0)


def _set_members(connection: sqlite3.Connection, ident: int, current: set[int], wanted: set[int]) -> set[int]:
    changed = current ^ wanted
    for ticket in wanted - current:
        connection.execute("UPDATE placed SET swarm = ? WHERE ticket_id = ?", (ident, ticket))
    for ticket in current - wanted:
        connection.execute("UPDATE placed SET swarm = NULL WHERE ticket_id = ? AND bucket < 2", (ticket,))
    return changed


def _size(connection: sqlite3.Connection, ident: int) -> tuple[int, int]:
    """Its tickets, and how many people and systems they are from: those that repeat themselves are one."""
    rows = connection.execute(
        "SELECT t.requester, count(*) FROM queue q JOIN tickets t ON t.id = q.ticket_id"
        " WHERE q.swarm = ? AND q.bucket < 2 GROUP BY t.requester",
        (ident,),
    ).fetchall()
    return sum(row[1] for row in rows), distinct_senders(row[0] for row in rows)


def _describe(connection: sqlite3.Connection, ident: int, swarm: Swarm) -> None:
    tickets, requesters = _size(connection, ident)
    why = f"{tickets} tickets from {requesters} requesters"
    if swarm.expected is not None:
        usual = f"{swarm.expected:.1f} are usual" if swarm.expected >= 0.05 else "hardly ever one comes"
        why += f", where {usual}"
    connection.execute(
        "UPDATE swarms SET tickets = ?, requesters = ?, candidate = ?, why = ?, last_at = coalesce("
        " (SELECT max(created_at) FROM queue WHERE swarm = swarms.id), last_at) WHERE id = ?",
        (tickets, requesters, int(swarm.candidate), why, ident),
    )


def _let_go(
    connection: sqlite3.Connection, ident: int, members: set[int], joined: dict[int, tuple[str, int]], now: datetime
) -> set[int]:
    """A swarm that the test no longer finds stays while it is an incident or people joined it, else it ends."""
    still = {ticket for ticket, decision in joined.items() if decision == ("joined", ident)}
    tickets, requesters = _size(connection, ident)
    confirmed = connection.execute("SELECT confirmed FROM swarms WHERE id = ?", (ident,)).fetchone()[0]
    if tickets and (confirmed or still):
        connection.execute("UPDATE swarms SET tickets = ?, requesters = ? WHERE id = ?", (tickets, requesters, ident))
        return members
    connection.execute("UPDATE swarms SET closed_at = ? WHERE id = ?", (int(now.timestamp()), ident))
    # Tickets that are done keep the mark of the swarm that they were part of: reports count them by it.
    connection.execute("UPDATE placed SET swarm = NULL WHERE swarm = ? AND bucket < 2", (ident,))
    return members


def open_swarms(desk: Desk) -> list[SwarmLine]:
    """The swarms that are open, the largest first."""
    rows = desk.database.execute(
        "SELECT id, service, site, opened_at, tickets, requesters, candidate, confirmed, why FROM swarms"
        " WHERE closed_at IS NULL ORDER BY confirmed DESC, tickets DESC, id"
    )
    return [
        SwarmLine(r[0], r[1], r[2], datetime.fromtimestamp(r[3], UTC), r[4], r[5], bool(r[6]), bool(r[7]), r[8])
        for r in rows
    ]


def swarm_of(desk: Desk, ident: int) -> SwarmLine:
    """One open swarm; NotFound otherwise."""
    for line in open_swarms(desk):
        if line.id == ident:
            return line
    raise NotFound(f"there is no open swarm {ident}")


def members(desk: Desk, ident: int) -> list[int]:
    """The tickets of a swarm that are not done, oldest first."""
    rows = desk.database.execute(
        "SELECT ticket_id FROM queue WHERE swarm = ? AND bucket < 2 ORDER BY created_at, ticket_id", (ident,)
    )
    return [row[0] for row in rows]


def leave(desk: Desk, ids: Sequence[int]) -> acts.Outcome:
    """Say that tickets are a matter of their own: they leave their swarm and join none by themselves."""

    def plan(ticket: ticket_store.StoredTicket) -> dict[str, Any]:
        if ticket.swarm is None:
            raise Refused(f"ticket {ticket.id} is in no swarm")
        return {"swarm": None, "swarm_said": {"left": ticket.swarm}}

    return _and_update(desk, acts.carry_out(desk, ids, "leave swarm", plan, "left the swarm"))


def join(desk: Desk, ids: Sequence[int], ident: int) -> acts.Outcome:
    """Say that tickets belong to a swarm."""
    swarm_of(desk, ident)
    outcome = acts.carry_out(
        desk, ids, "join swarm", lambda _: {"swarm": ident, "swarm_said": {"joined": ident}}, "joined the swarm"
    )
    return _and_update(desk, outcome)


def _and_update(desk: Desk, outcome: acts.Outcome) -> acts.Outcome:
    update_swarms(desk, _services_of(desk, outcome.tickets))
    return outcome


def _services_of(desk: Desk, ids: Sequence[int]) -> list[str]:
    """The services of these tickets, of the swarms that they are in, and of those that people put them in or out of.

    Somebody may join a ticket to the swarm of another service than its own: whoever leaves it leaves that one smaller.
    """
    these = "SELECT value FROM json_each(?1)"  # there may be more of them than a statement takes parameters
    rows = desk.database.execute(
        f"SELECT service FROM queue WHERE ticket_id IN ({these}) AND service IS NOT NULL UNION"
        f" SELECT s.service FROM queue q JOIN swarms s ON s.id = q.swarm WHERE q.ticket_id IN ({these}) UNION"
        " SELECT s.service FROM act_changes c JOIN swarms s ON s.id IN (CAST(c.before AS INTEGER),"
        f" CAST(c.after AS INTEGER)) WHERE c.field = 'swarm' AND c.ticket_id IN ({these})",
        (json.dumps(list(ids)),),
    )
    return [row[0] for row in rows]


def confirm_incident(desk: Desk, ident: int) -> acts.Outcome:
    """A person says that a swarm is a major incident; its oldest ticket becomes the parent."""
    swarm_of(desk, ident)
    parent = next(iter(members(desk, ident)), None)
    if parent is None:
        raise Refused(f"every ticket of swarm {ident} is done", "reopen one first")
    outcome = acts.carry_out(desk, [parent], "incident", lambda _: {"incident": ident}, "a major incident")
    refresh_incidents(desk)
    return outcome


def parent_of(desk: Desk, ident: int) -> int | None:
    """The ticket that stands for a swarm that somebody called a major incident."""
    row = desk.database.execute("SELECT parent FROM swarms WHERE id = ?", (ident,)).fetchone()
    return row[0] if row else None


def undo(desk: Desk) -> acts.Outcome:
    """Take back one's last act, and bring the swarms that it touched in line at once, not with the next upkeep."""
    from triage.desk import undoing

    outcome = undoing.undo(desk)
    update_swarms(desk, _services_of(desk, outcome.tickets))
    refresh_incidents(desk)
    return outcome


def refresh_incidents(desk: Desk) -> None:
    """Bring the marks of swarms in line with what people decided (also after an undo)."""
    with desk.act() as connection:
        connection.execute(
            "UPDATE swarms SET parent = (SELECT ticket_id FROM decisions WHERE field = 'incident'"
            " AND value = CAST(swarms.id AS TEXT)), confirmed = EXISTS (SELECT 1 FROM decisions"
            " WHERE field = 'incident' AND value = CAST(swarms.id AS TEXT)) WHERE closed_at IS NULL"
        )


def resolve_together(desk: Desk, ident: int) -> acts.Outcome:
    """Resolve a swarm's parent and those of its tickets whose service a person confirmed; one act.

    Tickets that nobody confirmed stay open: they may be something else.
    """
    found = desk.database.execute("SELECT parent, service FROM swarms WHERE id = ?", (ident,)).fetchone()
    if found is None:
        raise NotFound(f"there is no swarm {ident}")
    tickets = ticket_store.fetch(desk.database.connection, members(desk, ident))
    sure = [ticket.id for ticket in tickets if ticket.id == found[0] or "service" in ticket.decisions]
    if not sure:
        raise Refused(f"nobody has confirmed a ticket of swarm {ident}", "confirm what belongs to it first")
    return _and_update(desk, acts.resolve(desk, sure))


def workaround(desk: Desk, ident: int, known_error: str | None = None, *, on: bool = True) -> acts.Outcome:
    """Say of every ticket of a swarm at once that a workaround helps, or that none does.

    It is that of a known error: the one that is named, else the one that the cues of most of its tickets propose.
    """
    swarm_of(desk, ident)
    if on and known_error is None:
        known_error = proposed_known_error(desk, ident)
    return acts.workaround(desk, members(desk, ident), known_error, on=on)


def proposed_known_error(desk: Desk, ident: int) -> str | None:
    """The known error that the cues of most of a swarm's tickets propose; None where they propose none."""
    from collections import Counter

    from triage.desk.facts import reading_from_json

    tickets = ticket_store.fetch(desk.database.connection, members(desk, ident))
    found = Counter(
        known
        for ticket in tickets
        if ticket.reading and (known := reading_from_json(ticket.reading).known_error) in desk.index.known_errors
    )
    return found.most_common(1)[0][0] if found else None
