"""One reading of a ticket at a moment: a service, a touchpoint, a condition and a reach, brought to codes.

`Live` holds what is the same for every reading of one ticket; `Reader.read` applies the rules of
docs/impact.md in their order: serves, swarm, dependencies, peak, clocks, commitments, windows, floors.
"""

from __future__ import annotations

from datetime import datetime

from triage.catalog.index import CatalogIndex
from triage.impact.clocks import Timer, effective_now, responding
from triage.impact.codes import (
    ALL,
    BUG,
    CONDITION_WORDS,
    DEGRADED,
    QUESTION,
    RESTORED,
    TEAM,
    UNAVAILABLE,
    Codes,
    Points,
)
from triage.impact.parts import Parts, ServicePart, TouchpointPart, WindowSpan, reach_place
from triage.impact.policy import Policy
from triage.tickets.models import Facts, Override

CONDITION_PLACES = {word: place for place, word in enumerate(CONDITION_WORDS)}


class Live:
    """What one ticket brings to each of its readings at `now` (for one that is closed, at its resolution)."""

    __slots__ = (
        "created", "due", "extra", "facts", "flag_floor", "now", "override", "personal", "reach_open", "serves",
        "statutory", "swarm", "timers",
    )  # fmt: skip

    def __init__(self, facts: Facts, now: datetime, serves: bool = True) -> None:
        self.facts = facts
        self.now = effective_now(facts, now).timestamp()
        self.created = facts.created_at.timestamp()
        self.swarm = facts.swarm_requesters > 0
        self.extra = max(facts.swarm_requesters - 2, 0)
        self.reach_open = not (facts.reach_sure or facts.reach_from_text)
        """Neither the text nor a person says whom it touches."""
        self.serves = self.reach_open and serves
        """Whom the service serves may stand for it in a window."""
        self.personal: set[str] = set()
        self.timers: dict[tuple[object, int, int], tuple[int, Timer | None]] = {}
        self.due: Timer | None = None
        self.statutory: Timer | None = None
        self.flag_floor: tuple[str, str] | None = None
        self.override: Override | None = None
        if facts.override and (facts.override.until is None or self.now < facts.override.until.timestamp()):
            self.override = facts.override


class Outcome:
    """What a reading came to: its codes, its points, its floor, and what each of them rests on."""

    __slots__ = (
        "active", "below_touchpoint", "codes", "factors", "floor", "inherited_from", "near", "part", "peak",
        "promise", "score", "served", "timer", "touch", "windows",
    )  # fmt: skip

    def __init__(
        self, codes: Codes, factors: tuple[int, int, int, int, int, int], part: ServicePart, touch: TouchpointPart
    ) -> None:
        self.codes = codes
        self.factors = factors
        self.score = sum(factors)
        self.part = part
        self.touch = touch
        self.floor: tuple[str, str] | None = None
        self.inherited_from: str | None = None
        self.peak: WindowSpan | None = None
        self.served = False
        self.below_touchpoint: str | None = None
        self.promise: str | None = None
        self.timer: Timer | None = None
        self.active: WindowSpan | None = None
        self.near: WindowSpan | None = None
        self.windows: tuple[WindowSpan, ...] = ()


class Reader:
    """Reads tickets against one catalog and one policy."""

    def __init__(self, index: CatalogIndex, policy: Policy) -> None:
        self.index = index
        self.policy = policy
        self.parts = Parts(index, policy)
        self.points = Points(policy)
        self.near = policy.commitment.near.total_seconds()
        self.windows_from = reach_place(policy.rules.inherit_windows_from)
        self.touchpoints_from = reach_place(policy.rules.inherit_touchpoints_from)
        time, floors = policy.time, policy.floors
        self.tolerance_shares = time.tolerance_used
        self.due_shares = (1 - time.due_short, 1 - time.due_last, 1.0)
        self.statutory_shares = (floors.statutory_later_used, floors.statutory_last_used)
        self._keys: dict[tuple[str | None, str], bool] = {}

    def live(self, facts: Facts, now: datetime) -> Live:
        """What this ticket brings to each of its readings."""
        live = Live(facts, now, self._speaks_for_all(facts))
        if facts.told_otherwise:
            live.personal.add("O")
        if facts.requester and self.index.is_vip(facts.requester):
            live.personal.add("V")
        if self._key_account(facts):
            live.personal.add("K")
        if facts.due_at is not None:
            span = max(facts.due_at.timestamp() - live.created, 0.0)
            live.due = Timer("due", live.created, span, self.due_shares, (2, 3, 4))
            if facts.flag == "statutory":
                live.statutory = Timer("due", live.created, span, self.statutory_shares, (1, 2))
        live.flag_floor = self._flag_floor(live)
        return live

    def read(
        self, live: Live, service: str | None, touchpoint: str | None, condition: int, reach: int,
        serves: bool = True,
    ) -> Outcome:  # fmt: skip
        """The codes and points of one reading. `serves` False leaves the service's `serves` out of it."""
        part, touch, now = self.parts.service(service), self.parts.touchpoint(touchpoint), live.now
        outage = condition <= DEGRADED
        windows = part.windows + touch.windows if part.windows or touch.windows else ()
        served = False
        if serves and outage and live.serves and part.serves > reach and _active(windows, now):
            reach, served = part.serves, True
        if live.swarm and reach < TEAM:
            reach = TEAM
        criticality, inherited_from = part.level, None
        journey, below, promise, within = touch.journey, None, touch.promise, touch.within
        if outage and part.service is not None:
            if part.inherited < criticality:
                criticality, inherited_from = part.inherited, part.inherited_from
            if reach >= self.windows_from:
                windows += part.below_windows
            if reach >= self.touchpoints_from:
                windows += part.below_touchpoint_windows
                if part.below_journey > journey:
                    journey, below = part.below_journey, part.below_touchpoint
        peak = next((span for span in windows if span.peaks and span.prepare <= now < span.ends), None)
        if peak is not None and criticality > 1 and condition != RESTORED:
            criticality, inherited_from = 1, None
        else:
            peak = None
        step, timer = self._time(live, part, criticality, condition)
        near = None
        codes = set(live.personal) if promise or windows else live.personal
        if promise is not None:
            late = within is not None and self._promise(live, part, within).used(now) >= 1
            codes.add("B" if late else "P")
        if windows:
            near = min(
                (span for span in windows if now < span.starts <= now + self.near),
                key=lambda span: span.starts, default=None,
            )  # fmt: skip
            if near is not None:
                codes.add("W")
        active = _active(windows, now) if windows else None
        commitment = self.points.best(codes) if codes else "-"
        if condition == RESTORED:
            made = Codes(criticality, condition, reach, live.extra, journey)
        else:
            made = Codes(criticality, condition, reach, live.extra, journey, step, commitment, active is not None)
        outcome = Outcome(made, self.points.of(made), part, touch)
        outcome.inherited_from, outcome.peak, outcome.served = inherited_from, peak, served
        outcome.below_touchpoint, outcome.promise, outcome.timer = below, promise, timer
        outcome.active, outcome.near, outcome.windows = active, near, windows
        outcome.floor = self._floor(live, outcome)
        return outcome

    def _time(self, live: Live, part: ServicePart, criticality: int, condition: int) -> tuple[int, Timer | None]:
        """The step of TO and the clock that gives it (the greater step, of equal ones the more used)."""
        if condition == RESTORED:
            return 0, None
        group = 0 if condition <= DEGRADED else 1 if condition == BUG else 2
        key = (part.service.id if part.service else None, criticality, group)
        found = live.timers.get(key)
        if found is None:
            step, best = 0, None
            for timer in self.timers(live, part, criticality, condition):
                gives = timer.step(live.now)
                if gives > step:
                    step, best = gives, timer
            found = live.timers[key] = (step, best)
        return found

    def timers(self, live: Live, part: ServicePart, criticality: int, condition: int) -> list[Timer]:
        """The clocks that TO reads: tolerance for what is broken; respond, resolve and due for all."""
        facts = live.facts
        made: list[Timer] = []
        if condition < QUESTION:
            tolerance = self.parts.tolerance(part, criticality)
            pauses = facts.pauses if condition == BUG else ()
            made.append(Timer("tolerance", live.created, tolerance, self.tolerance_shares, (1, 2, 3, 4), None, pauses))
        if part.respond is not None and responding(facts):
            made.append(
                Timer("respond", live.created, part.respond, self.due_shares, (2, 3, 4), part.hours, facts.pauses)
            )
        if part.resolve is not None:
            made.append(
                Timer("resolve", live.created, part.resolve, self.due_shares, (2, 3, 4), part.hours, facts.pauses)
            )
        if live.due is not None:
            made.append(live.due)
        return made

    def _promise(self, live: Live, part: ServicePart, within: float) -> Timer:
        return Timer("promise", live.created, within, (1.0,), (4,), part.hours, live.facts.pauses)

    def promise_timer(self, live: Live, outcome: Outcome) -> Timer | None:
        """The clock of the promise that counts, where it names a time."""
        promise = self.index.promises.get(outcome.promise or "")
        if promise is None or promise.within is None:
            return None
        return self._promise(live, outcome.part, promise.within.total_seconds())

    def _speaks_for_all(self, facts: Facts) -> bool:
        """Whether this one ticket may count for all whom its service serves (docs/decisions/impact-serves.md).

        Not one that is rather about something else, and not one of a customer, who tells of their own case.
        """
        if not facts.service_sure and facts.possible_services.get(facts.service, 1.0) < self.policy.rules.serves_from:
            return False
        return not self.index.is_outsider(facts.requester)

    def _key_account(self, facts: Facts) -> bool:
        requester = facts.requester or ""
        key = (facts.organisation, requester.rpartition("@")[2])
        found = self._keys.get(key)
        if found is None:
            organisation = self.index.organisation_of(facts.organisation, facts.requester)
            found = self._keys[key] = bool(organisation and organisation.key_account)
        return found

    def _flag_floor(self, live: Live) -> tuple[str, str] | None:
        facts, floors = live.facts, self.policy.floors
        if not facts.flag:
            return None
        certain = facts.flag_sure or facts.flag_strong
        said = "a person flagged it" if facts.flag_sure else "the ticket says so"
        if not certain:
            return floors.weak_flag, f"perhaps a matter of {facts.flag}, nobody has confirmed it"
        if facts.flag != "statutory":
            return floors.strong_flag, f"a matter of {facts.flag}: {said}"
        timer = live.statutory
        step = timer.step(live.now) if timer else 0
        priority = (floors.statutory, floors.statutory_later, floors.statutory_last)[step]
        if timer is None:
            return priority, "a statutory request"
        return priority, f"a statutory request, {min(timer.used(live.now), 9.99):.0%} of its time used"

    def _floor(self, live: Live, outcome: Outcome) -> tuple[str, str] | None:
        """The floor that lifts most, and why."""
        codes, part = outcome.codes, outcome.part
        if codes.condition == RESTORED:
            return None
        best = live.flag_floor
        if codes.condition == UNAVAILABLE and codes.criticality == 1 and codes.reach == ALL:
            priority = self.policy.floors.critical_out_for_all
            if best is None or priority < best[0]:
                best = (priority, "a critical service is unavailable for all")
        floor = part.floor
        if floor and CONDITION_WORDS[codes.condition] in floor.when and (best is None or floor.priority < best[0]):
            name = part.service.name if part.service else ""
            best = (
                floor.priority,
                f"{name} never falls below it: {floor.reason}"
                if floor.reason
                else f"{name} never falls below it when {CONDITION_WORDS[codes.condition]}",
            )
        return best


def _active(windows: tuple[WindowSpan, ...], now: float) -> WindowSpan | None:
    for span in windows:
        if span.prepare <= now < span.ends:
            return span
    return None
