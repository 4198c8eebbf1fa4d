"""The board over a million tickets: from maintained counts, against the same board by `GROUP BY` in the same run.

    uv run pytest tests/bench/test_board_speed.py -m bench -s

Read and laid out as the screen does it, without the terminal; the overview comes after the first paint, in a thread.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest

from tests.bench.million import NOW, TICKETS, million
from triage.desk import queue
from triage.desk.board import board, trend
from triage.desk.office import Desk
from triage.desk.overview import overview
from triage.desk.trends import trends
from triage.ui.board_sheet import maps, side
from triage.ui.overview_sheet import overview_sheet

ROUNDS = 15
GROUPED = (
    "SELECT bucket, count(*), sum(score) FROM queue GROUP BY 1",
    "SELECT priority, sure, count(*), sum(score) FROM queue WHERE bucket = 0 GROUP BY 1, 2",
    "SELECT service, condition, count(*), sum(score) FROM queue WHERE bucket = 0 GROUP BY 1, 2",
    "SELECT touchpoint, count(*), sum(score) FROM queue WHERE bucket = 0 GROUP BY 1",
    "SELECT site, count(*), sum(score) FROM queue WHERE bucket = 0 GROUP BY 1",
    "SELECT assignee, count(*), sum(score) FROM queue WHERE bucket = 0 GROUP BY 1",
)


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Median and greatest of several rounds, in milliseconds."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took), max(took)


@pytest.mark.bench
def test_the_board_from_counts_and_by_group_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_NOW", NOW)
    with Desk(million(), user="lee", read_only=True) as desk:
        names = queue.names(desk)
        zone = desk.index.timezone

        def painted() -> None:
            found = board(desk)
            maps(found, {}, 96)
            side(found, names, desk.now(), zone, 62)

        def grouped() -> None:
            for query in GROUPED:
                desk.database.execute(query).fetchall()

        ours, ours_most = timed(painted)
        theirs, theirs_most = timed(grouped, 3)
        services = [line.service for line in board(desk).services if line.service]
        later = {
            "7 days of each service": timed(lambda: trend(desk, services), 3),
            "overview, after the first paint": timed(
                lambda: overview_sheet(overview(desk), names, zone, desk.now(), 62), 3
            ),
            "trends by day": timed(lambda: trends(desk), 3),
        }
    print(f"\n{TICKETS} tickets, median and greatest of {ROUNDS} in ms")
    print(f"  board read and laid out        {ours:8.1f} {ours_most:8.1f}")
    print(f"  the same counts by GROUP BY    {theirs:8.1f} {theirs_most:8.1f}   {theirs / ours:.0f} x")
    for what, (median, most) in later.items():
        print(f"  {what:<30} {median:8.1f} {most:8.1f}")
    assert ours < theirs
