"""Long filters, sources with colons, two catalogs at once, a desk that only looks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from triage.desk import acts, catalog_queue, undoing
from triage.desk import queue as desk_queue
from triage.desk.catalog import apply_catalog, load_files
from triage.desk.filters import may_be_number, parse_filter
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.desk.upkeep import keep_up
from triage.errors import Refused

Maker = Callable[..., Any]


@pytest.mark.parametrize(
    "text",
    ["a " * 3000, "-a " * 3000, "is:vip " * 3000, "id:1 " * 40_000, "x" * 100_000],
    ids=["words", "not words", "is", "ids", "letters"],
)
def test_a_filter_that_is_too_long_is_said_to_be(desk: Desk, ticket: Maker, text: str) -> None:
    take_in(desk, [ticket()], source="file", name="a")
    found = parse_filter(text, desk_queue.names(desk))
    chosen = desk_queue.selection(desk, where=found.where, parameters=found.parameters, needs_ticket=found.needs_ticket)
    assert desk_queue.total(desk, chosen) in (0, 1)
    assert [problem for problem in found.problems if "long" in problem]


def test_a_source_with_a_colon_can_be_named(desk: Desk, ticket: Maker) -> None:
    take_in(desk, [ticket(source="rt:east", external_id="7:8")], source="rt:east", name="a")
    assert desk_queue.find(desk, "rt:east:7:8") == 1


def test_an_apply_that_was_overtaken_leaves_the_queue_to_the_later_one(
    desk: Desk, ticket: Maker, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(desk, [ticket("The fax gateway is down", "No fax gateway since noon")], source="file", name="a")
    text = company.read_text(encoding="utf-8")

    def with_service(ident: str, name: str) -> Any:
        company.write_text(text.replace("personas:", f"  - {{id: {ident}, name: {name}, owner: jon}}\npersonas:", 1))
        return load_files([company])

    earlier, later = with_service("scan", "Scanners"), with_service("fax", "Fax Gateway")
    read = catalog_queue._read

    def and_another(*arguments: Any) -> list[str]:
        monkeypatch.setattr(catalog_queue, "_read", read)
        found = read(*arguments)
        with Desk(desk.path, user="bo") as other:
            apply_catalog(other, later)
        return found

    monkeypatch.setattr(catalog_queue, "_read", and_another)
    apply_catalog(desk, earlier)
    with Desk(desk.path) as fresh:
        assert fresh.index.version == 3
        assert detail(fresh, 1).facts.service == "fax"
        assert catalog_queue.is_up_to_date(fresh, 3)


def test_a_desk_that_only_looks_writes_nothing(desk: Desk, ticket: Maker) -> None:
    take_in(desk, [ticket()], source="file", name="a")
    before = list(desk.database.connection.iterdump())
    with Desk(desk.path, read_only=True) as looking:
        keep_up(looking)
        detail(looking, 1)
        for act in (acts.claim, acts.confirm, acts.resolve, acts.release):
            with pytest.raises(Refused):
                act(looking, [1])
        with pytest.raises(Refused):
            undoing.undo(looking)
        with pytest.raises(Refused):
            take_in(looking, [ticket()], source="file", name="a")
    assert list(desk.database.connection.iterdump()) == before


@pytest.mark.parametrize(
    ("typed", "meant", "problem"),
    [("is:vi", "is:vip", ""), ("is:swa", "is:swarm", ""), ("is:sure", "is:sure", ""),
     ("is:s", "", "'is:s' may be sure or swarm"), ("is:vpi", "", "no 'is:vpi'; did you mean 'is:vip'?")],
)  # fmt: skip
def test_the_beginning_of_a_word_after_is_will_do(desk: Desk, typed: str, meant: str, problem: str) -> None:
    known = desk_queue.names(desk)
    found = parse_filter(typed, known)
    assert found.where == parse_filter(meant, known).where
    assert found.problems == ([problem] if problem else [])


def test_a_ticket_is_found_by_its_number_as_people_write_it(desk: Desk, ticket: Maker) -> None:
    take_in(
        desk,
        [ticket("Issue #2 of the manual", "x", external_id="HT-7"), ticket("log on", "y")],
        source="file",
        name="two",
    )
    names = desk_queue.names(desk)

    def found(text: str) -> list[int]:
        parsed = parse_filter(text, names)
        chosen = desk_queue.selection(desk, "all", where=parsed.where, parameters=parsed.parameters,
                                 needs_ticket=parsed.needs_ticket, search=parsed.search)  # fmt: skip
        return [row.id for row in desk_queue.first_page(desk, chosen, 9)]

    assert found("#2") == [2] and found("#ht-7") == [1] and found("-#2") == [1]
    assert found('"#2"') == [1]  # in quotes these are words
    assert found("#2 manual") == []
    assert [may_be_number(text) for text in ("370", "HT-370 ", "printer", "is:late 3", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]
