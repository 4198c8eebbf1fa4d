"""The board over a million tickets: from maintained counts, against the same board by `GROUP BY` in the same run.

    uv run pytest tests/bench/test_board_speed.py -m bench -s

Read and laid out as the screen does it, without the terminal; then from the key to the bytes of the whole board in a
pseudo-terminal: the first time, when the screen is made, and each time after. The overview comes after the first paint,
in a thread.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench.million import NOW, TICKETS, million
from tests.bench.terminal import Terminal
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


TRIAGE = str(Path(sys.executable).with_name("triage"))
F2, F3 = "\x1bOQ", "\x1bOR"
STARTS = 3


def on_board(terminal: Terminal) -> bool:
    """The whole of the first page of the board: maps with figures, and what breaches next beside them."""
    text = "\n".join(terminal.display)
    first = next((line for line in terminal.display if line.lstrip(" ▌").startswith("P1 ")), "")
    return (
        "Breaching next" in text
        and "Services" in text
        and " P5 " in first
        and text.count(" P1") + text.count(" P2") > 3
    )


def on_desk(terminal: Terminal) -> bool:
    return any(line.startswith("▌") for line in terminal.display[3:]) and "Breaching next" not in str(terminal.display)


@pytest.mark.bench
def test_the_board_from_the_key_to_its_paint(tmp_path: Path) -> None:
    with Desk(million(), user="lee", read_only=True) as desk:

        def grouped() -> None:
            for query in GROUPED:
                desk.database.execute(query).fetchall()

        theirs, _ = timed(grouped, 1)
    first: list[float] = []
    again: list[float] = []
    environment = {
        "TRIAGE_NOW": NOW, "TRIAGE_USER": "lee", "XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path),
    }  # fmt: skip
    for _ in range(STARTS):
        command = [TRIAGE, "--read-only", "--db", str(million())]
        with Terminal(command, environment, 140, 45) as terminal:
            terminal.wait_for(on_desk)
            terminal.settle(1.5)
            for number in range(ROUNDS // STARTS + 1):
                took = terminal.key(F3, on_board, quiet=0.6)[1][0]
                assert took is not None, "\n".join(terminal.display)
                (again if number else first).append(1000 * took)
                terminal.key(F2, on_desk, quiet=0.6)
    print(f"\n{TICKETS} tickets, from F3 to the whole board in a terminal of 140x45, median and greatest in ms")
    print(f"  the first time                 {statistics.median(first):8.1f} {max(first):8.1f}   n {len(first)}")
    print(f"  each time after                {statistics.median(again):8.1f} {max(again):8.1f}   n {len(again)}")
    print(
        f"  the counts alone by GROUP BY   {theirs:8.1f}            {theirs / statistics.median(first):.0f} x the first"
    )
    assert max(first) < theirs
