"""Whether a database is what its log of acts says: the log replayed gives the state that lies there."""

from __future__ import annotations

import json
from pathlib import Path

from triage.desk import checkup, learn, queue
from triage.desk.office import Desk
from triage.store import audit

# What triage itself does as time goes by and tickets come in (it wakes what sleeps, finds swarms) is no decision.
BY_ITSELF = {"swarm"}


def problems(path: Path) -> list[str]:
    """What is wrong with a database, one line each; none where all of this holds.

    - Every change begins at the value where the one before it ended, and the last one ended at the value of now.
    - Every decision came from an act. An act that is undone is undone by exactly one other, which changes the same
      fields of the same tickets back.
    - Doctor finds nothing wrong: integrity, references, counts equal a recount, each vector gives its score.
    - What was learned is what the log alone teaches.
    """
    with Desk(path, user="auditor") as desk:
        found = [*_chains(desk), *_undoings(desk)]
        if not learn.status(desk).agrees_with_log:
            found.append("what was learned is not what the log teaches")
        total, listed = desk.database.execute("SELECT count(*) FROM queue").fetchone()[0], 0
        listed = queue.total(desk, queue.selection(desk, "all"))
        if total != listed:
            found.append(f"the list shows {listed} of {total}")
    found += [f"{check.name}: {check.text}" for check in checkup.database(path) if check.state == "wrong"]
    return found


def _chains(desk: Desk) -> list[str]:
    rows = desk.database.execute(
        "SELECT ticket_id, field, before, after, act_id FROM act_changes ORDER BY ticket_id, field, act_id"
    ).fetchall()
    found: list[str] = []
    ends: dict[tuple[int, str], object] = {}
    for ticket, field, before, after, act in rows:
        key = (ticket, field)
        begins = None if before is None else json.loads(before)
        if key in ends and ends[key] != begins and field not in BY_ITSELF:
            found.append(f"act {act}: {field} of ticket {ticket} began at {begins!r}, not at {ends[key]!r}")
        ends[key] = None if after is None else json.loads(after)
    connection = desk.database.connection
    for (ticket, field), end in ends.items():
        value = audit.current(connection, ticket, field)
        if value != end and field not in BY_ITSELF:
            found.append(f"{field} of ticket {ticket} is {value!r}, the log says {end!r}")
    for ticket, field in desk.database.execute("SELECT ticket_id, field FROM decisions").fetchall():
        if (ticket, field) not in ends:
            found.append(f"{field} of ticket {ticket} was decided by nobody")
    return found


def _undoings(desk: Desk) -> list[str]:
    found: list[str] = []
    connection = desk.database.connection
    for act, undoes, undone_by in desk.database.execute("SELECT id, undoes, undone_by FROM acts").fetchall():
        if undone_by is not None:
            back = audit.act_by_id(connection, undone_by)
            if back is None or back.undoes != act:
                found.append(f"act {act} is undone by {undone_by}, which does not say so")
        if undoes is not None:
            changed = {(c.ticket, c.field): (c.before, c.after) for c in audit.changes_of(connection, undoes)}
            for change in audit.changes_of(connection, act):
                was = changed.get((change.ticket, change.field))
                if was is None or was[0] != change.after:
                    found.append(f"act {act} undoes {undoes}, but not {change.field} of ticket {change.ticket}")
    return found
