"""Making, migrating and refusing databases."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from triage.desk.office import Desk
from triage.errors import StoreError
from triage.store import migrations
from triage.store.database import Database
from triage.store.rank import rank, tail, tail_sql


def test_tables_are_strict_and_the_journal_is_a_wal(tmp_path: Path) -> None:
    with Desk(tmp_path / "a.db") as desk:
        tables = desk.database.execute(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
            " AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'titles%'"
        ).fetchall()
        assert len(tables) >= 12
        assert [name for name, strict in tables if not strict] == []
        assert desk.database.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert desk.database.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    with Desk(tmp_path / "a.db") as desk:
        assert desk.path.stat().st_mode & 0o077 == 0


def test_eight_processes_may_start_at_once(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    code = f"from pathlib import Path; from triage.desk.office import Desk; Desk(Path({str(path)!r})).close()"
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(8)]
    errors = [process.communicate()[1].decode() for process in started]
    assert [error for error in errors if error] == []
    with Desk(path) as desk:
        assert migrations.schema_version(desk.database.connection) == migrations.migrations()[-1][0]


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    Desk(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9999")
    with pytest.raises(StoreError, match="newer version"):
        Desk(path)


def test_an_older_database_is_backed_up_and_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    path = tmp_path / "old.db"
    Desk(path).close()
    extra = tmp_path / "schema"
    extra.mkdir()
    for _, file in migrations.migrations():
        (extra / file.name).write_text(file.read_text())
    number = migrations.migrations()[-1][0] + 1
    (extra / f"{number:04}_more.sql").write_text("CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;\n")
    monkeypatch.setattr(migrations, "data_dir", lambda name: extra)
    database = Database(path)
    migrations.prepare(database, now=now)
    assert migrations.schema_version(database.connection) == number
    database.execute("SELECT * FROM more")
    database.close()
    backups = list(tmp_path.glob("old.db.v*.bak"))
    assert len(backups) == 1
    with sqlite3.connect(backups[0]) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == number - 1


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    path = tmp_path / "old.db"
    Desk(path).close()
    extra = tmp_path / "schema"
    extra.mkdir()
    for _, file in migrations.migrations():
        (extra / file.name).write_text(file.read_text())
    number = migrations.migrations()[-1][0] + 1
    (extra / f"{number:04}_bad.sql").write_text("CREATE TABLE half (id INTEGER) STRICT;\nSELECT nonsense;\n")
    monkeypatch.setattr(migrations, "data_dir", lambda name: extra)
    database = Database(path)
    with pytest.raises(StoreError):
        migrations.prepare(database, now=now)
    assert migrations.schema_version(database.connection) == number - 1
    assert database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone()[0] == 0
    database.close()


def test_somebody_elses_database_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not one of triage"):
        Desk(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be read as one" * 40, b"\0" * 4096])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "noise.db"
    path.write_bytes(content)
    with pytest.raises(StoreError):
        Desk(path)


def test_reading_only_needs_a_database_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database"):
        Desk(tmp_path / "none.db", read_only=True)


@pytest.mark.parametrize(
    ("priority", "score", "clock", "created"),
    [(1, 100, None, 0), (5, 0, 0, 1_800_000_000), (2, 55, 1_795_000_000, 1_795_000_000), (3, 35, -5, -99)],
)
def test_rank_is_the_same_in_python_and_in_sql(priority: int, score: int, clock: int | None, created: int) -> None:
    values = {"first_clock": clock, "created_at": created}
    columns = ", ".join(f":{name} AS {name}" for name in values)
    sql = tail_sql(*values)
    found = sqlite3.connect(":memory:").execute(f"SELECT {sql} FROM (SELECT {columns})", values).fetchone()[0]
    assert found == tail(clock, created)
    assert rank(priority, score, clock, created) == (priority * 128 + 100 - score) << 52 | found


def test_rank_orders_by_priority_score_clock_and_age() -> None:
    day = 86400
    places = [
        rank(1, 20, None, day),
        rank(2, 90, 10 * day, day),
        rank(2, 80, 2 * day, day),
        rank(2, 80, 3 * day, day),
        rank(2, 80, None, day),
        rank(2, 80, None, 2 * day),
        rank(3, 100, 0, 0),
    ]
    assert places == sorted(places)
    assert len(set(places)) == len(places)
    assert all(0 <= place < 2**63 for place in places)


def test_a_second_try_keeps_the_first_copy_and_both_are_private(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "old.db"
    Desk(path).close()
    before = os.umask(0)
    try:
        for _ in range(2):
            migrations._back_up(path, 1, now)
    finally:
        os.umask(before)
    copies = sorted(tmp_path.glob("old.db.v1-*.bak"))
    assert len(copies) == 2
    assert [copy.stat().st_mode & 0o777 for copy in copies] == [0o600, 0o600]
    with sqlite3.connect(copies[1]) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
