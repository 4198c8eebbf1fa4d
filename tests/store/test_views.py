"""Own views: a name for a view, its filter and its order."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from triage.cli.main import run
from triage.desk import queue
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
