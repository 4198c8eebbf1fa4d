"""Every act, its audit, its undo; what two people do to one ticket; counts that stay true."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage.cli.main import run
from triage.desk import acts, undoing
from triage.desk import queue as desk_queue
from triage.desk.catalog import apply_catalog, load_files
from triage.desk.filters import parse_filter
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.errors import NotFound, Overtaken, Refused, StoreError, Taken, TriageError, UsageError
from triage.store import queue as store


@pytest.fixture
def five(desk: Desk, ticket: Callable[..., Any]) -> Desk:
    texts = [
        ("The signing page is down", "Nobody can sign the closing documents."),
        ("cannot log on", "SSO says wrong password, only me"),
        ("printer", "The printer at store 12 prints blank pages"),
        ("Lunch menu", "What is for lunch on Friday?"),
        ("Question on the signature page", "How do I sign with two people?"),
    ]
    take_in(desk, [ticket(subject, body) for subject, body in texts], source="file", name="five")
    return desk


def state(desk: Desk) -> list[Any]:
    """Everything that decisions can change."""
    decisions = desk.database.execute("SELECT ticket_id, field, value FROM decisions ORDER BY 1, 2").fetchall()
    queue = desk.database.execute("SELECT * FROM queue ORDER BY ticket_id").fetchall()
    return [decisions, queue]


def counts_are_true(desk: Desk) -> bool:
    connection = desk.database.connection
    return store.stored_counts(connection) == store.recount(connection)


ACTS: dict[str, Callable[[Desk], acts.Outcome]] = {
    "confirm": lambda desk: acts.confirm(desk, [1]),
    "confirm many": lambda desk: acts.confirm(desk, [1, 2, 3]),
    "link": lambda desk: acts.link(desk, [4], "service", "printing"),
    "link touchpoint": lambda desk: acts.link(desk, [4], "touchpoint", "sign-documents"),
    "none": lambda desk: acts.none_fits(desk, [1]),
    "reject": lambda desk: acts.reject(desk, [1], "service", "closing-portal"),
    "condition": lambda desk: acts.set_condition(desk, [1], "bug"),
    "reach": lambda desk: acts.set_reach(desk, [1], "all"),
    "override": lambda desk: acts.override(desk, [4], "P1", "politics", "the chairman's lunch"),
    "workaround": lambda desk: acts.workaround(desk, [1]),
    "flag": lambda desk: acts.flag(desk, [3], "safety"),
    "told": lambda desk: acts.told(desk, [1], "it works by noon"),
    "note": lambda desk: acts.note(desk, [1], "called back"),
    "claim": lambda desk: acts.claim(desk, [1, 2]),
    "assign": lambda desk: acts.assign(desk, [1], "ben"),
    "resolve": lambda desk: acts.resolve(desk, [1, 2]),
    "wait": lambda desk: acts.wait(desk, [1]),
    "snooze": lambda desk: acts.snooze(desk, [1], desk.now() + timedelta(hours=4)),
    "merge": lambda desk: acts.merge(desk, [2, 3], 1),
}


@pytest.mark.parametrize("name", ACTS)
def test_undo_puts_everything_back_and_redo_does_it_again(five: Desk, name: str) -> None:
    before = state(five)
    ACTS[name](five)
    after = state(five)
    assert after != before
    assert counts_are_true(five)
    undoing.undo(five)
    assert state(five) == before
    assert counts_are_true(five)
    undoing.redo(five)
    assert state(five) == after


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_logged_with_the_values_before_and_after(five: Desk, name: str) -> None:
    outcome = ACTS[name](five)
    rows = five.database.execute(
        "SELECT a.who, c.before, c.after FROM acts a JOIN act_changes c ON c.act_id = a.id WHERE a.id = ?",
        (outcome.act,),
    ).fetchall()
    assert rows
    assert {who for who, _, _ in rows} == {"ana"}
    assert all(before != after for _, before, after in rows)


def test_undo_survives_a_restart(five: Desk) -> None:
    before = state(five)
    acts.confirm(five, [1])
    with Desk(five.path) as again:
        undoing.undo(again)
        assert state(again) == before


def test_undo_takes_back_one_persons_acts_only(five: Desk) -> None:
    acts.set_reach(five, [1], "site")
    with Desk(five.path, user="ben") as ben:
        acts.set_reach(ben, [2], "team")
        undoing.undo(ben)
        assert detail(ben, 1).facts.reach == "site"
        with pytest.raises(Refused, match="nothing to undo"):
            undoing.undo(ben)


def test_what_somebody_else_changed_since_is_not_overwritten(five: Desk) -> None:
    acts.set_reach(five, [1], "site")
    with Desk(five.path, user="ben") as ben:
        acts.set_reach(ben, [1], "all")
    before = state(five)
    with pytest.raises(Overtaken, match="ben changed its reach"):
        undoing.undo(five)
    assert state(five) == before


def test_two_people_never_own_one_ticket(five: Desk) -> None:
    acts.claim(five, [1])
    with Desk(five.path, user="ben") as ben:
        with pytest.raises(Taken, match="ana's already"):
            acts.claim(ben, [2, 1])
        assert desk_queue.rows(ben, [2])[0].assignee is None


def test_a_bulk_act_that_is_refused_for_one_changes_none(five: Desk) -> None:
    acts.resolve(five, [3])
    before = state(five)
    with pytest.raises(Refused, match="ticket 3"):
        acts.resolve(five, [1, 2, 3])
    assert state(five) == before


def test_a_rejected_entry_is_proposed_no_more(five: Desk) -> None:
    assert detail(five, 1).facts.service == "closing-portal"
    acts.reject(five, [1], "service", "closing-portal")
    assert detail(five, 1).facts.service != "closing-portal"


def test_confirm_keeps_what_was_decided(five: Desk) -> None:
    acts.set_reach(five, [1], "all")
    acts.confirm(five, [1])
    found = detail(five, 1)
    assert found.facts.reach == "all"
    assert found.row.sure
    assert (found.row.low, found.row.high) == (found.row.score, found.row.score)


def test_an_override_counts_until_it_ends(five: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    acts.override(five, [4], "P1", "politics", until=five.now() + timedelta(hours=1))
    assert desk_queue.rows(five, [4])[0].priority == 1
    monkeypatch.setenv("TRIAGE_NOW", (five.now() + timedelta(hours=2)).isoformat())
    assert detail(five, 4).impact.priority != "P1"


def test_what_show_says_first_is_no_older_than_its_reasons(
    five: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    acts.override(five, [4], "P1", "politics", until=five.now() + timedelta(days=1))
    monkeypatch.setenv("TRIAGE_NOW", (five.now() + timedelta(days=7)).isoformat())
    computed = detail(five, 4).impact.priority
    assert run(["show", "4", "--db", str(five.path)]) == 0
    said, reasons = capsys.readouterr().out.splitlines()[0], detail(five, 4).impact.vector
    assert computed in said and "P1" not in said and "/OV" not in reasons


def test_waiting_for_the_customer_is_a_pause_that_ends(five: Desk) -> None:
    acts.wait(five, [1])
    assert detail(five, 1).facts.pauses[0].end is None
    acts.reopen(five, [1])
    assert detail(five, 1).facts.pauses[0].end is not None


def test_a_snoozed_ticket_wakes(five: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from triage.desk.derive import rescore_due

    acts.snooze(five, [1], five.now() + timedelta(hours=1))
    assert 1 not in desk_queue.all_ids(five, desk_queue.selection(five))
    monkeypatch.setenv("TRIAGE_NOW", (five.now() + timedelta(hours=2)).isoformat())
    rescore_due(five, five.now())
    assert 1 in desk_queue.all_ids(five, desk_queue.selection(five))


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda desk: acts.link(desk, [1], "service", "closing-portl"), NotFound),
        (lambda desk: acts.link(desk, [1], "people", "jon"), UsageError),
        (lambda desk: acts.confirm(desk, [99]), NotFound),
        (lambda desk: acts.confirm(desk, []), Refused),
        (lambda desk: acts.override(desk, [1], "P9", "other"), UsageError),
        (lambda desk: acts.override(desk, [1], "P1", "because"), UsageError),
        (lambda desk: acts.set_condition(desk, [1], "broken"), UsageError),
        (lambda desk: acts.merge(desk, [1], 1), Refused),
        (lambda desk: acts.note(desk, [1], "  \x1b[2J "), Refused),
        (lambda desk: acts.snooze(desk, [1], desk.now()), Refused),
        (lambda desk: acts.workaround(desk, [1], "no-such-error"), NotFound),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    five: Desk, act: Callable[[Desk], object], error: type[TriageError]
) -> None:
    before = state(five)
    with pytest.raises(error):
        act(five)
    assert state(five) == before


def test_a_desk_that_only_looks_decides_nothing(five: Desk) -> None:
    with Desk(five.path, read_only=True) as looking:
        assert detail(looking, 1).row.id == 1
        with pytest.raises(Refused, match="reading only"):
            acts.confirm(looking, [1])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["ana", "ben"]), st.sampled_from([*ACTS, "undo", "redo"])), max_size=12))
def test_random_acts_of_two_people_keep_counts_and_undo_true(five: Desk, steps: list[tuple[str, str]]) -> None:
    desks = {"ana": five, "ben": Desk(five.path, user="ben")}
    try:
        for who, name in steps:
            desk = desks[who]
            before = state(five)
            try:
                if name == "undo":
                    undoing.undo(desk)
                elif name == "redo":
                    undoing.redo(desk)
                else:
                    ACTS[name](desk)
            except TriageError:
                assert state(five) == before
            assert counts_are_true(five)
    finally:
        desks["ben"].close()


def test_the_queue_is_in_the_order_of_its_rank(five: Desk) -> None:
    acts.override(five, [4], "P1", "politics")
    rows = desk_queue.first_page(five, desk_queue.selection(five), 10)
    keys = [(row.priority, -row.score, row.first_clock is None, row.first_clock or 0, row.created_at) for row in rows]
    assert keys == sorted(keys)
    assert rows[0].id == 4 or rows[0].priority == 1


def test_undo_of_several_names_them_all(five: Desk) -> None:
    acts.claim(five, [1])
    acts.set_reach(five, [2], "all")
    acts.none_fits(five, [4])
    assert undoing.undo(five, 3).message == "3 acts undone: link, reach, claim"
    with pytest.raises(Refused):
        undoing.undo(five)


def test_a_locked_database_is_told_of_after_one_wait(five: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.store.database.BUSY_SECONDS", 0.4)
    with Desk(five.path, user="ana") as other:
        other.database.connection.execute("BEGIN EXCLUSIVE")
        waiting = Desk(five.path, user="ben")
        begun = time.monotonic()
        plain = sqlite3.connect(five.path, timeout=0.4)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            plain.execute("BEGIN IMMEDIATE")
        plain.close()
        started = time.monotonic()
        with pytest.raises(StoreError, match="locked by another process"):
            acts.claim(waiting, [1])
        # Waiting again and again would take twice as long as this one wait did just before, and more.
        assert time.monotonic() - started < 2 * max(started - begun, 0.4)
        waiting.close()
        other.database.connection.execute("ROLLBACK")


def test_confirming_decides_nothing_of_what_the_catalog_has_none_of(tmp_path: Path, ticket: Callable[..., Any]) -> None:
    services = tmp_path / "services.csv"
    services.write_text("name,also called\nPrinting,printer\n", encoding="utf-8")
    with Desk(tmp_path / "small.db") as desk:
        take_in(desk, [ticket("printer", "The printer prints blank pages")], source="file", name="a")
        acts.confirm(desk, [1])
        fields = {row[0] for row in desk.database.execute("SELECT field FROM decisions")}
        assert fields >= {"condition", "reach"} and not fields & {"service", "touchpoint"}
        apply_catalog(desk, load_files([services]))
        acts.confirm(desk, [1])
        found = detail(desk, 1)
        assert (found.facts.service, found.service_none, found.touchpoint_none) == ("printing", False, True)
        assert desk.database.execute("SELECT count(*) FROM decisions WHERE field = 'touchpoint'").fetchone()[0] == 0


def row_of(desk: Desk, ident: int) -> tuple[Any, ...]:
    query = "SELECT status, resolved_at, responded_at FROM queue WHERE ticket_id = ?"
    return tuple(desk.database.execute(query, (ident,)).fetchone())


def test_merging_what_is_settled_does_not_say_that_it_was_settled_now(
    five: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts.resolve(five, [1])
    resolved = row_of(five, 1)[1]
    monkeypatch.setenv("TRIAGE_NOW", (five.now() + timedelta(days=90)).isoformat())
    acts.merge(five, [1], 2)
    assert row_of(five, 1)[:2] == ("merged", resolved)


def test_an_open_ticket_is_not_merged_into_one_that_is_done(five: Desk) -> None:
    acts.resolve(five, [2])
    before = state(five)
    with pytest.raises(Refused, match="nobody would work"):
        acts.merge(five, [1], 2)
    assert state(five) == before
    acts.resolve(five, [1])
    acts.merge(five, [1], 2)
    assert row_of(five, 1)[0] == "merged"


@pytest.mark.parametrize("status", ["new", "closed", "open"])
def test_a_ticket_that_is_no_longer_merged_is_merged_into_nothing(five: Desk, status: str) -> None:
    acts.merge(five, [1], 2)
    acts.set_status(five, [1], status)
    kept = five.database.execute("SELECT value FROM decisions WHERE ticket_id = 1 AND field = 'merged_into'").fetchall()
    assert [row[0] for row in kept if row[0] != "null"] == []
    undoing.undo(five)
    assert row_of(five, 1)[0] == "merged"


def test_a_new_ticket_that_is_opened_was_responded_to(five: Desk) -> None:
    assert row_of(five, 1)[::2] == ("new", None)
    acts.set_status(five, [1], "open")
    assert row_of(five, 1)[::2] == ("open", int(five.now().timestamp()))


def test_an_override_that_ended_is_none(five: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    acts.override(five, [1], "P1", "other", until=five.now() + timedelta(hours=1))
    acts.override(five, [2], "P1", "other")

    def found() -> list[int]:
        parsed = parse_filter("is:overridden", desk_queue.names(five))
        return sorted(desk_queue.all_ids(five, desk_queue.selection(five, where=parsed.where)))

    assert found() == [1, 2]
    monkeypatch.setenv("TRIAGE_NOW", (five.now() + timedelta(hours=2)).isoformat())
    assert found() == [2]


@pytest.mark.parametrize("arguments", [
    ("set", "1", "flag=statutory:9999-12-31"), ("queue", "--limit", "9" * 20),
])  # fmt: skip
def test_what_is_out_of_all_bounds_is_one_line(
    five: Desk, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIAGE_DB", str(five.path))
    assert run(list(arguments)) == 2
    assert "unexpected" not in capsys.readouterr().err


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_a_time_of_no_desk_is_refused(
    five: Desk, moment: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIAGE_NOW", moment)
    assert run(["queue", "--db", str(five.path)]) == 2
    assert capsys.readouterr().err.startswith("TRIAGE_NOW: ")
