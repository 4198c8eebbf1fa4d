"""The first page of a search is the one that the whole search begins with, whichever way it was found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from triage.desk import queue
from triage.desk.filters import parse_filter
from triage.desk.office import Desk
from triage.desk.take_in import take_in
from triage.errors import StoreError
from triage.store import search
from triage.store.queue import ORDERS, Memory, all_ids, ids_page

SUBJECTS = (
    "Printer jams", "printer again", "The scanner prints", "Drucker für Büro", "PRINTER: on fire", "re-print", "sprint",
    "under_print", "Café printer", "cafe closed", "İstanbul printer", "ﬁrst print", "mu", "", "Straße print", "пЕчать стоит",
)  # fmt: skip
FILTERS = ("print", "printer", "p", "caf", "café", "CAFE print", "buro", "fur", "no-such", "печ", "straße", "strasse",
           "print -printer", "under_print", '"on fire"', "print priority:P3", "print is:unclaimed", "ﬁrst", "st", "fire pri")  # fmt: skip


@pytest.fixture
def many(desk: Desk, ticket: Callable[..., Any]) -> Desk:
    made = [ticket(SUBJECTS[number % len(SUBJECTS)] or "-") for number in range(60)]
    take_in(desk, made, source="test", name="many")
    return desk


def chosen(desk: Desk, text: str, order: str | None = None, view: str = "open") -> queue.Selection:
    found = parse_filter(text, queue.names(desk))
    return queue.selection(
        desk, view, order=order, where=found.where, parameters=found.parameters, needs_ticket=found.needs_ticket,
        search=found.search,
    )  # fmt: skip


@pytest.mark.parametrize(("glance", "read_on", "few"), [(2, 3, 3000), (2, 3, 1), (5, 40, 1), (500, 2500, 3000)])
def test_every_way_leads_to_the_same_page(
    many: Desk, monkeypatch: pytest.MonkeyPatch, glance: int, read_on: int, few: int
) -> None:
    monkeypatch.setattr(search, "GLANCE", glance)
    monkeypatch.setattr(search, "READ_ON", read_on)
    monkeypatch.setattr(search, "FEW", few)
    connection = many.database.connection
    for text in FILTERS:
        for order in (None, *ORDERS):
            selection = chosen(many, text, order)
            for limit in (3, 50):
                page = ids_page(connection, selection, limit)
                assert page == list(all_ids(connection, selection))[:limit], (text, order, limit)
    assert len(ids_page(connection, chosen(many, "print"), 50)) > 20


TYPED = (
    "printer",
    "print is:unclaimed",
    "PRINTER on",
    "café pri",
    "the scan",
    "under_print",
    "straße",
    "p jams",
    "fire pri",
)


@pytest.mark.parametrize(("glance", "few", "many_of_them", "places"), [
    (2, 0, 1, (1, 2, 5, 9, 20)), (2, 0, 99, (1, 2, 5, 9, 20)), (3, 4, 99, (4, 8, 12, 16, 40)), (9, 99, 99, (500,) * 5),
])  # fmt: skip
@pytest.mark.parametrize("deep", [7, 400])
def test_what_was_found_for_the_letters_before_is_narrowed_down_to_the_same_page(
    many: Desk, monkeypatch: pytest.MonkeyPatch, glance: int, few: int, many_of_them: int, places: tuple[int, ...],
    deep: int,
) -> None:  # fmt: skip
    for name, value in (
        ("GLANCE", glance), ("READ_ON", 2 * glance), ("FEW", few), ("MANY", many_of_them), ("PLACES", places), ("DEEP", deep),
    ):  # fmt: skip
        monkeypatch.setattr(search, name, value)
    connection = many.database.connection
    connection.execute("UPDATE standings SET level = level + id % 3, first_tail = 0")
    connection.execute("UPDATE placed SET tail = ticket_id % 13")
    memory = Memory()
    for text in TYPED:
        for end in (*range(1, len(text) + 1), len(text) - 1):
            selection = chosen(many, text[:end])
            if selection.search is None:
                continue
            for limit in (3, 6, 30):
                expected = list(all_ids(connection, selection))[:limit]
                assert ids_page(connection, selection, limit, memory=memory) == expected, (text[:end], limit)
    assert bool(memory.bounds) == (places[0] < 500)


def test_what_changed_between_two_letters_is_found(many: Desk) -> None:
    memory, connection = Memory(), many.database.connection
    before = ids_page(connection, chosen(many, "prin"), 50, memory=memory)
    assert memory.whole
    with Desk(many.path) as other:
        other.database.execute("UPDATE placed SET bucket = 2 WHERE ticket_id = ?", (before[1],))
    gone = chosen(many, "print")
    found = ids_page(connection, gone, 50, memory=memory)
    assert found == list(all_ids(connection, gone)) and before[1] not in found
    connection.execute("UPDATE placed SET bucket = 2 WHERE ticket_id = ?", (found[-1],))
    assert ids_page(connection, gone, 50, memory=memory) == found[:-1]
    assert ids_page(connection, chosen(many, "print", view="all"), 50, memory=memory)


def test_a_page_that_nobody_waits_for_is_not_read_to_its_end(many: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "STEPS", 10)
    memory, asked = Memory(), chosen(many, "body:a print")
    with pytest.raises(StoreError, match="interrupted"):
        queue.first_page(many, asked, 50, memory, lambda: False)
    assert not memory.asked
    rows = queue.first_page(many, asked, 50, memory, lambda: True)
    assert [row.id for row in rows] == list(all_ids(many.database.connection, asked))[:50]


def test_a_page_is_the_beginning_of_all_ids_in_every_order(many: Desk) -> None:
    connection = many.database.connection
    connection.execute("UPDATE placed SET below = ticket_id % 5, width = ticket_id % 5")
    connection.execute("UPDATE standings SET sure = id % 2")
    for order in ORDERS:
        for limit in (1, 7, 500):
            selection = chosen(many, "", order)
            ids = list(all_ids(connection, selection))
            assert len(ids) == len(set(ids)) == 60
            assert ids_page(connection, selection, limit) == ids[:limit], order
    uncertain = [row[0] for row in connection.execute("SELECT ticket_id FROM queue WHERE width > 0 OR sure = 0")]
    assert set(all_ids(connection, chosen(many, "", "uncertainty"))[: len(uncertain)]) == set(uncertain)


@pytest.mark.parametrize("order", list(ORDERS))
def test_no_order_sorts_the_queue(many: Desk, order: str) -> None:
    """Sorting a million tickets takes seconds: each order has an index, and its plan sorts among equal ones at most."""
    queries: list[str] = []
    connection = many.database.connection
    connection.set_trace_callback(queries.append)
    ids_page(connection, chosen(many, "", order), 1)
    all_ids(connection, chosen(many, "", order))
    connection.set_trace_callback(None)
    for query in queries:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}")]
        assert not any("TEMP B-TREE FOR ORDER BY" in step for step in plan), (query, plan)
