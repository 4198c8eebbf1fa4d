"""What the next shift must know: what is urgent, breaks next, wakes up, was overruled, or belongs to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.desk import board
from triage.desk import queue as desk_queue
from triage.desk.board import Swarm
from triage.desk.clock import SHIFT
from triage.desk.office import Desk
from triage.desk.queue import QueueRow
from triage.store.audit import acts, changes_of
from triage.store.database import store_errors

AHEAD = timedelta(hours=4)
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Overruled:
    """A priority that somebody set during the shift. `at` in seconds since 1970."""

    row: QueueRow
    who: str
    at: int
    priority: str
    reason: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """Tickets of one kind: the first of them in the order of the queue, and how many there are."""

    rows: list[QueueRow]
    total: int


@dataclass(frozen=True, slots=True)
class Handover:
    """The desk at the end of a shift that began at `since`."""

    at: datetime
    since: datetime
    until: datetime
    urgent: Part
    late: int
    swarms: list[Swarm]
    breaching: Part
    waking: Part
    unclaimed: Part
    overruled: list[Overruled]
    settled: int
    came_in: int


def handover(desk: Desk, *, since: datetime | None = None, ahead: timedelta = AHEAD) -> Handover:
    """What the next shift must know. The shift began at `since`, else eight hours ago; `ahead` is how far to look."""
    now = desk.now()
    begun, until = since or now - SHIFT, now + ahead
    first, last = int(begun.timestamp()), int(until.timestamp())
    second = int(now.timestamp())
    count = desk.database.execute
    query = "SELECT count(*) FROM queue WHERE {} >= ? AND {} <= ? AND status <> 'merged'"
    return Handover(
        at=now,
        since=begun,
        until=until,
        urgent=_part(desk, "open", "q.priority <= 2", {}),
        late=_part(desk, "open", "q.first_clock <= :second", {"second": second}).total,
        swarms=board.swarms(desk),
        breaching=_part(
            desk, "open", "q.first_clock > :second AND q.first_clock <= :last", {"second": second, "last": last},
            order="clock",
        ),
        waking=_part(desk, "snoozed", "q.snoozed_until <= :last", {"last": last}),
        unclaimed=_part(desk, "unclaimed", "", {}),
        overruled=_overruled(desk, first),
        settled=count(query.format("resolved_at", "resolved_at"), (first, second)).fetchone()[0],
        came_in=count(query.format("created_at", "created_at"), (first, second)).fetchone()[0],
    )  # fmt: skip


def _part(desk: Desk, view: str, where: str, parameters: dict[str, int], order: str | None = None) -> Part:
    chosen = desk_queue.selection(desk, view, order=order, where=where, parameters=dict(parameters))
    return Part(desk_queue.first_page(desk, chosen, SHOWN), desk_queue.total(desk, chosen))


def _overruled(desk: Desk, since: int) -> list[Overruled]:
    """The overrides of the shift that stand, the last of each ticket."""
    connection = desk.database.connection
    found: dict[int, tuple[str, int, dict[str, str | None]]] = {}
    with store_errors(desk.path):
        for act in reversed(acts(connection, what=("override", "redo"), since=since * 1000)):
            if act.undone_by is not None:
                continue
            for change in changes_of(connection, act.id):
                if change.field == "override":
                    found.pop(change.ticket, None)
                    if change.after is not None:
                        found[change.ticket] = (act.who, act.at // 1000, change.after)
    rows = {row.id: row for row in desk_queue.rows(desk, list(found))}
    return [
        Overruled(rows[ident], who, at, str(value["priority"]), str(value["reason"]), value.get("text"))
        for ident, (who, at, value) in found.items()
        if ident in rows
    ]
