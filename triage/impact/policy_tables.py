"""The tables of docs/impact.md, made from the policy."""

from __future__ import annotations

from triage.catalog.values import format_duration
from triage.impact.policy import CONDITIONS, LEVELS, Policy


def policy_tables(policy: Policy) -> str:
    """All tables as Markdown, each under a heading of the third level."""
    parts = (
        ("Factors", _factors(policy)),
        ("Criticality × condition", _grid(policy)),
        ("Reach", _reach(policy)),
        ("Journey, time, commitment, window", _others(policy)),
        ("Priorities and floors", _priorities(policy)),
    )
    return "\n\n".join(f"### {title}\n\n{table}" for title, table in parts) + "\n"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def _factors(policy: Policy) -> str:
    names = (
        ("CR × CO", "criticality × condition"),
        ("RE", "reach"),
        ("JO", "journey"),
        ("TO", "time"),
        ("CM", "commitment"),
        ("WI", "business window"),
    )
    rows = [[code, name, str(most)] for (code, name), most in zip(names, policy.most(), strict=True)]
    rows.append(["", "**together at most**", f"**{sum(policy.most())}**"])
    return _table(["code", "factor", "at most"], rows)


def _grid(policy: Policy) -> str:
    rows = []
    for place, level in enumerate(LEVELS, 1):
        points = getattr(policy.criticality_condition, level)
        rows.append([f"{place} {level}", *(str(getattr(points, word)) for word in CONDITIONS), "0"])
    return _table(["", *CONDITIONS, "restored"], rows)


def _reach(policy: Policy) -> str:
    points, bands = policy.reach, policy.reach_bands
    rows = [
        ["person", _band(1, bands.person), str(points.person)],
        ["team", _band(bands.person + 1, bands.team), str(points.team)],
        ["site", f"{_band(bands.team + 1, bands.site)}, or a whole site", str(points.site)],
        ["segment", f"more than {bands.site}, or a key account", str(points.segment)],
        ["all", f"more than {bands.all_share:.0%} of its users", str(points.all)],
        ["in a swarm", "at least team; each requester beyond the second", f"+{points.per_requester}, to {points.all}"],
    ]
    return _table(["reach", "people", "points"], rows)


def _band(least: int, most: int) -> str:
    return str(least) if least == most else f"{least}–{most}"


def _others(policy: Policy) -> str:
    time, commitment = policy.time, policy.commitment
    borne = ", ".join(f"{level} {format_duration(getattr(time.tolerance, level))}" for level in LEVELS)
    used, steps = time.tolerance_used, time.steps
    rows = [
        ["JO", "a touchpoint", str(policy.journey.touchpoint)],
        ["JO", "a moment of truth", str(policy.journey.moment_of_truth)],
        *(
            ["TO", f"tolerance used from {share:.0%}", str(points)]
            for share, points in zip(used, steps[1:], strict=True)
        ),
        ["TO", f"{time.due_short:.0%} or less left to a due time", str(steps[2])],
        ["TO", f"{time.due_last:.0%} or less left", str(steps[3])],
        ["TO", "a due time has passed", str(steps[4])],
        ["", f"tolerance without an `mtpd`: {borne}", ""],
        ["CM", "a promise on the touchpoint", str(commitment.promise)],
        ["CM", "a promise past its time", str(commitment.broken_promise)],
        ["CM", "a VIP", str(commitment.vip)],
        ["CM", "a key account", str(commitment.key_account)],
        ["CM", f"a window starts within {format_duration(commitment.near)}", str(commitment.window_near)],
        ["CM", "the customer was told otherwise", str(commitment.told_otherwise)],
        ["WI", "a window is active or being prepared", str(policy.window.active)],
        ["", "one person: CR × CO, JO and TO count, rounded up", f"{policy.one_person.percent} %"],
    ]
    return _table(["factor", "when", "points"], rows)


def _priorities(policy: Policy) -> str:
    bands, floors = policy.priorities, policy.floors
    rows = [[name, f"from {getattr(bands, name)} points"] for name in ("P1", "P2", "P3", "P4")]
    rows += [
        ["P5", "below"],
        [floors.critical_out_for_all, "at least, when a critical service is unavailable for all"],
        [floors.strong_flag, "at least, for safety, security or legal by a person or a strong cue"],
        [floors.weak_flag, "at least, for a weak cue, and uncertain"],
        [floors.statutory, "at least, for a statutory request"],
        [
            floors.statutory_later,
            f"at least, for a statutory request from {floors.statutory_later_used:.0%} of its time",
        ],
        [floors.statutory_last, f"at least, for a statutory request from {floors.statutory_last_used:.0%} of its time"],
    ]
    return _table(["priority", "when"], rows)
