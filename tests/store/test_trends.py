"""Trends and sharing out, held against what is in the database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from triage.desk import acts, undoing
from triage.desk.load import reassign
from triage.desk.office import Desk
from triage.desk.take_in import take_in
from triage.desk.trends import trends
from triage.errors import Refused


@pytest.mark.parametrize("step", ["day", "week"])
def test_what_came_and_what_was_done_is_in_its_step(desk: Desk, ticket, now, step) -> None:  # type: ignore[no-untyped-def]
    ages = [0, 0, 1, 8, 20, 27, 40, 400]
    take_in(desk, [ticket(created_at=now - timedelta(days=days)) for days in ages], source="file", name="t")
    acts.resolve(desk, [1, 2])
    found = trends(desk, step)
    width = timedelta(days=1 if step == "day" else 7)
    for place, begins in enumerate(found.begins):
        days = [(now - timedelta(days=age)).date() for age in ages]
        assert found.came[place] == sum(begins <= day < begins + width for day in days)
    assert found.done[-1] == 2 and sum(found.done) == 2
    scores = desk.database.execute(
        "SELECT sum(score) FROM queue WHERE created_at >= ?",
        (int((now - timedelta(days=27)).timestamp()) - 86400 * (step == "week") * 64,),
    ).fetchone()[0]
    assert sum(found.points) == scores


def test_the_most_urgent_go_first_and_one_undo_takes_it_back(desk: Desk, ticket) -> None:  # type: ignore[no-untyped-def]
    take_in(desk, [ticket() for _ in range(4)], source="file", name="t")
    acts.assign(desk, [1, 2, 3], "ben")
    ranked = [
        row[0] for row in desk.database.execute("SELECT ticket_id FROM queue WHERE assignee = 'ben' ORDER BY rank")
    ]
    assert reassign(desk, "ben", "mira", 2).tickets == ranked[:2]
    undoing.undo(desk)
    assert desk.database.execute("SELECT count(*) FROM queue WHERE assignee = 'ben'").fetchone()[0] == 3
    assert reassign(desk, None, "mira", 5).tickets == [4]
    for who, to in (("nobody-here", "mira"), ("mira", "mira")):
        with pytest.raises(Refused):
            reassign(desk, who, to, 1)
