"""What must be done as time passes and others work: cheap when there is nothing to do.

The application calls it from a worker every few seconds, the command line before it shows the queue.
"""

from __future__ import annotations

from triage.desk.office import Desk
from triage.store import queue as queue_store

_SEEN = "swarms_seen_act"


def is_due(desk: Desk) -> bool:
    """Whether `keep_up` would do anything; two index look-ups."""
    if desk.read_only:
        return False
    connection = desk.database.connection
    seconds = int(desk.now().timestamp())
    if queue_store.due_for_rescoring(connection, seconds, 1) or queue_store.awake(connection, seconds):
        return True
    return _last_act(desk) > _seen(desk)


def keep_up(desk: Desk) -> int:
    """Rescore what the clock changed, wake what slept, look for swarms where acts changed something.

    Gives how many tickets were scored anew. Short transactions; safe to run in several processes at once.
    """
    if desk.read_only or not is_due(desk):
        return 0
    from triage.desk.derive import rescore_due

    count = 0
    while True:
        done = rescore_due(desk, desk.now())
        count += done
        if done < 5000:
            break
    return count + _swarms(desk)


def _seen(desk: Desk) -> int:
    return int(queue_store.meta(desk.database.connection, _SEEN) or 0)


def _last_act(desk: Desk) -> int:
    return int(desk.database.execute("SELECT coalesce(max(id), 0) FROM acts").fetchone()[0])


def _swarms(desk: Desk) -> int:
    seen, last = _seen(desk), _last_act(desk)
    if last <= seen:
        return 0
    from triage.desk.swarms import refresh_incidents, update_swarms

    rows = desk.database.execute(
        "SELECT DISTINCT q.service FROM act_changes c JOIN queue q ON q.ticket_id = c.ticket_id"
        " WHERE c.act_id > ? AND c.act_id <= ? AND c.field IN ('service', 'touchpoint', 'status', 'condition',"
        " 'rejected', 'swarm_said', 'incident') AND q.service IS NOT NULL"
        " UNION SELECT DISTINCT s.service FROM act_changes c JOIN queue q ON q.ticket_id = c.ticket_id"
        " JOIN swarms s ON s.id = q.swarm WHERE c.act_id > ? AND c.act_id <= ?",
        (seen, last, seen, last),
    )
    touched = update_swarms(desk, [row[0] for row in rows])
    with desk.act() as connection:
        connection.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (_SEEN, str(last)),
        )
    refresh_incidents(desk)
    return len(touched)
