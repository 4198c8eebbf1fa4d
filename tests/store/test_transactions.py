"""A transaction is whole or absent, also where its end fails; several reads see one state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from triage.desk import acts, learning
from triage.desk.office import Desk
from triage.desk.take_in import take_in
from triage.errors import StoreError

Maker = Callable[..., Any]


def test_a_commit_that_fails_leaves_no_transaction_open(desk: Desk) -> None:
    with pytest.raises(StoreError), desk.database.transaction() as connection:
        connection.execute("PRAGMA defer_foreign_keys = ON")
        connection.execute("INSERT INTO bodies (ticket_id, body) VALUES (999, 'x')")
    assert not desk.database.connection.in_transaction
    with desk.database.transaction() as connection:
        connection.execute("INSERT INTO meta (key, value) VALUES ('after', 'it')")
    with Desk(desk.path) as other:
        assert other.database.execute("SELECT value FROM meta WHERE key = 'after'").fetchone() == ("it",)


def test_a_memory_holds_no_act_that_came_while_it_was_read(
    desk: Desk, ticket: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(desk, [ticket("The signing page is down"), ticket("The printer jams")], source="file", name="a")
    acts.link(desk, [1], "service", "closing-portal")
    desk.forget_learned()
    read = learning.lessons_in_force

    def and_another(database: Any) -> Any:
        monkeypatch.setattr(learning, "lessons_in_force", read)
        with Desk(desk.path, user="bo") as other:
            acts.link(other, [2], "service", "printing")
        return read(database)

    monkeypatch.setattr(learning, "lessons_in_force", and_another)
    assert len(desk.memory) == 1
    acts.link(desk, [1], "service", "identity")
    with Desk(desk.path) as fresh:
        assert fresh.memory.dump() == desk.memory.dump()
