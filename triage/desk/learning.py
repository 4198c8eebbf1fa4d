"""What decisions teach the linker, kept beside the log: one lesson an act, ticket and kind, no text.

The memory in force is the sum of the lessons behind the values that stand. An act learns its new value and
forgets the one that it replaces; undo writes the old value back, and so learns the old lesson again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from triage.desk.facts import reading_from_json
from triage.desk.office import Desk
from triage.linking.memory import Decision, Memory
from triage.linking.message import Message
from triage.store import tickets as ticket_store
from triage.store.audit import Change
from triage.store.database import Database

KINDS = ("service", "touchpoint", "condition", "reach")


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
    memory = desk.linker.memory
    assert memory is not None  # a desk's linker always has one
    tickets = {
        ticket.id: ticket
        for ticket in ticket_store.fetch(connection, dict.fromkeys(change.ticket for change in wanted))
    }
    for change in wanted:
        old = _lesson_behind(connection, change.ticket, change.field, target_of(change.before), act)
        if old is not None:
            memory.forget(old)
        target = target_of(change.after)
        if target is None:
            continue
        new = _lesson_behind(connection, change.ticket, change.field, target, act)
        if new is None or new == old:
            new = _lesson(desk, tickets[change.ticket], change.field, target, imported)
        if new is None:
            continue
        connection.execute(
            "INSERT INTO lessons (act_id, ticket_id, kind, decision) VALUES (?, ?, ?, ?)",
            (act, change.ticket, change.field, _dumps(new)),
        )
        memory.learn(new)


def _dumps(decision: Decision) -> str:
    return json.dumps(decision.to_row(), sort_keys=True, separators=(",", ":"))


def _lesson(desk: Desk, ticket: ticket_store.StoredTicket, kind: str, target: str, imported: bool) -> Decision | None:
    """The lesson of a ticket's text; None where its text was forgotten."""
    if ticket.forgotten:
        return None
    message = message_of(ticket)
    return Decision(
        ticket=ticket.id,
        kind=kind,
        target=target,
        terms=desk.linker.terms(message),
        features=_features(ticket, kind, target),
        who=desk.user,
        imported=imported,
    )


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


def _features(ticket: ticket_store.StoredTicket, kind: str, target: str) -> tuple[tuple[str, int], ...]:
    """What the suggestion of this target rested on when it was made, in whole thousandths."""
    if ticket.reading is None or kind not in ("service", "touchpoint"):
        return ()
    reading = reading_from_json(ticket.reading)
    for candidate in reading.services if kind == "service" else reading.touchpoints:
        if candidate.target == target:
            return tuple((name, round(value * 1000)) for name, value in sorted(candidate.features.items()))
    return ()


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


def lessons_in_force(database: Database) -> Iterable[Decision]:
    """The lesson behind every value that stands, in the order of the acts that taught them."""
    latest: dict[tuple[int, str], tuple[int, Decision]] = {}
    standing = {
        (ticket, kind): target_of(json.loads(value))
        for ticket, kind, value in database.execute(
            "SELECT ticket_id, field, value FROM decisions"
            " WHERE field IN ('service', 'touchpoint', 'condition', 'reach')"
        )
    }
    for act, ticket, kind, text in database.execute(
        "SELECT act_id, ticket_id, kind, decision FROM lessons ORDER BY act_id, ticket_id, kind"
    ):
        wanted = standing.get((ticket, kind))
        if wanted is None:
            continue
        decision = Decision.from_row(json.loads(text))
        if decision.target == wanted:
            latest[ticket, kind] = (act, decision)
    return [
        decision for _, decision in sorted(latest.values(), key=lambda pair: (pair[0], pair[1].ticket, pair[1].kind))
    ]


def load_memory(database: Database) -> Memory:
    """The memory in force, made from the lessons."""
    memory = Memory()
    for decision in lessons_in_force(database):
        memory.learn(decision)
    return memory
