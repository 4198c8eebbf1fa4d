"""Erasing: text, addresses and what was learned from them, so that a search of the file finds nothing.

Numbers stay (score, service, times), so that reports still add up; a tombstone keeps an import from
bringing a ticket back. `secure_delete` overwrites freed pages and VACUUM rewrites the file.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from triage.store.database import Database

FORGOTTEN = "(forgotten)"
_TEXT_FIELDS = ("notes", "told", "override", "due_at")


def tickets_of(connection: sqlite3.Connection, requester: str) -> list[int]:
    """The tickets that an address wrote, whatever its case."""
    cursor = connection.execute(
        "SELECT id FROM tickets WHERE requester = ? COLLATE NOCASE OR lower(requester) = lower(?) ORDER BY id",
        (requester, requester),
    )
    return [row[0] for row in cursor]


def tickets_before(connection: sqlite3.Connection, before: int) -> list[int]:
    """Tickets that are done and whose last sign of life lies before a time, and that were not forgotten yet."""
    cursor = connection.execute(
        "SELECT t.id FROM tickets t JOIN queue q ON q.ticket_id = t.id WHERE t.forgotten = 0 AND q.bucket = 2"
        " AND max(t.created_at, coalesce(t.updated_at, 0), coalesce(q.resolved_at, 0)) < ? ORDER BY t.id",
        (before,),
    )
    return [row[0] for row in cursor]


def digest(connection: sqlite3.Connection, source: str, external_id: str) -> bytes:
    """What a tombstone keeps of a ticket: 16 bytes that tell nothing without the database's own salt."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'salt'").fetchone()
    if row is None:
        row = (secrets.token_hex(16),)
        connection.execute("INSERT INTO meta (key, value) VALUES ('salt', ?)", row)
    return blake2b(f"{source}\0{external_id}".encode(), key=bytes.fromhex(row[0]), digest_size=16).digest()


def is_forgotten(connection: sqlite3.Connection, source: str, external_id: str) -> bool:
    """Whether a ticket that comes in was forgotten before."""
    if connection.execute("SELECT 1 FROM tombstones LIMIT 1").fetchone() is None:
        return False
    found = digest(connection, source, external_id)
    return connection.execute("SELECT 1 FROM tombstones WHERE digest = ?", (found,)).fetchone() is not None


def forget_tickets(connection: sqlite3.Connection, ids: Sequence[int], at: int) -> None:
    """Erase the text of these tickets, inside the caller's transaction. `at` in seconds since 1970."""
    connection.execute("PRAGMA secure_delete = ON")
    for ident in ids:
        source, external, subject = connection.execute(
            "SELECT source, external_id, subject FROM tickets WHERE id = ?", (ident,)
        ).fetchone()
        connection.execute(
            "INSERT INTO tombstones (digest, at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (digest(connection, source, external), at),
        )
        connection.execute("INSERT INTO titles (titles, rowid, subject) VALUES ('delete', ?, ?)", (ident, subject))
        connection.execute(
            "UPDATE tickets SET external_id = ?, subject = ?, requester = NULL, requester_name = NULL,"
            " organisation = NULL, url = NULL, tags = '[]', content_hash = zeroblob(16), forgotten = 1 WHERE id = ?",
            (f"forgotten-{ident}", FORGOTTEN, ident),
        )
        connection.execute("INSERT INTO titles (rowid, subject) VALUES (?, ?)", (ident, FORGOTTEN))
        connection.execute(
            "UPDATE bodies SET body = '', extra = '{}', attachments = '[]' WHERE ticket_id = ?", (ident,)
        )
        connection.execute("DELETE FROM readings WHERE ticket_id = ?", (ident,))
        connection.execute("DELETE FROM lessons WHERE ticket_id = ?", (ident,))
        _redact_decisions(connection, ident)


def _redact_decisions(connection: sqlite3.Connection, ident: int) -> None:
    for name in _TEXT_FIELDS:
        row = connection.execute(
            "SELECT value FROM decisions WHERE ticket_id = ? AND field = ?", (ident, name)
        ).fetchone()
        if row:
            kept = _without_text(name, json.loads(row[0]))
            connection.execute(
                "UPDATE decisions SET value = ? WHERE ticket_id = ? AND field = ?", (json.dumps(kept), ident, name)
            )
        for act, before, after in connection.execute(
            "SELECT act_id, before, after FROM act_changes WHERE ticket_id = ? AND field = ?", (ident, name)
        ).fetchall():
            connection.execute(
                "UPDATE act_changes SET before = ?, after = ? WHERE act_id = ? AND ticket_id = ? AND field = ?",
                (_json_without_text(name, before), _json_without_text(name, after), act, ident, name),
            )


def _json_without_text(name: str, text: str | None) -> str | None:
    return None if text is None else json.dumps(_without_text(name, json.loads(text)))


def _without_text(name: str, value: Any) -> Any:
    if name == "override" and isinstance(value, dict):
        return {**value, "text": None}
    if name == "notes" and isinstance(value, list):
        return [{**note, "text": FORGOTTEN} for note in value]
    if name == "told":
        return FORGOTTEN
    return value


def redact_mentions(connection: sqlite3.Connection, address: str) -> list[int]:
    """Replace an address where other tickets, notes and past values mention it; the tickets touched.

    Their readings quote the ticket's words and their lessons hold its hashed terms, so both are dropped
    and must be made anew by the caller.
    """
    connection.execute("PRAGMA secure_delete = ON")
    like = "%" + address.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    touched: set[int] = set()
    for table, key, columns in (
        ("tickets", "id", ("subject", "requester_name", "tags", "url", "organisation")),
        ("bodies", "ticket_id", ("body", "extra", "attachments")),
        ("decisions", "ticket_id", ("value",)),
    ):
        for column in columns:
            query = f"SELECT rowid, {key}, {column} FROM {table} WHERE {column} LIKE ? ESCAPE '\\'"
            if table == "decisions":
                query = f"SELECT field, {key}, {column} FROM {table} WHERE {column} LIKE ? ESCAPE '\\'"
            for row, ident, text in connection.execute(query, (like,)).fetchall():
                clean = _replace(text, address)
                if table == "tickets" and column == "subject":
                    connection.execute(
                        "INSERT INTO titles (titles, rowid, subject) VALUES ('delete', ?, ?)", (ident, text)
                    )
                    connection.execute("INSERT INTO titles (rowid, subject) VALUES (?, ?)", (ident, clean))
                where = "ticket_id = ? AND field = ?" if table == "decisions" else f"{key} = ?"
                parameters = (clean, ident, row) if table == "decisions" else (clean, ident)
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", parameters)
                touched.add(ident)
    for act, ident, name, before, after in connection.execute(
        "SELECT act_id, ticket_id, field, before, after FROM act_changes"
        " WHERE before LIKE ? ESCAPE '\\' OR after LIKE ? ESCAPE '\\'",
        (like, like),
    ).fetchall():
        connection.execute(
            "UPDATE act_changes SET before = ?, after = ? WHERE act_id = ? AND ticket_id = ? AND field = ?",
            (_replace(before, address), _replace(after, address), act, ident, name),
        )
    for act, text in connection.execute(
        "SELECT id, detail FROM acts WHERE detail LIKE ? ESCAPE '\\'", (like,)
    ).fetchall():
        connection.execute("UPDATE acts SET detail = ? WHERE id = ?", (_replace(text, address), act))
    for ident in touched:
        connection.execute("DELETE FROM readings WHERE ticket_id = ?", (ident,))
        connection.execute("UPDATE tickets SET content_hash = zeroblob(16) WHERE id = ?", (ident,))
    return sorted(touched)


def _replace(text: str | None, address: str) -> str | None:
    import re

    return None if text is None else re.sub(re.escape(address), FORGOTTEN, text, flags=re.IGNORECASE)


def scrub(database: Database) -> None:
    """Rewrite index, file and write-ahead log, so that freed pages hold nothing; needs no transaction open."""
    database.execute("PRAGMA secure_delete = ON")
    with database.transaction() as connection:
        # Segments of the full-text index keep deleted words until they are merged away.
        connection.execute("INSERT INTO titles (titles) VALUES ('rebuild')")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.execute("VACUUM")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
