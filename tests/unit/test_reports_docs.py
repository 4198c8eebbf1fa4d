"""What the documentation shows of the demonstration is what the code makes of it now; its money equals a recount."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from triage.desk.demo import make_demo
from triage.desk.money import at_risk
from triage.desk.office import Desk
from triage.impact.money import Money, money, money_at_risk
from triage.impact.policy import REACHES
from triage.impact.vector import parse_vector
from triage.reports.every import build
from triage.reports.render import render
from triage.tickets.models import Condition, Facts, Reach

SHOWN = Path(__file__).parents[2] / "docs" / "reports"
NOW = "2026-12-28T14:32:00-08:00"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAGE_NOW", NOW)
        with make_demo(tmp_path_factory.mktemp("docs") / "demo.db") as desk:
            yield desk


@pytest.mark.parametrize("form", ["md", "html"])
def test_the_report_card_in_the_documentation_is_current(
    demonstration: Desk, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_NOW", NOW)
    shown = (SHOWN / f"card-2026Q3.{form}").read_text("utf-8")
    made = render(build(demonstration, "card", "2026Q3"), form)
    assert shown == made, "make docs/reports anew: docs/reports.md says how"


def test_money_at_risk_equals_a_recount_ticket_by_ticket(demonstration: Desk) -> None:
    desk, words = demonstration, ("unavailable", "degraded", "bug", "question", "request", "restored")
    items: dict[str, list[tuple[int | None, Money | None]]] = {}
    tickets = unknown = 0
    for service, vector, site, swarm, requesters in desk.database.execute(
        "SELECT q.service, q.vector, q.site, q.swarm, s.requesters FROM queue q LEFT JOIN swarms s ON s.id = q.swarm"
        " WHERE q.bucket = 0 AND q.service IS NOT NULL AND q.condition IN ('unavailable', 'degraded')"
    ):
        codes = parse_vector(vector).codes
        if words[codes.condition] not in ("unavailable", "degraded"):
            continue
        facts = Facts(
            datetime.fromtimestamp(0, UTC), service=service, condition=Condition(words[codes.condition]),
            reach=Reach(REACHES[codes.reach]), site=site, swarm_requesters=requesters or 0,
        )  # fmt: skip
        one = money(facts, desk.index, desk.policy)
        tickets, unknown = tickets + 1, unknown + (one is None)
        items.setdefault(service, []).append((swarm, one))
    revenue = staff = 0.0
    for service, each in items.items():
        found = money_at_risk(each, "USD")
        most = desk.index.services[service].revenue_per_hour
        revenue += min(found.revenue_per_hour or 0.0, most if most is not None else found.revenue_per_hour or 0.0)
        staff += found.staff_cost_per_hour or 0.0
    said = at_risk(desk)
    assert (said.tickets, said.unknown) == (tickets, unknown) and tickets > 50
    assert said.money.revenue_per_hour == pytest.approx(revenue) and revenue > 0
    assert said.money.staff_cost_per_hour == pytest.approx(staff) and staff > 0
