"""The score as seven codes: what a vector holds, and the points that a policy gives for it.

Everything that is scored is first brought to these codes; the points follow from them and the policy
alone. So a vector reproduces its score by construction.
"""

from __future__ import annotations

from typing import NamedTuple

from triage.impact.policy import CONDITIONS, LEVELS, REACHES, Policy

CONDITION_CODES = ("U", "D", "B", "Q", "R", "X")
CONDITION_WORDS = (*CONDITIONS, "restored")
REACH_CODES = ("P", "T", "S", "G", "A")
JOURNEY_CODES = ("-", "T", "M")
COMMITMENT_CODES = ("-", "P", "V", "W", "K", "B", "O")
"""In the order in which, of two that give the same points, the later is named."""

UNAVAILABLE, DEGRADED, BUG, QUESTION, REQUEST, RESTORED = range(6)
PERSON, TEAM, SITE, SEGMENT, ALL = range(5)
COMMITMENT_NAMES = {
    "P": "promise",
    "V": "vip",
    "W": "window_near",
    "K": "key_account",
    "B": "broken_promise",
    "O": "told_otherwise",
}


class Codes(NamedTuple):
    """One reading of a ticket at one moment.

    `criticality` 1 to 4, 0 where no service is linked; `condition`, `reach`, `journey` are places in the
    tuples above; `extra` the requesters of a swarm beyond the second; `time` the step 0 to 4;
    `commitment` a code; `window` whether one is active.
    """

    criticality: int
    condition: int
    reach: int
    extra: int = 0
    journey: int = 0
    time: int = 0
    commitment: str = "-"
    window: bool = False


class Points:
    """The points of a policy, laid out for looking up."""

    def __init__(self, policy: Policy) -> None:
        grid = policy.criticality_condition
        rows = [[*(getattr(getattr(grid, level), word) for word in CONDITIONS), 0] for level in LEVELS]
        self.grid = [rows[3], *rows]  # place 0: no service counts as low
        self.reach = [getattr(policy.reach, word) for word in REACHES]
        self.most_reach = policy.reach.all
        self.per_requester = policy.reach.per_requester
        self.journey = [0, policy.journey.touchpoint, policy.journey.moment_of_truth]
        self.time = list(policy.time.steps)
        self.commitment = {"-": 0} | {code: getattr(policy.commitment, name) for code, name in COMMITMENT_NAMES.items()}
        self.window = policy.window.active
        percent = policy.one_person.percent
        self.halved = [(points * percent + 99) // 100 for points in range(101)]

    def of(self, codes: Codes) -> tuple[int, int, int, int, int, int]:
        """Points of CR × CO, RE, JO, TO, CM and WI; they sum to the score."""
        criticality, condition, reach, extra, journey, time, commitment, window = codes
        if condition == RESTORED:
            return (0, 0, 0, 0, 0, 0)
        grid, way, late = self.grid[criticality][condition], self.journey[journey], self.time[time]
        touched = self.reach[reach]
        if extra:
            touched = min(touched + extra * self.per_requester, self.most_reach)
        if reach == PERSON:
            grid, way, late = self.halved[grid], self.halved[way], self.halved[late]
        return (grid, touched, way, late, self.commitment[commitment], self.window if window else 0)

    def best(self, codes: set[str]) -> str:
        """The commitment that wins: the most points, of equal ones the weightier code."""
        if not codes:
            return "-"
        return max(codes, key=lambda code: (self.commitment[code], COMMITMENT_CODES.index(code)))
