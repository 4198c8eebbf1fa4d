"""When the bell rings: a ticket became P1 that was not, and not by an act of the person at this desk.

By ticket and not by count: where one goes and another comes between two looks, that is a new P1. A ticket rings once,
however often it goes and comes back.
"""

from __future__ import annotations

from dataclasses import dataclass

from triage.desk.office import Desk
from triage.store import audit, urgent
from triage.store.database import store_errors

MOST = 1_000
"""So many P1 are known one by one. Where there are more, one that came in rings, and no other."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was P1 at the last look, what rang until then, and up to which act and ticket was looked."""

    there: frozenset[int]
    rang: frozenset[int]
    act: int
    newest: int
    rings: bool = False
    """Whether this look found a new one."""


def listen(desk: Desk, before: Heard | None) -> Heard:
    """Look for tickets that became P1 since `before`; without it everything that is P1 now is known already."""
    with store_errors(desk.path):
        connection = desk.database.connection
        # In this order: what is done between two of these is in the next look, and is known there for what it is.
        act, newest = audit.last_act(connection), urgent.newest(connection)
        now = urgent.first_ids(connection, MOST + 1)
        there = frozenset(now[:MOST])
        if before is None:
            return Heard(there, frozenset(), act, newest)
        if len(now) > MOST or len(before.there) == MOST:
            now = urgent.came_in_since(connection, before.newest, MOST)
        new = frozenset(now) - before.there - before.rang
        if new:
            new -= urgent.changed_by(connection, new, before.act, desk.user)
        return Heard(there, before.rang | new, act, newest, bool(new))
