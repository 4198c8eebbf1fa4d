"""Where the demonstration is put: nothing of anybody's is lost, also while somebody has it open."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from triage.desk import demo
from triage.desk.demo import make_demo
from triage.desk.office import Desk, refuse_another
from triage.errors import Refused, StoreError


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demonstration that is its clock alone: its content is tested elsewhere and takes seconds."""

    def clock_only(desk: Desk, progress: Any) -> None:
        with desk.act() as connection:
            for key in ("clock_base", "clock_started"):
                connection.execute("INSERT INTO meta (key, value) VALUES (?, '2026-11-23T16:00:00+00:00')", (key,))

    monkeypatch.setattr(demo, "fill", clock_only)


def keys(desk: Desk) -> set[str]:
    return {row[0] for row in desk.database.execute("SELECT key FROM meta")}


def test_a_database_of_ones_own_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "mine.db"
    with Desk(path) as desk:
        desk.database.execute("INSERT INTO meta (key, value) VALUES ('mine', '1')")
    with pytest.raises(Refused, match="not the demonstration"):
        make_demo(path)
    text = tmp_path / "letter.txt"
    text.write_text("dear")
    with pytest.raises(StoreError):
        make_demo(text)
    assert text.read_text() == "dear"
    with Desk(path) as desk:
        assert "mine" in keys(desk)
    assert {each.name.partition("-")[0] for each in tmp_path.iterdir()} == {"mine.db", "letter.txt"}


def test_whoever_has_the_old_one_open_sees_the_new_one_and_harms_nothing(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    make_demo(path).close()
    old = Desk(path)
    old.database.execute("INSERT INTO meta (key, value) VALUES ('old', '1')")
    with make_demo(path) as fresh:
        fresh.database.execute("INSERT INTO meta (key, value) VALUES ('new', '1')")
        assert "old" not in keys(fresh)
        assert "new" in keys(old)
        old.database.execute("INSERT INTO meta (key, value) VALUES ('late', '1')")
        old.close()
        assert {"new", "late"} <= keys(fresh)
    with Desk(path) as again:
        assert {"new", "late"} <= keys(again)
        assert again.is_demo
        assert again.database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_two_at_once_do_not_spoil_each_other(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    errors: list[BaseException] = []

    def make() -> None:
        try:
            make_demo(path).close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with Desk(path) as desk:
        assert desk.is_demo
        assert desk.database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert {each.name for each in tmp_path.iterdir()} <= {"demo.db", "demo.db-wal", "demo.db-shm"}


def test_a_demonstration_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    make_demo(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_demonstration_of_an_older_version_is_one_and_opens(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    make_demo(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    refuse_another(path)
    make_demo(path).close()
    with Desk(path, read_only=True) as desk:
        assert desk.is_demo
