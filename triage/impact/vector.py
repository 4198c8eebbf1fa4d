"""The vector of a score: written at every rescoring, and read again years later with the policy alone.

`BI1/CR:1/CO:U/RE:A/JO:M/TO:0/CM:-/WI:-`, then `/FL:P2` for a floor that lifted and `/OV:P1` for an
override. The grammar is in docs/impact.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from triage.errors import InputError
from triage.impact.codes import (
    ALL,
    COMMITMENT_CODES,
    CONDITION_CODES,
    CONDITION_WORDS,
    JOURNEY_CODES,
    PERSON,
    REACH_CODES,
    RESTORED,
    Codes,
    Points,
)
from triage.impact.policy import LEVELS, REACHES, Policy
from triage.text import one_line, shorten
from triage.tickets.models import PRIORITIES, Row

_HEAD = "BI1"
_KEYS = ("CR", "CO", "RE", "JO", "TO", "CM", "WI")
_REACH = re.compile(r"([PTSGA])(?:\+([1-9]\d{0,8}))?", re.ASCII)
JOURNEY_WORDS = ("no touchpoint", "touchpoint", "moment of truth")
COMMITMENT_WORDS = {
    "-": "none",
    "P": "promise",
    "V": "VIP",
    "W": "window near",
    "K": "key account",
    "B": "broken promise",
    "O": "told otherwise",
}
_TOUCHED = ("one person", "a team", "a site", "a segment or a key account", "all its users")
_LATE = (
    "hardly any of the time is used",
    "a quarter of the tolerance is used",
    "half of the tolerance is used, or a fifth or less is left to a due time",
    "three quarters of the tolerance are used, or a twentieth or less is left to a due time",
    "the tolerance is used up, or a due time has passed",
)
_COMMITTED = {
    "-": "nothing was promised",
    "P": "something was promised at this touchpoint",
    "V": "the requester is a VIP",
    "W": "a business window starts soon",
    "K": "the requester belongs to a key account",
    "B": "what was promised at this touchpoint is late",
    "O": "the customer was told otherwise",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """What a vector is worth under a policy: the rows sum to `score`; `priority` is the one in force."""

    score: int
    priority: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A vector taken apart."""

    codes: Codes
    floor: str | None = None
    override: str | None = None


def write_vector(codes: Codes, floor: str | None = None, override: str | None = None) -> str:
    """The vector of these codes."""
    reach = REACH_CODES[codes.reach]
    if codes.extra and PERSON < codes.reach < ALL:
        reach = f"{reach}+{codes.extra}"
    text = (
        f"{_HEAD}/CR:{codes.criticality or '-'}/CO:{CONDITION_CODES[codes.condition]}/RE:{reach}"
        f"/JO:{JOURNEY_CODES[codes.journey]}/TO:{codes.time}/CM:{codes.commitment}"
        f"/WI:{'Y' if codes.window else '-'}"
    )
    if floor:
        text += f"/FL:{floor}"
    return f"{text}/OV:{override}" if override else text


def parse_vector(vector: str) -> Parsed:
    """A vector taken apart; InputError says in one line what is wrong with it."""
    text = one_line(vector).upper()
    parts = text.split("/")
    if parts[0] != _HEAD:
        raise _wrong(vector, f"a vector begins with {_HEAD}/")
    values: dict[str, str] = {}
    for part in parts[1:]:
        key, colon, value = part.partition(":")
        if not colon or key not in (*_KEYS, "FL", "OV"):
            raise _wrong(vector, f"'{shorten(part, 20)}' is none of its parts: {', '.join(_KEYS)}, FL, OV")
        if key in values:
            raise _wrong(vector, f"{key} comes twice")
        values[key] = value
    for key in _KEYS:
        if key not in values:
            raise _wrong(vector, f"{key} is missing")
    reach = _REACH.fullmatch(values["RE"])
    if reach is None or (reach[2] and reach[1] == "P"):
        raise _wrong(vector, f"RE:{shorten(values['RE'], 20)} is no reach; write P, T, S, G or A, in a swarm like T+3")
    codes = Codes(
        criticality=int(_one(vector, values, "CR", ("-", "1", "2", "3", "4")).replace("-", "0")),
        condition=CONDITION_CODES.index(_one(vector, values, "CO", CONDITION_CODES)),
        reach=REACH_CODES.index(reach[1]),
        extra=int(reach[2] or 0),
        journey=JOURNEY_CODES.index(_one(vector, values, "JO", JOURNEY_CODES)),
        time=int(_one(vector, values, "TO", ("0", "1", "2", "3", "4"))),
        commitment=_one(vector, values, "CM", COMMITMENT_CODES),
        window=_one(vector, values, "WI", ("-", "Y")) == "Y",
    )
    floor = _one(vector, values, "FL", PRIORITIES) if "FL" in values else None
    override = _one(vector, values, "OV", PRIORITIES) if "OV" in values else None
    return Parsed(codes, floor, override)


def in_force(points_priority: str, floor: str | None, override: str | None) -> str:
    """The priority that counts: the override, else the floor where it lifts, else that of the points."""
    if override:
        return override
    return min(points_priority, floor) if floor else points_priority


def explain(vector: str, policy: Policy) -> Explained:
    """Score, priority and rows of a vector, from the vector and the policy alone. InputError, one line."""
    parsed = parse_vector(vector)
    codes = parsed.codes
    factors = Points(policy).of(codes)
    score = sum(factors)
    rows = list(plain_rows(codes, factors))
    points_priority = policy.priority(score)
    if parsed.floor and parsed.floor < points_priority:
        rows.append(Row("rule", f"floor {parsed.floor}", 0, f"a floor lifts it from {points_priority}"))
    if parsed.override:
        rows.append(Row("rule", f"override {parsed.override}", 0, "a person set this priority"))
    return Explained(score, in_force(points_priority, parsed.floor, parsed.override), tuple(rows))


def plain_rows(codes: Codes, factors: tuple[int, ...]) -> tuple[Row, ...]:
    """The six rows as far as the codes alone can tell them."""
    condition = CONDITION_WORDS[codes.condition]
    level = LEVELS[codes.criticality - 1] if codes.criticality else "no service"
    half = ", counted half for one person" if codes.reach == PERSON and codes.condition != RESTORED else ""
    counts = "counts as low" if not codes.criticality else level
    touched = _TOUCHED[codes.reach] + (f", {codes.extra + 2} requesters in a swarm" if codes.extra else "")
    return (
        Row("CR", f"{level}, {condition}", factors[0], f"{counts} and {condition}{half}"),
        Row("RE", reach_value(codes), factors[1], f"it touches {touched}"),
        Row("JO", JOURNEY_WORDS[codes.journey], factors[2], JOURNEY_WORDS[codes.journey] + half),
        Row("TO", f"step {codes.time}", factors[3], _LATE[codes.time] + half),
        Row("CM", COMMITMENT_WORDS[codes.commitment], factors[4], _COMMITTED[codes.commitment]),
        Row(
            "WI",
            "active" if codes.window else "none",
            factors[5],
            "a business window is active or being prepared" if codes.window else "no business window",
        ),
    )


def reach_value(codes: Codes) -> str:
    """The reach as a word, in a swarm with what it adds."""
    word = REACHES[codes.reach]
    return f"{word} +{codes.extra}" if codes.extra and codes.reach < ALL else word


def _one(vector: str, values: dict[str, str], key: str, known: tuple[str, ...]) -> str:
    value = values[key]
    if value not in known:
        raise _wrong(vector, f"{key}:{shorten(value, 20)} is not known; write one of {' '.join(known)}")
    return value


def _wrong(vector: str, what: str) -> InputError:
    return InputError(f"'{shorten(one_line(vector), 60)}' is not a vector: {what}")


def rules_of(vector: str) -> tuple[str, ...]:
    """The rules that a score rests on, beside the plain points of its condition and reach."""
    parsed = parse_vector(vector)
    codes, floor = parsed.codes, parsed.floor
    found = []
    if floor:
        found.append("floor")
    if codes.extra:
        found.append("swarm")
    if codes.reach == PERSON:
        found.append("one person counts half")
    if codes.journey == 2:
        found.append("moment of truth")
    if codes.time:
        found.append("time used")
    if codes.commitment != "-":
        found.append({
            "P": "promise", "B": "broken promise", "V": "VIP", "K": "key account", "W": "window near",
            "O": "told otherwise",
        }[codes.commitment])  # fmt: skip
    if codes.window:
        found.append("business window")
    return tuple(found) or ("plain points",)
