"""What decisions teach the linker, kept beside the log: one lesson an act, ticket and kind, no text.

The memory in force is the sum of the lessons behind the values that stand. An act learns its new value and
forgets the one that it replaces; undo writes the old value back, and so learns the old lesson again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from triage.desk.office import Desk
from triage.linking.memory import Decision, Memory
from triage.linking.message import Message
from triage.store import audit
from triage.store import tickets as ticket_store
from triage.store.audit import Change
from triage.store.database import Database

KINDS = ("service", "touchpoint", "condition", "reach")
_COMING_IN = 1_000
_LOOKED_AT = 5_000
"""So many of the newest tickets tell the share of those that fit nothing, looked for among so many."""


def target_of(value: Any) -> str | None:
    """The target of a stored decision: an id, `none`, or a word; None where nothing was decided."""
    if isinstance(value, dict):
        target = value.get("target")
        return None if target is None else str(target)
    return None if value is None else str(value)


def teach(desk: Desk, changes: Sequence[Change], act: int, *, imported: bool = False) -> None:
    """Write the lessons of an act and change the memory, inside the act's transaction."""
    wanted = [change for change in changes if change.field in KINDS]
    if not wanted:
        return
    connection = desk.database.connection
    _drop_what_others_forgot(desk, act)
    # A memory that is loaded only now already sees this act's values, but not yet its lessons.
    was_loaded = desk.has_learned
    if was_loaded:
        desk.catch_up(act)
    by_ticket: dict[int, list[Change]] = {}
    for change in wanted:
        by_ticket.setdefault(change.ticket, []).append(change)
    taught: list[tuple[ticket_store.StoredTicket, dict[str, str]]] = []
    for ticket in ticket_store.fetch(connection, by_ticket):
        fresh: dict[str, str] = {}
        for change in by_ticket[ticket.id]:
            target = target_of(change.after)
            if target is None:
                continue
            known = _lesson_behind(connection, ticket.id, change.field, target, act)
            if known is None:
                fresh[change.field] = target
            else:
                _write(connection, act, known)
        if fresh and not ticket.forgotten:
            taught.append((ticket, fresh))
    for (ticket, _), decisions in zip(taught, _read_for(desk, taught, imported), strict=True):
        seen_blind = {} if imported else _blind(desk, ticket, by_ticket[ticket.id], act)
        for decision in decisions:
            proposed = seen_blind.get(decision.kind)
            if proposed is not None:
                decision = replace(decision, blind=True, features=(*decision.features, proposed))
            _write(connection, act, decision)
    if was_loaded:
        _apply(desk.memory, connection, wanted, act)
        desk.caught_up(act)
    elif desk.has_learned:
        desk.reload_memory()


def _read_for(
    desk: Desk, taught: Sequence[tuple[ticket_store.StoredTicket, dict[str, str]]], imported: bool
) -> Iterable[list[Decision]]:
    """What these tickets' decisions teach: from the helper where there is one, so that no linker is loaded here."""
    if desk.helper is not None and taught and not desk.has_learned:
        from triage.desk.helper import Gone

        try:
            lessons = desk.helper.lessons(desk.index.version, [message_of(ticket) for ticket, _ in taught])
        except Gone:
            pass
        else:
            return (
                [lesson.decision(ticket.id, kind, target, desk.user, imported) for kind, target in fresh.items()]
                for (ticket, fresh), lesson in zip(taught, lessons, strict=True)
            )
    # One by one: what was read of a ticket with its text is not kept for all of them.
    return (
        desk.linker.decisions(message_of(ticket), ticket=ticket.id, targets=fresh, who=desk.user, imported=imported)
        for ticket, fresh in taught
    )


def prepare(desk: Desk, ticket: ticket_store.StoredTicket) -> None:
    """Somebody looks at a ticket: have the helper read now what deciding on it will teach."""
    if desk.helper is not None and not desk.has_learned and not desk.read_only and not ticket.forgotten:
        desk.helper.prepare(desk.index.version, message_of(ticket))


def _blind(
    desk: Desk, ticket: ticket_store.StoredTicket, changes: Sequence[Change], act: int
) -> dict[str, tuple[str, int]]:
    """The kinds that this act decides before the proposal was shown, each with what was proposed."""
    from triage.desk.auto_link import judged_blind

    found = {change.field: judged_blind(desk, ticket, change, act) for change in changes}
    return {kind: proposed for kind, proposed in found.items() if proposed is not None}


def _drop_what_others_forgot(desk: Desk, before: int | None = None) -> None:
    """Drop a memory that still holds lessons which somebody erased since it was loaded."""
    if desk.has_learned and _erased(desk.database.connection, desk.last_learned, before):
        desk.forget_learned()


def _erased(connection: sqlite3.Connection, after: int, before: int | None = None) -> bool:
    query = "SELECT EXISTS (SELECT 1 FROM acts WHERE what = 'forget' AND id > ? AND id < ?)"
    return bool(connection.execute(query, (after, before or 1 << 62)).fetchone()[0])


def _write(connection: sqlite3.Connection, act: int, decision: Decision) -> None:
    connection.execute(
        "INSERT INTO lessons (act_id, ticket_id, kind, decision) VALUES (?, ?, ?, ?)",
        (act, decision.ticket, decision.kind, lesson_text(decision)),
    )


def _apply(memory: Memory, connection: sqlite3.Connection, changes: Iterable[Change], act: int) -> None:
    """Forget the lessons behind the values before an act, learn those behind the values after it."""
    for change in changes:
        old = _lesson_behind(connection, change.ticket, change.field, target_of(change.before), act)
        if old is not None:
            memory.forget(old)
        new = _lesson_behind(connection, change.ticket, change.field, target_of(change.after), act + 1)
        if new is not None:
            memory.learn(new)


def catch_up(memory: Memory, connection: sqlite3.Connection, after: int, before: int) -> None:
    """Take into a memory what the acts between two others taught (other people's, in other processes)."""
    rows = connection.execute(
        "SELECT act_id, ticket_id, field, before, after FROM act_changes WHERE act_id > ? AND act_id < ?"
        " AND field IN ('service', 'touchpoint', 'condition', 'reach') ORDER BY act_id, ticket_id, field",
        (after, before),
    ).fetchall()
    for act, ticket, field, old, new in rows:
        _apply(memory, connection, [Change(ticket, field, _loads(old), _loads(new))], act)


def _loads(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def lesson_text(decision: Decision) -> str:
    """A lesson as it is stored."""
    return json.dumps(decision.to_row(), sort_keys=True, separators=(",", ":"))


def message_of(ticket: ticket_store.StoredTicket) -> Message:
    """What linking is given of a stored ticket."""
    return Message(
        subject=ticket.subject,
        body=ticket.body,
        requester=ticket.requester,
        organisation=ticket.organisation,
        site=ticket.site,
        channel=ticket.channel,
    )


def _lesson_behind(
    connection: sqlite3.Connection, ticket: int, kind: str, target: str | None, before_act: int
) -> Decision | None:
    """The latest lesson of an earlier act that taught this target for this ticket."""
    if target is None:
        return None
    rows = connection.execute(
        "SELECT decision FROM lessons WHERE ticket_id = ? AND kind = ? AND act_id < ? ORDER BY act_id DESC",
        (ticket, kind, before_act),
    )
    for (text,) in rows:
        decision = Decision.from_row(json.loads(text))
        if decision.target == target:
            return decision
    return None


def lessons_in_force(database: Database) -> list[tuple[int, Decision]]:
    """The lesson behind every value that stands, with the act that taught it, in the order of those acts."""
    standing = {
        (ticket, kind): target_of(json.loads(value))
        for ticket, kind, value in database.execute(
            "SELECT ticket_id, field, value FROM decisions"
            " WHERE field IN ('service', 'touchpoint', 'condition', 'reach')"
        )
    }
    latest: dict[tuple[int, str], tuple[int, Decision]] = {}
    for act, ticket, kind, text in database.execute(
        "SELECT act_id, ticket_id, kind, decision FROM lessons ORDER BY act_id, ticket_id, kind"
    ):
        wanted = standing.get((ticket, kind))
        if wanted is None:
            continue
        decision = Decision.from_row(json.loads(text))
        if decision.target == wanted:
            latest[ticket, kind] = (act, decision)
    return sorted(latest.values(), key=lambda pair: (pair[0], pair[1].ticket, pair[1].kind))


def load_memory(database: Database) -> tuple[Memory, int]:
    """The memory in force, made from the lessons and the newest snapshot, and the last act that is in it."""
    with database.one_state():
        return _load_memory(database)


def _load_memory(database: Database) -> tuple[Memory, int]:
    memory = Memory()
    last = int(database.execute("SELECT coalesce(max(id), 0) FROM acts").fetchone()[0])
    lessons = lessons_in_force(database)
    row = database.execute(
        "SELECT number, after_act, decisions, fitted FROM learned ORDER BY number DESC LIMIT 1"
    ).fetchone()
    rest = lessons
    if row is not None:
        from triage.linking.snapshots import unpack_fitted

        number, after, decisions, fitted = row
        for act, decision in lessons:
            if act <= after:
                memory.learn(decision)
        memory.settle(unpack_fitted(fitted))
        memory.number = number
        memory.stale = len(memory) != decisions
        memory.fitted_on = decisions
        rest = [pair for pair in lessons if pair[0] > after]
    for _, decision in rest:
        memory.learn(decision)
    return memory, last


def fit_when_due(desk: Desk, *, always: bool = False) -> bool:
    """Fit the weights anew where a fixed point of the log is reached, and store them; whether that was so.

    Seconds for ten thousand decisions, so it belongs into a worker or behind an import; the fit itself
    holds no lock. Nothing is stored where another process was faster.
    """
    if desk.read_only:
        return False
    _drop_what_others_forgot(desk)
    linker, memory = desk.linker, desk.memory
    if not (always or memory.fit_due):
        return False
    before, after = memory.number, desk.last_learned
    if not linker.fit():
        return False
    from triage.linking.snapshots import pack_fitted

    linker.expect(linker.estimate_none_shares(_coming_in(desk)))
    packed = pack_fitted(memory.fitted)
    now = desk.now()
    with desk.act() as connection:
        newest = connection.execute("SELECT coalesce(max(number), 0) FROM learned").fetchone()[0]
        if newest > before or _erased(connection, after):
            desk.forget_learned()
            return bool(newest > before)
        connection.execute("DELETE FROM learned")
        connection.execute(
            "INSERT INTO learned (number, after_act, decisions, at, fitted) VALUES (?, ?, ?, ?, ?)",
            (memory.number, after, len(memory), int(now.timestamp()), packed),
        )
        audit.record(
            connection, at=int(now.timestamp() * 1000), who="triage", what="fit",
            detail={"number": memory.number, "decisions": len(memory)},
        )  # fmt: skip
    return True


def _coming_in(desk: Desk) -> list[Message]:
    """The newest tickets that nobody chose for their label: the share of none is estimated from their texts.

    Tickets whose decision came with a file are left out: whoever made the file chose them.
    """
    chosen = {decision.ticket for decision in desk.memory.decisions() if decision.imported}
    connection = desk.database.connection
    newest = connection.execute("SELECT id FROM tickets ORDER BY id DESC LIMIT ?", (_LOOKED_AT,))
    wanted = [ident for (ident,) in newest if ident not in chosen][:_COMING_IN]
    messages = [message_of(ticket) for ticket in ticket_store.fetch(connection, wanted) if not ticket.forgotten]
    return [message for message in messages if message.subject or message.body]


def replay(desk: Desk) -> Memory:
    """The memory that the log alone gives: every act in order, each forgetting and learning as it did then."""
    memory = Memory()
    connection = desk.database.connection
    last = int(connection.execute("SELECT coalesce(max(id), 0) FROM acts").fetchone()[0])
    catch_up(memory, connection, 0, last + 1)
    return memory
