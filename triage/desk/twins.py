"""The same export under another source: tickets that would stand in the queue twice."""

from __future__ import annotations

from collections.abc import Sequence

from triage.desk.office import Desk
from triage.errors import Refused
from triage.store.tickets import known, seconds
from triage.text import one_line
from triage.tickets.models import IncomingTicket

_SOURCES = """
WITH RECURSIVE each(source) AS (
  SELECT min(source) FROM tickets
  UNION ALL SELECT (SELECT min(source) FROM tickets WHERE source > each.source) FROM each WHERE each.source IS NOT NULL
)
SELECT source FROM each WHERE source IS NOT NULL"""
_PART = 500


def twins(desk: Desk, tickets: Sequence[IncomingTicket]) -> tuple[str, int] | None:
    """The other source under which at least half of these tickets are here already, and how many; None: there is none.

    The same ticket has the same id, subject and time of creation (where it names one): two help desks that both
    number from 1 do not. Tickets that are here under their own source are no news, and are left out.
    """
    mine = {ticket.source for ticket in tickets}
    here = {
        (source, external)
        for source in mine
        for external in known(desk.database.connection, source, [t.external_id for t in tickets if t.source == source])
    }
    by_id = {ticket.external_id: ticket for ticket in tickets if (ticket.source, ticket.external_id) not in here}
    found: tuple[str, int] | None = None
    for (source,) in desk.database.execute(_SOURCES).fetchall():
        if source in mine:
            continue
        number = _same(desk, source, by_id)
        if 2 * number >= len(by_id) and number > (found[1] if found else 0):
            found = (source, number)
    return found


def _same(desk: Desk, source: str, by_id: dict[str, IncomingTicket]) -> int:
    number, ids = 0, list(by_id)
    for start in range(0, len(ids), _PART):
        part = ids[start : start + _PART]
        marks = ",".join("?" * len(part))
        rows = desk.database.execute(
            f"SELECT external_id, subject, created_at FROM tickets WHERE source = ? AND external_id IN ({marks})",
            (source, *part),
        )
        for external, subject, created in rows:
            ticket = by_id[external]
            number += subject == ticket.subject and (ticket.created_at is None or seconds(ticket.created_at) == created)
    return number


def refuse_twins(desk: Desk, tickets: Sequence[IncomingTicket]) -> None:
    """Refused where most of these tickets are here already under another source, with what to write instead."""
    found = twins(desk, tickets)
    if found is not None:
        source, same = one_line(found[0]), found[1]
        raise Refused(
            f"{same} of {len(tickets)} tickets are here already, from the source '{source}'",
            f"triage tickets import --source '{source}' brings them up to date; another name there keeps both",
        )
