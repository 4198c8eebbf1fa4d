"""The second half of the board as lines: it warns above a fifth of overrides, and tells what the catalog does not know."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from triage.catalog.health import UnlinkedTerm
from triage.desk.money import AtRisk
from triage.desk.overview import Overrides, Overview
from triage.desk.queue import Names
from triage.impact.money import Money
from triage.ui.overview_sheet import overview_sheet

NOW = datetime(2026, 12, 28, 14, tzinfo=UTC)


def lines(overridden: int, risk: AtRisk) -> list[str]:
    """The sheet as text: so many of a hundred tickets were overridden, and two things are not in the catalog."""
    by = [("politics", overridden)]
    seen = Overview(
        risk, [], [], Overrides(30, overridden, 100, by, [("portal", overridden)], [("swarm", overridden)]), [], [],
        [UnlinkedTerm("fax [gateway]", 4)], [("whatsapp", 7)],
    )  # fmt: skip
    sheet = overview_sheet(seen, Names(services={"portal": "Portal"}), UTC, NOW, 80)
    return ["".join(bit.text for bit in line).strip() for line in sheet.lines]


@pytest.mark.parametrize(("overridden", "warned"), [(21, True), (20, False)])
def test_more_than_a_fifth_of_overrides_is_warned_of(overridden: int, warned: bool) -> None:
    found = lines(overridden, AtRisk(Money(None, None, "USD"), 0, 0))
    assert f"Overrides  {overridden} of 100 tickets in 30 days, {overridden} %" in found
    assert any("above 20 %" in line for line in found) is warned
    assert f"why      politics {overridden}" in found and f"rule     swarm {overridden}" in found


def test_words_and_channels_that_nobody_knows_are_told() -> None:
    found = lines(0, AtRisk(Money(None, None, "USD"), 0, 0))
    assert any(line.startswith("fax [gateway]") and line.endswith("4 open") for line in found)
    assert "channels  whatsapp 7" in found and "Overrides  none in 30 days" in found


def test_money_is_an_estimate_and_the_unknown_is_not_nothing() -> None:
    assert "At risk  no outage is open" in lines(0, AtRisk(Money(None, None, "USD"), 0, 0))
    assert "At risk  unknown" in lines(0, AtRisk(Money(None, None, "USD"), 3, 3))
    found = lines(0, AtRisk(Money(27400.0, None, "USD"), 9, 2))
    assert any("400 USD an hour  estimate, 2 of 9 unknown" in line for line in found)
