"""The impact score: six factors that sum to 0–100, rules that lift the priority, and what is unsure of it.

`Scorer` holds a catalog and a policy laid out for many tickets; `score` is the same for one. Nothing
here reads a database, a network or a clock: the moment is an argument. The method is docs/impact.md.
"""

from __future__ import annotations

from datetime import datetime

from triage.catalog.index import CatalogIndex
from triage.impact.clocks import Timer, at_second, whole_second
from triage.impact.codes import BUG, DEGRADED, RESTORED
from triage.impact.parts import reach_place
from triage.impact.policy import Policy
from triage.impact.reading import CONDITION_PLACES, Live, Outcome, Reader
from triage.impact.reasons import clocks, rows
from triage.impact.vector import in_force, write_vector
from triage.tickets.models import Facts, Impact

Floor = tuple[str, str] | None


class Verdict:
    """What a ticket comes to at a moment: the reading that counts, the floor that lifts, the priority.

    `priority` is the one in force, `computed` what it would be without an override.
    """

    __slots__ = ("computed", "floor", "lifted", "others", "outcome", "points_priority", "priority", "vector")

    def __init__(self, outcome: Outcome, others: list[Outcome], floor: Floor, live: Live, policy: Policy) -> None:
        self.outcome = outcome
        self.others = others
        self.points_priority = policy.priority(outcome.score)
        self.lifted = floor is not None and floor[0] < self.points_priority
        self.floor = floor if self.lifted else None
        lifted = floor[0] if floor and self.lifted else None
        override = live.override.priority if live.override else None
        self.computed = in_force(self.points_priority, lifted, None)
        self.priority = in_force(self.points_priority, lifted, override)
        self.vector = write_vector(outcome.codes, lifted, override)


class Scorer:
    """Scores tickets against one catalog and one policy; make it once and keep it."""

    def __init__(self, index: CatalogIndex, policy: Policy) -> None:
        self.index = index
        self.policy = policy
        self.reader = Reader(index, policy)
        self.plausible = policy.rules.plausible

    def score(self, facts: Facts, now: datetime, *, explained: bool = True) -> Impact:
        """The impact of a ticket at `now` (aware): score, interval, priority, rows, clocks, next change.

        Without `explained` no rows are made: a sixth of the time, for those who store what it comes to.
        """
        live = self.reader.live(facts, now)
        condition = self.condition(facts, facts.condition)
        reach = reach_place(facts.reach)
        verdict = self._verdict(live, facts.service, facts.other_services, facts.touchpoint, condition, reach)
        outcome = verdict.outcome
        low, high = self._interval(live, condition, reach, outcome.score)
        clock_list = clocks(self.reader, live, outcome, condition)
        return Impact(
            score=outcome.score,
            low=low,
            high=high,
            priority=verdict.priority,
            points_priority=verdict.points_priority,
            floor=verdict.floor[0] if verdict.floor else None,
            sure=self._sure(live, verdict, condition, reach),
            vector=verdict.vector,
            factors=outcome.factors,
            breakdown=rows(self.reader, live, verdict.outcome, verdict.others, verdict.floor,
                           verdict.points_priority, low, high) if explained else (),
            clocks=clock_list,
            next_change=self._next_change(live, verdict, condition, reach),
            policy_version=self.policy.version,
            catalog_version=self.index.version,
        )  # fmt: skip

    def verdict(self, facts: Facts, now: datetime) -> Verdict:
        """Score, priority and vector alone, without interval, rows and clocks: for many tickets at once."""
        condition, reach = self.condition(facts, facts.condition), reach_place(facts.reach)
        live = self.reader.live(facts, now)
        return self._verdict(live, facts.service, facts.other_services, facts.touchpoint, condition, reach)

    def standing(self, live: Live, condition: int, reach: int) -> tuple[Verdict, bool]:
        """The verdict of a ticket and whether it is sure, for one that is laid out already."""
        facts = live.facts
        verdict = self._verdict(live, facts.service, facts.other_services, facts.touchpoint, condition, reach)
        return verdict, self._sure(live, verdict, condition, reach)

    @staticmethod
    def condition(facts: Facts, word: str) -> int:
        """The place of a condition, one step milder with a workaround (a question stays one)."""
        place = CONDITION_PLACES[word]
        return place + 1 if facts.workaround and place <= BUG else place

    def _verdict(
        self, live: Live, service: str | None, others: tuple[str, ...], touchpoint: str | None, condition: int,
        reach: int,
    ) -> Verdict:  # fmt: skip
        read = self.reader.read
        outcome = read(live, service, touchpoint, condition, reach)
        if not others:
            return Verdict(outcome, [], outcome.floor, live, self.policy)
        every = [outcome, *(read(live, other, touchpoint, condition, reach) for other in others if other != service)]
        floors = [one.floor for one in every if one.floor]
        best = max(every, key=lambda one: one.score)
        rest = [one for one in every if one is not best]
        return Verdict(best, rest, min(floors, default=None, key=lambda floor: floor[0]), live, self.policy)

    def _interval(self, live: Live, condition: int, reach: int, score: int) -> tuple[int, int]:
        """The least and the greatest score over the plausible values of what nobody confirmed.

        For one service and one touchpoint the score never falls as condition or reach gets worse (the
        policy is checked for it), so the mildest and the worst pair are all that must be read.
        """
        facts, least = live.facts, self.plausible
        if facts.service_sure and facts.touchpoint_sure and facts.condition_sure and facts.reach_sure:
            return score, score
        mild = worst = condition
        if not facts.condition_sure:
            for word, probability in facts.possible_conditions.items():
                if probability >= least:
                    place = self.condition(facts, word)
                    mild, worst = max(mild, place), min(worst, place)
        few = many = reach
        if not facts.reach_sure:
            for word, probability in facts.possible_reaches.items():
                if probability >= least:
                    place = reach_place(word)
                    few, many = min(few, place), max(many, place)
        services = _plausible(facts.service, facts.possible_services, facts.service_sure, least)
        touchpoints = _plausible(facts.touchpoint, facts.possible_touchpoints, facts.touchpoint_sure, least)
        low, high = score, score
        read = self.reader.read
        for touchpoint in touchpoints:
            lows = highs = 0
            for other in facts.other_services:
                lows = max(lows, read(live, other, touchpoint, mild, few, False).score)
                highs = max(highs, self._high(live, other, touchpoint, worst, many))
            for service in services:
                low = min(low, max(lows, read(live, service, touchpoint, mild, few, False).score))
                high = max(high, highs, self._high(live, service, touchpoint, worst, many))
        return low, high

    def _high(self, live: Live, service: str | None, touchpoint: str | None, worst: int, many: int) -> int:
        """The greatest score of a service: whom it serves counts also where no window makes it the reach."""
        if live.reach_open and worst <= DEGRADED:
            many = max(many, self.reader.parts.service(service).serves)
        return self.reader.read(live, service, touchpoint, worst, many).score

    def _sure(self, live: Live, verdict: Verdict, condition: int, reach: int) -> bool:
        """Whether the priority in force stands without any link that nobody has confirmed.

        Asked of P1 and P2 only; and of a ticket that nothing but a weak cue lifted, which is never sure.
        """
        facts = live.facts
        if live.override:
            return True
        if verdict.priority > "P2":
            weak = facts.flag and not (facts.flag_sure or facts.flag_strong)
            return not (weak and verdict.floor is not None and verdict.floor == live.flag_floor)
        service = facts.service if facts.service_sure else None
        others = facts.other_services if facts.service_sure else ()
        touchpoint = facts.touchpoint if facts.touchpoint_sure else None
        if (service, touchpoint) == (facts.service, facts.touchpoint) and others == facts.other_services:
            return True
        return self._verdict(live, service, others, touchpoint, condition, reach).priority <= verdict.priority

    def _next_change(self, live: Live, verdict: Verdict, condition: int, reach: int) -> datetime | None:
        """The first whole second at which the vector differs by the clock alone.

        With one service the next step of TO is a change for certain; whatever else may say otherwise
        before it (a window, a promise, another service, an override's end) is tried in turn.
        """
        facts, now = live.facts, live.now
        if not facts.status.is_open:
            return None
        outcome = verdict.outcome
        certain: float | None = None
        moments: set[float | None] = set()
        if condition != RESTORED:
            if not verdict.others:
                timers = self.reader.timers(live, outcome.part, outcome.codes.criticality, condition)
                steps = [timer.next_above(now, outcome.codes.time) for timer in timers]
                certain = min((whole_second(one) for one in steps if one is not None), default=None)
            for one in (outcome, *verdict.others):
                moments |= self._moments(live, one, condition, bool(verdict.others))
        if live.override and live.override.until:
            moments.add(live.override.until.timestamp())
        tried = sorted({whole_second(one) for one in moments if one is not None and one > now})
        for moment in tried:
            if certain is not None and moment >= certain:
                break
            when = at_second(moment)
            if self._vector_at(facts, when, condition, reach) != verdict.vector:
                return when
        return None if certain is None else at_second(certain)

    def _moments(self, live: Live, outcome: Outcome, condition: int, with_time: bool) -> set[float | None]:
        """Every moment at which a window, a promise or (`with_time`) a clock of TO may say something else."""
        reader, codes = self.reader, outcome.codes
        timers: list[Timer | None] = [live.statutory]
        if outcome.promise and codes.commitment != "B":
            timers.append(reader.promise_timer(live, outcome))
        if with_time:
            timers += reader.timers(live, outcome.part, codes.criticality, condition)
        found: set[float | None] = {timer.at(share) for timer in timers if timer for share in timer.shares}
        for span in outcome.windows:
            found |= {span.prepare, span.starts - reader.near, span.starts, span.ends}
        return found

    def _vector_at(self, facts: Facts, when: datetime, condition: int, reach: int) -> str:
        live = self.reader.live(facts, when)
        return self._verdict(live, facts.service, facts.other_services, facts.touchpoint, condition, reach).vector


def _plausible(likeliest: str | None, possible: dict[str | None, float], sure: bool, least: float) -> list[str | None]:
    if sure or not possible:
        return [likeliest]
    found: list[str | None] = [likeliest]
    found.extend(value for value, chance in possible.items() if chance >= least and value != likeliest)
    return found


_KEPT: list[Scorer] = []


def score(facts: Facts, index: CatalogIndex, policy: Policy, now: datetime) -> Impact:
    """The impact of one ticket. The last few scorers are remembered; for many tickets keep a `Scorer`."""
    for kept in _KEPT:
        if kept.index is index and (kept.policy is policy or kept.policy == policy):
            return kept.score(facts, now)
    made = Scorer(index, policy)
    _KEPT.insert(0, made)
    del _KEPT[4:]
    return made.score(facts, now)
