"""What must be done as time passes and others work: cheap when there is nothing to do.

The application calls it from a worker every few seconds, the command line before it shows the queue.
"""

from __future__ import annotations

from triage.desk.office import Desk
from triage.store import queue as queue_store

SWARMS_SEEN = "swarms_seen_act"
INTERVALS = "intervals_made_to"
"""The key in `meta` of how far the intervals were made since the last change of the catalog."""


def is_due(desk: Desk) -> bool:
    """Whether `keep_up` would do anything; a few index look-ups."""
    if desk.read_only:
        return False
    connection = desk.database.connection
    seconds = int(desk.now().timestamp())
    if queue_store.due_for_rescoring(connection, seconds, 1) or queue_store.awake(connection, seconds):
        return True
    if queue_store.stale_ids(connection, 1) or queue_store.meta(connection, INTERVALS) is not None:
        return True
    return _changed_since(desk, _seen(desk))


def keep_up(desk: Desk) -> int:
    """Rescore what the clock changed, wake what slept, look for swarms where acts changed something.

    Gives how many tickets were scored anew. Short transactions; safe to run in several processes at once.
    """
    if desk.read_only or not is_due(desk):
        return 0
    from triage.desk.derive import freshen, rescore_due

    count = 0
    while True:
        done = rescore_due(desk, desk.now())
        count += done
        if done < 5000:
            break
    return count + freshen(desk, desk.now()) + _swarms(desk)


_FIELDS = (
    "('service', 'touchpoint', 'auto_service', 'auto_touchpoint', 'status', 'condition', 'rejected', 'swarm_said',"
    " 'incident')"
)


def _changed_since(desk: Desk, act: int) -> bool:
    """Whether acts after this one changed anything that makes or ends a swarm."""
    query = f"SELECT EXISTS (SELECT 1 FROM act_changes WHERE act_id > ? AND field IN {_FIELDS})"
    return bool(desk.database.execute(query, (act,)).fetchone()[0])


def _seen(desk: Desk) -> int:
    return int(queue_store.meta(desk.database.connection, SWARMS_SEEN) or 0)


def _last_act(desk: Desk) -> int:
    return int(desk.database.execute("SELECT coalesce(max(id), 0) FROM acts").fetchone()[0])


def _swarms(desk: Desk) -> int:
    seen, last = _seen(desk), _last_act(desk)
    if not _changed_since(desk, seen):
        return 0
    from triage.desk.swarms import mark_seen, refresh_incidents, update_swarms

    rows = desk.database.execute(
        "SELECT DISTINCT q.service FROM act_changes c JOIN queue q ON q.ticket_id = c.ticket_id"
        f" WHERE c.act_id > ? AND c.act_id <= ? AND c.field IN {_FIELDS} AND q.service IS NOT NULL"
        " UNION SELECT DISTINCT s.service FROM act_changes c JOIN queue q ON q.ticket_id = c.ticket_id"
        " JOIN swarms s ON s.id = q.swarm WHERE c.act_id > ? AND c.act_id <= ?",
        (seen, last, seen, last),
    )
    touched = update_swarms(desk, [row[0] for row in rows])
    mark_seen(desk, last)
    refresh_incidents(desk)
    return len(touched)
