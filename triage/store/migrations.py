"""Bringing a database to this version of triage: numbered SQL files, applied under one write lock."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from triage.errors import StoreError
from triage.paths import data_dir
from triage.store.database import BUSY_SECONDS, Database, refuse_network_share, store_errors

APPLICATION_ID = 0x54524941  # "TRIA", so that `file` and we can tell a triage database from another
_NUMBERED = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
# The demonstration lies beside the user's own database: made without --db it would not be found here either.
HOW_TO_HAVE_ONE = "--db or TRIAGE_DB names another; `triage demo --db demo.db` makes one to try"


def migrations() -> list[tuple[int, Path]]:
    """The numbered files under `schema/`, in order. They count up from 1 without a gap."""
    found = sorted(
        (int(match.group(1)), path)
        for path in data_dir("schema").iterdir()
        if (match := _NUMBERED.fullmatch(path.name))
    )
    if [number for number, _ in found] != list(range(1, len(found) + 1)):
        raise StoreError("the migrations under schema/ do not count up from 1")
    return found


def statements(script: str) -> list[str]:
    """A script as its statements; a trigger's inner semicolons do not end it."""
    found: list[str] = []
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending)
            pending = ""
    if pending.strip() and not all(line.lstrip().startswith("--") for line in pending.splitlines() if line.strip()):
        raise StoreError("a migration ends in the middle of a statement")
    return found


def schema_version(connection: sqlite3.Connection) -> int:
    """The number of the last migration that was applied (PRAGMA user_version)."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def prepare(database: Database, *, now: datetime) -> None:
    """Make or migrate the database file, so that it can be used.

    Several processes may do so at once: the first takes the write lock, the others find the work done.
    An older database is copied beside itself first; a newer one is refused (StoreError).
    """
    path = database.path
    latest = migrations()[-1][0]
    if database.read_only:
        _check_readable(database, latest)
        return
    refuse_network_share(path)
    with store_errors(path):
        connection = database.connection
        current = schema_version(connection)
        if current == latest and _is_ours(connection):
            return
        if current == 0:
            _refuse_foreign(path, connection)
            _to_wal(connection)
        elif not _is_ours(connection):
            raise _foreign(path)
    with database.transaction() as connection:
        current = schema_version(connection)
        if current > latest:
            raise StoreError(
                f"{path}: the database is of a newer version ({current}; this triage knows {latest})",
                "upgrade triage, or name another with --db",
            )
        if 0 < current < latest:
            _back_up(path, current, now)
        for number, file in migrations():
            if number > current:
                for statement in statements(file.read_text(encoding="utf-8")):
                    connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {latest}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _to_wal(connection: sqlite3.Connection) -> None:
    import time

    # Switching to WAL needs the file for a moment alone and does not wait by itself.
    for attempt in range(40):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or attempt == 39:
                raise
            time.sleep(0.05)


def _is_ours(connection: sqlite3.Connection) -> bool:
    return int(connection.execute("PRAGMA application_id").fetchone()[0]) == APPLICATION_ID


def _foreign(path: Path) -> StoreError:
    return StoreError(f"{path}: a SQLite database, but not one of triage", "name another with --db")


def _refuse_foreign(path: Path, connection: sqlite3.Connection) -> None:
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and not _is_ours(connection) and schema_version(connection) == 0:
        raise _foreign(path)


def check_ours(database: Database) -> int:
    """The version of a database of triage, of whatever version; StoreError where it is none."""
    if not database.path.exists():
        raise StoreError(f"{database.path}: there is no database", HOW_TO_HAVE_ONE)
    with store_errors(database.path):
        current = schema_version(database.connection)
        if not _is_ours(database.connection):
            raise _foreign(database.path)
    return current


def _check_readable(database: Database, latest: int) -> None:
    current = check_ours(database)
    if current != latest:
        way = "upgrade triage" if current > latest else "open it once without --read-only"
        raise StoreError(f"{database.path}: the database is of version {current}, this triage reads {latest}", way)


def _back_up(path: Path, version: int, now: datetime) -> None:
    stem, number = f"{path.name}.v{version}-{now:%Y%m%dT%H%M%S}", 1
    target = path.with_name(f"{stem}.bak")
    while target.exists():  # of a migration that failed
        number += 1
        target = path.with_name(f"{stem}-{number}.bak")
    # Made before it is filled, so that nobody else can read it meanwhile.
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    # VACUUM INTO cannot run inside the transaction that holds the lock, so a second connection reads the
    # last committed state, which nobody can change while we hold it.
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as reader:
        reader.execute("VACUUM INTO ?", (str(target),))
