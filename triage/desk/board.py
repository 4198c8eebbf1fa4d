"""What the board shows: where open impact stands, what breaches next, who has how much.

Read from the maintained counts, so that a million tickets cost no more than a hundred. Light: nothing
here imports pydantic, sqlite-utils, rapidfuzz or numpy but `plan_of_touchpoints`, which reads the names.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from triage.desk import queue
from triage.desk.office import Desk
from triage.desk.queue import Count, Header, Names, QueueRow
from triage.store.database import store_errors

CONDITIONS = ("unavailable", "degraded", "bug", "question", "request")
"""The conditions that the board counts, worst first: all but restored, which asks for nothing."""
NEXT = 12
"""How many tickets the list of what breaches next holds."""
DAYS = 7
HOURS = 8
"""How many hours the time line of what breaches holds."""


@dataclass(frozen=True, slots=True)
class Swarm:
    """Open tickets on one service that belong together. `since` in seconds since 1970."""

    id: int
    service: str
    tickets: int
    requesters: int
    since: int
    candidate: bool
    confirmed: bool
    why: str
    parent: int | None = None


def swarms(desk: Desk) -> list[Swarm]:
    """The swarms that are open, the largest first."""
    rows = desk.database.execute(
        "SELECT id, service, tickets, requesters, opened_at, candidate, confirmed, why, parent FROM swarms"
        " WHERE closed_at IS NULL ORDER BY tickets DESC, opened_at"
    ).fetchall()
    return [Swarm(r[0], r[1], r[2], r[3], r[4], bool(r[5]), bool(r[6]), r[7], r[8]) for r in rows]


@dataclass(frozen=True, slots=True)
class Cell:
    """Open tickets of one cell: how many, the sum of their scores, and how hot that is, 0 to 4."""

    tickets: int = 0
    points: int = 0
    heat: int = 0


def heat(points: int) -> int:
    """How hot a sum of scores is: 0 nothing, 1 any, 2 from 50, 3 from 150, 4 from 400.

    The steps are about one P2, two P1 and a swarm's worth of points under the default policy.
    """
    return 0 if points <= 0 else 1 if points < 50 else 2 if points < 150 else 3 if points < 400 else 4


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service (None: linked to nothing) with its open tickets by condition and, once read, by day."""

    service: str | None
    name: str
    cells: dict[str, Cell]
    total: Cell


@dataclass(frozen=True, slots=True)
class TouchpointCell:
    """A touchpoint in its stage, with its open tickets."""

    touchpoint: str
    name: str
    moment_of_truth: bool
    cell: Cell


@dataclass(frozen=True, slots=True)
class JourneyMap:
    """A journey: its stages in order, each with its touchpoints in order."""

    journey: str
    name: str
    stages: tuple[tuple[str, tuple[TouchpointCell, ...]], ...]


@dataclass(frozen=True, slots=True)
class SiteLine:
    """A site with its open tickets."""

    site: str
    name: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of the catalog's zone in which clocks of open tickets run out; `starts` in seconds since 1970."""

    starts: int
    tickets: int


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that the board shows at a moment."""

    services: list[ServiceLine]
    journeys: list[JourneyMap]
    priorities: dict[int, tuple[int, int]]
    load: list[tuple[str | None, int, int]]
    breaching: list[QueueRow]
    swarms: list[Swarm]
    header: Header
    sites: list[SiteLine] = field(default_factory=list)
    hours: list[Hour] = field(default_factory=list)

    @property
    def share_p2(self) -> float | None:
        """The share of P1 and P2 among open tickets, in per cent; None where none are open."""
        total = sum(sure + unsure for sure, unsure in self.priorities.values())
        high = sum(sum(self.priorities.get(level, (0, 0))) for level in (1, 2))
        return 100 * high / total if total else None


def board(desk: Desk) -> Board:
    """The board now."""
    with store_errors(desk.path):
        names = queue.names(desk)
        priorities: dict[int, tuple[int, int]] = {}
        for count in queue.counts(desk, "priority"):
            sure, unsure = priorities.get(int(count.key1), (0, 0))
            sure, unsure = (sure + count.n, unsure) if count.key2 == "1" else (sure, unsure + count.n)
            priorities[int(count.key1)] = (sure, unsure)
        load = [(count.key1 or None, count.n, count.points) for count in queue.counts(desk, "assignee")]
        return Board(
            services=_services(queue.counts(desk, "service"), names),
            journeys=_journeys(desk, queue.counts(desk, "touchpoint")),
            priorities=priorities,
            load=sorted(load, key=lambda entry: (entry[0] is None, -entry[2], entry[0] or "")),
            breaching=queue.first_page(desk, queue.selection(desk, "breaching"), NEXT),
            swarms=swarms(desk),
            header=queue.header(desk),
            sites=_sites(queue.counts(desk, "site"), names),
            hours=hours(desk, names.zone),
        )


def hours(desk: Desk, zone: tzinfo) -> list[Hour]:
    """The next hours in which clocks run out, at most `HOURS` of them, within a week: the time line of the board.

    What was agreed runs in the hours of its service, so that Friday's last hour is followed by Monday's first; an hour
    of the night stands here only where a tolerance ends in it, which never stops. Counted along the index by clock
    alone; the week bounds what is walked.
    """
    now = desk.now()
    offset = now.astimezone(zone).utcoffset() or timedelta()
    part = int(offset.total_seconds()) % 3600  # of zones that are half an hour apart
    first = int(now.timestamp())
    rows = desk.database.execute(
        "SELECT (q.next_clock + :part) / 3600, count(*) FROM placed q INDEXED BY queue_clock"
        " WHERE q.bucket = 0 AND q.next_clock > :first AND q.next_clock <= :last GROUP BY 1 ORDER BY 1 LIMIT :most",
        {"part": part, "first": first, "last": first + 7 * 86400, "most": HOURS},
    ).fetchall()
    return [Hour(hour * 3600 - part, tickets) for hour, tickets in rows]


def _sites(counts: list[Count], names: Names) -> list[SiteLine]:
    """The sites with open tickets, the hottest first; tickets of no site are in no line."""
    lines = [
        SiteLine(count.key1, names.sites.get(count.key1, count.key1), Cell(count.n, count.points, heat(count.points)))
        for count in counts
        if count.key1 and count.n
    ]
    return sorted(lines, key=lambda line: (-line.cell.points, line.name))


def _services(counts: list[Count], names: Names) -> list[ServiceLine]:
    by_service: dict[str, dict[str, Cell]] = {}
    for count in counts:
        by_service.setdefault(count.key1, {})[count.key2] = Cell(count.n, count.points, heat(count.points))
    lines = []
    for ident, cells in by_service.items():
        shown = [cell for condition, cell in cells.items() if condition in CONDITIONS]
        points = sum(cell.points for cell in shown)
        total = Cell(sum(cell.tickets for cell in shown), points, heat(points))
        if total.tickets:
            name = names.services.get(ident, ident) if ident else "linked to nothing"
            lines.append(ServiceLine(ident or None, name, cells, total))
    lines.sort(key=lambda line: (line.service is None, -line.total.points, line.name))
    return lines


def _journeys(desk: Desk, counts: list[Count]) -> list[JourneyMap]:
    found = {count.key1: Cell(count.n, count.points, heat(count.points)) for count in counts if count.key1}
    maps = []
    for journey in _catalog(desk).get("journeys", []):
        stages = tuple(
            (
                str(stage["name"]),
                tuple(
                    TouchpointCell(
                        entry["id"], entry["name"], bool(entry.get("moment_of_truth")), found.get(entry["id"], Cell())
                    )
                    for entry in stage.get("touchpoints", [])
                ),
            )
            for stage in journey.get("stages", [])
        )
        maps.append(JourneyMap(journey["id"], journey["name"], stages))
    return maps


def _catalog(desk: Desk) -> dict[str, Any]:  # the stored document, without its models
    row = desk.database.execute("SELECT document FROM catalog_versions ORDER BY version DESC LIMIT 1").fetchone()
    found: dict[str, Any] = json.loads(zlib.decompress(row[0])) if row else {}
    return found


def trend(desk: Desk, services: list[str]) -> dict[str, list[int]]:
    """Tickets a day over the last seven days by service, the oldest first. Walks each service's tickets.

    The days are those of the desk's clock, in UTC; services without a ticket in them are left out.
    """
    now = desk.now()
    start = datetime.combine(now.date() - timedelta(days=DAYS - 1), datetime.min.time(), UTC)
    first = int(start.timestamp())
    found: dict[str, list[int]] = {}
    for service in services:
        rows = desk.database.execute(
            "SELECT (created_at - :first) / 86400, count(*) FROM queue"
            " WHERE service = :service AND created_at >= :first GROUP BY 1",
            {"first": first, "service": service},
        ).fetchall()
        days = [0] * DAYS
        for day, number in rows:
            if 0 <= day < DAYS:
                days[day] = number
        if any(days):
            found[service] = days
    return found
