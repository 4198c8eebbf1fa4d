"""Sharing out: who has how much is on the board, this gives some of it to somebody else."""

from __future__ import annotations

from triage.desk.acts import Outcome, assign
from triage.desk.office import Desk
from triage.errors import Refused
from triage.store import queue as queue_store
from triage.text import one_line


def reassign(desk: Desk, who: str | None, to: str, most: int) -> Outcome:
    """Give up to `most` open tickets of `who` (None: nobody's) to `to`, the most urgent first; one act, one undo."""
    if one_line(to) == who:
        raise Refused(f"{one_line(to)} has them already")
    view = "unclaimed" if who is None else "mine"
    ids = queue_store.ids_page(desk.database.connection, queue_store.Selection(view, user=who or ""), most)
    if not ids:
        raise Refused("there is no open ticket to give" if who is None else f"{one_line(who)} has no open ticket")
    return assign(desk, ids, to)
