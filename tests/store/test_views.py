"""Own views: a name for a view, its filter and its order."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from triage.cli.main import run
from triage.desk import acts, queue
from triage.desk.office import Desk
from triage.desk.take_in import take_in
from triage.desk.views import OwnView, find_view, forget_view, own_views, save_view, select
from triage.errors import NotFound, Refused, UsageError
from triage.store import queue as store


@pytest.fixture
def two(desk: Desk, ticket: Callable[..., Any]) -> Desk:
    take_in(desk, [ticket("The printer is jammed", "printer"), ticket("The signing page is down", "sign")],
            source="file", name="two")  # fmt: skip
    return desk


def test_a_saved_view_comes_back_and_selects(two: Desk) -> None:
    save_view(two, "paper", "open", "service:printing", "age")
    assert own_views(two) == [OwnView("paper", "open", "service:printing", "age", "ana")]
    chosen, problems = select(two, find_view(two, "Paper"))
    assert problems == []
    assert [row.subject for row in queue.first_page(two, chosen, 9)] == ["The printer is jammed"]
    assert queue.first_page(two, select(two, find_view(two, "paper"), "signing")[0], 9) == []


def test_saving_again_replaces_and_letting_go_leaves_nothing(two: Desk) -> None:
    save_view(two, "paper", "open", "printer")
    save_view(two, "paper", "all", "jammed")
    assert [view.view for view in own_views(two)] == ["all"]
    forget_view(two, "paper")
    assert own_views(two) == []
    with pytest.raises(NotFound):
        forget_view(two, "paper")


@pytest.mark.parametrize("name", ["", "  ", "open", "Mine", "a\nb", "x" * 41, "\x1b[31mred"])
def test_names_that_cannot_be(two: Desk, name: str) -> None:
    with pytest.raises(UsageError):
        save_view(two, name)


def test_a_filter_that_is_not_understood_is_not_saved(two: Desk) -> None:
    with pytest.raises(UsageError, match="no service 'prnting'"):
        save_view(two, "paper", filter="service:prnting")


def test_a_damaged_view_is_left_out(two: Desk) -> None:
    with two.act() as connection:
        for number, text in enumerate(("[]", "{", '{"view": "gone"}', '{"view": "open", "order": "taste"}')):
            store.set_meta(connection, f"view:{number}", text)
    assert own_views(two) == []


def test_a_desk_for_reading_saves_none(two: Desk) -> None:
    with Desk(two.path, read_only=True) as reader, pytest.raises(Refused):
        save_view(reader, "paper")


def test_queue_takes_an_own_view_and_names_it_when_it_is_missed(
    two: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    save_view(two, "paper", filter="service:printing")
    monkeypatch.setenv("TRIAGE_DB", str(two.path))
    assert run(["queue", "--view", "paper", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["total"], found["tickets"][0]["subject"]) == (1, "The printer is jammed")
    assert run(["queue", "--view", "papr"]) == 2
    assert "did you mean 'paper'?" in capsys.readouterr().err


def test_a_view_is_one_whatever_its_case_and_one_that_comes_with_triage_stays(desk: Desk) -> None:
    save_view(desk, "Team", "open")
    save_view(desk, "team", "mine")
    assert [(view.name, view.view) for view in own_views(desk)] == [("team", "mine")]
    forget_view(desk, "TEAM")
    assert own_views(desk) == []
    with pytest.raises(Refused, match="stays"):
        forget_view(desk, "open")


@pytest.fixture
def swarming(desk: Desk, ticket: Callable[..., Any], now: datetime) -> Desk:
    """Eight people who cannot sign, a swarm, and two tickets about something else; ana has two of the eight."""
    outage = [
        ticket(f"Signing page is down {n}", "The closing portal is down", created_at=now - timedelta(minutes=3 * n))
        for n in range(1, 9)
    ]
    others = [ticket("The printer is jammed", "printer"), ticket("Coffee", "none left")]
    take_in(desk, [*outage, *others], source="file", name="a")
    acts.claim(desk, [row.id for row in queue.first_page(desk, queue.selection(desk), 50) if row.swarm][3:5])
    return desk


@pytest.mark.parametrize("view", sorted(store.FOLDING))
@pytest.mark.parametrize("order", [None, *store.ORDERS])
def test_a_folded_view_has_each_swarm_once_at_its_first_ticket(swarming: Desk, view: str, order: str | None) -> None:
    plain = queue.selection(swarming, view, order=order)
    rows = queue.rows(swarming, queue.all_ids(swarming, plain))
    by_impact = queue.rows(swarming, queue.all_ids(swarming, plain._replace(order="impact")))
    first = {row.swarm: row.id for row in reversed(by_impact) if row.swarm is not None}
    wanted = [row.id for row in rows if row.swarm is None or row.id == first[row.swarm]]
    folded = plain._replace(folded=True)
    assert list(queue.all_ids(swarming, folded)) == wanted
    assert [row.id for row in queue.first_page(swarming, folded, 2)] == wanted[:2]
    assert queue.total(swarming, folded) == len(wanted)


def test_folding_leaves_one_line_of_a_swarm_and_a_filter_shows_its_tickets(swarming: Desk) -> None:
    folded = queue.selection(swarming)._replace(folded=True)
    assert queue.total(swarming, folded) == 3
    assert queue.total(swarming, folded._replace(where="q.swarm IS NOT NULL")) == 8
    assert queue.total(swarming, folded._replace(view="all")) == 10
