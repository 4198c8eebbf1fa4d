"""One ticket with everything that is known of it: what the pane, `triage show` and the reports tell.

Score, clocks and brief are made at the moment of asking, so that they are never older than the look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Organisation
from triage.desk.auto_link import blind_kinds
from triage.desk.derive import impact_of, swarm_sizes
from triage.desk.facts import auto_link_of, is_rejected, link_of, only_guesses, reading_from_json
from triage.desk.office import Desk
from triage.impact.brief import brief
from triage.impact.brief_who import RENEWAL_NEAR
from triage.impact.money import Money
from triage.impact.money import money as money_of
from triage.impact.who import Contact, whom_to_tell
from triage.linking.calibration import strength, word
from triage.store import audit
from triage.store import queue as queue_store
from triage.store import tickets as ticket_store
from triage.store.queue import QueueRow
from triage.store.tickets import StoredTicket
from triage.tickets.models import NONE, Clock, CueReading, Evidence, Facts, Impact, Reading, Row

BLIND_CHOICES = 3
"""Candidates of a kind that are listed, by name, of a ticket whose proposal is not shown yet."""


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A candidate or a decision. `state`: proposed, auto, confirmed, rejected; `chosen` when it counts now."""

    kind: str
    target: str
    name: str
    confidence: float
    word: str
    state: str
    method: str
    evidence: tuple[Evidence, ...]
    chosen: bool
    moment_of_truth: bool = False
    features: dict[str, float] = field(default_factory=dict)

    @property
    def preselected(self) -> bool:
        """Whether confirming takes it: it counts now, and is decided, linked automatically or likely."""
        return self.chosen and (self.state in ("confirmed", "auto") or strength(self.confidence) == "likely")


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that was done: when (UTC), by whom, what, and the values in words."""

    at: datetime
    who: str
    what: str
    before: str | None
    after: str | None
    act: int


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything about one ticket, ready to be shown."""

    row: QueueRow
    ticket: StoredTicket
    facts: Facts
    impact: Impact
    services: tuple[LinkLine, ...]
    touchpoints: tuple[LinkLine, ...]
    service_none: bool  # somebody decided that nothing fits, or the catalog has none to choose from
    touchpoint_none: bool
    condition: CueReading | None
    reach: CueReading | None
    condition_sure: bool
    reach_sure: bool
    flags: tuple[str, ...]
    brief: str
    who: tuple[Contact, ...]
    money: Money | None
    agent_may: tuple[str, ...]
    known_error: str | None
    known_error_name: str | None
    workaround: str | None
    promises: tuple[str, ...]
    organisation: str | None
    renewal: str | None
    history: tuple[HistoryLine, ...]
    notes: tuple[dict[str, Any], ...]
    language: str = "en"
    blind: tuple[str, ...] = ()  # the kinds whose proposal people are not shown yet (docs/linking.md)
    seen: int = 0  # the last act in the log when this was read
    only_guesses: bool = False  # nothing is decided or likely: confirming is refused

    @property
    def breakdown(self) -> tuple[Row, ...]:
        """The rows of the score."""
        return self.impact.breakdown

    @property
    def clocks(self) -> tuple[Clock, ...]:
        """The clocks of the ticket, the first to run out first."""
        return self.impact.clocks

    @property
    def marks(self) -> tuple[Evidence, ...]:
        """The words of the ticket that decided: for marking them in subject and body."""
        chosen = [line for line in (*self.services, *self.touchpoints) if line.chosen]
        spans = [evidence for line in chosen for evidence in line.evidence]
        for cue in (self.condition, self.reach):
            spans.extend(cue.evidence if cue else ())
        return tuple(evidence for evidence in spans if evidence.start >= 0)


def detail(desk: Desk, ident: int) -> Detail:
    """Everything about one ticket; NotFound where there is none."""
    return details(desk, [ident])[0]


def details(desk: Desk, ids: Sequence[int]) -> list[Detail]:
    """The same of several, in their order."""
    connection = desk.database.connection
    now = desk.now()
    seen = audit.last_act(connection)  # read first: what comes in between counts as not seen
    tickets = ticket_store.fetch(connection, ids)
    rows = {row.id: row for row in queue_store.rows_by_id(connection, ids)}
    sizes = swarm_sizes(connection, tickets)
    decided = decisions_made(desk)
    return [
        replace(_detail(desk, ticket, rows[ticket.id], sizes.get(ticket.swarm or 0, 0), now, decided), seen=seen)
        for ticket in tickets
    ]


def decisions_made(desk: Desk) -> int:
    """How many tickets have a service or touchpoint that a person decided: below some hundreds, words."""
    query = "SELECT count(DISTINCT ticket_id) FROM decisions WHERE field IN ('service', 'touchpoint')"
    return int(desk.database.execute(query).fetchone()[0])


def _detail(desk: Desk, ticket: StoredTicket, row: QueueRow, requesters: int, now: datetime, decided: int) -> Detail:
    index, policy = desk.index, desk.policy
    facts, impact = impact_of(ticket, index, desk.scorer, now, requesters)
    reading = reading_from_json(ticket.reading) if ticket.reading else None
    touchpoint = index.touchpoints.get(facts.touchpoint or "")
    organisation = index.organisation_of(ticket.organisation, ticket.requester)
    contacts = whom_to_tell(facts, index, now)
    money = money_of(facts, index, policy, impact)
    known = facts.known_error or (reading.known_error if reading else None)
    error = index.known_errors.get(known or "")
    return Detail(
        row=_fresh(row, impact, facts),
        ticket=ticket,
        facts=facts,
        impact=impact,
        services=tuple(link_lines(ticket, "service", reading, facts.service, index, decided)),
        touchpoints=tuple(link_lines(ticket, "touchpoint", reading, facts.touchpoint, index, decided)),
        service_none=link_of(ticket, "service") == NONE or not index.services,
        touchpoint_none=link_of(ticket, "touchpoint") == NONE or not index.touchpoints,
        condition=reading.condition if reading else None,
        reach=reading.reach if reading else None,
        condition_sure=facts.condition_sure,
        reach_sure=facts.reach_sure,
        flags=(facts.flag,) if facts.flag else (),
        brief=brief(facts, index, policy, now, language=reading.language if reading else "en", impact=impact),
        who=tuple(contacts),
        money=money,
        agent_may=tuple(touchpoint.agent_may) if touchpoint else (),
        known_error=known,
        known_error_name=error.name if error else None,
        workaround=error.workaround if error else None,
        promises=tuple(promise.text for promise in touchpoint.promises) if touchpoint else (),
        organisation=organisation.name if organisation else ticket.organisation,
        renewal=_renewal(organisation, now.astimezone(index.timezone).date()),
        history=tuple(_history(audit.history(desk.database.connection, ticket.id))),
        notes=tuple(ticket.decisions.get("notes", [])),
        language=reading.language if reading else "en",
        blind=blind_kinds(desk, ticket),
        only_guesses=only_guesses(ticket, facts, index),
    )


def veiled(found: Detail) -> Detail:
    """The same as a person may see it before deciding: nothing that tells what is proposed.

    Of a kind that is shown blind the first three candidates stay, by name and not by rank, without words and
    evidence; of a kind that was decided beside it what a person said. The reasons of the score, the brief, the
    contacts and the money all name the proposal, so they wait.
    """
    if not found.blind:
        return found

    def lines(kind: str, those: tuple[LinkLine, ...]) -> tuple[LinkLine, ...]:
        if kind not in found.blind:  # what a person said of it; how likely the others are would tell of the blind kind
            said = [line for line in those if line.state in ("confirmed", "rejected")]
            return tuple(replace(line, method="person", evidence=(), features={}) for line in said)
        first = [line for line in those if line.state != "rejected"][:BLIND_CHOICES]
        return tuple(
            replace(line, chosen=False, state="proposed", word="", confidence=0.0, method="", evidence=(), features={})
            for line in sorted(first, key=lambda line: (line.name.casefold(), line.target))
        )

    clocks = tuple(replace(clock, why="") for clock in found.impact.clocks)
    return replace(
        found,
        services=lines("service", found.services),
        touchpoints=lines("touchpoint", found.touchpoints),
        impact=replace(found.impact, breakdown=(), clocks=clocks, vector=""),
        row=found.row._replace(vector="", service=None, touchpoint=None),
        brief="", who=(), money=None, agent_may=(), promises=(),
        known_error=None, known_error_name=None, workaround=None,
    )  # fmt: skip


def _renewal(organisation: Organisation | None, today: date) -> str | None:
    """The day on which a contract is up for renewal, where that is near."""
    day = organisation.renews_on if organisation else None
    return str(day) if day and timedelta(0) <= day - today <= RENEWAL_NEAR else None


def _fresh(row: QueueRow, impact: Impact, facts: Facts) -> QueueRow:
    first = impact.clocks[0] if impact.clocks else None
    return row._replace(
        score=impact.score,
        low=impact.low,
        high=impact.high,
        priority=int(impact.priority[1]),
        points_priority=int(impact.points_priority[1]),
        sure=int(impact.sure),
        vector=impact.vector,
        service=facts.service,
        touchpoint=facts.touchpoint,
        condition=str(facts.condition),
        reach=str(facts.reach),
        first_clock=int(first.due.timestamp()) if first else None,
        clock_name=first.name if first else None,
    )


def link_lines(
    ticket: StoredTicket, kind: str, reading: Reading | None, chosen: str | None, index: CatalogIndex, decided: int
) -> Iterable[LinkLine]:
    """What a ticket may be about, the chosen one first, then the candidates best first, rejected ones last."""
    entries: Any = index.services if kind == "service" else index.touchpoints
    candidates = (reading.services if kind == "service" else reading.touchpoints) if reading else ()
    confirmed = link_of(ticket, kind)
    auto = auto_link_of(ticket, kind)
    decision = ticket.decisions.get(kind)
    others = decision.get("others", []) if isinstance(decision, dict) else []
    lines: list[LinkLine] = []
    seen: set[str] = set()
    for candidate in candidates:
        if candidate.target not in entries:
            continue
        seen.add(candidate.target)
        state = "proposed"
        if candidate.target == confirmed or candidate.target in others:
            state = "confirmed"
        elif is_rejected(ticket, kind, candidate.target):
            state = "rejected"
        elif candidate.target == auto:
            state = "auto"
        sure = state == "confirmed"
        lines.append(
            LinkLine(
                kind=kind,
                target=candidate.target,
                name=entries[candidate.target].name,
                confidence=1.0 if sure else round(min(max(candidate.probability, 0.0), 1.0), 4),
                word="confirmed"
                if sure
                else "auto-linked"
                if state == "auto"
                else word(candidate.probability, decided),
                state=state,
                method=f"auto, {candidate.method}" if state == "auto" else candidate.method,
                evidence=candidate.evidence,
                chosen=candidate.target == chosen,
                moment_of_truth=bool(getattr(entries[candidate.target], "moment_of_truth", None)),
                features=candidate.features,
            )
        )
    for target in (confirmed, *others):
        if target and target != NONE and target in entries and target not in seen:
            moment = bool(getattr(entries[target], "moment_of_truth", None))
            name = entries[target].name
            lines.append(
                LinkLine(kind, target, name, 1.0, "confirmed", "confirmed", "person", (), target == chosen, moment)
            )
    if auto and auto in entries and auto not in seen:
        name, moment = entries[auto].name, bool(getattr(entries[auto], "moment_of_truth", None))
        linked_at = float(ticket.decisions[f"auto_{kind}"]["probability"])
        lines.append(LinkLine(kind, auto, name, linked_at, "auto-linked", "auto", "auto", (), auto == chosen, moment))
    order = {"confirmed": 0, "auto": 1, "proposed": 1, "rejected": 2}
    lines.sort(key=lambda line: (not line.chosen, order[line.state], -line.confidence))
    return lines


def _history(entries: Iterable[audit.HistoryEntry]) -> Iterable[HistoryLine]:
    for entry in entries:
        at = datetime.fromtimestamp(entry.at / 1000, UTC)
        what = f"{entry.what} {entry.field}"
        yield HistoryLine(
            at, entry.who, what, in_words(entry.field, entry.before), in_words(entry.field, entry.after), entry.act
        )


def in_words(name: str, value: Any) -> str | None:
    """A stored value of a field as a person would say it."""
    if value is None:
        return None
    if name in ("auto_service", "auto_touchpoint") and isinstance(value, dict):
        return f"{value.get('target')} ({value.get('probability')})"
    if name in ("service", "touchpoint") and isinstance(value, dict):
        return ", ".join([str(value.get("target")), *value.get("others", [])])
    if name == "override" and isinstance(value, dict):
        return f"{value['priority']} ({value['reason']}){': ' + value['text'] if value.get('text') else ''}"
    if name == "handed_over" and isinstance(value, dict):
        return f"{value.get('group')} ({value.get('reason')}){': ' + value['text'] if value.get('text') else ''}"
    if name in ("snoozed_until", "resolved_at", "responded_at"):
        return datetime.fromtimestamp(value, UTC).isoformat()
    if name == "notes" and isinstance(value, list):
        return str(value[-1]["text"]) if value else None
    if name == "pauses" and isinstance(value, list):
        return "waiting" if value and value[-1][1] is None else f"{len(value)} pauses"
    if name == "workaround" and isinstance(value, dict):
        return str(value.get("known_error") or "yes")
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return str(value)


def iso(seconds: int | None) -> str | None:
    """Seconds since 1970 as ISO 8601 in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def item_json(row: QueueRow) -> dict[str, Any]:
    """A ticket of the queue as other programs see it (docs/cli.md)."""
    return {
        "id": row.id,
        "source": row.source,
        "external_id": row.external_id,
        "subject": row.subject,
        "status": row.status,
        "assignee": row.assignee,
        "created_at": iso(row.created_at),
        "score": row.score,
        "low": row.low,
        "high": row.high,
        "priority": f"P{row.priority}",
        "vector": row.vector,
        "sure": bool(row.sure),
        "service": row.service,
        "touchpoint": row.touchpoint,
        "condition": row.condition,
        "reach": row.reach,
        "swarm": row.swarm,
    }


def detail_json(found: Detail) -> dict[str, Any]:
    """One ticket as other programs see it (docs/cli.md)."""
    money = found.money
    return {
        **item_json(found.row),
        "body": found.ticket.body,
        "requester": found.ticket.requester,
        "links": [
            {
                "kind": line.kind,
                "target": line.target,
                "name": line.name,
                "confidence": line.confidence,
                "state": line.state,
                "method": line.method,
                "evidence": [
                    {
                        "text": piece.text,
                        "term": piece.term,
                        "similarity": round(piece.similarity, 3),
                        "contribution": piece.weight,
                        "field": piece.field,
                        "start": piece.start,
                        "end": piece.end,
                    }
                    for piece in line.evidence
                ],
            }
            for line in (*found.services, *found.touchpoints)
        ],
        "breakdown": [
            {"factor": row.factor, "value": row.value, "points": row.points, "why": row.why} for row in found.breakdown
        ],
        "brief": found.brief,
        "who": [{"role": contact.role, "name": contact.name, "email": contact.email} for contact in found.who],
        "money": None
        if money is None
        else {
            "revenue_per_hour": money.revenue_per_hour,
            "staff_cost_per_hour": money.staff_cost_per_hour,
            "currency": money.currency,
            "source": money.source,
        },
        "blind": list(found.blind),
        "cues": {
            name: {
                "value": value,
                "confirmed": sure,
                "evidence": [
                    {"text": piece.text, "term": piece.term, "weight": piece.weight}
                    for piece in (cue.evidence if cue else ())
                ],
            }
            for name, value, sure, cue in (
                ("condition", str(found.facts.condition), found.condition_sure, found.condition),
                ("reach", str(found.facts.reach), found.reach_sure, found.reach),
            )
        },
        "organisation": found.organisation,
        "renewal": found.renewal,
        "agent_may": list(found.agent_may),
        "known_error": None
        if found.known_error is None
        else {
            "id": found.known_error,
            "name": found.known_error_name,
            "workaround": found.workaround,
            "applied": found.facts.known_error == found.known_error and found.facts.workaround,
        },
        "history": [
            {
                "at": line.at.isoformat(),
                "who": line.who,
                "what": line.what,
                "before": line.before,
                "after": line.after,
            }
            for line in found.history
        ],
    }
