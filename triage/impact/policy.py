"""The scoring policy: every weight, band, share, threshold and rule, in one checked and frozen model.

The defaults are docs/impact.md. A catalog overrides single figures under `policy:`; what is left out
keeps its default. A policy is refused when points would fall as something gets worse, or when the sum
could pass 100. The tables of the documentation are made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from triage.catalog.models import PriorityWord, ReachWord
from triage.catalog.values import Duration
from triage.errors import InputError, Problem
from triage.text import did_you_mean

Points = Annotated[int, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Percent = Annotated[int, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]

CONDITIONS = ("unavailable", "degraded", "bug", "question", "request")
REACHES = ("person", "team", "site", "segment", "all")
LEVELS = ("critical", "high", "medium", "low")
STEPS = 5


class Part(BaseModel):
    """A group of figures: strict about its keys, unchangeable once made."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ConditionPoints(Part):
    """Points of one criticality by condition; restored is always 0."""

    unavailable: Points
    degraded: Points
    bug: Points
    question: Points
    request: Points


class CriticalityPoints(Part):
    """CR × CO: points by criticality and condition."""

    critical: ConditionPoints = ConditionPoints(unavailable=40, degraded=28, bug=14, question=4, request=4)
    high: ConditionPoints = ConditionPoints(unavailable=30, degraded=20, bug=10, question=3, request=3)
    medium: ConditionPoints = ConditionPoints(unavailable=18, degraded=12, bug=6, question=2, request=2)
    low: ConditionPoints = ConditionPoints(unavailable=8, degraded=5, bug=3, question=1, request=1)


class ReachPoints(Part):
    """RE: points by reach, and what each requester of a swarm beyond the second adds, up to `all`."""

    person: Points = 2
    team: Points = 6
    site: Points = 10
    segment: Points = 15
    all: Points = 20
    per_requester: Points = 2


class ReachBands(Part):
    """How many people a reach means: the greatest count of person, team and site; the share of all."""

    person: Count = 1
    team: Count = 10
    site: Count = 100
    all_share: Share = 0.5


class JourneyPoints(Part):
    """JO: points of a touchpoint, and of one that is a moment of truth."""

    touchpoint: Points = 5
    moment_of_truth: Points = 15


class Tolerances(Part):
    """The time that a service may be out when its catalog entry names no `mtpd`, by criticality."""

    critical: Duration = timedelta(hours=4)
    high: Duration = timedelta(days=1)
    medium: Duration = timedelta(days=3)
    low: Duration = timedelta(days=10)


class TimePoints(Part):
    """TO: points of the steps 0 to 4, the shares of tolerance used at which 1 to 4 begin, and of time left."""

    steps: tuple[Points, Points, Points, Points, Points] = (0, 3, 5, 8, 10)
    tolerance_used: tuple[Share, Share, Share, Share] = (0.25, 0.5, 0.75, 1.0)
    due_short: Share = 0.20
    due_last: Share = 0.05
    tolerance: Tolerances = Tolerances()


class CommitmentPoints(Part):
    """CM: points of what was promised and to whom; the largest counts."""

    promise: Points = 4
    broken_promise: Points = 8
    vip: Points = 6
    key_account: Points = 8
    window_near: Points = 8
    told_otherwise: Points = 8
    near: Duration = timedelta(hours=4)


class WindowPoints(Part):
    """WI: points of a business window that is active or being prepared."""

    active: Points = 5


class OnePerson(Part):
    """What CR × CO, JO and TO count when one person is touched, in per cent, rounded up."""

    percent: Percent = 50


class Bands(Part):
    """The least points of each priority; P5 is below."""

    P1: Points = 75
    P2: Points = 55
    P3: Points = 35
    P4: Points = 15


class Floors(Part):
    """The priorities that rules lift a ticket to, whatever its points."""

    critical_out_for_all: PriorityWord = "P1"
    strong_flag: PriorityWord = "P2"
    weak_flag: PriorityWord = "P4"
    statutory: PriorityWord = "P4"
    statutory_later: PriorityWord = "P3"
    statutory_last: PriorityWord = "P2"
    statutory_later_used: Share = 0.5
    statutory_last_used: Share = 0.8


class Rules(Part):
    """From which reach a service inherits windows and touchpoints; what counts as plausible.

    `serves_from` is the probability of its link from which a ticket may count for all whom a service serves.
    """

    inherit_windows_from: ReachWord = "site"
    inherit_touchpoints_from: ReachWord = "segment"
    plausible: Share = 0.10
    serves_from: Share = 0.50


class MoneyShares(Part):
    """The share of a service's revenue that a condition puts at risk, and whom it counts as touching."""

    unavailable: Share = 1.0
    degraded: Share = 0.5
    bug: Share = 0.1
    segment: Share | None = None


class SwarmRules(Part):
    """When open tickets on one service form a swarm, and when that may be a major incident."""

    tickets: Count = 5
    requesters: Count = 3
    within: Duration = timedelta(minutes=30)
    critical_requesters: Count = 3
    critical_within: Duration = timedelta(minutes=60)
    critical_up_to: Annotated[int, Field(ge=0, le=4)] = 2
    site_tickets: Count = 5
    site_requesters: Count = 2
    site_within: Duration = timedelta(days=7)
    chance: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.01
    major_tickets: Count = 20


class AutoLink(Part):
    """Whether tickets are linked without a person, and what has to be measured for that (docs/linking.md).

    `on` asks for it. It happens only while of the last blind decisions (at least `decisions`, at most `last`
    of them) the share `promise` was what triage would have linked; of one ticket in `blind_one_in` the
    proposal is not shown first.
    """

    on: bool = False
    promise: Annotated[float, Field(ge=0.5, le=1, allow_inf_nan=False)] = 0.95
    decisions: Count = 100
    last: Count = 400
    blind_one_in: Annotated[int, Field(ge=1, le=1000)] = 20


class Policy(Part):
    """All figures of the score. `version` is the number it was stored under, 0 for the defaults."""

    version: int = 0
    criticality_condition: CriticalityPoints = CriticalityPoints()
    reach: ReachPoints = ReachPoints()
    reach_bands: ReachBands = ReachBands()
    journey: JourneyPoints = JourneyPoints()
    time: TimePoints = TimePoints()
    commitment: CommitmentPoints = CommitmentPoints()
    window: WindowPoints = WindowPoints()
    one_person: OnePerson = OnePerson()
    priorities: Bands = Bands()
    floors: Floors = Floors()
    rules: Rules = Rules()
    money: MoneyShares = MoneyShares()
    swarms: SwarmRules = SwarmRules()
    auto_link: AutoLink = AutoLink()

    def priority(self, score: int) -> str:
        """The priority of so many points."""
        bands = self.priorities
        if score >= bands.P1:
            return "P1"
        if score >= bands.P2:
            return "P2"
        if score >= bands.P3:
            return "P3"
        return "P4" if score >= bands.P4 else "P5"

    def most(self) -> tuple[int, int, int, int, int, int]:
        """The greatest points of CR × CO, RE, JO, TO, CM and WI."""
        commitment = self.commitment
        return (
            self.criticality_condition.critical.unavailable,
            self.reach.all,
            self.journey.moment_of_truth,
            self.time.steps[-1],
            max(getattr(commitment, name) for name in CommitmentPoints.model_fields if name != "near"),
            self.window.active,
        )

    def reach_of(self, people: int, users: int | None = None) -> str:
        """The reach of so many people touched; `users` is how many the service has, when that is known."""
        bands = self.reach_bands
        if users and people > users * bands.all_share and people > bands.team:
            return "all"
        if people <= bands.person:
            return "person"
        if people <= bands.team:
            return "team"
        return "site" if people <= bands.site else "segment"


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """What is wrong with an override: the path of its key (`reach.team`), what it is, the way out."""

    path: str
    what: str
    hint: str | None = None


DEFAULT = Policy()


def check_policy(overrides: Mapping[str, Any]) -> list[PolicyProblem]:
    """Everything that is wrong with the overrides of a catalog; empty when they can be taken."""
    return _read(overrides)[1]


def make_policy(overrides: Mapping[str, Any], version: int = 0) -> Policy:
    """The default policy with the overrides of a catalog. InputError tells all problems at once."""
    policy, problems = _read(overrides)
    if problems or policy is None:
        raise InputError(Problem(f"policy {problem.path}: {problem.what}", hint=problem.hint) for problem in problems)
    return policy.model_copy(update={"version": version})


def tables(policy: Policy = DEFAULT) -> str:
    """The policy as Markdown tables, as they stand in docs/impact.md."""
    from triage.impact.policy_tables import policy_tables

    return policy_tables(policy)


def _read(overrides: Mapping[str, Any]) -> tuple[Policy | None, list[PolicyProblem]]:
    if not isinstance(overrides, Mapping):
        return None, [PolicyProblem("policy", "is not a mapping of names to figures")]
    problems: list[PolicyProblem] = []
    merged = _merge(_defaults(), overrides, "", problems)
    try:
        policy = Policy.model_validate(merged)
    except ValidationError as error:
        problems += [_told(detail) for detail in error.errors(include_url=False)]
        # What is written rightly is looked at all the same, so that all mistakes are told at once.
        wrong = {problem.path.partition(".")[0] for problem in problems}
        policy = Policy.model_validate({key: value for key, value in merged.items() if key not in wrong})
    wrong = {problem.path.partition(".")[0] for problem in problems}
    falling = [problem for problem in _falling(policy) if problem.path.partition(".")[0] not in wrong]
    if wrong:
        falling = [problem for problem in falling if problem.path != "sum"]
    problems += falling
    return (None if problems else policy), problems


@lru_cache(maxsize=1)
def _defaults() -> dict[str, Any]:
    return DEFAULT.model_dump(exclude={"version"})


def _merge(base: Any, over: Any, path: str, problems: list[PolicyProblem]) -> Any:
    """`over` laid on `base`, key by key; a key that `base` does not have is a problem."""
    if not isinstance(base, dict):
        return over
    if not isinstance(over, Mapping):
        problems.append(PolicyProblem(path, "is a group of figures", f"its keys are {', '.join(base)}"))
        return base
    merged = dict(base)
    for given, value in over.items():
        key = _level_name(str(given), base)
        place = f"{path}.{key}" if path else key
        if key in base:
            merged[key] = _merge(base[key], value, place, problems)
        else:
            hint = did_you_mean(key, base) or f"known are {', '.join(base)}"
            problems.append(PolicyProblem(place, "unknown key", hint))
    return merged


def _level_name(key: str, base: Mapping[str, Any]) -> str:
    """A criticality may be written 1 to 4 as in the catalog, or in words."""
    return LEVELS[int(key) - 1] if key in ("1", "2", "3", "4") and "critical" in base else key


def _told(detail: Any) -> PolicyProblem:
    path = ".".join(str(part) for part in detail["loc"])
    what = str(detail["msg"]).removeprefix("Value error, ")
    return PolicyProblem(path, f"{detail['input']!r}: {what[:1].lower()}{what[1:]}")


def _falling(policy: Policy) -> list[PolicyProblem]:
    """Where points would fall although something gets worse, and where a sum or an order is broken."""
    found: list[PolicyProblem] = []

    def rising(path: str, named: list[tuple[str, Any]], strictly: bool = False) -> None:
        for (less, low), (more, high) in pairwise(named):
            if high < low or (strictly and high == low):
                than = f"{'not more' if strictly else 'less'} than {less} with {_shown(low)}"
                found.append(
                    PolicyProblem(f"{path}.{more}", f"{_shown(high)} is {than}", "what is worse never counts less")
                )

    def lifting(*names: str) -> None:
        for less, more in pairwise(names):
            low, high = getattr(policy.floors, less), getattr(policy.floors, more)
            if high > low:
                found.append(
                    PolicyProblem(
                        f"floors.{more}", f"{high} is milder than {less} with {low}", "what is worse never counts less"
                    )
                )

    grid = policy.criticality_condition
    for level in LEVELS:
        row = getattr(grid, level)
        rising(f"criticality_condition.{level}", [(name, getattr(row, name)) for name in reversed(CONDITIONS)])
    for condition in CONDITIONS:
        column = [(f"{level}.{condition}", getattr(getattr(grid, level), condition)) for level in reversed(LEVELS)]
        rising("criticality_condition", column)
    rising("reach", [(name, getattr(policy.reach, name)) for name in REACHES])
    bands = policy.reach_bands
    rising("reach_bands", [(name, getattr(bands, name)) for name in ("person", "team", "site")], strictly=True)
    rising("journey", [(name, getattr(policy.journey, name)) for name in JourneyPoints.model_fields])
    time = policy.time
    rising("time.steps", [(str(step), points) for step, points in enumerate(time.steps)])
    rising("time.tolerance_used", [(str(at), share) for at, share in enumerate(time.tolerance_used)], strictly=True)
    rising("time", [("due_last", time.due_last), ("due_short", time.due_short)])
    rising("time.tolerance", [(level, getattr(time.tolerance, level)) for level in LEVELS])
    commitment = policy.commitment
    rising("commitment", [(name, getattr(commitment, name)) for name in ("promise", "broken_promise")])
    priorities = policy.priorities
    rising("priorities", [(name, getattr(priorities, name)) for name in ("P4", "P3", "P2", "P1")], strictly=True)
    money = policy.money
    rising("money", [(name, getattr(money, name)) for name in ("bug", "degraded", "unavailable")])
    floors = policy.floors
    lifting("statutory", "statutory_later", "statutory_last")
    lifting("weak_flag", "strong_flag")
    rising("floors", [(name, getattr(floors, name)) for name in ("statutory_later_used", "statutory_last_used")])
    if policy.auto_link.last < policy.auto_link.decisions:
        found.append(
            PolicyProblem(
                "auto_link.last",
                f"{policy.auto_link.last} is less than decisions with {policy.auto_link.decisions}",
                "auto-link would never be measured on enough",
            )
        )
    if time.steps[0] != 0:
        found.append(PolicyProblem("time.steps.0", f"{time.steps[0]} points without any time used", "it must be 0"))
    if (total := sum(policy.most())) > 100:
        found.append(PolicyProblem("sum", f"the greatest points of the six factors add up to {total}", "at most 100"))
    return found


def _shown(value: Any) -> str:
    from triage.catalog.values import format_duration

    return format_duration(value) if isinstance(value, timedelta) else str(value)
