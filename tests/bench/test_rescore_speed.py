"""Rescoring a million open tickets after a change of the catalog or the policy, beside a Python loop.

Run by hand: `uv run pytest tests/bench/test_rescore_speed.py -m bench -s` (two minutes; TRIAGE_BENCH_TICKETS
sets another number of tickets). The figures are in docs/benchmarks.md.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from triage.desk import queue as desk_queue
from triage.desk.catalog import load_files
from triage.desk.derive import BATCH, derive
from triage.desk.filters import parse_filter
from triage.desk.office import Desk
from triage.desk.rescore import Rescored, rescore_open
from triage.impact.policy import make_policy
from triage.impact.score import Scorer
from triage.impact.shapes import shape_of
from triage.paths import data_dir
from triage.store import catalogs, rescore
from triage.store import queue as store
from triage.store.rank import rank
from triage.tickets.models import Condition, Facts, Reach

TICKETS = int(os.environ.get("TRIAGE_BENCH_TICKETS", 1_000_000))
NOW = datetime(2026, 12, 28, 22, 32, tzinfo=UTC)
SHARE_ALONE = 0.02
"""The share of tickets whose score needs more than a shape (pauses, due times of their own)."""


def population(desk: Desk, luck: random.Random) -> Iterator[tuple[Facts, int | None]]:
    """Tickets of a large desk: few services have most of them, most touch one person, half are confirmed."""
    services, touchpoints = [None, *desk.index.services], [None, *desk.index.touchpoints]
    weights = [1 / place for place in range(1, len(services) + 1)]
    start = int(NOW.timestamp())
    step = 60 * 86400 / TICKETS
    for number in range(TICKETS):
        confirmed = luck.random() < 0.5
        facts = Facts(
            created_at=datetime.fromtimestamp(start - int((TICKETS - number) * step), UTC),
            service=luck.choices(services, weights)[0],
            touchpoint=luck.choice(touchpoints) if luck.random() < 0.4 else None,
            condition=luck.choices(list(Condition), (10, 15, 20, 25, 28, 2))[0],
            reach=luck.choices(list(Reach), (80, 12, 4, 3, 1))[0],
            service_sure=confirmed, touchpoint_sure=confirmed, condition_sure=confirmed, reach_sure=confirmed,
        )  # fmt: skip
        yield facts, None if luck.random() < SHARE_ALONE else 0


def fill(desk: Desk) -> int:
    """A million tickets straight into the tables, without indexes and triggers until all are there; the shapes."""
    connection, luck = desk.database.connection, random.Random(7)
    held = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND (type = 'trigger' OR type = 'index'"
        " AND tbl_name = 'placed')"
    ).fetchall()
    shapes: dict[int, str] = {}

    def rows() -> Iterator[tuple[Any, ...]]:
        for number, (facts, plain) in enumerate(population(desk, luck), 1):
            shape = shape_of(facts, desk.scorer)
            ident, text = rescore.shape_id(shape or ())
            if plain is not None:
                shapes[ident] = text
            yield (
                number, f"T-{number}", int(facts.created_at.timestamp()), ident if plain is not None else None,
                facts.service, facts.touchpoint, str(facts.condition), str(facts.reach), f"site-{number % 40}",
                f"agent-{number % 60}" if number % 3 else None,
            )  # fmt: skip

    with desk.database.transaction():
        for kind, name, _ in held:
            connection.execute(f"DROP {kind} {name}")
        connection.execute(
            "CREATE TEMP TABLE made (id, external, at, shape, service, touchpoint, condition, reach, site, who)"
        )
        connection.executemany(f"INSERT INTO made VALUES ({', '.join('?' * 10)})", rows())
        connection.execute(
            "INSERT INTO tickets (id, source, external_id, subject, created_at, due_at, content_hash)"
            " SELECT id, 'bench', external, 'ticket ' || id, at, iif(shape IS NULL, at + 400000, NULL), x'' FROM made"
        )
        connection.execute("INSERT INTO bodies (ticket_id, body) SELECT id, 'body' FROM made")
        connection.execute(
            "INSERT INTO standings (shape, live, score, priority, points_priority, sure, cr, re, jo, tm, cm, wi, level,"
            " service, touchpoint, condition, vector, codes, certain, policy_version, catalog_version, first_tail)"
            " SELECT shape, 1, 0, 5, 5, 0, 0, 0, 0, 0, 0, 0, 740, service, touchpoint, condition, '', '', 0, 0, 0, 0"
            " FROM made GROUP BY shape, service, touchpoint, condition"
        )
        connection.execute(
            "INSERT INTO placed (ticket_id, bucket, standing, tail, status, assignee, below, width, service, touchpoint,"
            " condition, reach, site, created_at, policy_version, catalog_version, shape) SELECT id, 0, (SELECT s.id FROM"
            " standings s WHERE s.shape IS m.shape AND s.vector = '' AND s.live = 1 AND s.service IS m.service AND"
            " s.touchpoint IS m.touchpoint AND s.condition = m.condition AND s.id > 0), 0, 'new', who, 0, 0, service,"
            " touchpoint, condition, reach, site, at, 0, 0, shape FROM made m"
        )
        rescore.remember(connection, shapes)
        connection.execute(
            "INSERT INTO counts SELECT name, key1, key2, count(*), sum(score) FROM queue_cells GROUP BY 1, 2, 3"
        )
        connection.execute(
            "INSERT INTO outages SELECT service, codes, site, swarm, count(*) FROM queue_outages GROUP BY 1, 2, 3, 4"
        )
        connection.execute("DROP TABLE made")
        for _, _, sql in held:
            connection.execute(sql)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return len(shapes)


def change(desk: Desk, policy: dict[str, Any] | None = None, **service: Any) -> Scorer:
    """Store another version of the catalog, without touching the queue; the scorer of the one before.

    `service` are fields of the first service, `policy` what its policy overrides.
    """
    before, now = desk.scorer, desk.index.catalog
    first, *rest = now.services
    services = [type(first).model_validate({**first.model_dump(), **service}), *rest]
    catalog = now.model_copy(update={"services": services, "policy": policy or now.policy})
    make_policy(catalog.policy)
    with desk.database.transaction() as connection:
        act = connection.execute("INSERT INTO acts (at, who, what) VALUES (0, 'bench', 'apply')").lastrowid
        catalogs.save(desk.database, catalog, at=0, who="bench", note="", summary={}, act=int(act or 0))
    return before


def tell(name: str, done: Rescored, seconds: float) -> float:
    speed = done.tickets / seconds
    locks = sorted(done.locks) or [0.0]
    print(
        f"{name}: {done.tickets:,} open tickets, {done.untouched:,} not concerned, {done.changed:,} rows written in"
        f" {seconds:.1f} s: {speed:,.0f} tickets/s, {done.changed / seconds:,.0f} rows/s; write lock at most"
        f" {1000 * locks[-1]:.0f} ms, p99 {1000 * locks[int(len(locks) * 0.99)]:.0f} ms,"
        f" median {1000 * locks[len(locks) // 2]:.0f} ms"
    )
    return speed


def python_loop(desk: Desk, count: int) -> float:
    """The peer: the scorer asked for each ticket, a narrow row of its own updated where it differs.

    The row has the points alone and an index for the order; clocks, intervals and counts are left out.
    """
    from triage.desk.rescore import _shape
    from triage.store.rescore import ShapeCount

    connection = desk.database.connection
    rows = connection.execute(
        "SELECT q.ticket_id, q.created_at, q.first_clock, s.id, s.facts FROM queue q JOIN shapes s ON s.id = q.shape"
        " WHERE q.bucket < 2 ORDER BY q.ticket_id LIMIT ?", (count,),
    ).fetchall()  # fmt: skip
    connection.execute(
        "CREATE TABLE alone (ticket_id INTEGER PRIMARY KEY, score, priority, points_priority, vector, cr, re, jo, tm, cm,"
        " wi, rank)"
    )
    connection.execute("CREATE INDEX alone_rank ON alone(rank)")
    connection.execute("INSERT INTO alone (ticket_id) SELECT ticket_id FROM placed LIMIT ?", (2 * count,))
    begun = time.perf_counter()
    for start in range(0, len(rows), 2000):
        updates = []
        for ident, created, clock, shape_id, text in rows[start : start + 2000]:
            shape = _shape(ShapeCount(shape_id, text, 1, created, created))
            facts = Facts(
                created_at=datetime.fromtimestamp(created, UTC), service=shape.service, touchpoint=shape.touchpoint,
                condition=Condition(shape.condition), reach=Reach(shape.reach),
            )  # fmt: skip
            verdict = desk.scorer.verdict(facts, NOW)
            score, priority = verdict.outcome.score, int(verdict.priority[1])
            place = rank(priority, score, clock, created)
            points = int(verdict.points_priority[1])
            updates.append(
                (score, priority, points, verdict.vector, *verdict.outcome.factors, place, ident, place, verdict.vector)
            )
        with desk.database.transaction():
            connection.executemany(
                "UPDATE alone SET score = ?, priority = ?, points_priority = ?, vector = ?, cr = ?, re = ?, jo = ?, tm = ?,"
                " cm = ?, wi = ?, rank = ? WHERE ticket_id = ? AND (rank IS NOT ? OR vector IS NOT ?)",
                updates,
            )
    return len(rows) / (time.perf_counter() - begun)


def reading(desk: Desk) -> None:
    """The first 50 of what people look at, and all of their numbers in order, by the way that the store takes."""
    connection = desk.database.connection
    services = [row.key1 for row in sorted(store.counts(connection, "service"), key=lambda row: -row.n) if row.key1]
    most, least = services[0], services[-1]
    touchpoint = next(iter(desk.index.touchpoints))
    asked = [
        ("open", ""), ("mine", ""), ("unclaimed", ""), ("uncertain", ""), ("all", ""),
        *(("open", f"service:{one}") for one in (most, least)), ("open", f"touchpoint:{touchpoint}"),
        ("open", f"service:{least} priority:P5"), ("mine", f"service:{least}"),
    ]  # fmt: skip
    names = desk_queue.names(desk)
    for view, text in asked:
        found = parse_filter(text, names)
        chosen = desk_queue.selection(
            desk, view, where=found.where, parameters=found.parameters, needs_ticket=found.needs_ticket,
            search=found.search,
        )  # fmt: skip
        chosen = chosen._replace(user="agent-7")
        taken = []
        for _ in range(7):
            begun = time.process_time()
            page = store.ids_page(connection, chosen, 50)
            taken.append(1000 * (time.process_time() - begun))
        begun = time.process_time()
        ids = store.all_ids(connection, chosen)
        whole = 1000 * (time.process_time() - begun)
        assert page == list(ids[:50])
        print(f"    {view:10} {text:40} {len(ids):9,} first 50: {sorted(taken)[3]:7.2f} ms, all: {whole:6.0f} ms")


@pytest.mark.bench
def test_a_million_tickets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_NOW", NOW.isoformat())
    with Desk(tmp_path / "million.db") as desk:
        with desk.database.transaction() as connection:
            act = connection.execute("INSERT INTO acts (at, who, what) VALUES (0, 'bench', 'apply')").lastrowid
            catalog = load_files([data_dir("seed") / "catalog"]).catalog
            catalogs.save(desk.database, catalog, at=0, who="bench", note="", summary={}, act=int(act or 0))
        begun = time.perf_counter()
        shapes = fill(desk)
        print(f"\n{TICKETS:,} tickets of {shapes:,} shapes made in {time.perf_counter() - begun:.0f} s")
        alone = rescore.shapeless(desk.database.connection)
        # Their speed is measured apart, below: it is that of an act.
        monkeypatch.setattr("triage.store.rescore.shapeless", lambda _: [])
        print(f"{len(alone):,} of them ({len(alone) / TICKETS:.1%}) need more than a shape")

        def run(name: str, before: Scorer | None = None) -> float:
            begun, used = time.perf_counter(), time.process_time()
            done = rescore_open(desk, desk.now(), before)
            speed = tell(name, done, time.perf_counter() - begun)
            print(f"    {time.process_time() - used:.1f} s of that on the processor")
            return speed

        run("every ticket for the first time")
        service = next(iter(desk.index.services))
        before = change(desk, criticality=5 - desk.index.services[service].level)
        one = run(f"criticality of {service}", before)
        before = change(desk, mtpd="7h")
        run(f"tolerance of {service}", before)
        before = change(desk, {"reach": {"team": 8}})
        run("policy: points of a team", before)
        before = change(desk, {"reach": {"person": 3, "team": 8}})
        every = run("policy: points of one person and of a team", before)
        begun = time.perf_counter()
        assert store.stored_counts(desk.database.connection) == store.recount(desk.database.connection)
        assert store.outages(desk.database.connection) == store.recount_outages(desk.database.connection)
        print(f"counts equal a recount, which takes {time.perf_counter() - begun:.1f} s")
        reading(desk)
        change(desk, {"reach": {"person": 4, "team": 9}})
        peer = python_loop(desk, 20_000)
        print(f"Python loop, score, priority and vector, no counts: {peer:,.0f} tickets/s")
        ids = alone[: 4 * BATCH]
        begun = time.perf_counter()
        with desk.database.transaction():
            derive(desk, ids, NOW)
        whole = len(ids) / (time.perf_counter() - begun)
        print(f"one by one as an act does it, interval and clocks as well: {whole:,.0f} tickets/s")
        assert min(one, every) > 100_000
        print(f"every ticket against the loop: {every / peer:.1f} ×")
