"""What keeping the order of the queue costs a rescoring, whoever computes the score. Run by hand:

    uv run python tests/bench/order_cost.py [ROWS]

Each arrangement holds the same open tickets with the same service, and is told of new points for every one of them by
`UPDATE … FROM` a small table (service to points), in chunks of 2 000, `score IS NOT new`. What differs is where the order
stands. Reading is the first 50 of a view, by the plan that the arrangement allows, the median of 20 readings.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

CHUNK = 2000
SERVICES = 300

ARRANGEMENTS: dict[str, tuple[str, ...]] = {
    "narrow, no order kept": (),
    "narrow, one index (rank)": ("CREATE INDEX a ON queue(rank)",),
    "narrow, one covering index": ("CREATE INDEX a ON queue(rank, service, touchpoint, assignee, priority)",),
    "narrow, five indexes": (
        "CREATE INDEX a ON queue(rank)",
        "CREATE INDEX b ON queue(service, rank)",
        "CREATE INDEX c ON queue(touchpoint, rank) WHERE touchpoint IS NOT NULL",
        "CREATE INDEX d ON queue(assignee, rank) WHERE assignee IS NOT NULL",
        "CREATE INDEX e ON queue(priority, rank)",
    ),
}
"""Arrangement to its indexes. The queue keeps its order in several, on a row three times as wide."""


def fill(path: Path, indexes: tuple[str, ...], rows: int, seed: int = 7) -> sqlite3.Connection:
    """A database of `rows` open tickets of SERVICES services, a third of them with somebody, half at a touchpoint."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -64000;"
        "CREATE TABLE queue (id INTEGER PRIMARY KEY, score INTEGER NOT NULL, rank INTEGER NOT NULL, service INTEGER,"
        " touchpoint INTEGER, assignee INTEGER, priority INTEGER NOT NULL, created_at INTEGER NOT NULL);"
        "CREATE TEMP TABLE points (service INTEGER PRIMARY KEY, more INTEGER NOT NULL);"
    )
    chance = random.Random(seed)
    made = (
        (number, score := chance.randrange(90), rank_of(score, number), chance.randrange(SERVICES),
         chance.randrange(40) if chance.random() < 0.5 else None, chance.randrange(50) if chance.random() < 0.3 else None,
         5 - score // 20, number)
        for number in range(1, rows + 1)
    )  # fmt: skip
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?, ?)", made)
    connection.execute("COMMIT")
    for index in indexes:
        connection.execute(index)
    connection.execute("ANALYZE")
    return connection


def rank_of(score: int, number: int) -> int:
    """The order of the queue as one integer: the greater score first, then the older ticket."""
    return (100 - score) << 40 | number


def rescore(connection: sqlite3.Connection, rows: int, seed: int = 11) -> tuple[float, list[float]]:
    """Seconds that new points for every ticket take, and the seconds of each lock."""
    chance = random.Random(seed)
    points = [(service, chance.choice((1, 2, 3, 5, 8))) for service in range(SERVICES)]
    connection.execute("DELETE FROM points")
    connection.executemany("INSERT INTO points VALUES (?, ?)", points)
    locks = []
    started = time.perf_counter()
    for first in range(1, rows + 1, CHUNK):
        connection.execute("BEGIN IMMEDIATE")
        locked = time.perf_counter()
        connection.execute(
            "UPDATE queue SET score = queue.score + p.more, rank = ((100 - queue.score - p.more) << 40) | queue.id,"
            " priority = 5 - (queue.score + p.more) / 20 FROM points p"
            " WHERE queue.id BETWEEN ? AND ? AND p.service = queue.service AND queue.score IS NOT queue.score + p.more",
            (first, first + CHUNK - 1),
        )
        connection.execute("COMMIT")
        locks.append(time.perf_counter() - locked)
    return time.perf_counter() - started, locks


def reading(connection: sqlite3.Connection, where: str) -> float:
    """Milliseconds of the first 50 of a view."""
    chance, taken = random.Random(3), []
    for _ in range(20):
        value = chance.randrange(40)
        started = time.perf_counter()
        connection.execute(f"SELECT id FROM queue WHERE {where} ORDER BY rank LIMIT 50", {"v": value}).fetchall()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"{rows} open tickets, every score moves")
    for name, indexes in ARRANGEMENTS.items():
        with tempfile.TemporaryDirectory() as folder:
            connection = fill(Path(folder) / "order.db", indexes, rows)
            seconds, locks = rescore(connection, rows)
            ms = [reading(connection, where) for where in ("1", "service = :v", "assignee = :v")] if indexes else []
            read = ", ".join(f"{one:.2f}" for one in ms) or "sorts the whole"
            print(
                f"{name:28} {rows / seconds:10,.0f} tickets/s  lock p50 {statistics.median(locks) * 1000:.0f} ms,"
                f" most {max(locks) * 1000:.0f} ms  first 50 of all, a service, a person (ms): {read}",
                flush=True,
            )
            connection.close()


if __name__ == "__main__":
    main()
