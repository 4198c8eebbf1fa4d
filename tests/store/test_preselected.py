"""Below *likely* nothing is preselected: confirming takes what is likely and waves no guess through."""

from __future__ import annotations

import json

import pytest

from triage.desk import acts
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.errors import Refused
from triage.linking.calibration import LIKELY


def chances(desk: Desk, **wanted: float) -> None:
    """Give the first candidate of a kind another probability, and nothing else any."""
    text = desk.database.execute("SELECT reading FROM readings WHERE ticket_id = 1").fetchone()[0]
    reading = json.loads(text)
    for kind, probability in wanted.items():
        candidates = reading[f"{kind}s"]
        for place, candidate in enumerate(candidates):
            candidate["probability"] = probability if place == 0 else 0.0
        reading[f"none_{kind}"] = 0.0
    with desk.act() as connection:
        connection.execute("UPDATE readings SET reading = ? WHERE ticket_id = 1", (json.dumps(reading),))


@pytest.fixture
def one(desk: Desk, ticket) -> Desk:  # type: ignore[no-untyped-def]
    """A desk with a ticket about signing in the closing portal."""
    take_in(
        desk, [ticket("Closing portal", "sign the closing documents in the closing portal")], source="file", name="t"
    )
    return desk


def decided(desk: Desk) -> set[str]:
    """The fields that somebody decided."""
    return {row[0] for row in desk.database.execute("SELECT field FROM decisions WHERE ticket_id = 1")}


@pytest.mark.parametrize(
    ("service", "touchpoint", "taken"),
    [
        (LIKELY, LIKELY, {"service", "touchpoint"}),
        (LIKELY, LIKELY - 0.01, {"service"}),
        (LIKELY - 0.01, LIKELY, {"touchpoint"}),
    ],
)
def test_what_is_likely_is_taken_and_the_rest_is_left(
    one: Desk, service: float, touchpoint: float, taken: set[str]
) -> None:
    chances(one, service=service, touchpoint=touchpoint)
    acts.confirm(one, [1])
    assert decided(one) & {"service", "touchpoint"} == taken
    assert {"condition", "reach"} <= decided(one)


def test_a_guess_alone_is_refused_with_the_way_out(one: Desk) -> None:
    chances(one, service=LIKELY - 0.01, touchpoint=LIKELY - 0.01)
    with pytest.raises(Refused, match="nothing likely is proposed"):
        acts.confirm(one, [1])
    assert decided(one) == set()
    lines = detail(one, 1)
    assert not any(line.preselected for line in (*lines.services, *lines.touchpoints))
    assert lines.services[0].chosen  # it counts in the score all the same
    acts.confirm(one, [1], guesses=True)
    assert {"service", "touchpoint", "condition", "reach"} <= decided(one)
