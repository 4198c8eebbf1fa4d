"""Linking without a person: only while decisions made blind prove it right, with a brake that says so.

One ticket in twenty, by a hash of its name, is shown without the proposal until somebody has decided it or has
asked for it. What triage would have linked is kept with such a decision; the share that was right is the
precision, and nothing else is: a proposal that is waved through proves nothing. Service and touchpoint are
measured each for itself. An automatic link is a field of its own (`auto_service`), so that nothing takes it
for a person's confirmation; it is taken back by undo, or by deciding otherwise.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from triage.desk.blind import in_sample
from triage.desk.office import Desk
from triage.store import audit
from triage.store import queue as queue_store
from triage.store import tickets as ticket_store
from triage.store.audit import Change
from triage.tickets.models import NONE, Reading

if TYPE_CHECKING:
    from triage.store.tickets import StoredTicket

LINKS = ("service", "touchpoint")
ASKED = "asked"
"""The field of a ticket whose proposal somebody asked for before deciding."""
PROPOSED = "proposed:"
"""The feature of a blind decision that tells what was proposed, with its probability in thousandths."""
_STATE = "auto_link:"
LINE = "auto_link_line"
"""The key in `meta` of what the top line of the application says."""


@dataclass(frozen=True, slots=True)
class AutoState:
    """Where auto-link of one kind stands: asked for, in force, and what was measured blind."""

    kind: str
    wanted: bool
    on: bool
    right: int
    decisions: int
    promise: float
    needed: int

    @property
    def precision(self) -> float | None:
        """The share of the blind decisions that were what triage would have linked."""
        return self.right / self.decisions if self.decisions else None

    def in_words(self) -> str:
        """`auto-link of services on: 96 % of 214 blind decisions`; a share is cut, never rounded up."""
        head = f"auto-link of {self.kind}s {'on' if self.on else 'off'}"
        if not self.wanted:
            return head
        if self.decisions < self.needed:
            return f"{head}: {self.decisions} of {self.needed} blind decisions made"
        measured = f"{head}: {100 * self.right // self.decisions} % of {self.decisions} blind decisions"
        return measured if self.on else f"{measured}, {100 * self.promise:g} % were promised"

    def in_short(self) -> str:
        """The same for a line with little room: `service 96 % of 214`, `touchpoint off, 12 of 100`."""
        if self.on:
            return f"{self.kind} {100 * self.right // self.decisions} % of {self.decisions}"
        if self.decisions < self.needed:
            return f"{self.kind} off, {self.decisions} of {self.needed}"
        return f"{self.kind} off, {100 * self.right // self.decisions} %"


def auto_field(kind: str) -> str:
    """The field that holds an automatic link."""
    return f"auto_{kind}"


def blind_kinds(desk: Desk, ticket: StoredTicket) -> tuple[str, ...]:
    """The kinds of link whose proposal is not shown yet; none while nobody asks for auto-link."""
    rules = desk.policy.auto_link
    if not rules.on or ticket.reading is None or ASKED in ticket.decisions:
        return ()
    if not in_sample(ticket.source, ticket.external_id, rules.blind_one_in):
        return ()
    entries: dict[str, Any] = {"service": desk.index.services, "touchpoint": desk.index.touchpoints}
    return tuple(kind for kind in LINKS if entries[kind] and kind not in ticket.decisions)


def proposal_of(reading: Reading, kind: str) -> tuple[str, float] | None:
    """What a reading proposes for a kind, with its probability; None where it proposes nothing."""
    candidates = reading.services if kind == "service" else reading.touchpoints
    none = reading.none_service if kind == "service" else reading.none_touchpoint
    if not candidates or candidates[0].probability <= none:
        return None
    return candidates[0].target, candidates[0].probability


def judged_blind(desk: Desk, ticket: StoredTicket, change: Change, act: int) -> tuple[str, int] | None:
    """Whether a decision was made blind, and then the feature that tells what was proposed.

    The first decision on a kind only, of a person who was not shown the proposal: who changes it later has seen.
    """
    from triage.desk.facts import reading_from_json

    rules = desk.policy.auto_link
    if not rules.on or change.field not in LINKS or change.before is not None or ticket.reading is None:
        return None
    if ASKED in ticket.decisions or not in_sample(ticket.source, ticket.external_id, rules.blind_one_in):
        return None
    earlier = desk.database.connection.execute(
        "SELECT EXISTS (SELECT 1 FROM lessons WHERE ticket_id = ? AND kind = ? AND act_id < ?)",
        (ticket.id, change.field, act),
    ).fetchone()[0]
    if earlier:
        return None
    found = proposal_of(reading_from_json(ticket.reading), change.field)
    target, probability = found or (NONE, 0.0)
    return PROPOSED + target, int(1000 * probability)


def state(desk: Desk, kind: str) -> AutoState:
    """What the last blind decisions say of a kind, and whether it is linked automatically therefore."""
    rules = desk.policy.auto_link
    right = counted = 0
    if rules.on:
        seen: set[int] = set()
        for ticket, stood, text in _blind(desk.database.connection, kind):
            if ticket in seen:
                continue
            seen.add(ticket)
            verdict = _verdict(json.loads(text), json.loads(stood), rules.promise)
            if verdict is None:
                continue
            counted += 1
            right += verdict
            if counted == rules.last:
                break
    # Whole numbers: a promise of 0.95 is kept by 95 of 100, whatever 0.95 is in binary.
    kept = 1000 * right >= round(1000 * rules.promise) * counted
    on = rules.on and counted >= rules.decisions and kept
    return AutoState(kind, rules.on, on, right, counted, rules.promise, rules.decisions)


def states(desk: Desk) -> list[AutoState]:
    """The state of both kinds."""
    return [state(desk, kind) for kind in LINKS]


def _blind(connection: sqlite3.Connection, kind: str) -> Iterable[tuple[int, str, str]]:
    """Ticket, standing value and lesson of the blind decisions of a kind, the latest first."""
    return connection.execute(
        "SELECT l.ticket_id, d.value, l.decision FROM lessons l"
        " JOIN decisions d ON d.ticket_id = l.ticket_id AND d.field = l.kind"
        " WHERE l.kind = ? AND json_extract(l.decision, '$.blind') ORDER BY l.act_id DESC, l.ticket_id",
        (kind,),
    )


def _verdict(lesson: Mapping[str, Any], stands: Any, promise: float) -> bool | None:
    """Whether what would have been linked was right; None where nothing would have been.

    Who changed the blind decision to the proposal after seeing it proves nothing, so it stays wrong; who
    changed it away from the proposal does prove something.
    """
    for name, thousandths in lesson["features"]:
        if name.startswith(PROPOSED):
            if thousandths < round(1000 * promise):
                return None
            target = name.removeprefix(PROPOSED)
            return bool(lesson["target"] == target == stands.get("target"))
    return None


def brake(desk: Desk, now: datetime) -> list[AutoState]:
    """Say in the log where auto-link has come on or gone off since it was last looked at, in this transaction.

    Called after every act that may have changed what is measured, and before tickets are taken in.
    """
    connection = desk.database.connection
    found = states(desk)
    line = "auto-link " + " · ".join(each.in_short() for each in found) if desk.policy.auto_link.on else None
    queue_store.set_meta(connection, LINE, line)
    for each in found:
        was_on = queue_store.meta(connection, _STATE + each.kind) == "on"
        if was_on == each.on:
            continue
        queue_store.set_meta(connection, _STATE + each.kind, "on" if each.on else "off")
        audit.record(
            connection, at=int(now.timestamp() * 1000), who="triage",
            what="auto-link on" if each.on else "auto-link off",
            detail={
                "kind": each.kind, "right": each.right, "decisions": each.decisions, "promise": each.promise,
                "why": each.in_words(),
            },
        )  # fmt: skip
    return found


def brake_after(desk: Desk, changes: Sequence[Change], now: datetime) -> None:
    """`brake`, where these changes concern a ticket that was decided blind."""
    if not desk.policy.auto_link.on:
        return
    touched = {(change.ticket, change.field) for change in changes if change.field in LINKS}
    query = (
        "SELECT EXISTS (SELECT 1 FROM lessons WHERE ticket_id = ? AND kind = ? AND json_extract(decision, '$.blind'))"
    )
    if any(desk.database.connection.execute(query, pair).fetchone()[0] for pair in touched):
        brake(desk, now)


def link_by_itself(desk: Desk, ids: Sequence[int], now: datetime, detail: Mapping[str, Any]) -> int:
    """Link these tickets where auto-link is in force, as one act of triage; how many links. In a transaction.

    A ticket of the blind sample, one that a person decided, and one that was linked this way before are left
    alone: what somebody took back does not come again.
    """
    if not ids or not desk.policy.auto_link.on:
        return 0
    kinds = [each.kind for each in brake(desk, now) if each.on]
    if not kinds:
        return 0
    from triage.desk.facts import is_rejected, reading_from_json

    connection, rules = desk.database.connection, desk.policy.auto_link
    entries: dict[str, Any] = {"service": desk.index.services, "touchpoint": desk.index.touchpoints}
    changes: list[Change] = []
    for ticket in ticket_store.fetch(connection, ids):
        if ticket.reading is None or in_sample(ticket.source, ticket.external_id, rules.blind_one_in):
            continue
        reading = reading_from_json(ticket.reading)
        for kind in kinds:
            found = proposal_of(reading, kind)
            if found is None or kind in ticket.decisions or _once(connection, ticket.id, kind):
                continue
            target, probability = found
            if int(1000 * probability) < round(1000 * rules.promise) or target not in entries[kind]:
                continue
            if not is_rejected(ticket, kind, target):
                after = {"target": target, "probability": round(probability, 4)}
                changes.append(Change(ticket.id, auto_field(kind), None, after))
    if not changes:
        return 0
    at = int(now.timestamp() * 1000)
    for change in changes:
        audit.write(connection, change.ticket, change.field, change.after, "triage", at)
    audit.record(
        connection, at=at, who="triage", what="auto-link", detail={**detail, "for": desk.user}, changes=changes
    )
    return len(changes)


def _once(connection: sqlite3.Connection, ticket: int, kind: str) -> bool:
    """Whether a ticket was ever linked automatically."""
    query = "SELECT EXISTS (SELECT 1 FROM act_changes WHERE ticket_id = ? AND field = ?)"
    return bool(connection.execute(query, (ticket, auto_field(kind))).fetchone()[0])
