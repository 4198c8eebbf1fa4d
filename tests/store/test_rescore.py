"""Rescoring in SQL: the same rows as the scorer makes one by one, counts that stay true, short locks."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from triage.desk import acts, catalog_queue, derive, upkeep
from triage.desk.catalog import apply_catalog, load_files
from triage.desk.derive import freshen, intervals_left, rescore_all
from triage.desk.office import Desk
from triage.desk.rescore import rescore_due_in_sql, rescore_open
from triage.desk.take_in import take_in
from triage.store import migrations
from triage.store import queue as store
from triage.store.database import Database
from triage.tickets.models import Condition, Reach, Status

Maker = Callable[..., Any]
INTERVAL = {"low", "high", "width", "stale", "next_change", "catalog_version", "policy_version"}


def rows(desk: Desk, without: set[str] = INTERVAL) -> list[dict[str, Any]]:
    cursor = desk.database.execute("SELECT * FROM queue ORDER BY ticket_id")
    names = [column[0] for column in cursor.description]
    return [{name: value for name, value in zip(names, row, strict=True) if name not in without} for row in cursor]


def counts_are_true(desk: Desk) -> bool:
    connection = desk.database.connection
    return store.stored_counts(connection) == store.recount(connection) and store.outages(
        connection
    ) == store.recount_outages(connection)


@pytest.fixture
def many(desk: Desk, ticket: Maker, now: datetime) -> Desk:
    """Tickets of every kind: linked, overridden, flagged, paused, with a due time, done, snoozed, in a swarm."""
    luck = random.Random(4)
    texts = ["The signing page is down for everyone", "cannot log on, SSO", "The printer jams", "Lunch?", "smoke!"]
    made = [
        ticket(
            luck.choice(texts), "please help", created_at=now - timedelta(minutes=luck.randint(-5, 9000)),
            status=luck.choice([Status.NEW, Status.OPEN, Status.RESOLVED]), site=luck.choice([None, "store 12"]),
            requester=luck.choice(["ceo@harbor.example", "x@bigbuilder.example", f"p{number}@buyer.example"]),
            due_at=luck.choice([None] * 9 + [now + timedelta(hours=3)]),
        ) for number in range(150)
    ]  # fmt: skip
    take_in(desk, made, source="file", name="many")
    every = range(1, 151)
    for ident in every:
        match luck.randrange(9):
            case 0:
                acts.link(desk, [ident], "service", luck.choice(["closing-portal", "identity", "printing"]))
            case 1:
                acts.set_condition(desk, [ident], luck.choice([str(word) for word in Condition]))
                acts.set_reach(desk, [ident], luck.choice([str(word) for word in Reach]))
            case 2:
                until = luck.choice([None, desk.now() + timedelta(days=1)])
                acts.override(desk, [ident], luck.choice(["P1", "P4"]), "other", until=until)
            case 3:
                acts.set_status(desk, [ident], luck.choice(["waiting_customer", "waiting_supplier"])) if rows(desk)[
                    ident - 1
                ]["bucket"] < 2 else acts.told(desk, [ident], "soon")
            case 4:
                acts.flag(desk, [ident], luck.choice(["safety", "statutory", "none"]))
            case 5:
                acts.link(desk, [ident], "touchpoint", "sign-documents")
            case 6:
                acts.workaround(desk, [ident])
            case _:
                pass
    open_ids = store.open_ids(desk.database.connection)
    acts.snooze(desk, open_ids[:5], desk.now() + timedelta(hours=5))
    acts.claim(desk, [open_ids[7], open_ids[9]])
    rescore_all(desk, desk.now())
    return desk


CHANGES: dict[str, tuple[str, str]] = {
    "criticality": ("criticality: 2, owner", "criticality: 1, owner"),
    "tolerance": ("mtpd: 8h", "mtpd: 30h"),
    "moment of truth": ("            moment_of_truth: The buyer gets the keys today or loses the rate lock.\n", ""),
    "dependency": ("depends_on: [identity]", "depends_on: [printing]"),
    "promise": ("within: 1d", "within: 2h"),
    "business hours": (
        "criticality: 3, owner: jon}",
        "criticality: 3, owner: jon, calendar: office, sla: {respond: 2h, resolve: 9h}}\n"
        "calendars:\n  - {id: office, hours: {mon-fri: ['08:00-12:00', '13:00-17:00']}}",
    ),
    "window": (
        "vips:",
        "windows:\n  - {id: q, name: Quarter, reason: books, services: [identity], peak: true,"
        " starts: 2026-11-23T10:00, ends: 2026-11-30}\nvips:",
    ),
    "policy": (
        "vips:",
        "policy: {reach: {team: 8}, priorities: {P4: 12}, time: {tolerance_used: [.1, .3, .6, .9]}}\nvips:",
    ),
    "vip": ("vips: [ceo@harbor.example]", "vips: [p7@buyer.example]"),
    "key account": ("key_account: true", "key_account: false"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_apply_leaves_what_scoring_one_by_one_would(many: Desk, company: Path, name: str) -> None:
    before, after = CHANGES[name]
    text = company.read_text(encoding="utf-8")
    assert before in text
    company.write_text(text.replace(before, after), encoding="utf-8")
    was = rows(many)
    applied = apply_catalog(many, load_files([company]), prune=True)
    assert applied.is_new and applied.rescored == sum(row["bucket"] < 2 for row in was)
    assert counts_are_true(many)
    found = rows(many)
    assert found != was
    assert many.database.execute("SELECT count(*) FROM queue WHERE stale").fetchone()[0] == 0
    intervals = rows(many, {"next_change", "catalog_version", "policy_version"})
    rescore_all(many, many.now())
    assert found == rows(many)
    assert intervals == rows(many, {"next_change", "catalog_version", "policy_version"})
    assert counts_are_true(many)


def test_what_a_change_does_not_concern_is_not_written(
    many: Desk, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_queue, "AT_ONCE", 0)
    text = company.read_text(encoding="utf-8")
    company.write_text(text.replace("criticality: 3, owner", "criticality: 4, owner"), encoding="utf-8")
    before = many.scorer
    loaded = load_files([company])
    versions = "SELECT count(*) FROM queue WHERE bucket < 2 AND shape IS NOT NULL AND catalog_version = {}"
    apply_catalog(many, loaded)
    version = many.index.version
    touched = many.database.execute(versions.format(version)).fetchone()[0]
    assert 0 < touched < many.database.execute(versions.format(version - 1)).fetchone()[0]
    again = rescore_open(many, many.now(), before)
    assert (again.changed, again.untouched > 0, again.one_by_one > 0) == (0, True, True)
    assert apply_catalog(many, loaded).rescored == 0
    # Intervals that nobody waited for are made by and by, a few at a time.
    made = 0
    while intervals_left(many) is not None:
        made += freshen(many, many.now(), 7)
        assert made <= 300
    assert many.database.execute("SELECT count(*) FROM standings WHERE moved").fetchone() == (0,)
    found = rows(many, {"next_change"})
    rescore_all(many, many.now())
    assert found == rows(many, {"next_change"})


def test_time_alone(many: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for hours in (1, 3, 8, 30):
        later = many.now() + timedelta(hours=hours)
        monkeypatch.setenv("TRIAGE_NOW", later.isoformat())
        rescore_due_in_sql(many, many.now())
        assert counts_are_true(many)
        due = store.due_for_rescoring(many.database.connection, int(many.now().timestamp()), 1000)
        shaped = many.database.execute("SELECT ticket_id FROM queue WHERE shape IS NOT NULL").fetchall()
        assert not {row[0] for row in shaped} & set(due)
        found = rows(many, INTERVAL | {"first_clock", "clock_name", "next_clock", "rank", "bucket"})
        rescore_all(many, many.now())
        expected = rows(many, INTERVAL | {"first_clock", "clock_name", "next_clock", "rank", "bucket"})
        plain = [(one, two) for one, two in zip(found, expected, strict=True) if one["shape"] is not None]
        assert plain and all(one == two for one, two in plain)


def test_upkeep_takes_many_due_tickets_at_once(many: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derive, "MANY", 3)
    later = many.now() + timedelta(hours=9)
    monkeypatch.setenv("TRIAGE_NOW", later.isoformat())
    assert upkeep.keep_up(many) > 3
    assert counts_are_true(many)
    assert not upkeep.is_due(many)
    found = rows(many)
    rescore_all(many, many.now())
    assert [row["score"] for row in found] == [row["score"] for row in rows(many)]


def test_an_act_that_comes_between_is_not_overwritten(
    many: Desk, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from triage.store import restanding as sql

    text = company.read_text(encoding="utf-8").replace("criticality: 2, owner", "criticality: 4, owner")
    company.write_text(text, encoding="utf-8")
    ident = many.database.execute(
        "SELECT ticket_id FROM queue WHERE service = 'identity' AND shape IS NOT NULL AND bucket = 0"
    ).fetchone()[0]
    original = sql._change_chunk
    monkeypatch.setattr(catalog_queue, "AT_ONCE", 0)

    def acts_between(connection: Any) -> None:
        connection.execute("UPDATE placed SET shape = NULL, standing = 0 WHERE ticket_id = ?", (ident,))

    def between(connection: Any, *arguments: Any) -> int:
        # The ticket changes its shape after it was found and before it is written.
        acts_between(connection)
        return original(connection, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql, "_change_chunk", between)
        apply_catalog(many, load_files([company]))
    assert many.database.execute("SELECT standing FROM placed WHERE ticket_id = ?", (ident,)).fetchone() == (0,)
    assert counts_are_true(many)


def test_standings_are_made_of_the_rows_that_were_there(
    many: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database of the version before, with the same tickets: every column of the queue is as it was."""
    older = [(number, file) for number, file in migrations.migrations() if number < 8]
    many.database.execute("UPDATE standings SET moved = 1")
    many.database.execute("UPDATE placed SET policy_version = 0 WHERE ticket_id % 7 = 0 AND bucket < 2")
    old = Database(tmp_path / "old.db")
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "migrations", lambda: older)
        migrations.prepare(old, now=many.now())
    tables = [
        row[0] for row in old.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
    ]
    columns = [row[1] for row in old.execute("PRAGMA table_info(queue)")]
    names = ", ".join(columns)
    old.connection.execute("PRAGMA foreign_keys = OFF")
    old.execute("ATTACH ? AS new", (str(many.path),))
    for kind, name in old.execute("SELECT type, name FROM main.sqlite_master WHERE type = 'trigger'").fetchall():
        old.execute(f"DROP {kind} main.{name}")
    for table in tables:
        if not table.startswith(("sqlite", "titles")):
            told = names if table == "queue" else "*"
            old.execute(f"INSERT OR REPLACE INTO main.{table} SELECT {told} FROM new.{table}")
    old.execute("DETACH new")
    old.close()
    query = f"SELECT {names} FROM queue ORDER BY ticket_id"
    with Desk(tmp_path / "old.db") as desk:
        found, wanted = (one.database.execute(query).fetchall() for one in (desk, many))
        assert len(found) == 150 and found == wanted
        assert {row[columns.index("stale")] for row in found} == {0, 1}
        assert counts_are_true(desk)
        for table in ("acts", "act_changes", "decisions", "counts", "outages", "swarms"):
            assert (
                desk.database.execute(f"SELECT * FROM {table}").fetchall()
                == many.database.execute(f"SELECT * FROM {table}").fetchall()
            ), table
        assert desk.database.execute("PRAGMA foreign_key_check").fetchall() == []
        rescore_all(desk, many.now())
        assert desk.database.execute(
            "SELECT count(*) FROM standings WHERE id > 0 AND id NOT IN (SELECT standing FROM placed)"
        ).fetchone() == (0,)
        assert counts_are_true(desk)


def test_a_change_that_moves_most_tickets_writes_none(
    many: Desk, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_queue, "AT_ONCE", 0)
    placed = "SELECT * FROM placed WHERE shape IS NOT NULL ORDER BY ticket_id"
    before, was = many.database.execute(placed).fetchall(), rows(many)
    text = company.read_text(encoding="utf-8")
    company.write_text(text.replace("vips:", "policy: {reach: {person: 3, team: 8}}\nvips:"), encoding="utf-8")
    apply_catalog(many, load_files([company]))
    assert many.database.execute(placed).fetchall() == before
    moved = [row for row, old in zip(rows(many), was, strict=True) if row["score"] != old["score"]]
    assert len(moved) > 40 and counts_are_true(many)
