"""The log of acts: what was done, by whom, and the value before and after of everything it changed.

A change is (ticket, field, before, after), values as JSON. Fields of the queue row (`status`, `assignee`,
`snoozed_until`, `resolved_at`, `responded_at`, `swarm`) are written there; every other field is a decision.
Undo writes the values before back, so that whatever can be done can be undone by the same code.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

QUEUE_FIELDS = frozenset({"status", "assignee", "snoozed_until", "resolved_at", "responded_at", "swarm"})


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one ticket; None where there was, or is to be, no value."""

    ticket: int
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Act:
    """One entry of the log. `at` in milliseconds since 1970."""

    id: int
    at: int
    who: str
    what: str
    detail: dict[str, Any]
    undoes: int | None
    undone_by: int | None


def current(connection: sqlite3.Connection, ticket: int, field: str) -> Any:
    """The value that a field has now, or None."""
    if field in QUEUE_FIELDS:
        row = connection.execute(f"SELECT {field} FROM placed WHERE ticket_id = ?", (ticket,)).fetchone()
        return row[0] if row else None
    row = connection.execute(
        "SELECT value FROM decisions WHERE ticket_id = ? AND field = ?", (ticket, field)
    ).fetchone()
    return json.loads(row[0]) if row else None


def write(connection: sqlite3.Connection, ticket: int, field: str, value: Any, who: str, at: int) -> None:
    """Set a field; None takes a decision away. `at` in milliseconds."""
    if field in QUEUE_FIELDS:
        connection.execute(f"UPDATE placed SET {field} = ? WHERE ticket_id = ?", (value, ticket))
    elif value is None:
        connection.execute("DELETE FROM decisions WHERE ticket_id = ? AND field = ?", (ticket, field))
    else:
        connection.execute(
            "INSERT INTO decisions (ticket_id, field, value, who, at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET value = excluded.value, who = excluded.who, at = excluded.at",
            (ticket, field, json.dumps(value, ensure_ascii=False), who, at // 1000),
        )


def record(
    connection: sqlite3.Connection,
    *,
    at: int,
    who: str,
    what: str,
    detail: dict[str, Any] | None = None,
    changes: Iterable[Change] = (),
    undoes: int | None = None,
) -> int:
    """Add an act with its changes to the log, without carrying them out; its number."""
    cursor = connection.execute(
        "INSERT INTO acts (at, who, what, detail, undoes) VALUES (?, ?, ?, ?, ?)",
        (at, who, what, json.dumps(detail or {}, ensure_ascii=False), undoes),
    )
    act = int(cursor.lastrowid or 0)
    connection.executemany(
        "INSERT INTO act_changes (act_id, ticket_id, field, before, after) VALUES (?, ?, ?, ?, ?)",
        [(act, change.ticket, change.field, _json(change.before), _json(change.after)) for change in changes],
    )
    if undoes is not None:
        connection.execute("UPDATE acts SET undone_by = ? WHERE id = ?", (act, undoes))
    return act


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _act(row: tuple[Any, ...]) -> Act:
    return Act(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5], row[6])


_ACT = "SELECT id, at, who, what, detail, undoes, undone_by FROM acts"


def act_by_id(connection: sqlite3.Connection, ident: int) -> Act | None:
    """One act, or None."""
    row = connection.execute(f"{_ACT} WHERE id = ?", (ident,)).fetchone()
    return _act(row) if row else None


def changes_of(connection: sqlite3.Connection, act: int) -> list[Change]:
    """What an act changed."""
    cursor = connection.execute(
        "SELECT ticket_id, field, before, after FROM act_changes WHERE act_id = ? ORDER BY ticket_id, field",
        (act,),
    )
    return [Change(row[0], row[1], _value(row[2]), _value(row[3])) for row in cursor]


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)


UNDOABLE_EXCLUDES = ("import", "apply", "forget", "rollback", "ask")


def last_undoable(connection: sqlite3.Connection, who: str) -> Act | None:
    """The latest act of this person that can be taken back and has not been.

    What triage linked by itself is taken back by whoever took those tickets in.
    """
    marks = ",".join("?" * len(UNDOABLE_EXCLUDES))
    undoable = (
        f" AND undone_by IS NULL AND what NOT IN ({marks}, 'undo')"
        " AND EXISTS (SELECT 1 FROM act_changes c WHERE c.act_id = acts.id) ORDER BY id DESC LIMIT 1"
    )
    own = connection.execute(f"{_ACT} WHERE who = ?{undoable}", (who, *UNDOABLE_EXCLUDES)).fetchone()
    auto = connection.execute(
        f"{_ACT} WHERE who = 'triage' AND what = 'auto-link' AND json_extract(detail, '$.for') = ?{undoable}",
        (who, *UNDOABLE_EXCLUDES),
    ).fetchone()
    row = max((found for found in (own, auto) if found), default=None)
    return _act(row) if row else None


def last_standing(connection: sqlite3.Connection, who: str, whats: Sequence[str]) -> Act | None:
    """The latest act of this person of one of these kinds that was not taken back, and takes none back itself."""
    marks = ",".join("?" * len(whats))
    row = connection.execute(
        f"{_ACT} WHERE who = ? AND what IN ({marks}) AND undoes IS NULL AND undone_by IS NULL ORDER BY id DESC LIMIT 1",
        (who, *whats),
    ).fetchone()
    return _act(row) if row else None


def last_redoable(connection: sqlite3.Connection, who: str) -> Act | None:
    """The latest undo of this person that was not redone, where they did nothing else after it; None otherwise."""
    row = connection.execute(
        f"{_ACT} WHERE who = ? AND what = 'undo' AND undone_by IS NULL AND NOT EXISTS (SELECT 1 FROM acts later"
        " WHERE later.who = acts.who AND later.id > acts.id AND later.what NOT IN ('undo', 'redo'))"
        " ORDER BY id DESC LIMIT 1",
        (who,),
    ).fetchone()
    return _act(row) if row else None


def overtaken_by(connection: sqlite3.Connection, act: int, changes: Sequence[Change]) -> tuple[Change, Act] | None:
    """The first of `changes` that a later act touched again and left another value, with that act."""
    for change in changes:
        if current(connection, change.ticket, change.field) == change.after:
            continue
        row = connection.execute(
            f"{_ACT} WHERE id = (SELECT max(act_id) FROM act_changes WHERE ticket_id = ? AND field = ? AND act_id > ?)",
            (change.ticket, change.field, act),
        ).fetchone()
        if row is not None:
            return change, _act(row)
        return change, Act(0, 0, "the source", "an import", {}, None, None)
    return None


def changed_since(connection: sqlite3.Connection, ticket: int, field: str, act: int, who: str) -> Act | None:
    """The latest act after `act` in which somebody else than `who` changed a field of a ticket, or None."""
    row = connection.execute(
        f"{_ACT} WHERE id = (SELECT max(c.act_id) FROM act_changes c JOIN acts a ON a.id = c.act_id"
        " WHERE c.ticket_id = ? AND c.act_id > ? AND c.field = ? AND a.who <> ?)",
        (ticket, act, field, who),
    ).fetchone()
    return _act(row) if row else None


def last_act(connection: sqlite3.Connection) -> int:
    """The number of the last act in the log, 0 where there is none."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM acts").fetchone()[0])


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of one ticket in words: when (ms), who, what, and the values."""

    at: int
    who: str
    what: str
    field: str
    before: Any
    after: Any
    act: int


def history(connection: sqlite3.Connection, ticket: int) -> list[HistoryEntry]:
    """Everything that was done to a ticket, oldest first."""
    cursor = connection.execute(
        "SELECT a.at, a.who, a.what, c.field, c.before, c.after, a.id FROM act_changes c"
        " JOIN acts a ON a.id = c.act_id WHERE c.ticket_id = ? ORDER BY a.id, c.field",
        (ticket,),
    )
    return [HistoryEntry(r[0], r[1], r[2], r[3], _value(r[4]), _value(r[5]), r[6]) for r in cursor]


def acts(connection: sqlite3.Connection, *, what: Sequence[str] = (), since: int = 0, limit: int = 1000) -> list[Act]:
    """Entries of the log, newest first."""
    where = f" AND what IN ({','.join('?' * len(what))})" if what else ""
    cursor = connection.execute(f"{_ACT} WHERE at >= ?{where} ORDER BY id DESC LIMIT ?", (since, *what, limit))
    return [_act(row) for row in cursor]
