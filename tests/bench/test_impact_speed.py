"""How many tickets a second are scored on one core.

Run by hand: `uv run pytest tests/bench/test_impact_speed.py -m bench -s`.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

import pytest

from triage.catalog.files import read_catalog
from triage.catalog.index import CatalogIndex
from triage.impact.policy import DEFAULT
from triage.impact.score import Scorer
from triage.paths import data_dir
from triage.tickets.models import Condition, Facts, Reach

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


def tickets(index: CatalogIndex, count: int, unsure: bool) -> list[Facts]:
    """Random tickets over the demonstration company; `unsure` with several plausible values of everything."""
    luck = random.Random(7)
    services, touchpoints = [None, *index.services], [None, None, None, *index.touchpoints]
    made = []
    for number in range(count):
        service, touchpoint = luck.choice(services), luck.choice(touchpoints)
        made.append(
            Facts(
                created_at=NOW - timedelta(hours=luck.random() * 200),
                service=service,
                touchpoint=touchpoint,
                condition=luck.choice(list(Condition)),
                reach=luck.choice(list(Reach)),
                requester=f"person{number % 5000}@example.com",
                possible_services={service: 0.6, luck.choice(services): 0.2, None: 0.1} if unsure else {service: 0.95},
                possible_touchpoints={touchpoint: 0.6, luck.choice(touchpoints): 0.3} if unsure else {},
                possible_conditions={"bug": 0.4, "unavailable": 0.3, "question": 0.2} if unsure else {},
                possible_reaches={"person": 0.7, "team": 0.3} if unsure else {},
            )
        )
    return made


@pytest.mark.bench
def test_scores_a_second() -> None:
    index = CatalogIndex(read_catalog([data_dir("seed") / "catalog"]).catalog)
    scorer = Scorer(index, DEFAULT)
    speeds = {}
    for name, unsure in (("one reading", False), ("about ten readings", True)):
        group = tickets(index, 20_000, unsure)
        scorer.score(group[0], NOW)
        begun = time.process_time()
        for facts in group:
            scorer.score(facts, NOW)
        speeds[name] = len(group) / (time.process_time() - begun)
    begun = time.process_time()
    for facts in group:
        scorer.verdict(facts, NOW)
    speeds["score and priority alone"] = len(group) / (time.process_time() - begun)
    for name, speed in speeds.items():
        print(f"{name}: {speed:,.0f} tickets/s")
    assert speeds["about ten readings"] > 2_000, "far below what was measured: something became quadratic"
