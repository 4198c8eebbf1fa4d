"""A large desk to measure on: the open tickets of the demonstration, a million times over.

Made once (a minute or two) and kept in a folder of the system's temporary ones; `TRIAGE_BENCH_TICKETS` sets another
number, `TRIAGE_BENCH_FOLDER` another place. The subjects get words of their own, common and rare ones, so that a filter
has something to tell apart; the times of creation lie over sixty days. The copies are in no swarm: two of tens of thousands are
no desk's. The first and the last tickets of the queue
have their readings as linking leaves them (8 kB each, which a million of them would make 8 GB); the others have none.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from triage.desk.demo import make_demo
from triage.store.migrations import migrations
from triage.store.queue import recount, recount_outages
from triage.store.rank import rank

TICKETS = int(os.environ.get("TRIAGE_BENCH_TICKETS", 1_000_000))
NOW = "2026-12-28T22:32:00+00:00"
"""The demonstration's own moment: give it to a program as TRIAGE_NOW."""
READ = 20_000
"""How many tickets at the head of the queue have readings; a tenth of that at its end."""
SPREAD = 0.5
"""The share of copies that have the place of another ticket: words are not bound to one stretch of the queue."""
SEED = 20261228
_VERSION = 4


def folder() -> Path:
    """Where large databases are kept between runs."""
    found = Path(os.environ.get("TRIAGE_BENCH_FOLDER") or Path(tempfile.gettempdir()) / "triage-bench")
    found.mkdir(parents=True, exist_ok=True)
    return found


def million(tickets: int = TICKETS) -> Path:
    """The database with so many open tickets; made where it is not there yet. Not to be changed: see `scratch`."""
    path = folder() / f"desk-{tickets}-{migrations()[-1][0]}-{_VERSION}.db"
    if not path.exists():
        partial = path.with_suffix(".partial")
        for suffix in ("", "-wal", "-shm"):
            partial.with_name(partial.name + suffix).unlink(missing_ok=True)
        with make_demo(partial, user="ana") as desk:
            fill(desk.database.connection, tickets)
        partial.rename(path)
    return path


def scratch(tickets: int = TICKETS) -> Path:
    """A copy of it that may be changed. Its user removes it."""
    path = folder() / f"scratch-{os.getpid()}.db"
    shutil.copyfile(million(tickets), path)
    with path.open("rb") as file:  # else the first act's checkpoint would write the whole copy to the disk
        os.fsync(file.fileno())
    return path


def words(luck: random.Random, count: int) -> list[str]:
    """Words that can be spoken, no two alike."""
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = luck.randint(2, 4)
        found["".join(luck.choice("bdfgklmnprstvz") + luck.choice("aeiou") for _ in range(syllables))] = None
    return list(found)


def fill(connection: sqlite3.Connection, tickets: int) -> None:
    """Copies of the open tickets straight into the tables, without indexes and triggers until all are there."""
    luck = random.Random(SEED)
    held = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND (type = 'trigger'"
        " OR type = 'index' AND tbl_name IN ('placed', 'tickets'))"
    ).fetchall()
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN")
    for kind, name, _ in held:
        connection.execute(f"DROP {kind} {name}")
    first = int(connection.execute("SELECT max(id) FROM tickets").fetchone()[0])
    connection.execute(
        "CREATE TEMP TABLE made (id INTEGER PRIMARY KEY, base, external, subject, created_at, rank, first_clock,"
        " at, priority, score)"
    )
    connection.executemany(
        "INSERT INTO made VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _copies(connection, luck, tickets, first)
    )
    _stand(connection)
    for table, key in (("tickets", "id"), ("bodies", "ticket_id"), ("placed", "ticket_id")):
        _copy(connection, table, key)
    connection.execute("CREATE TEMP TABLE read_too AS SELECT id FROM made ORDER BY rank LIMIT ?", (READ,))
    connection.execute(
        "INSERT INTO read_too SELECT id FROM (SELECT id FROM made ORDER BY rank DESC LIMIT ?)", (READ // 10,)
    )
    connection.execute(
        "INSERT INTO readings SELECT m.id, r.catalog_version, r.memory_version, r.reading FROM made m"
        " JOIN readings r ON r.ticket_id = m.base WHERE m.id IN (SELECT id FROM read_too)"
    )
    for _, _, sql in held:
        connection.execute(sql)
    connection.execute("INSERT INTO titles (titles) VALUES ('rebuild')")
    connection.execute("DELETE FROM counts")
    connection.executemany(
        "INSERT INTO counts (name, key1, key2, n, points) VALUES (?, ?, ?, ?, ?)",
        [(*key, *value) for key, value in recount(connection).items()],
    )
    connection.execute("DELETE FROM outages")
    connection.executemany(
        "INSERT INTO outages VALUES (?, ?, ?, ?, ?)",
        [(*key, number) for key, number in recount_outages(connection).items()],
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _copies(connection: sqlite3.Connection, luck: random.Random, tickets: int, first: int) -> Iterator[tuple[Any, ...]]:
    """The columns of `made`: every open ticket again and again, other words, another time, its own place."""
    bases = connection.execute(
        "SELECT t.id, t.subject, q.priority, q.score, q.first_clock - q.created_at, q.created_at FROM queue q"
        " JOIN tickets t ON t.id = q.ticket_id WHERE q.bucket = 0 ORDER BY t.id"
    ).fetchall()
    newest = max(base[5] for base in bases)
    vocabulary = words(luck, 5000)
    weights = [1 / place for place in range(1, len(vocabulary) + 1)]
    drawn = luck.choices(vocabulary, weights, k=2 * (tickets + 1))
    for number in range(1, tickets - len(bases) + 1):
        base, subject, priority, score, clock, _ = bases[number % len(bases)]
        if luck.random() < SPREAD:
            _, _, priority, score, _, _ = luck.choice(bases)
        created = newest - luck.randrange(60 * 86400)
        due = None if clock is None else created + clock
        yield (
            first + number, base, f"m-{number}", f"{drawn[2 * number]} {drawn[2 * number + 1]} {subject}", created,
            rank(priority, score, due, created), due, number, priority, score,
        )  # fmt: skip


def _stand(connection: sqlite3.Connection) -> None:
    """A standing for each that a ticket has and each place that a copy of it was given."""
    last = int(connection.execute("SELECT max(id) FROM standings").fetchone()[0])
    connection.execute(
        f"CREATE TEMP TABLE stood AS SELECT row_number() OVER () + {last} AS id, x.standing AS base, m.priority, m.score,"
        " min(m.rank & 4503599627370495) AS first_tail FROM made m JOIN placed x ON x.ticket_id = m.base GROUP BY 2, 3, 4"
    )
    connection.execute("CREATE INDEX temp.stood_by ON stood(base, priority, score)")
    own = {
        "id": "t.id", "priority": "t.priority", "score": "t.score", "first_tail": "t.first_tail",
        "level": "t.priority * 128 + 100 - t.score",
    }  # fmt: skip
    columns = [row[1] for row in connection.execute("PRAGMA table_info(standings)")]
    values = ", ".join(own.get(column, f"s.{column}") for column in columns)
    connection.execute(
        f"INSERT INTO standings ({', '.join(columns)}) SELECT {values} FROM stood t JOIN standings s ON s.id = t.base"
    )


def _copy(connection: sqlite3.Connection, table: str, key: str) -> None:
    """Every row of a ticket again for each of its copies, with what `made` says in the place of its own."""
    own = {
        key: "m.id", "external_id": "m.external", "subject": "m.subject", "created_at": "m.created_at",
        "tail": "m.rank & 4503599627370495", "first_clock": "m.first_clock", "next_clock": "NULL", "next_change": "NULL",
        "updated_at": "NULL", "swarm": "NULL", "assignee": "iif(m.at % 3, x.assignee, 'agent-' || (m.at % 60))",
        "standing": "(SELECT s.id FROM stood s WHERE (s.base, s.priority, s.score) = (x.standing, m.priority, m.score))",
    }  # fmt: skip
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(own.get(column, f"x.{column}") for column in columns)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM made m JOIN {table} x ON x.{key} = m.base"
        " ORDER BY m.id"
    )


if __name__ == "__main__":
    print(million())
