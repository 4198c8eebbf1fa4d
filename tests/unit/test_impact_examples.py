"""Every example of the contract of the score, and every rule of it, by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog
from triage.impact.policy import DEFAULT
from triage.impact.score import score
from triage.impact.vector import explain
from triage.tickets.models import Condition, Facts, Impact, Reach

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def catalog() -> CatalogIndex:
    """A small company: a shop, what it needs, a few windows."""
    return CatalogIndex(
        Catalog.model_validate(
            {
                "catalog": {"name": "Shop", "currency": "USD", "timezone": "UTC"},
                "people": [{"id": "lee", "name": "Lee Santos"}],
                "sites": [{"id": "tustin", "name": "Tustin branch"}],
                "organisations": [
                    {"id": "big", "name": "Big Builder", "domains": ["big.example"], "key_account": True},
                ],
                "calendars": [{"id": "office", "timezone": "UTC", "hours": {"mon-fri": ["09:00-17:00"]}}],
                "services": [
                    {
                        "id": "checkout",
                        "name": "Checkout",
                        "criticality": 1,
                        "mtpd": "4h",
                        "agreed": {"by": "lee", "on": "2026-09-01"},
                        "depends_on": ["identity"],
                    },
                    {"id": "identity", "name": "Sign-in", "criticality": 2},
                    {"id": "identity-critical", "name": "Identity", "criticality": 1},
                    {"id": "printing", "name": "Printing", "criticality": 3, "mtpd": "10h"},
                    {"id": "vpn", "name": "VPN", "criticality": 2, "mtpd": "8h"},
                    {"id": "payroll", "name": "Payroll", "criticality": 2},
                    {"id": "payroll-all", "name": "Payroll for all", "criticality": 2, "serves": "all"},
                    {
                        "id": "wire",
                        "name": "Wire desk",
                        "criticality": 2,
                        "calendar": "office",
                        "sla": {"respond": "1h", "resolve": "8h"},
                        "mtpd": "30d",
                    },
                    {
                        "id": "floored",
                        "name": "Floored",
                        "criticality": 3,
                        "floor": {"priority": "P2", "when": ["unavailable"], "reason": "Nobody can close."},
                    },
                ],
                "journeys": [
                    {
                        "id": "buying",
                        "name": "Buying",
                        "stages": [
                            {
                                "id": "pay",
                                "name": "Pay",
                                "touchpoints": [
                                    {
                                        "id": "card",
                                        "name": "Pay by card",
                                        "services": ["checkout"],
                                        "moment_of_truth": "Pays or leaves.",
                                    },
                                    {"id": "quote", "name": "Get a quote", "services": ["vpn"]},
                                    {
                                        "id": "keys",
                                        "name": "Get the keys",
                                        "services": ["wire"],
                                        "promises": [{"id": "same-day", "text": "Keys today", "within": "4h"}],
                                    },
                                ],
                            }
                        ],
                    },
                ],
                "windows": [
                    {
                        "id": "quarter-end",
                        "name": "Quarter end",
                        "starts": "2026-11-24T00:00",
                        "ends": "2026-11-24T23:59",
                        "services": ["vpn"],
                        "reason": "Quotes.",
                    },
                    {
                        "id": "pay-day",
                        "name": "Pay day",
                        "starts": "2026-11-24T06:00",
                        "ends": "2026-11-24T20:00",
                        "services": ["payroll", "payroll-all"],
                        "reason": "Wages.",
                        "peak": True,
                    },
                    {
                        "id": "launch",
                        "name": "Launch",
                        "starts": "2026-12-24T00:00",
                        "ends": "2026-12-25T00:00",
                        "services": ["printing"],
                        "reason": "Labels.",
                        "prepare": "1d",
                    },
                ],
                "vips": ["ceo@shop.example", "@board.example"],
            }
        )
    )


INDEX = catalog()


def facts(service: str | None = None, condition: str = "question", reach: str = "person", **more: Any) -> Facts:
    """Facts of a confirmed ticket made just now."""
    age = more.pop("age", timedelta(0))
    now = more.pop("now", NOW)
    base: dict[str, Any] = {
        "created_at": now - age, "service": service, "condition": Condition(condition), "reach": Reach(reach),
        "service_sure": True, "touchpoint_sure": True, "condition_sure": True, "reach_sure": True,
    }  # fmt: skip
    return Facts(**(base | more))


def impact(*args: Any, at: datetime = NOW, index: CatalogIndex = INDEX, **more: Any) -> Impact:
    """The impact of such a ticket, with what must hold of every impact."""
    found = score(facts(*args, now=at, **more), index, DEFAULT, at)
    assert sum(found.factors) == found.score
    assert sum(row.points for row in found.breakdown) == found.score
    assert found.low <= found.score <= found.high
    told = explain(found.vector, DEFAULT)
    assert (told.score, told.priority) == (found.score, found.priority)
    assert sum(row.points for row in told.rows) == found.score
    return found


@pytest.mark.parametrize(
    ("given", "points", "priority"),
    [
        (("checkout", "unavailable", "all", {"touchpoint": "card"}), (40, 20, 15, 0, 0, 0), "P1"),
        (("checkout", "unavailable", "person", {}), (20, 2, 0, 0, 0, 0), "P4"),
        (("checkout", "degraded", "site", {"touchpoint": "card", "age": timedelta(hours=2)}),
         (28, 10, 15, 5, 0, 0), "P2"),
        (("printing", "unavailable", "site", {"age": timedelta(hours=8)}), (18, 10, 0, 8, 0, 0), "P3"),
        (("identity-critical", "request", "person", {}), (2, 2, 0, 0, 0, 0), "P5"),
        (("checkout", "unavailable", "person", {"touchpoint": "card", "age": timedelta(days=1)}),
         (20, 2, 8, 5, 0, 0), "P3"),
        (("vpn", "degraded", "site", {"touchpoint": "quote"}), (20, 10, 5, 0, 0, 5), "P3"),
        (("payroll", "unavailable", "team", {}), (40, 6, 0, 0, 0, 5), "P3"),
        (("payroll-all", "unavailable", "team", {"reach_sure": False}), (40, 20, 0, 0, 0, 5), "P1"),
    ],
)  # fmt: skip
def test_the_examples_of_the_contract(given: Any, points: Any, priority: str) -> None:
    found = impact(*given[:3], **given[3])
    assert found.factors == points
    assert found.priority == priority


def test_the_vector_of_the_contract_is_written_and_read() -> None:
    found = impact("checkout", "unavailable", "all", touchpoint="card")
    assert found.vector == "BI1/CR:1/CO:U/RE:A/JO:M/TO:0/CM:-/WI:-"
    assert explain("BI1/CR:1/CO:U/RE:A/JO:M/TO:0/CM:-/WI:-", DEFAULT).score == 75
    assert impact("payroll-all", "unavailable", "all").vector.endswith("/WI:Y/FL:P1")
