"""What a ticket is: as it comes in, what is read from it, what was decided, what its impact is.

These are the shapes that the rooms hand each other: intake gives `IncomingTicket`, linking gives
`Reading`, a person's decisions and the catalog make `Facts`, impact makes `Impact` of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal


class Status(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    OPEN = "open"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_SUPPLIER = "waiting_supplier"
    RESOLVED = "resolved"
    CLOSED = "closed"
    MERGED = "merged"

    @property
    def is_open(self) -> bool:
        """Whether the ticket still asks for work."""
        return self not in (Status.RESOLVED, Status.CLOSED, Status.MERGED)


class Condition(StrEnum):
    """What a ticket tells of the service, worst first."""

    UNAVAILABLE = "unavailable"
    DEGRADED = "degraded"
    BUG = "bug"
    QUESTION = "question"
    REQUEST = "request"
    RESTORED = "restored"


class Reach(StrEnum):
    """Whom it touches, least first."""

    PERSON = "person"
    TEAM = "team"
    SITE = "site"
    SEGMENT = "segment"
    ALL = "all"


class Kind(StrEnum):
    """What a link points at."""

    SERVICE = "service"
    TOUCHPOINT = "touchpoint"


NONE = "none"
"""The target of the decision that nothing in the catalog fits."""

OVERRIDE_REASONS = ("wrong-link", "wrong-reach", "contract", "safety", "politics", "other")
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
FLAGS = ("safety", "security", "legal", "statutory")

LinkState = Literal["proposed", "auto", "confirmed", "rejected"]


@dataclass(slots=True)
class IncomingTicket:
    """A ticket as a source gives it: sanitised, its times aware and in UTC, nothing decided.

    `confirmed` maps service, touchpoint, condition or reach to the value that somebody decided in the
    past (ids of the catalog, `none`, or the words of impact); `extra` keeps the columns that triage does
    not read; `line` is where the record starts in its file (1-based), 0 where that says nothing. `silent`
    names the fields that the source has no column for: of a ticket that is known they stay as they are.
    """

    source: str
    external_id: str
    subject: str = ""
    body: str = ""
    requester: str | None = None
    requester_name: str | None = None
    organisation: str | None = None
    site: str | None = None
    channel: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    resolved_at: datetime | None = None
    due_at: datetime | None = None
    status: Status = Status.NEW
    priority: str | None = None
    assignee: str | None = None
    tags: tuple[str, ...] = ()
    url: str | None = None
    attachments: tuple[str, ...] = ()
    extra: dict[str, str] = field(default_factory=dict)
    confirmed: dict[str, str] = field(default_factory=dict)
    line: int = 0
    silent: frozenset[str] = frozenset()


TAUGHT = "past decisions"
"""The term of evidence that people's decisions taught, and no phrase of the catalog."""


@dataclass(slots=True)  # not frozen: dozens are made a ticket, and frozen ones take three times as long
class Evidence:
    """A piece of the ticket that speaks for a candidate.

    `text` is the ticket's own words, `term` what they met in the catalog, `similarity` 0 to 1, `weight`
    what it added to the pooled score, `field` where it stands, `start` and `end` the span in that field
    in characters (both -1 where it is no words of the ticket, as in the support of a touchpoint).
    """

    text: str
    term: str
    similarity: float
    weight: float = 0.0
    field: Literal["subject", "body", ""] = ""
    start: int = -1
    end: int = -1


@dataclass(slots=True)  # not frozen: dozens are made a ticket, and frozen ones take three times as long
class Candidate:
    """One catalog entry that a ticket may be about. `probability` 0 to 1; `features` what made it."""

    kind: Kind
    target: str
    probability: float
    score: float
    method: str
    evidence: tuple[Evidence, ...] = ()
    features: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class CueReading:
    """What the cues of a ticket say: the likeliest value, the probability of each, and the spans."""

    value: str
    probabilities: dict[str, float]
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class FlagReading:
    """A cue of safety, security, legal or statutory matters; `strong` as in docs/impact.md."""

    flag: str
    strong: bool
    evidence: Evidence


@dataclass(slots=True)
class Reading:
    """All that linking reads from a ticket. Candidates best first; `none_*` is P(nothing fits)."""

    services: tuple[Candidate, ...]
    touchpoints: tuple[Candidate, ...]
    none_service: float
    none_touchpoint: float
    condition: CueReading
    reach: CueReading
    flags: tuple[FlagReading, ...] = ()
    language: str = "en"
    known_error: str | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """A span in which the ticket waited for the customer; `end` None while it still does."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Override:
    """A priority that a person set against the score, and why."""

    priority: str
    reason: str
    text: str | None = None
    until: datetime | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the score is made of, beside the catalog, the policy and the clock.

    `service`, `touchpoint`, `condition` and `reach` are the likeliest values, or what a person said; the
    `*_sure` flags tell which a person (or a measured rule) confirmed. The `possible_*` maps hold the
    plausible values of what nobody has confirmed, with their probabilities (`None` as a key: none).
    Times are aware, in UTC. `swarm_requesters` is 0 outside a swarm, else its distinct requesters.
    """

    created_at: datetime
    service: str | None = None
    other_services: tuple[str, ...] = ()
    touchpoint: str | None = None
    condition: Condition = Condition.QUESTION
    reach: Reach = Reach.PERSON
    service_sure: bool = False
    touchpoint_sure: bool = False
    condition_sure: bool = False
    reach_sure: bool = False
    reach_from_text: bool = False
    possible_services: dict[str | None, float] = field(default_factory=dict)
    possible_touchpoints: dict[str | None, float] = field(default_factory=dict)
    possible_conditions: dict[str, float] = field(default_factory=dict)
    possible_reaches: dict[str, float] = field(default_factory=dict)
    requester: str | None = None
    organisation: str | None = None
    site: str | None = None
    status: Status = Status.NEW
    responded_at: datetime | None = None
    resolved_at: datetime | None = None
    updated_at: datetime | None = None
    due_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    swarm_requesters: int = 0
    told_otherwise: str | None = None
    workaround: bool = False
    known_error: str | None = None
    flag: str | None = None
    flag_strong: bool = False
    flag_sure: bool = False
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the breakdown: `factor` CR (with condition), RE, JO, TO, CM, WI or rule."""

    factor: str
    value: str
    points: int
    why: str


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock of a ticket: respond, resolve, tolerance, due, promise or window; `due` in UTC."""

    name: str
    due: datetime
    why: str
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Impact:
    """The score of a ticket at a moment, with everything that explains it.

    `priority` is the one in force, `points_priority` the one of the points alone, `floor` the lifted one.
    `factors` holds the points of CR, RE, JO, TO, CM, WI in this order and sums to `score`.
    `next_change` is when the points change by the clock alone, None when they do not.
    """

    score: int
    low: int
    high: int
    priority: str
    points_priority: str
    floor: str | None
    sure: bool
    vector: str
    factors: tuple[int, int, int, int, int, int]
    breakdown: tuple[Row, ...]
    clocks: tuple[Clock, ...]
    next_change: datetime | None
    policy_version: int = 0
    catalog_version: int = 0
