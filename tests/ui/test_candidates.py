"""The numbers beside the candidates: each takes what stands there, as many as a ticket has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.conftest import opened, press, screen_text, told
from tests.ui.test_flows import decisions
from triage.desk.catalog import apply_catalog, load_files
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.tickets.models import IncomingTicket
from triage.ui.ticket_lines import numbered

NAMES = ("billing", "reporting", "archive", "customer")


@pytest.fixture
def many(tmp_path: Path, database: Path) -> Path:
    """A desk with one ticket that names four services and a touchpoint of each; the small one gives its surroundings."""
    services = "\n".join(f"  - {{id: {name}-portal, name: {name.title()} Portal, criticality: 2}}" for name in NAMES)
    pages = "\n".join(
        f"          - {{id: {name}-page, name: {name.title()} page, services: [{name}-portal]}}" for name in NAMES
    )
    catalog = tmp_path / "many.yaml"
    catalog.write_text(
        f"catalog: {{name: Many, currency: USD, timezone: UTC}}\nservices:\n{services}\n"
        "personas: [{id: buyer, name: Buyer}]\njourneys:\n  - id: buying\n    name: Buying\n    personas: [buyer]\n"
        f"    stages:\n      - id: one\n        name: One\n        touchpoints:\n{pages}\n",
        "utf-8",
    )
    path = tmp_path / "many.db"
    body = "They fail: " + ", ".join(f"{name} portal page" for name in NAMES)
    with Desk(path, user="ana") as desk:
        apply_catalog(desk, load_files([catalog]))
        take_in(
            desk, [IncomingTicket("rt", "1", "portal page fails", body, created_at=desk.now())], source="rt", name="x"
        )
    return path


@pytest.mark.parametrize("number", range(1, 8))
async def test_a_number_takes_what_stands_beside_it(many: Path, number: int) -> None:
    with Desk(many, user="ben") as desk:
        found = numbered(detail(desk, 1))
    assert sorted(found) == [1, 2, 3, 4, 5, 6, 7]  # the proposal, and three others of each kind
    line = found[number]
    async with opened(many, size=(120, 60)) as (app, pilot):
        if number > 1:
            assert f" {number} " in screen_text(app)
        await press(app, pilot, str(number))
        with Desk(many, user="ben") as desk:
            assert decisions(desk, 1)[line.kind]["target"] == line.target


@pytest.mark.parametrize("number", (8, 9))
async def test_a_number_beside_which_nothing_stands_decides_nothing(many: Path, number: int) -> None:
    async with opened(many, size=(120, 60)) as (app, pilot):
        await press(app, pilot, str(number))
        assert f"nothing stands beside {number}" in told(app)
        with Desk(many, user="ben") as desk:
            assert decisions(desk, 1) == {}
