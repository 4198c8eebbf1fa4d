"""Known errors, statutory due times, money at risk, the uncertain view, what `show` says, what doctor sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from triage.cli.main import run
from triage.desk import acts, swarms, undoing
from triage.desk import queue as desk_queue
from triage.desk.catalog import apply_catalog, load_files
from triage.desk.checkup import database
from triage.desk.money import at_risk
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.errors import NotFound, Refused, UsageError

Maker = Callable[..., Any]
MORE = """
known_errors:
  - {id: spins, name: The signature page spins, services: [closing-portal], cues: [page spins],
     workaround: Use the link in the mail.}
"""


@pytest.fixture
def outage(desk: Desk, company: Path, ticket: Maker, now: datetime) -> Desk:
    text = company.read_text(encoding="utf-8").replace("key_account: true", "key_account: true, renews_on: 2027-01-15")
    company.write_text(text + MORE, encoding="utf-8")
    apply_catalog(desk, load_files([company]))
    made = [
        ticket("page spins", "", created_at=now - timedelta(minutes=3 * number + 1),
               requester=f"p{number}@bigbuilder.example") for number in range(6)
    ]  # fmt: skip
    take_in(desk, made, source="file", name="outage")
    for ident in range(1, 7):
        acts.link(desk, [ident], "service", "closing-portal")
        acts.set_condition(desk, [ident], "unavailable")
        acts.set_reach(desk, [ident], "all")
    swarms.update_swarms(desk)
    return desk


def test_a_known_error_is_proposed_and_one_act_applies_it_to_the_swarm(
    outage: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    number = swarms.open_swarms(outage)[0].id
    assert swarms.proposed_known_error(outage, number) == "spins"
    assert detail(outage, 1).facts.workaround is False
    outcome = swarms.workaround(outage, number, "spins")
    assert len(outcome.tickets) == 6
    assert all("/CO:D/" in row.vector for row in desk_queue.rows(outage, range(1, 7)))
    run(["show", "1", "--db", str(outage.path)])
    shown = capsys.readouterr().out
    assert "Known error: The signature page spins (applied)" in shown and "Use the link in the mail." in shown
    undoing.undo(outage)
    assert all("/CO:U/" in row.vector for row in desk_queue.rows(outage, range(1, 7)))
    run(["show", "1", "--json", "--db", str(outage.path)])
    known = json.loads(capsys.readouterr().out)["known_error"]
    assert known == {
        "id": "spins", "name": "The signature page spins", "workaround": "Use the link in the mail.", "applied": False,
    }  # fmt: skip
    with pytest.raises(NotFound):
        swarms.workaround(outage, number, "spin")


def test_show_says_who_agreed_the_criticality_and_that_a_renewal_is_near(
    outage: Desk, capsys: pytest.CaptureFixture[str], company: Path
) -> None:
    run(["show", "1", "--db", str(outage.path)])
    shown = capsys.readouterr().out
    assert "agreed by Lee Santos" in shown
    assert "Big Builder Homes renews on 2027-01-15" in shown
    company.write_text(company.read_text(encoding="utf-8").replace("2027-01-15", "2027-12-15"), encoding="utf-8")
    apply_catalog(outage, load_files([company]))
    acts.link(outage, [1], "service", "printing")
    run(["show", "1", "--db", str(outage.path)])
    shown = capsys.readouterr().out
    assert "IT's estimate" in shown and "renews on" not in shown


def test_money_counts_once_a_swarm_and_never_more_than_a_service_makes(outage: Desk) -> None:
    found = at_risk(outage)
    assert (found.money.revenue_per_hour, found.tickets, found.unknown) == (18500, 6, 0)
    assert found.money.staff_cost_per_hour == 240 * 62
    swarms.leave(outage, [1, 2])
    assert at_risk(outage).money.revenue_per_hour == 18500
    acts.set_condition(outage, list(range(1, 7)), "degraded")
    acts.set_reach(outage, [1, 2], "person")
    assert at_risk(outage).money.revenue_per_hour == 9250
    acts.resolve(outage, list(range(1, 7)))
    assert at_risk(outage).money.revenue_per_hour is None


def test_a_statutory_request_carries_a_due_time(desk: Desk, ticket: Maker, now: datetime) -> None:
    take_in(desk, [ticket("My data", "please", created_at=now - timedelta(days=10))], source="file", name="x")
    acts.acts_by_field(desk, [1], "flag", "statutory:2026-12-13T16:00+00:00")
    found = detail(desk, 1)
    assert found.facts.due_at == datetime(2026, 12, 13, 16, tzinfo=UTC)
    assert found.impact.priority == "P4"
    acts.acts_by_field(desk, [1], "flag", "statutory:2026-11-25")
    assert detail(desk, 1).impact.priority == "P2"
    undoing.undo(desk)
    assert detail(desk, 1).facts.due_at == datetime(2026, 12, 13, 16, tzinfo=UTC)
    acts.acts_by_field(desk, [1], "flag", "none")
    assert detail(desk, 1).facts.due_at is None
    wrong = {"safety:2026-12-01": UsageError, "statutory:soon": UsageError, "statutory:2026-01-01": Refused}
    for value, error in wrong.items():
        with pytest.raises(error):
            acts.acts_by_field(desk, [1], "flag", value)


def test_what_a_weak_cue_alone_lifted_is_in_the_uncertain_view(desk: Desk, ticket: Maker) -> None:
    take_in(desk, [ticket("printer", "no toner")], source="file", name="x")
    acts.confirm(desk, [1])
    assert 1 not in desk_queue.all_ids(desk, desk_queue.selection(desk, "uncertain"))
    # Whatever linking reads: a ticket whose priority nobody is sure of is uncertain, its points or not.
    desk.database.execute("UPDATE standings SET sure = 0, priority = 4, level = 512 + level % 128")
    assert 1 in desk_queue.all_ids(desk, desk_queue.selection(desk, "uncertain"))


def test_doctor_finds_a_vector_that_does_not_give_its_score(outage: Desk) -> None:
    def states() -> dict[str, str]:
        return {check.name: check.state for check in database(outage.path)}

    assert (states()["vectors"], states()["counts"]) == ("ok", "ok")
    moved = "UPDATE standings SET score = score {} 1 WHERE id = (SELECT standing FROM placed WHERE ticket_id = 3)"
    outage.database.execute(moved.format("+"))
    assert (states()["vectors"], states()["counts"]) == ("wrong", "wrong")
    outage.database.execute(moved.format("-"))
    outage.database.execute("UPDATE counts SET n = n + 1 WHERE name = 'site'")
    assert (states()["vectors"], states()["counts"]) == ("ok", "wrong")


def test_what_the_customer_was_told_is_set_and_taken_back(outage: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    def said(value: str) -> tuple[str, str]:
        assert run(["set", "3", f"told={value}", "--db", str(outage.path)]) == 0
        vector = outage.database.execute("SELECT vector FROM queue WHERE ticket_id = 3").fetchone()[0]
        return capsys.readouterr().out.strip(), vector

    before = outage.database.execute("SELECT vector FROM queue WHERE ticket_id = 3").fetchone()[0]
    told, vector = said("It works again by noon")
    assert told == "the customer was told otherwise" and "/CM:O/" in vector
    assert said("none") == ("the customer was told nothing otherwise", before)


OF_THREE = "id = (SELECT standing FROM placed WHERE ticket_id = 3)"


@pytest.mark.parametrize(
    "change",
    [
        "score = score + 1", "vector = 'rubbish'", "policy_version = 99", "width = below - 1", "points_priority = 5",
        "cr = cr - 1, re = re + 1", "priority = 6 - priority", "vector = vector || '/OV:P5'",
    ],
)  # fmt: skip
def test_doctor_names_the_row_that_somebody_changed_by_hand(outage: Desk, change: str) -> None:
    columns = ", ".join(row[1] for row in outage.database.execute("PRAGMA table_info(standings)").fetchall()[1:])
    outage.database.execute(f"INSERT INTO standings ({columns}) SELECT {columns} FROM standings WHERE {OF_THREE}")
    outage.database.execute("UPDATE placed SET standing = (SELECT max(id) FROM standings) WHERE ticket_id = 3")
    table, which = ("placed", "ticket_id = 3") if "width" in change else ("standings", OF_THREE)
    outage.database.execute(f"UPDATE {table} SET {change} WHERE {which}")
    found = {check.name: check for check in database(outage.path)}
    assert found["vectors"].state == "wrong" and "(tickets 3); any act on one" in found["vectors"].text
    assert found["catalog"].state == "ok", "what comes after it is looked at"


@pytest.mark.parametrize("change", ["level = level + 1", "service = 'printing'", "first_tail = 1 << 60", "live = 0"])
def test_doctor_sees_a_standing_that_is_astray(outage: Desk, change: str) -> None:
    assert {check.name: check.state for check in database(outage.path)}["counts"] == "ok"
    outage.database.execute(f"UPDATE standings SET {change} WHERE {OF_THREE}")
    assert {check.name: check.state for check in database(outage.path)}["counts"] == "wrong"


def test_explain_with_any_stored_policy(outage: Desk, company: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = outage.policy.version
    company.write_text(company.read_text(encoding="utf-8") + "policy: {reach: {all: 17}}\n", encoding="utf-8")
    apply_catalog(outage, load_files([company]))
    vector = "BI1/CR:1/CO:U/RE:A/JO:M/TO:0/CM:-/WI:-"
    scores = {}
    for version in (first, outage.policy.version):
        assert run(["explain", vector, "--policy", str(version), "--json", "--db", str(outage.path)]) == 0
        scores[version] = json.loads(capsys.readouterr().out)["score"]
    assert scores == {first: 75, outage.policy.version: 72}
    assert run(["explain", vector, "--policy", "99", "--db", str(outage.path)]) == 1
    assert "no version 99 of the policy; 0 (the default) to" in capsys.readouterr().err
