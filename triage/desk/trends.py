"""What came in and what was done, by day or by week: the lead's plots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from triage.desk.office import Desk
from triage.store.database import store_errors

Step = Literal["day", "week"]
SHOWN: dict[Step, int] = {"day": 28, "week": 13}


@dataclass(frozen=True, slots=True)
class Trends:
    """Equal steps of time, the oldest first, the last of them not over yet.

    `came` and `done` count tickets, `high` those that came in and are P1 or P2 now, `points` the sum of the scores of
    those that came in, as they are now.
    """

    step: Step
    begins: tuple[date, ...]
    came: tuple[int, ...]
    done: tuple[int, ...]
    high: tuple[int, ...]
    points: tuple[int, ...]


def trends(desk: Desk, step: Step = "day") -> Trends:
    """The last four weeks by day, or the last quarter by week, in the catalog's zone; walks the tickets once."""
    zone = desk.index.timezone
    today = desk.now().astimezone(zone).date()
    number = SHOWN[step]
    width = timedelta(days=1 if step == "day" else 7)
    last = today if step == "day" else today - timedelta(days=today.weekday())
    begins = tuple(last - width * back for back in range(number - 1, -1, -1))
    # Steps begin at midnight of the zone, which is not always 24 hours after the one before.
    edges = [int(datetime.combine(day, time(), zone).timestamp()) for day in (*begins, last + width)]
    cases = " ".join(f"WHEN moment < {edge} THEN {place}" for place, edge in enumerate(edges[1:]))
    came, done, high, points = ([0] * number for _ in range(4))
    with store_errors(desk.path):
        for place, tickets, urgent, some in desk.database.execute(
            f"SELECT CASE {cases} END, count(*), sum(priority <= 2), sum(score) FROM"
            " (SELECT created_at AS moment, priority, score FROM queue WHERE created_at >= ? AND created_at < ?)"
            " GROUP BY 1",
            (edges[0], edges[-1]),
        ):
            came[place], high[place], points[place] = tickets, urgent, some
        for place, tickets in desk.database.execute(
            f"SELECT CASE {cases} END, count(*) FROM (SELECT resolved_at AS moment FROM queue WHERE bucket = 2"
            " AND resolved_at >= ? AND resolved_at < ?) GROUP BY 1",
            (edges[0], edges[-1]),
        ):
            done[place] = tickets
    return Trends(step, begins, tuple(came), tuple(done), tuple(high), tuple(points))
