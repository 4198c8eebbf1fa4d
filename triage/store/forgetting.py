"""Erasing: text, addresses and what was learned from them, so that a search of the file finds nothing.

Numbers stay (score, service, times), so that reports still add up; a tombstone keeps an import from
bringing a ticket back. `secure_delete` overwrites freed pages and VACUUM rewrites the file.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

from triage.store.database import Database

FORGOTTEN = "(forgotten)"
_TEXT_FIELDS = ("notes", "told", "override", "due_at")


def tickets_of(connection: sqlite3.Connection, requester: str) -> list[int]:
    """The tickets that an address wrote, whatever its case."""
    # SQLite knows the capital letters of ASCII only.
    if requester.isascii():
        rows = connection.execute("SELECT id FROM tickets WHERE requester = ? COLLATE NOCASE ORDER BY id", (requester,))
        return [row[0] for row in rows]
    wanted = requester.casefold()
    rows = connection.execute("SELECT id, requester FROM tickets WHERE requester IS NOT NULL ORDER BY id")
    return [ident for ident, name in rows if name.casefold() == wanted]


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


def some_are(connection: sqlite3.Connection) -> bool:
    """Whether anything was ever forgotten: where not, `is_forgotten` need not be asked of each ticket."""
    return connection.execute("SELECT 1 FROM tombstones LIMIT 1").fetchone() is not None


def is_forgotten(connection: sqlite3.Connection, source: str, external_id: str) -> bool:
    """Whether a ticket that comes in was forgotten before."""
    if not some_are(connection):
        return False
    found = digest(connection, source, external_id)
    query = (
        "SELECT EXISTS (SELECT 1 FROM tombstones WHERE digest = ?)"
        " OR EXISTS (SELECT 1 FROM tickets WHERE source = ? AND external_id = ? AND forgotten = 1)"
    )
    return bool(connection.execute(query, (found, source, external_id)).fetchone()[0])


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
            # A name that nobody can send a ticket under: that would stop the erasure, or write into what is erased.
            (f"forgotten-{ident}-{secrets.token_hex(16)}", FORGOTTEN, ident),
        )
        # A site of the catalog counts in reports; what no site is called is somebody's own words.
        connection.execute(
            "UPDATE tickets SET site = NULL WHERE id = ? AND (SELECT site FROM queue WHERE ticket_id = ?) IS NULL",
            (ident, ident),
        )
        connection.execute("UPDATE ratings SET note = NULL WHERE ticket_id = ?", (ident,))
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


# Where words of a person may stand: table, key, columns of text, columns of JSON.
_PLACES = (
    ("tickets", ("id",), ("subject", "requester_name", "organisation", "site", "url"), ("tags",)),
    ("bodies", ("ticket_id",), ("body",), ("extra", "attachments")),
    ("decisions", ("ticket_id", "field"), (), ("value",)),
    ("act_changes", ("ticket_id", "act_id", "field"), (), ("before", "after")),
    ("acts", ("id",), (), ("detail",)),
    ("imports", ("id",), ("name",), ()),
    ("ratings", ("ticket_id", "who"), ("note",), ()),
    ("catalog_versions", ("version",), ("note",), ()),
)
_READ = ("tickets", "bodies", "decisions")


_FILES = "csv|docx?|eml|html?|jpe?g|jsonl?|mbox|msg|pdf|png|tsv|txt|xlsx|ya?ml|zip"
"""What follows an address in the name of a file and is no part of it."""


def mention_of(requester: str) -> re.Pattern[str] | None:
    """What a mention of a requester looks like: the address, or a name of several words, never as part of another.

    None for a single word (the name of a device, a number): it is said of other things as well.
    """
    words = requester.split()
    if "@" not in requester and len(words) < 2:
        return None
    inner = r"\s+".join(re.escape(word) for word in words)
    return re.compile(rf"(?<![\w+-])(?<!\w\.){inner}(?![\w@-]|\.(?!(?:{_FILES})\b)\w)", re.IGNORECASE)


def redact_mentions(connection: sqlite3.Connection, requester: str) -> list[int]:
    """Replace a requester where other tickets, notes and past values mention one; the tickets touched.

    Their readings quote the ticket's words, so they are dropped; the caller makes them and the lessons anew.
    """
    mention = mention_of(requester)
    if mention is None:
        return []
    connection.execute("PRAGMA secure_delete = ON")
    part = max(re.split(r"[^!#-\[\]-~]+", requester), key=len)  # neither beyond ASCII nor escaped in JSON
    like = "%" + part.replace("%", "\\%").replace("_", "\\_") + "%"
    touched: set[int] = set()

    def struck(text: str) -> str:
        return mention.sub(FORGOTTEN, text)

    for table, keys, texts, documents in _PLACES:
        columns = (*texts, *documents)
        where = " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in columns)
        query = f"SELECT {', '.join((*keys, *columns))} FROM {table} WHERE {where}"
        for row in connection.execute(query, (like,) * len(columns)).fetchall():
            key, old = row[: len(keys)], row[len(keys) :]
            new = tuple(
                None if value is None else struck(value) if column in texts else _struck_json(value, struck)
                for column, value in zip(columns, old, strict=True)
            )
            if new == old:
                continue
            if table == "tickets" and new[0] != old[0]:
                ident = key[0]
                connection.execute(
                    "INSERT INTO titles (titles, rowid, subject) VALUES ('delete', ?, ?)", (ident, old[0])
                )
                connection.execute("INSERT INTO titles (rowid, subject) VALUES (?, ?)", (ident, new[0]))
            sets = ", ".join(f"{column} = ?" for column in columns)
            found = " AND ".join(f"{name} = ?" for name in keys)
            connection.execute(f"UPDATE {table} SET {sets} WHERE {found}", (*new, *key))
            if table in _READ:
                touched.add(key[0])
    for ident in touched:
        connection.execute("DELETE FROM readings WHERE ticket_id = ?", (ident,))
        connection.execute("UPDATE tickets SET content_hash = zeroblob(16) WHERE id = ?", (ident,))
    return sorted(touched)


def _struck_json(text: str, struck: Callable[[str], str]) -> str:
    """A JSON document with its strings struck out one by one; the text itself where nothing changes."""
    before = json.loads(text)
    after = _walk(before, struck)
    return text if after == before else json.dumps(after, ensure_ascii=False)


def _walk(value: Any, struck: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return struck(value)
    if isinstance(value, list):
        return [_walk(each, struck) for each in value]
    if isinstance(value, dict):
        return {struck(name): _walk(each, struck) for name, each in value.items()}
    return value


SCRUB_DUE = "scrub_due"
"""The key in `meta` that stands from a forgetting until the file was rewritten."""


def scrub(database: Database) -> bool:
    """Rewrite index, file and write-ahead log, so that freed pages hold nothing; needs no transaction open.

    False where another program that reads just now keeps the old pages in the log.
    """
    database.execute("PRAGMA secure_delete = ON")
    with database.transaction() as connection:
        # Segments of the full-text index keep deleted words until they are merged away.
        connection.execute("INSERT INTO titles (titles) VALUES ('rebuild')")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    database.execute("VACUUM")
    busy = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy
