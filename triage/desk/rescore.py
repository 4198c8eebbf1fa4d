"""Bringing the queue in line with a new catalog, a new policy or the time: in SQL where a shape tells the score.

The scorer is asked once for each shape and span of age (triage/impact/shapes.py), the rows follow in short
transactions (triage/store/rescore.py). Tickets without a shape are scored one by one, as an act does.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from triage.desk.derive import BATCH, derive
from triage.desk.office import Desk
from triage.impact.clocks import whole_second
from triage.impact.policy import Policy
from triage.impact.score import Scorer
from triage.impact.shapes import (
    NEVER,
    Shape,
    Standing,
    Standings,
    differ_in_points,
    same_clocks,
    same_service,
    same_touchpoint,
)
from triage.store import queue as queue_store
from triage.store import rescore as store
from triage.store.rescore import ScoredRow, ShapeCount, StandingCount
from triage.store.restanding import CONTENT, Change, Written, change_standings

Progress = Callable[[int, int], None]
_FIRST = ScoredRow._fields.index(CONTENT[0])
MOST = 0.4
"""From this share of the open tickets on, they are walked by id and not shape by shape."""


@dataclass(slots=True)
class Rescored:
    """What a rescoring did: open tickets it answers for, rows changed in SQL, tickets scored one by one.

    `untouched` of the tickets have a shape that the change does not concern. `locks` are the seconds that each
    transaction in SQL held the write lock.
    """

    tickets: int = 0
    untouched: int = 0
    changed: int = 0
    one_by_one: int = 0
    locks: list[float] = field(default_factory=list)


class _Moments:
    """Answers for tickets whose clocks run in business time."""

    def __init__(self) -> None:
        self.standings: dict[int, Standing] = {}
        self._last: tuple[tuple[int, int], tuple[int | None, int | None, str | None, int | None]] | None = None

    def _of(self, row: int, created: int) -> tuple[int | None, int | None, str | None, int | None]:
        # SQLite asks for the four one after another, for the same ticket.
        if self._last is None or self._last[0] != (row, created):
            standing = self.standings[row]
            clock, name = standing.first_clock(created)
            change, left = standing.next_change(created), standing.next_clock(created)
            never = (None if moment == NEVER else moment for moment in (change, clock, left))
            change_at, clock_at, left_at = never
            self._last = ((row, created), (change_at, clock_at, name, left_at))
        return self._last[1]

    def change(self, row: int, created: int) -> int | None:
        return self._of(row, created)[0]

    def clock(self, row: int, created: int) -> int | None:
        return self._of(row, created)[1]

    def name(self, row: int, created: int) -> str | None:
        return self._of(row, created)[2]

    def left(self, row: int, created: int) -> int | None:
        return self._of(row, created)[3]


def rescore_open(desk: Desk, now: datetime, before: Scorer | None = None, progress: Progress | None = None) -> Rescored:
    """Rescore every open ticket by the catalog and the policy in force.

    `before` is the scorer that the stored scores were made with: shapes whose services and touchpoints it knew
    the same, under the same policy, are left alone, and so are tickets whose score the clock alone would change.
    """
    connection = desk.database.connection
    standings, shapes = store.standings_in_use(connection)
    alone = store.shapeless(connection)
    done = Rescored(tickets=sum(shape.tickets for shape in shapes) + len(alone))
    wanted = shapes
    if before is not None and _same_policy(before.policy, desk.policy):
        wanted = [shape for shape in shapes if _concerned(_shape(shape), before, desk.scorer)]
    done.untouched = done.tickets - len(alone) - sum(shape.tickets for shape in wanted)

    def told(rows: int) -> None:
        if progress:
            progress(min(done.untouched + rows, done.tickets), done.tickets)

    _in_sql(desk, now, wanted, done, standings=standings, before=before, told=told)
    answered = done.tickets - len(alone)
    for part in queue_store.in_batches(alone, BATCH):
        with desk.database.transaction():
            derive(desk, part, now)
        done.one_by_one += len(part)
        if progress:
            progress(answered + done.one_by_one, done.tickets)
    return done


def rescore_due_in_sql(desk: Desk, now: datetime) -> Rescored:
    """Rescore the tickets with a shape whose points the clock alone has changed."""
    seconds = int(now.timestamp())
    shapes = store.shapes_in_use(desk.database.connection, seconds)
    done = Rescored(tickets=sum(shape.tickets for shape in shapes))
    _in_sql(desk, now, shapes, done, due=seconds)
    return done


def _shape(found: ShapeCount) -> Shape:
    values = json.loads(found.facts)
    return Shape._make([tuple(value) if isinstance(value, list) else value for value in values])


def _same_policy(before: Policy, after: Policy) -> bool:
    """Whether two policies hold the same figures, whatever version they were stored under."""
    return before is after or before.model_copy(update={"version": after.version}) == after


def _concerned(shape: Shape, before: Scorer, after: Scorer) -> bool:
    """Whether another catalog says something else of what tickets of this shape are scored by."""
    old, new = before.reader.parts, after.reader.parts
    return not (
        all(same_service(old.service(service), new.service(service)) for service in shape.services)
        and same_touchpoint(old.touchpoint(shape.touchpoint), new.touchpoint(shape.touchpoint))
    )


def _in_sql(
    desk: Desk,
    now: datetime,
    shapes: Sequence[ShapeCount],
    done: Rescored,
    *,
    standings: Sequence[StandingCount] = (),
    before: Scorer | None = None,
    due: int | None = None,
    told: Callable[[int], None] | None = None,
) -> None:
    """Standings first, which change under their tickets; then tickets that part from theirs, or whose clocks differ.

    With `due` tickets alone: each passes from one span to the next at a moment of its own.
    """
    if not shapes:
        return
    by_shape: dict[int, list[StandingCount]] = {}
    for one in standings:
        by_shape.setdefault(one.shape, []).append(one)
    moments = _Moments()
    spans: dict[int, list[ScoredRow]] = {}
    apart: set[int] = set()
    changes: list[Change] = []
    made = Standings(desk.scorer, now, min(shape.oldest for shape in shapes))
    in_points = before is not None and differ_in_points(before.policy, desk.policy)
    number = 0
    for found in shapes:
        shape = _shape(found)
        kept = before is not None and in_points and same_clocks(shape, before, desk.scorer)
        rows = spans[found.id] = []
        for standing in made.of(shape, found.oldest, found.newest, clocks=not kept):
            rows.append(_row(number, found.id, shape, standing, kept))
            if not kept and not standing.on_the_wall:
                moments.standings[number] = standing
            number += 1
        if not kept:
            apart.add(found.id)
        for one in by_shape.get(found.id, ()):
            change, whole = _change(desk, one, rows)
            if change is not None:
                changes.append(change)
            if not whole:
                apart.add(found.id)
    policy, catalog = desk.policy.version, desk.index.version
    if changes:
        written, refused = change_standings(desk.database, changes, policy=policy, catalog=catalog, told=told)
        apart |= refused
        _took(done, written)
    if not apart:
        return
    already = done.changed
    most = sum(shape.tickets for shape in shapes if shape.id in apart) > done.tickets * MOST
    written = store.rescore(
        desk.database, [row for shape, rows in spans.items() if shape in apart for row in rows], moments,
        policy=policy, catalog=catalog, due=due, by_id=most, told=told and (lambda rows: told(already + rows)),
    )  # fmt: skip
    _took(done, written)


def _took(done: Rescored, written: Written) -> None:
    done.changed += written.rows
    done.locks += written.locks


def _change(desk: Desk, standing: StandingCount, rows: Sequence[ScoredRow]) -> tuple[Change | None, bool]:
    """What becomes of a standing, None where it stays as it is; and whether that is so of all its tickets."""
    over = [row for row in rows if row.until >= standing.oldest and row.after < standing.newest]
    contents = [_content(row) for row in over]
    row, whole = over[0], True
    if any(content != contents[0] for content in contents):
        whole = False
        row = over[_greatest(desk, standing, over)]
    if _content(row) == standing.content:
        return None, whole
    span = (standing.id, standing.shape, standing.oldest - 1, standing.newest)
    return Change._make((*span, *_content(row), row.certain, standing.tickets)), whole


def _content(row: ScoredRow) -> tuple[object, ...]:
    return row[_FIRST : _FIRST + len(CONTENT)]


def _greatest(desk: Desk, standing: StandingCount, rows: Sequence[ScoredRow]) -> int:
    """Which of the spans most tickets of a standing fall into: the others are written one by one."""
    query = "SELECT created_at FROM placed INDEXED BY queue_standing WHERE standing = ? AND bucket < 2"
    ends = [row.until for row in rows]
    created = desk.database.execute(query, (standing.id,))
    places = Counter(min(bisect_left(ends, one[0]), len(ends) - 1) for one in created)
    return places.most_common(1)[0][0] if places else 0


def _row(ident: int, shape_id: int, shape: Shape, standing: Standing, kept: bool) -> ScoredRow:
    wall = standing.on_the_wall
    # Asked for a creation of 0, clocks on the wall give how long they run.
    clocks = [(int(wait.at(0)), place, wait.name) for place, wait in enumerate(standing.clocks)] if wall else []
    clock, _, name = min(clocks, default=(NEVER, 0, None))
    left = min((int(wait.at(0)) for wait in standing.left), default=NEVER) if wall else NEVER
    change = min((int(whole_second(wait.at(0))) for wait in standing.changes), default=NEVER) if wall else NEVER
    return ScoredRow(
        ident, shape_id, standing.after, standing.until, *standing.factors, standing.score, standing.priority,
        standing.points_priority, int(standing.sure), standing.vector, int(shape.certain), 2 if kept else int(not wall),
        standing.change_at, change, standing.window_at, clock, name, left,
    )  # fmt: skip
