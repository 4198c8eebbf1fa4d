"""Tickets that score alike: the discrete facts of a ticket as a shape, and its standings by age.

At one moment, under one catalog and policy, a ticket without pauses, without a due time of its own and
without an override that ends is scored by its shape and its creation alone; and over the creation the
score is a step function. So the scorer is asked once for each shape and span of creation, whatever the
number of tickets. Nothing is approximated: each span is scored by the same `Scorer` as a single ticket.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from triage.impact.calendars import BusinessHours, due_second
from triage.impact.clocks import Timer, responding, whole_second
from triage.impact.codes import RESTORED
from triage.impact.parts import ServicePart, TouchpointPart, reach_place
from triage.impact.policy import Policy
from triage.impact.reading import Live, Outcome
from triage.impact.score import Scorer
from triage.tickets.models import Condition, Facts, Override, Reach, Status

NEVER = 1 << 60
"""A moment that does not come, in seconds."""


class Shape(NamedTuple):
    """What a score is made of beside catalog, policy and time. `requesters` of a swarm, 0 outside one.

    `settled` says that condition and reach are a person's word, `reach_said` that the ticket does not
    count for all whom its service serves (the text or a person told the reach, say), `responding` that the
    respond clock still runs.
    """

    service: str | None
    others: tuple[str, ...]
    touchpoint: str | None
    condition: str
    reach: str
    service_sure: bool
    touchpoint_sure: bool
    settled: bool
    reach_said: bool
    requesters: int
    told: bool
    vip: bool
    key_account: bool
    workaround: bool
    flag: str | None
    flag_strong: bool
    flag_sure: bool
    override: str | None
    responding: bool

    @property
    def certain(self) -> bool:
        """Whether nothing is left that nobody confirmed: the interval is the score."""
        return self.service_sure and self.touchpoint_sure and self.settled

    @property
    def services(self) -> tuple[str | None, ...]:
        """Every service that its score, or its certainty, is read from."""
        return (self.service, *self.others, None)


def shape_of(facts: Facts, scorer: Scorer) -> Shape | None:
    """The shape of an open ticket; None where its score needs more than a shape and its creation."""
    override = facts.override
    if not facts.status.is_open or facts.pauses or facts.due_at is not None or (override and override.until):
        return None
    live = scorer.reader.live(facts, facts.created_at)
    personal = live.personal
    return Shape(
        facts.service, facts.other_services, facts.touchpoint, str(facts.condition), str(facts.reach),
        facts.service_sure, facts.touchpoint_sure, facts.condition_sure and facts.reach_sure,
        not live.serves, facts.swarm_requesters, bool(facts.told_otherwise),
        "V" in personal, "K" in personal, facts.workaround, facts.flag, facts.flag_strong, facts.flag_sure,
        override.priority if override else None, responding(facts),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wait:
    """A clock that has not run so far yet: `seconds` after the creation, in `hours` (None: on the wall)."""

    name: str
    seconds: float
    hours: BusinessHours | None

    def at(self, created: int) -> float:
        """When it has, for a ticket created then."""
        moment = due_second(self.hours, created, self.seconds)
        assert moment is not None  # only a pause holds a clock for ever, and a shape has none
        return moment


@dataclass(frozen=True, slots=True)
class Standing:
    """How tickets of a shape stand that were created after `after` and not after `until` (seconds).

    `changes` are the clocks that may change the score next, `change_at` the first moment of a window that
    may; `clocks` those that run out, in the order in which equal ones are named, `left` those of them that
    have not yet, `window_at` a window's start.
    """

    after: int
    until: int
    factors: tuple[int, int, int, int, int, int]
    score: int
    priority: int
    points_priority: int
    sure: bool
    vector: str
    changes: tuple[Wait, ...]
    change_at: int
    clocks: tuple[Wait, ...]
    left: tuple[Wait, ...]
    window_at: int

    @property
    def on_the_wall(self) -> bool:
        """Whether every clock runs on the wall, so that its moments are the creation and a number."""
        return all(wait.hours is None for wait in (*self.changes, *self.clocks))

    def next_change(self, created: int) -> int:
        """When the score may next change by the clock alone, NEVER where it does not."""
        return min([self.change_at, *(int(whole_second(wait.at(created))) for wait in self.changes)])

    def first_clock(self, created: int) -> tuple[int, str | None]:
        """The clock that runs out first and its name; (NEVER, None) without one."""
        found: tuple[int, str | None] = (NEVER, None)
        best = math.inf
        for wait in self.clocks:
            moment = wait.at(created)
            if moment < best:
                best, found = moment, (int(moment), wait.name)
        return (self.window_at, "window") if self.window_at < min(best, NEVER) else found

    def next_clock(self, created: int) -> int:
        """When the next clock runs out that has not yet; NEVER without one."""
        return min([self.window_at, *(int(wait.at(created)) for wait in self.left)])


class Standings:
    """The standings of many shapes under one scorer at one moment. `oldest` is the first creation of them all."""

    def __init__(self, scorer: Scorer, now: datetime, oldest: int) -> None:
        self.scorer = scorer
        self.now = now
        self.oldest = oldest
        self.second = now.timestamp()
        self._cuts: dict[tuple[int, float, bool], int] = {}

    def of(self, shape: Shape, oldest: int, newest: int, *, clocks: bool = True) -> list[Standing]:
        """How tickets of this shape stand that were created from `oldest` to `newest` (whole seconds).

        Without `clocks` a standing says nothing of when its clocks run out or its score changes next: of tickets
        whose stored ones stand as they are.
        """
        reader, condition = self.scorer.reader, self._condition(shape)
        live = self._live(shape, newest)
        cuts: set[int] = set()
        for outcome in self._readings(live, shape, condition):
            if condition != RESTORED:
                for timer in reader.timers(live, outcome.part, outcome.codes.criticality, condition):
                    cuts |= {self._cut(timer.hours, share * timer.span) for share in (*timer.shares, 1.0)}
            if promise := reader.promise_timer(live, outcome):
                cuts.add(self._cut(promise.hours, promise.span, exactly=True))
        edges = [*sorted(cut for cut in cuts if oldest <= cut < newest), newest]
        found: list[Standing] = []
        after = oldest - 1
        for until in edges:
            standing = self._standing(shape, condition, after, until, clocks=clocks)
            last = found[-1] if found else None
            # Spans that differ in nothing are one: fewer rows to join.
            if last is not None and _alike(last, standing):
                found[-1] = replace(last, until=until)
            else:
                found.append(standing)
            after = until
        return found

    def _condition(self, shape: Shape) -> int:
        return self.scorer.condition(Facts(self.now, workaround=shape.workaround), shape.condition)

    def _live(self, shape: Shape, created: int) -> Live:
        facts = Facts(
            created_at=datetime.fromtimestamp(created, UTC),
            service=shape.service, other_services=shape.others, touchpoint=shape.touchpoint,
            condition=Condition(shape.condition), reach=Reach(shape.reach),
            service_sure=shape.service_sure, touchpoint_sure=shape.touchpoint_sure, reach_sure=shape.reach_said,
            status=Status.NEW if shape.responding else Status.OPEN, swarm_requesters=shape.requesters,
            told_otherwise="told" if shape.told else None, workaround=shape.workaround,
            flag=shape.flag, flag_strong=shape.flag_strong, flag_sure=shape.flag_sure,
            override=Override(shape.override, "other") if shape.override else None,
        )  # fmt: skip
        live = self.scorer.reader.live(facts, self.now)
        live.personal |= {code for code, has in (("V", shape.vip), ("K", shape.key_account)) if has}
        return live

    def _readings(self, live: Live, shape: Shape, condition: int) -> list[Outcome]:
        """Every reading that a standing of this shape rests on: of each service, and without what is not sure."""
        read, reach = self.scorer.reader.read, reach_place(shape.reach)
        pairs: dict[tuple[str | None, str | None], None] = {
            (service, shape.touchpoint): None for service in (shape.service, *shape.others)
        }
        if not (shape.service_sure and shape.touchpoint_sure):
            touchpoint = shape.touchpoint if shape.touchpoint_sure else None
            sure = (shape.service, *shape.others) if shape.service_sure else (None,)
            pairs |= {(service, touchpoint): None for service in sure}
        return [read(live, service, touchpoint, condition, reach) for service, touchpoint in pairs]

    def _cut(self, hours: BusinessHours | None, seconds: float, *, exactly: bool = False) -> int:
        """The last creation for which a clock has run so far by now; before the oldest where none has."""
        key = (id(hours), seconds, exactly)
        found = self._cuts.get(key)
        if found is None:
            found = self._cuts[key] = self._find_cut(hours, seconds, exactly)
        return found

    def _find_cut(self, hours: BusinessHours | None, seconds: float, exactly: bool) -> int:
        # Asked of the clock itself, so that a span ends at the very second at which a single ticket's does.
        def has(created: int) -> bool:
            timer = Timer("", created, seconds, (1.0,), (1,), hours)
            return timer.used(self.second) >= 1 if exactly else bool(timer.step(self.second))

        low, high = self.oldest - 1, max(math.ceil(self.second), self.oldest) + 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if has(middle) else (low, middle)
        return low

    def _standing(self, shape: Shape, condition: int, after: int, until: int, *, clocks: bool) -> Standing:
        scorer, live = self.scorer, self._live(shape, until)
        reach = reach_place(shape.reach)
        verdict, sure = scorer.standing(live, condition, reach)
        outcome = verdict.outcome
        waits: list[Wait] = []
        left: list[Wait] = []
        changes: list[Wait] = []
        moments: list[float] = []
        window_at = NEVER
        if clocks and condition != RESTORED:
            for one in (outcome, *verdict.others):
                timers = scorer.reader.timers(live, one.part, one.codes.criticality, condition)
                promise = scorer.reader.promise_timer(live, one)
                for timer in (*timers, promise) if promise else timers:
                    if one is outcome:
                        waits.append(Wait(timer.name, timer.span, timer.hours))
                        if self._cut(timer.hours, timer.span, exactly=timer is promise) < until:
                            left.append(waits[-1])
                    changes += self._next(timer, until, exactly=timer is promise)
                for span in one.windows:
                    moments += [span.prepare, span.starts - scorer.reader.near, span.starts, span.ends]
            near = outcome.near or (outcome.active if outcome.active and live.now < outcome.active.starts else None)
            window_at = int(near.starts) if near else NEVER
        return Standing(
            after, until, outcome.factors, outcome.score, int(verdict.priority[1]),
            int(verdict.points_priority[1]), sure, verdict.vector, tuple(changes),
            min((int(whole_second(one)) for one in moments if one > self.second), default=NEVER),
            tuple(waits), tuple(left), window_at,
        )  # fmt: skip

    def _next(self, timer: Timer, created: int, *, exactly: bool) -> list[Wait]:
        """The first share of a clock that is not used yet, as something to wait for."""
        for share in timer.shares:
            seconds = share * timer.span
            if self._cut(timer.hours, seconds, exactly=exactly) < created:
                return [Wait(timer.name, seconds, timer.hours)]
        return []


def _alike(one: Standing, other: Standing) -> bool:
    return (one.vector, one.factors, one.priority, one.sure, one.changes, one.clocks, one.left) == (
        other.vector, other.factors, other.priority, other.sure, other.changes, other.clocks, other.left
    ) and (one.change_at, one.window_at) == (other.change_at, other.window_at)  # fmt: skip


def same_service(one: ServicePart, other: ServicePart) -> bool:
    """Whether two catalogs say the same of a service, as far as a score goes."""
    return _bare_service(one) == _bare_service(other)


def _bare_service(part: ServicePart) -> tuple[object, ...]:
    hours = part.hours
    open_hours = None if hours is None else (hours.zone.key, hours.week, hours.holidays)
    return (
        part.service is None, part.level, part.inherited, part.inherited_from, part.serves, part.mtpd, part.respond,
        part.resolve, open_hours, part.floor, part.windows, part.below_windows, part.below_touchpoint_windows,
        part.below_journey,
    )  # fmt: skip


def same_touchpoint(one: TouchpointPart, other: TouchpointPart) -> bool:
    """Whether two catalogs say the same of a touchpoint, as far as a score goes."""
    return (one.touchpoint is None, one.journey, one.promise, one.within, one.windows) == (
        other.touchpoint is None, other.journey, other.promise, other.within, other.windows
    )  # fmt: skip


_OF_POINTS = {
    "version", "criticality_condition", "reach", "reach_bands", "journey", "one_person", "priorities", "money",
    "swarms",
}  # fmt: skip


def differ_in_points(before: Policy, after: Policy) -> bool:
    """Whether two policies say the same of everything that a clock or a moment is made of."""
    return before is after or before.model_dump(exclude=_OF_POINTS) == after.model_dump(exclude=_OF_POINTS)


def same_clocks(shape: Shape, before: Scorer, after: Scorer) -> bool:
    """Whether tickets of this shape keep their clocks, and the moments at which a score may change by them.

    Asked where the policies differ in points alone (`differ_in_points`): so it is where the catalogs differ in
    nothing that a clock or a window is made of. With several services the one that counts may change, and its
    clocks with it.
    """
    if shape.others:
        return False
    first, second = (scorer.reader.parts for scorer in (before, after))
    return same_touchpoint(first.touchpoint(shape.touchpoint), second.touchpoint(shape.touchpoint)) and _clocks_of(
        first.service(shape.service)
    ) == _clocks_of(second.service(shape.service))


def _clocks_of(part: ServicePart) -> tuple[object, ...]:
    hours = part.hours
    open_hours = None if hours is None else (hours.zone.key, hours.week, hours.holidays)
    level = None if part.mtpd is not None else (part.level, part.inherited)
    return (
        level, part.mtpd, part.respond, part.resolve, part.serves, open_hours, part.windows, part.below_windows,
        part.below_touchpoint_windows,
    )  # fmt: skip
