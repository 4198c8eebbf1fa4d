"""The breakdown in business words: a row for each factor, a row for each rule that applied, the clocks."""

from __future__ import annotations

from triage.impact.clocks import Timer, at_second
from triage.impact.codes import (
    ALL,
    CONDITION_WORDS,
    PERSON,
    RESTORED,
    SITE,
    Codes,
)
from triage.impact.policy import LEVELS, REACHES
from triage.impact.reading import Live, Outcome, Reader
from triage.impact.vector import COMMITMENT_WORDS, JOURNEY_WORDS, reach_value
from triage.tickets.models import Clock, Row

_BY = {"sales": "sales", "marketing": "marketing", "support": "support", "product": "the product"}
CLOCK_WORDS = {
    "tolerance": "tolerance",
    "respond": "first response",
    "resolve": "resolution",
    "due": "due time",
    "promise": "promise",
    "window": "window",
}


def span_words(seconds: float) -> str:
    """A span in its two largest units: `2d 3h`, `40m`, `30s`."""
    left = round(abs(seconds))
    if left < 60:
        return f"{left}s"
    left = round(left / 60)
    days, rest = divmod(left, 1440)
    hours, minutes = divmod(rest, 60)
    parts = [f"{number}{unit}" for number, unit in ((days, "d"), (hours, "h"), (minutes, "m")) if number]
    return " ".join(parts[:2])


def rows(
    reader: Reader, live: Live, outcome: Outcome, others: list[Outcome], floor: tuple[str, str] | None,
    points_priority: str, low: int, high: int,
) -> tuple[Row, ...]:  # fmt: skip
    """Six rows whose points sum to the score, then the rules that applied, with 0 points each."""
    codes, points = outcome.codes, outcome.factors
    if codes.condition == RESTORED:
        made = _restored(outcome)
    else:
        made = [
            Row("CR", _crossed(codes), points[0], _criticality(reader, outcome)),
            Row("RE", reach_value(codes), points[1], _reach(reader, live, codes)),
            Row("JO", JOURNEY_WORDS[codes.journey], points[2], _journey(reader, outcome)),
            _time(live, outcome),
            Row("CM", COMMITMENT_WORDS[codes.commitment], points[4], _commitment(reader, live, outcome)),
            Row("WI", outcome.active.window.name if outcome.active else "none", points[5], _window(live, outcome)),
        ]
    made.extend(_rules(reader, live, outcome, others))
    if floor is not None:
        made.append(Row("rule", f"floor {floor[0]}", 0, f"{floor[1]}; lifts it from {points_priority}"))
    if live.override:
        computed = floor[0] if floor else points_priority
        made.append(Row("rule", f"override {live.override.priority}", 0, _override(reader, live, computed)))
    if low < high:
        made.append(Row("rule", f"{low}–{high}", 0, f"between these until somebody confirms {_unknown(live)}"))
    return tuple(made)


def _level(codes: Codes) -> str:
    return LEVELS[codes.criticality - 1] if codes.criticality else "no service"


def _crossed(codes: Codes) -> str:
    return f"{_level(codes)} × {CONDITION_WORDS[codes.condition]}"


def _restored(outcome: Outcome) -> list[Row]:
    name = outcome.part.service.name if outcome.part.service else "it"
    why = f"{name} was out and works again"
    values = (
        _crossed(outcome.codes),
        REACHES[outcome.codes.reach],
        JOURNEY_WORDS[outcome.codes.journey],
        "none",
        "none",
        "none",
    )
    return [
        Row(factor, value, 0, why) for factor, value in zip(("CR", "RE", "JO", "TO", "CM", "WI"), values, strict=True)
    ]


def _criticality(reader: Reader, outcome: Outcome) -> str:
    codes, service = outcome.codes, outcome.part.service
    condition = CONDITION_WORDS[codes.condition]
    half = "; half, for one person" if codes.reach == PERSON else ""
    if service is None:
        return f"no service is linked, so it counts as low, and {_stands(condition)}{half}"
    level = LEVELS[codes.criticality - 1]
    if outcome.inherited_from or outcome.peak:
        return f"{service.name} counts as {level} and {_stands(condition)}{half}"
    agreed = service.agreed
    person = reader.index.people.get(agreed.by) if agreed else None
    said = f"agreed by {person.name if person else agreed.by}" if agreed else "IT's estimate"
    if service.criticality is None:
        said = "nobody has said"
    return f"{service.name} is {level} ({said}) and {_stands(condition)}{half}"


def _stands(condition: str) -> str:
    if condition in ("question", "request", "bug"):
        return f"this is a {condition}"
    return f"it is {condition}"


def _reach(reader: Reader, live: Live, codes: Codes) -> str:
    bands = reader.policy.reach_bands
    words = {
        PERSON: "one person",
        1: f"a team of {bands.person + 1} to {bands.team}",
        SITE: f"a whole site, or {bands.team + 1} to {bands.site} people",
        3: f"more than {bands.site} people, or a key account",
        ALL: "all its users",
    }[codes.reach]
    site = reader.index.site_of(live.facts.site) if codes.reach == SITE else None
    if site:
        words = f"the whole site {site.name}"
    if live.facts.swarm_requesters:
        words += f"; a swarm of {live.facts.swarm_requesters} requesters"
    if live.facts.reach_sure:
        words += ", confirmed"
    return words


def _journey(reader: Reader, outcome: Outcome) -> str:
    codes = outcome.codes
    ident = outcome.below_touchpoint
    entry = reader.index.touchpoints.get(ident) if ident else outcome.touch.touchpoint
    if entry is None:
        return "no touchpoint of a journey is linked"
    half = "; half, for one person" if codes.reach == PERSON else ""
    if ident:
        what = "moment of truth" if entry.moment_of_truth else "touchpoint"
        return f"the {what} {entry.name} cannot work without it{half}"
    if entry.moment_of_truth:
        return f"{entry.name}: {_sentence(entry.moment_of_truth)}{half}"
    return f"{entry.name}{half}"


def _time(live: Live, outcome: Outcome) -> Row:
    codes, points, timer = outcome.codes, outcome.factors[3], outcome.timer
    if timer is None:
        return Row("TO", "none", points, "no clock presses yet")
    half = "; half, for one person" if codes.reach == PERSON else ""
    used = timer.used(live.now)
    value = "passed" if used >= 1 else f"{int(used * 100)} %"
    return Row("TO", f"{CLOCK_WORDS[timer.name]} {value}", points, _clock_why(timer, live.now) + half)


def _clock_why(timer: Timer, now: float) -> str:
    elapsed, name = timer.elapsed(now), CLOCK_WORDS[timer.name]
    unit = " of business time" if timer.hours is not None else ""
    if timer.name == "tolerance":
        if elapsed >= timer.span:
            return f"the {span_words(timer.span)} that may be borne are over since {span_words(elapsed - timer.span)}"
        return f"{int(timer.used(now) * 100)} % of the {span_words(timer.span)} that may be borne are used"
    left = timer.span - elapsed
    if left > 0:
        return f"{name} is due in {span_words(left)}{unit}"
    over = elapsed - timer.span
    return f"{name} was due {span_words(over)}{unit} ago" if over >= 1 else f"{name} is due now"


def _commitment(reader: Reader, live: Live, outcome: Outcome) -> str:
    code = outcome.codes.commitment
    if code == "O":
        return f"the customer was told: {live.facts.told_otherwise}"
    if code == "V":
        return "the requester is a VIP"
    if code == "K":
        organisation = reader.index.organisation_of(live.facts.organisation, live.facts.requester)
        return f"{organisation.name if organisation else 'the customer'} is a key account"
    if code == "W" and outcome.near:
        return f"{outcome.near.window.name} starts in {span_words(outcome.near.starts - live.now)}"
    promise = reader.index.promises.get(outcome.promise or "")
    if promise is None or code == "-":
        return "nothing was promised"
    by = f"{_BY[promise.promised_by]} promised" if promise.promised_by else "promised"
    if code == "B" and promise.within:
        return f"{by}: {promise.text}; the {span_words(promise.within.total_seconds())} for it are over"
    return f"{by}: {promise.text}"


def _window(live: Live, outcome: Outcome) -> str:
    span = outcome.active
    if span is None:
        return "no business window"
    if live.now < span.starts:
        return f"preparing for {span.window.name}: {_sentence(span.window.reason)}"
    return f"{span.window.name}: {_sentence(span.window.reason)}"


def _rules(reader: Reader, live: Live, outcome: Outcome, others: list[Outcome]) -> list[Row]:
    made: list[Row] = []
    codes, services, facts = outcome.codes, reader.index.services, live.facts
    service = outcome.part.service
    if others:
        named = ", ".join(
            f"{one.part.service.name if one.part.service else 'no service'} {one.score}" for one in others
        )
        name = service.name if service else "no service"
        made.append(Row("rule", "several services", 0, f"{name} counts with {outcome.score}; also {named}"))
    if outcome.inherited_from:
        name = services[outcome.inherited_from].name
        made.append(Row("rule", "dependency", 0, f"counts as {_level(codes)}: {name} cannot work without it"))
    if outcome.peak:
        made.append(Row("rule", "peak", 0, f"counts as critical during {outcome.peak.window.name}"))
    if outcome.served and service:
        why = f"an outage of {service.name} in its window touches {_whom(service.serves)}"
        made.append(Row("rule", "serves", 0, why))
    if facts.workaround and codes.condition != RESTORED:
        made.append(Row("rule", "workaround", 0, "there is a workaround, so the condition counts one step milder"))
    return made


def _whom(serves: str | None) -> str:
    return {"all": "all its users", "person": "one person"}.get(serves or "", f"a {serves}")


def _override(reader: Reader, live: Live, computed: str) -> str:
    """Who set it and why, until when by the catalog's clock, and what the rules say beside it."""
    override = live.override
    assert override is not None
    text = f"{override.by or 'a person'} set it: {override.reason}"
    if override.text:
        text += f", {_sentence(override.text)}"
    if override.until:
        text += f", until {override.until.astimezone(reader.index.timezone):%Y-%m-%d %H:%M}"
    return f"{text}; computed {computed}"


def _unknown(live: Live) -> str:
    facts = live.facts
    names = [
        name
        for name, sure in (
            ("the service", facts.service_sure),
            ("the touchpoint", facts.touchpoint_sure),
            ("the condition", facts.condition_sure),
            ("the reach", facts.reach_sure),
        )
        if not sure
    ]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _sentence(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def clocks(reader: Reader, live: Live, outcome: Outcome, condition: int) -> tuple[Clock, ...]:
    """The clocks of a ticket in the order in which they run out; those that a pause holds are left out."""
    if condition == RESTORED:
        return ()
    made: list[Clock] = []
    timers = reader.timers(live, outcome.part, outcome.codes.criticality, condition)
    if promise := reader.promise_timer(live, outcome):
        timers = [*timers, promise]
    for timer in timers:
        due = timer.due()
        if due is not None:
            made.append(Clock(timer.name, at_second(due), _what_due(reader, outcome, timer), due <= live.now))
    near = outcome.near or (outcome.active if outcome.active and live.now < outcome.active.starts else None)
    if near:
        made.append(Clock("window", at_second(near.starts), f"{near.window.name} starts"))
    made.sort(key=lambda clock: clock.due)
    return tuple(made)


def _what_due(reader: Reader, outcome: Outcome, timer: Timer) -> str:
    name = outcome.part.service.name if outcome.part.service else "it"
    span = span_words(timer.span)
    if timer.name == "tolerance":
        return f"{name} may be out for {span}"
    if timer.name == "promise":
        promise = reader.index.promises.get(outcome.promise or "")
        return promise.text if promise else "promise"
    if timer.name == "due":
        return "due time of the ticket"
    return f"{CLOCK_WORDS[timer.name]} agreed within {span}"
