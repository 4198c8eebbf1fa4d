"""What another policy would have done to the tickets of the last days: `triage backtest`.

Each ticket is looked at as it stood when the desk decided on it: at its override, else at its first decision,
else when it came in. What people decided counts, its clocks and windows are those of that moment; its swarm
is as large as it is now, for nobody wrote down how large it was then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from triage.catalog.policy_file import read_policy
from triage.desk.derive import BATCH, swarm_sizes
from triage.desk.facts import facts_of
from triage.desk.office import Desk
from triage.errors import UsageError
from triage.impact.backtest import Comparison, compare
from triage.impact.policy import check_policy, make_policy
from triage.impact.score import Scorer
from triage.store import queue as queue_store
from triage.store import tickets as ticket_store
from triage.store.tickets import StoredTicket
from triage.tickets.models import PRIORITIES, Facts, Pause, Status

TOP = 10
_DECIDED = ("service", "touchpoint", "condition", "reach")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class MovedTicket:
    """A ticket that another policy moves."""

    id: int
    source: str
    external_id: str
    subject: str
    priority_before: str
    priority: str
    score_before: int
    score: int


@dataclass(frozen=True, slots=True)
class Backtest:
    """A policy tried on the past: over how many days, the comparison, the tickets that move most."""

    days: int
    since: datetime
    policy_version: int
    comparison: Comparison[int]
    top: tuple[MovedTicket, ...]

    def as_json(self) -> dict[str, Any]:
        """With stable keys; shares are 0 to 1, rounded to four digits."""
        found = self.comparison
        return {
            "days": self.days,
            "since": self.since.isoformat(),
            "policy_version": self.policy_version,
            "tickets": found.tickets,
            "moved_up": found.moved_up,
            "moved_down": found.moved_down,
            "changed_score": found.changed_score,
            "priorities": {word: {"before": before, "after": after} for word, before, after in found.table()},
            "bands": [
                {"before": before, "after": after, "tickets": found.bands[before, after]}
                for before in PRIORITIES
                for after in PRIORITIES
                if (before, after) in found.bands and before != after
            ],
            "p1_p2_share": {"before": _rounded(found.urgent_share(False)), "after": _rounded(found.urgent_share(True))},
            "overrides": {
                "tickets": found.overrides,
                "agreement_before": _rounded(found.agreement(False)),
                "agreement_after": _rounded(found.agreement(True)),
            },
            "top": [{name: getattr(one, name) for name in one.__dataclass_fields__} for one in self.top],
        }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def policy_of_file(desk: Desk, path: Path) -> dict[str, Any]:
    """The overrides that applying this file would put in force; InputError with every mistake and its line."""
    return read_policy(path, check_policy, desk.index.catalog.policy)


def backtest(desk: Desk, overrides: Mapping[str, Any], days: int = 90, progress: Progress | None = None) -> Backtest:
    """Try a policy on the tickets that were created in the last `days`; nothing is written."""
    if days < 1:
        raise UsageError(f"'{days}' is not a number of days", "it is 1 or more")
    since = desk.now() - timedelta(days=days)
    other = Scorer(desk.index, make_policy(overrides))
    found = compare(_past(desk, since, progress), desk.scorer, other, TOP)
    tickets = ticket_store.fetch(desk.database.connection, [one.ticket for one in found.top])
    top = tuple(
        MovedTicket(
            ticket.id, ticket.source, ticket.external_id, ticket.subject, one.before, one.after, one.score_before,
            one.score_after,
        ) for one, ticket in zip(found.top, tickets, strict=True)
    )  # fmt: skip
    return Backtest(days, since, desk.policy.version, found, top)


def _past(desk: Desk, since: datetime, progress: Progress | None) -> Iterator[tuple[int, Facts, datetime]]:
    connection = desk.database.connection
    rows = connection.execute(
        "SELECT ticket_id FROM queue WHERE created_at >= ? AND created_at <= ? AND status <> 'merged' ORDER BY 1",
        (int(since.timestamp()), int(desk.now().timestamp())),
    )
    ids = [row[0] for row in rows]
    done = 0
    for part in queue_store.in_batches(ids, BATCH):
        tickets = ticket_store.fetch(connection, part)
        sizes = swarm_sizes(connection, tickets)
        decided = queue_store.decided_at(connection, part)
        for ticket in tickets:
            facts = facts_of(ticket, desk.index, swarm_requesters=sizes.get(ticket.swarm or 0, 0))
            moment = _moment(ticket, decided.get(ticket.id, {}))
            yield ticket.id, as_of(facts, moment), moment
        done += len(part)
        if progress:
            progress(done, len(ids))


def _moment(ticket: StoredTicket, decided: Mapping[str, int]) -> datetime:
    """When somebody decided what the ticket is worth: the override, else the first decision, else its creation."""
    at = decided.get("override") or min((decided[name] for name in _DECIDED if name in decided), default=None)
    if at is None:
        return ticket.created_at
    return max(datetime.fromtimestamp(at, UTC), ticket.created_at)


def as_of(facts: Facts, moment: datetime) -> Facts:
    """The facts as they stood at a moment: not resolved yet, and without the pauses that came later."""
    responded = facts.responded_at if facts.responded_at and facts.responded_at <= moment else None
    pauses = tuple(
        Pause(pause.start, pause.end if pause.end and pause.end <= moment else None)
        for pause in facts.pauses
        if pause.start <= moment
    )
    status = Status.OPEN if responded else Status.NEW
    return replace(facts, status=status, responded_at=responded, resolved_at=None, pauses=pauses)
