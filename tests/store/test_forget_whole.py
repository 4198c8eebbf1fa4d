"""Forgetting reaches every place, takes no more than was meant, and says when the file could not be cleaned."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from triage.desk import acts
from triage.desk.forget import forget
from triage.desk.learning import fit_when_due
from triage.desk.office import Desk
from triage.desk.rate import rate
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.errors import NotFound, StoreError

Maker = Callable[..., Any]
ADDRESS = "ana@harbor.example"


def test_a_longer_address_that_holds_the_shorter_one_stays(desk: Desk, ticket: Maker) -> None:
    body = f"ask diana@harbor.example, {ADDRESS}.au, <{ADDRESS.upper()}>, or mailto:{ADDRESS}. Thanks"
    take_in(desk, [ticket("x", "mine", requester=ADDRESS), ticket("help", body)], source="file", name="a")
    forget(desk, requester=ADDRESS)
    found = detail(desk, 2).ticket.body
    assert found == f"ask diana@harbor.example, {ADDRESS}.au, <(forgotten)>, or mailto:(forgotten). Thanks"


@pytest.mark.parametrize("requester", ["e", "target", "site", "null", "printer"])
def test_a_requester_that_is_a_plain_word_costs_nobody_else_that_word(
    desk: Desk, ticket: Maker, requester: str
) -> None:
    other = ticket("The printer of the site", "target: null, see the printer", extra={"site": "e"})
    take_in(desk, [ticket("x", "mine", requester=requester), other], source="file", name="a")
    acts.link(desk, [2], "service", "printing")
    found = forget(desk, requester=requester)
    assert (found.tickets, found.mentions) == (1, 0)
    kept = detail(desk, 2)
    assert kept.ticket.body == "target: null, see the printer"
    assert kept.facts.service == "printing"


def test_a_name_of_several_words_is_struck_out_as_words(desk: Desk, ticket: Maker) -> None:
    take_in(
        desk,
        [
            ticket("x", "mine", requester="Dana Buyer"),
            ticket("For Dana  buyer", "not Dana Buyers", extra={"asked for": "Dana Buyer"}),
        ],
        source="file",
        name="a",
    )
    assert forget(desk, requester="dana buyer").mentions == 1
    kept = detail(desk, 2).ticket
    assert kept.subject == "For (forgotten)"
    assert kept.body == "not Dana Buyers"
    assert kept.extra == {"asked for": "(forgotten)"}


def test_an_address_with_capital_letters_beyond_ascii_is_found(desk: Desk, ticket: Maker) -> None:
    take_in(desk, [ticket("x", "mine", requester="jörg@örtlich.example")], source="file", name="a")
    assert forget(desk, requester="JÖRG@Örtlich.example").tickets == 1


def test_an_address_in_a_file_name_or_a_rating_is_erased(desk: Desk, ticket: Maker) -> None:
    name = f"mails of {ADDRESS}.mbox"
    mine, other = ticket("x", "mine", requester=ADDRESS, site="Anas kitchen, Elm St 4"), ticket("y", site="store 12")
    take_in(desk, [mine, other], source="file", name=name)
    rate(desk, 1, "P2", "Xylophonic remark")
    rate(desk, 2, "P3", f"{ADDRESS} said so")
    forget(desk, requester=ADDRESS)
    written = "\n".join(desk.database.connection.iterdump())
    for word in (ADDRESS, "Xylophonic", "Elm St"):
        assert word not in written
    assert detail(desk, 2).ticket.site == "store 12"


def test_what_was_fitted_from_forgotten_lessons_is_fitted_anew(desk: Desk, ticket: Maker) -> None:
    tickets = [ticket("Zwieback signing", f"quokka number {n}", requester=ADDRESS) for n in range(12)]
    tickets += [ticket("The printer jams", f"paper number {n}") for n in range(12)]
    take_in(desk, tickets, source="file", name="a")
    for ident in range(1, 25):
        acts.link(desk, [ident], "service", "closing-portal" if ident < 13 else "printing")
    assert fit_when_due(desk, always=True)
    before = desk.database.execute("SELECT fitted, decisions FROM learned").fetchone()
    forget(desk, requester=ADDRESS)
    rows = desk.database.execute("SELECT fitted, decisions FROM learned").fetchall()
    assert [row for row in rows if row[0] == before[0]] == []
    assert [row[1] for row in rows] == [12]


def test_a_desk_that_was_open_does_not_store_what_another_forgot(desk: Desk, ticket: Maker) -> None:
    take_in(desk, [ticket(f"Zwieback {n}", requester=ADDRESS) for n in range(4)], source="file", name="a")
    take_in(desk, [ticket(f"The printer jams {n}") for n in range(4)], source="file", name="b")
    for ident in range(1, 9):
        acts.link(desk, [ident], "service", "closing-portal" if ident < 5 else "printing")
    assert len(desk.memory) == 8
    with Desk(desk.path) as other:
        forget(other, requester=ADDRESS)
    fit_when_due(desk, always=True)
    assert len(desk.memory) == 4
    for (decisions,) in desk.database.execute("SELECT decisions FROM learned").fetchall():
        assert decisions == 4


def test_an_open_reader_is_told_of_and_the_next_forget_cleans_up(
    desk: Desk, ticket: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.store.database.BUSY_SECONDS", 0.1)
    take_in(desk, [ticket("Flibbertigibbet", requester=ADDRESS)], source="file", name="a")
    reader = sqlite3.connect(desk.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM tickets").fetchone()
    with Desk(desk.path) as quick, pytest.raises(StoreError, match=r"1 ticket.*traces"):
        forget(quick, requester=ADDRESS)
    assert detail(desk, 1).row.subject == "(forgotten)"
    reader.close()
    desk.close()
    with Desk(desk.path) as again:
        assert forget(again, requester=ADDRESS).tickets == 0
        assert b"Flibbertigibbet" not in _bytes(again.path)
        with pytest.raises(NotFound):
            forget(again, requester=ADDRESS)


def _bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))


def test_a_ticket_forgotten_while_its_import_runs_does_not_come_back(
    desk: Desk, ticket: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from triage.desk import take_in as room

    mine = ticket("x", "mine", requester=ADDRESS)
    take_in(desk, [mine], source="file", name="a")
    read = room._read

    def and_forget(*arguments: Any) -> list[str]:
        with Desk(desk.path) as other:
            forget(other, requester=ADDRESS)
        return read(*arguments)

    monkeypatch.setattr(room, "_read", and_forget)
    changed = ticket("x", "mine and more", requester=ADDRESS, external_id=mine.external_id)
    found = take_in(desk, [changed], source="file", name="a")
    assert desk.database.execute("SELECT count(*) FROM tickets").fetchone()[0] == 1
    assert len(found.rejected) == 1
    assert "forgotten" in found.rejected[0].reason
