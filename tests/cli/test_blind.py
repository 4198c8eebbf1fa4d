"""What a person may see of a ticket of the blind sample before deciding: the queue, the page, filters, the hand-over."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.style import Style

from triage.cli.main import run
from triage.desk import acts
from triage.desk.blind import in_sample
from triage.desk.catalog import apply_catalog, load_files
from triage.desk.office import Desk
from triage.desk.queue import names, rows
from triage.desk.take_in import take_in
from triage.ui.screens.desk_filter import DeskFilter
from triage.ui.widgets import columns

POLICY = "policy: {auto_link: {on: true, blind_one_in: 2}}\n"
BLIND = next(f"T-{n}" for n in range(1, 200) if in_sample("file", f"T-{n}", 2))
SHOWN = next(f"T-{n}" for n in range(1, 200) if not in_sample("file", f"T-{n}", 2))
PROPOSED = "Closing Portal"


@pytest.fixture
def asked(desk: Desk, company: Path, ticket: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose policy asks for auto-link, with a ticket of the sample (1) and one beside it (2)."""
    company.write_text(company.read_text("utf-8") + POLICY, "utf-8")
    apply_catalog(desk, load_files([company]))
    both = [ticket("It is down", "the closing portal is down", external_id=name) for name in (BLIND, SHOWN)]
    take_in(desk, both, source="file", name="a")
    monkeypatch.setenv("TRIAGE_DB", str(desk.path))
    return desk


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert run(list(words)) == 0
    return capsys.readouterr().out


def line_of(out: str, ident: int) -> str:
    return next(line for line in out.splitlines() if line.split()[:1] == [str(ident)])


def test_the_queue_says_first_and_keeps_what_ranks_it(asked: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, "queue")
    blind, shown = line_of(out, 1), line_of(out, 2)
    assert "say first" in blind and PROPOSED not in blind and PROPOSED in shown
    (row,) = rows(asked, [1])
    assert blind.split()[1:3] == [f"P{row.priority}", str(row.score)]  # a queue without its order is none
    acts.link(asked, [1], "service", "printing")
    assert "Printing" in line_of(told(capsys, "queue"), 1)


def test_the_page_names_nothing_until_asked_and_that_is_written_down(
    asked: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    out = told(capsys, "show", "1")
    assert "by name, not by rank" in out and "≈ closing portal" not in out and "Why " not in out and "●" not in out
    assert f"● service    {PROPOSED}" in told(capsys, "show", "1", "--reveal")
    assert "asked" in {row[0] for row in asked.database.execute("SELECT field FROM act_changes WHERE ticket_id = 1")}
    assert PROPOSED in line_of(told(capsys, "queue"), 1)


def test_json_hides_nothing_and_says_which_kinds_are_blind(asked: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(capsys, "show", "1", "--json"))
    assert found["blind"] == ["service", "touchpoint"] and found["service"] == "closing-portal"
    assert json.loads(told(capsys, "show", "2", "--json"))["blind"] == []


def text_of(desk: Desk, ident: int, **look: Any) -> str:
    (row,) = rows(desk, [ident])
    ink = columns.Ink._make(Style() for _ in columns.Ink._fields)
    known = columns.Look(names(desk), int(desk.now().timestamp()), ink, **look)
    return "".join(piece.text for piece in columns.line(row, columns.layout(150), known, at_cursor=False))


def test_a_line_of_the_application_names_neither_service_nor_touchpoint(asked: Desk) -> None:
    assert PROPOSED in text_of(asked, 2)
    line = text_of(asked, 1)
    assert "? say first" in line and not any(name in line for name in names(asked).services.values())
    assert not any(name in line for name in names(asked).touchpoints.values())


@pytest.mark.parametrize(("ident", "opened"), [(1, "is:swarm"), (2, "service:closing-portal is:swarm")])
def test_the_filter_of_a_swarm_names_no_service_that_is_not_shown_yet(asked: Desk, ident: int, opened: str) -> None:
    said: list[str] = []
    screen = SimpleNamespace(
        session=SimpleNamespace(names=names(asked), state=SimpleNamespace(view="swarms")), set_filter=said.append
    )
    (row,) = rows(asked, [ident])
    DeskFilter.see_swarm(screen, row)  # type: ignore[arg-type]
    assert said == [opened]


def test_the_hand_over_names_nothing_of_it(asked: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, "handover")
    assert "say first" in line_of(out, 1) and PROPOSED not in line_of(out, 1) and PROPOSED in line_of(out, 2)
