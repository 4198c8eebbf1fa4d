"""From a stored ticket to the facts that are scored: what a person said counts before what was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from triage.catalog.index import CatalogIndex
from triage.linking.calibration import strength
from triage.linking.proposed import decide
from triage.store.tickets import StoredTicket
from triage.tickets.models import (
    NONE,
    Candidate,
    Condition,
    CueReading,
    Facts,
    Override,
    Pause,
    Reach,
    Reading,
)

PLAUSIBLE = 0.10
"""The least probability of a value that counts for the interval (docs/impact.md)."""


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Reading]:
    return TypeAdapter(Reading)


def reading_to_json(reading: Reading) -> str:
    """A reading as it is stored."""
    return _adapter().dump_json(reading).decode()


def reading_from_json(text: str) -> Reading:
    """The reading that was stored."""
    return _adapter().validate_json(text)


@dataclass(slots=True)
class Told:
    """A reading as it is stored, and its gist, so that a ticket that has just come in is scored without parsing it."""

    text: str
    gist: Reading

    @classmethod
    def of(cls, reading: Reading) -> Told:
        """Both of a reading."""
        return cls(reading_to_json(reading), gist_of(reading))


def gist_of(reading: Reading) -> Reading:
    """What `facts_of` asks of the reading of a ticket on which nothing was decided; quick to hand over."""
    return Reading(
        _telling(reading.services),
        _telling(reading.touchpoints),
        reading.none_service,
        reading.none_touchpoint,
        CueReading(reading.condition.value, _plausible(reading.condition.probabilities)),
        CueReading(reading.reach.value, _plausible(reading.reach.probabilities), reading.reach.evidence[:1]),
        reading.flags,
    )


def proposes_the_same(before: str, after: str) -> bool:
    """Whether two readings of a ticket propose the same links, condition and reach."""
    if before == after:
        return True
    first, second = reading_from_json(before), reading_from_json(after)
    return (decide(first), first.condition.value, first.reach.value) == (
        decide(second), second.condition.value, second.reach.value,
    )  # fmt: skip


def _telling(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(each.kind, each.target, each.probability, 0.0, each.method)
        for rank, each in enumerate(candidates)
        if rank == 0 or each.probability >= PLAUSIBLE
    )


def link_of(ticket: StoredTicket, kind: str) -> str | None:
    """The target that a person decided (`none` for nothing fits), or None where nobody did."""
    value = ticket.decisions.get(kind)
    target = value.get("target") if isinstance(value, dict) else None
    return str(target) if target is not None else None


def facts_of(
    ticket: StoredTicket, index: CatalogIndex, *, swarm_requesters: int = 0, gist: Reading | None = None
) -> Facts:
    """Everything that the score of a ticket is made of, beside the catalog, the policy and the clock.

    `gist` is that of its reading, which saves parsing it where nothing was decided.
    """
    decisions = ticket.decisions
    reading = gist if gist is not None and not decisions else None
    if reading is None and ticket.reading:
        reading = reading_from_json(ticket.reading)
    service, service_sure = _chosen(ticket, "service", reading, index)
    touchpoint, touchpoint_sure = _chosen(ticket, "touchpoint", reading, index)
    others = decisions.get("service", {}).get("others", []) if isinstance(decisions.get("service"), dict) else []
    condition = decisions.get("condition")
    reach = decisions.get("reach")
    flag, flag_strong, flag_sure = _flag(decisions, reading)
    workaround = decisions.get("workaround")
    return Facts(
        created_at=ticket.created_at,
        service=service,
        other_services=tuple(other for other in others if other in index.services),
        touchpoint=touchpoint,
        condition=Condition(condition or (reading.condition.value if reading else "question")),
        reach=Reach(reach or (reading.reach.value if reading else "person")),
        service_sure=service_sure,
        touchpoint_sure=touchpoint_sure,
        condition_sure=condition is not None,
        reach_sure=reach is not None,
        reach_from_text=bool(reading and reading.reach.evidence),
        possible_services={} if service_sure or not reading else _possible(reading, "service", ticket, index),
        possible_touchpoints={} if touchpoint_sure or not reading else _possible(reading, "touchpoint", ticket, index),
        possible_conditions={} if condition or not reading else _plausible(reading.condition.probabilities),
        possible_reaches={} if reach or not reading else _plausible(reading.reach.probabilities),
        requester=ticket.requester,
        organisation=ticket.organisation,
        site=ticket.site,
        status=ticket.status,
        responded_at=ticket.responded_at,
        resolved_at=ticket.resolved_at,
        updated_at=ticket.updated_at,
        due_at=_time(decisions.get("due_at")) or ticket.due_at,
        pauses=tuple(Pause(_required(start), _time(end)) for start, end in decisions.get("pauses", [])),
        swarm_requesters=swarm_requesters,
        told_otherwise=decisions.get("told"),
        workaround=workaround is not None,
        known_error=workaround.get("known_error") if isinstance(workaround, dict) else None,
        flag=flag,
        flag_strong=flag_strong,
        flag_sure=flag_sure,
        override=_override(decisions.get("override")),
    )


def _chosen(ticket: StoredTicket, kind: str, reading: Reading | None, index: CatalogIndex) -> tuple[str | None, bool]:
    entries: Any = index.services if kind == "service" else index.touchpoints
    decided = link_of(ticket, kind)
    if decided is not None:
        if decided == NONE:
            return None, True
        if decided in entries:
            return decided, True
    auto = auto_link_of(ticket, kind)
    if auto is not None and auto in entries:
        return auto, True
    if reading is None:
        return None, False
    proposal = decide(reading)[0 if kind == "service" else 1]
    if proposal is None or proposal not in entries or is_rejected(ticket, kind, proposal):
        remaining = candidates_left(ticket, kind, reading, index)
        none = reading.none_service if kind == "service" else reading.none_touchpoint
        if proposal is not None and remaining and remaining[0][1] > none:
            return remaining[0][0], False
        return None, False
    return proposal, False


def auto_link_of(ticket: StoredTicket, kind: str) -> str | None:
    """The target that a measured rule linked, while nobody decided otherwise; None where there is none."""
    value = ticket.decisions.get(f"auto_{kind}")
    target = value.get("target") if isinstance(value, dict) else None
    if target is None or link_of(ticket, kind) is not None or is_rejected(ticket, kind, str(target)):
        return None
    return str(target)


def preselected(ticket: StoredTicket, kind: str, target: str | None) -> bool:
    """Whether confirming takes this proposal: a likely one, one that was linked automatically, or that nothing fits.

    Below *likely* a person picks (docs/linking.md): Enter would wave through what is a guess.
    """
    if target is None or target == auto_link_of(ticket, kind) or ticket.reading is None:
        return True
    reading = reading_from_json(ticket.reading)
    candidates = reading.services if kind == "service" else reading.touchpoints
    found = next((one.probability for one in candidates if one.target == target), 0.0)
    return strength(found) == "likely"


def only_guesses(ticket: StoredTicket, facts: Facts, index: CatalogIndex) -> bool:
    """Whether nothing of a ticket's links is decided or likely: what is proposed are guesses, never waved through."""
    kinds = [kind for kind, entries in (("service", index.services), ("touchpoint", index.touchpoints)) if entries]
    return bool(kinds) and not any(
        link_of(ticket, kind) is not None or preselected(ticket, kind, getattr(facts, kind)) for kind in kinds
    )


def is_rejected(ticket: StoredTicket, kind: str, target: str) -> bool:
    """Whether a person said that this ticket is not about this entry."""
    return f"{kind}:{target}" in ticket.decisions.get("rejected", [])


def candidates_left(ticket: StoredTicket, kind: str, reading: Reading, index: CatalogIndex) -> list[tuple[str, float]]:
    """(target, probability) of the candidates that exist and that nobody rejected, best first."""
    entries: Any = index.services if kind == "service" else index.touchpoints
    candidates = reading.services if kind == "service" else reading.touchpoints
    return [
        (candidate.target, candidate.probability)
        for candidate in candidates
        if candidate.target in entries and not is_rejected(ticket, kind, candidate.target)
    ]


def _possible(reading: Reading, kind: str, ticket: StoredTicket, index: CatalogIndex) -> dict[str | None, float]:
    possible: dict[str | None, float] = {
        target: probability
        for target, probability in candidates_left(ticket, kind, reading, index)
        if probability >= PLAUSIBLE
    }
    none = reading.none_service if kind == "service" else reading.none_touchpoint
    if none >= PLAUSIBLE:
        possible[None] = none
    return possible


def _plausible(probabilities: dict[str, float]) -> dict[str, float]:
    return {value: probability for value, probability in probabilities.items() if probability >= PLAUSIBLE}


def _flag(decisions: dict[str, Any], reading: Reading | None) -> tuple[str | None, bool, bool]:
    decided = decisions.get("flag")
    if decided is not None:
        return (None, False, True) if decided == NONE else (str(decided), True, True)
    if reading and reading.flags:
        best = max(reading.flags, key=lambda flag: flag.strong)
        return best.flag, best.strong, False
    return None, False, False


def _override(value: Any) -> Override | None:
    if not isinstance(value, dict):
        return None
    return Override(value["priority"], value["reason"], value.get("text"), _time(value.get("until")), value.get("by"))


def _time(value: int | None) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(value, UTC)


def _required(value: int) -> datetime:
    return datetime.fromtimestamp(value, UTC)
