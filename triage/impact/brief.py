"""The business brief: two or three sentences for a manager, made of catalog facts and of nothing else.

First what customers or staff cannot do now, where in the journey, and how many; then what is at stake
(the moment of truth, the promise, the window, the cost of an hour); then what to do (whom to tell, what
the desk may do at once, what is in hand). A fact that the catalog does not know is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Improvement, Organisation, Promise, Service, Site, Touchpoint, Window
from triage.impact.codes import CONDITION_WORDS
from triage.impact.money import Money, money
from triage.impact.phrases import PHRASES, VERBS
from triage.impact.policy import REACHES, Policy
from triage.impact.score import score
from triage.impact.vector import Parsed, parse_vector
from triage.impact.who import DELEGATE, OWNER, whom_to_tell
from triage.tickets.models import Facts, Impact

RENEWAL_NEAR = timedelta(days=180)
_BROKEN = ("unavailable", "degraded", "bug")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_LOWERED_WORDS = """a an the it this that these those there they we you he she his her its our your who whoever what
    when if after before on in at no nobody not everybody every each one two three four all any most half more without
    wires buyers sellers customers staff use look send switch print"""
_LOWERED = frozenset(_LOWERED_WORDS.split())


@dataclass(frozen=True, slots=True)
class _Case:
    """What the sentences are made of."""

    facts: Facts
    index: CatalogIndex
    promises: dict[str, Promise]
    policy: Policy
    now: datetime
    words: dict[str, str]
    language: str
    parsed: Parsed
    condition: str
    reach: str
    service: Service | None
    touchpoint: Touchpoint | None


def brief(
    facts: Facts,
    index: CatalogIndex,
    policy: Policy,
    now: datetime,
    language: str = "en",
    impact: Impact | None = None,
) -> str:
    """The brief of a ticket at `now`, in its language where its framing exists, else in the catalog's or English.

    Texts of the catalog are in that language too where `translations` gives them.
    """
    found = impact or score(facts, index, policy, now)
    parsed = parse_vector(found.vector)
    tongue = next((one for one in (language, index.catalog.catalog.language) if one in PHRASES), "en")
    told = index.in_language(tongue)
    case = _Case(
        facts, told, index.promises, policy, now, PHRASES[tongue], tongue, parsed,
        CONDITION_WORDS[parsed.codes.condition], REACHES[parsed.codes.reach],
        told.services.get(facts.service or ""), told.touchpoints.get(facts.touchpoint or ""),
    )  # fmt: skip
    sentences = [_what(case), _stakes(case, found), _next(case)]
    return " ".join(_ended(sentence) for sentence in sentences if sentence)


def _what(case: _Case) -> str:
    """What cannot be done now, by whom, where in the journey, and which service is the cause."""
    words, condition, service, touchpoint = case.words, case.condition, case.service, case.touchpoint
    facts = case.facts
    if service is None and touchpoint is None:
        return _flagged(case, words["nothing"].format(who=_who(case)))
    who, nobody, place = _who(case), _nobody(case), _place(case)
    if nobody:
        who, condition = nobody, "none"
    elif condition in ("question", "request") and case.reach in ("site", "segment", "all") and "asker" in words:
        # One person asks, whoever it concerns: "all customers asked for something" is not what happened.
        who = words["asker"].format(who=(who[:1].lower() + who[1:]).rstrip(","))
    if touchpoint is None or (condition in ("question", "request", "restored") and service is not None):
        assert service is not None
        shape = words[f"{condition}.use"]
        text = shape.format(who=who, service=service.name, place=place)
    else:
        do = _doing(case, touchpoint)
        shape = words[f"{condition}.do" if do and f"{condition}.do" in words else f"{condition}.at"]
        text = shape.format(who=who, do=do, touchpoint=touchpoint.name, place=place)
    if "{place}" not in shape:
        text += place
    if touchpoint is not None and service is not None and case.condition in _BROKEN:
        text += words[f"because.{case.condition}"].format(service=service.name)
    if case.condition in ("unavailable", "degraded"):
        if service is not None:
            text += _dependants(case, service)
        if facts.swarm_requesters > 1:
            text += words["swarm"].format(count=facts.swarm_requesters)
        if _rests_on_guess(facts):
            text += words["unconfirmed"]
    return _flagged(case, text)


def _flagged(case: _Case, text: str) -> str:
    """What a strong cue or a person says it is a matter of comes first; then nothing is said to be in order."""
    facts = case.facts
    if not facts.flag or not (facts.flag_sure or facts.flag_strong) or case.condition == "restored":
        return text
    return f"{case.words[f'flag.{facts.flag}']}. {text.removesuffix(case.words['calm'])}"


def _rests_on_guess(facts: Facts) -> bool:
    return (facts.service is not None and not facts.service_sure) or (
        facts.touchpoint is not None and not facts.touchpoint_sure
    )


def _who(case: _Case) -> str:
    """Who is touched: customers or staff, or the people of the organisation or site that is known."""
    words, facts, reach = case.words, case.facts, case.reach
    organisation = case.index.organisation_of(facts.organisation, facts.requester)
    if organisation is not None and reach in ("person", "team", "site"):
        shape = {"person": "someone_at", "team": "several_at"}.get(reach, "everybody_at")
        return words[shape].format(name=organisation.name) + _account(case, organisation)
    site = case.index.site_of(facts.site)
    if site is not None and reach == "site":
        return words["everybody_at"].format(name=site.name) + _people(case, site)
    return words[f"{_kind(case)}.{reach}"].format(site=case.policy.reach_bands.site)


def _nobody(case: _Case) -> str | None:
    """The subject of what nobody can do, in a language that says it so."""
    words, facts = case.words, case.facts
    if case.condition != "unavailable" or "nobody_at" not in words:
        return None
    if case.reach == "all":
        return words[f"{_kind(case)}.none"]
    organisation = case.index.organisation_of(facts.organisation, facts.requester)
    site = case.index.site_of(facts.site)
    if case.reach != "site" or (organisation is None and site is None):
        return None
    if organisation is not None:
        return words["nobody_at"].format(name=organisation.name) + _account(case, organisation)
    assert site is not None
    return words["nobody_at"].format(name=site.name) + _people(case, site)


def _people(case: _Case, site: Site) -> str:
    return case.words["people"].format(count=site.staff) if site.staff else ""


def _kind(case: _Case) -> str:
    consumer = case.service.consumer if case.service else None
    if consumer is None:
        consumer = "external" if case.touchpoint is not None else "both"
    return {"external": "customer", "internal": "staff"}.get(consumer, "both")


def _account(case: _Case, organisation: Organisation) -> str:
    if not organisation.key_account:
        return ""
    text, renews = case.words["key"], organisation.renews_on
    if renews is not None and timedelta(0) <= renews - case.now.date() <= RENEWAL_NEAR:
        return text + case.words["renews"].format(date=_date(case, renews))
    return text + ("," if case.language == "en" else "")


def _doing(case: _Case, touchpoint: Touchpoint | None) -> str | None:
    """The touchpoint as something to do, where the English name begins with a verb that is known."""
    if touchpoint is None or case.language != "en":
        return None
    first, _, rest = touchpoint.name.partition(" ")
    return f"{first.lower()} {rest}".strip() if first.lower() in VERBS else None


def _place(case: _Case) -> str:
    place = case.index.places.get(case.touchpoint.id) if case.touchpoint else None
    return case.words["place"].format(stage=place.stage.name, journey=place.journey.name) if place else ""


def _dependants(case: _Case, service: Service) -> str:
    """The services of criticality 1 that cannot work without this one, where it is not critical itself."""
    if service.level == 1:
        return ""
    names = [
        case.index.services[ident].name
        for ident in case.index.all_dependants(service.id)
        if case.index.services[ident].level == 1 and case.index.services[ident].lifecycle in ("active", "retiring")
    ][:3]
    return case.words["dependants"].format(names=_listed(names, case.words["and"])) if names else ""


def _stakes(case: _Case, impact: Impact) -> str:
    """What is at stake, in one sentence of at most three parts; empty where nothing is."""
    words = case.words
    touchpoint, condition = case.touchpoint, case.condition
    if condition == "restored":
        return ""
    told = case.facts.told_otherwise
    moment = touchpoint.moment_of_truth if touchpoint and condition in _BROKEN else None
    promised = touchpoint is not None and touchpoint.promises and condition in _BROKEN
    parts = [
        words["told"].format(text=_bare(told)) if told else "",
        words["moment"].format(text=_inner(case, moment)) if moment else "",
        _promise(case, touchpoint, impact) if promised and touchpoint else "",
        _window_words(case),
        _cost(case, money(case.facts, case.index, case.policy, impact)),
    ]
    if sum(map(bool, parts)) > 3:
        parts[3] = ""  # a manager knows that it is the end of the quarter
    return _capital(f"{_gap(case)} ".join([part for part in parts if part][:4]))


def _gap(case: _Case) -> str:
    return "\u00a0;" if case.language == "fr" else ";"


def _promise(case: _Case, touchpoint: Touchpoint, impact: Impact) -> str:
    promise = min(touchpoint.promises, key=lambda one: one.within or timedelta.max)
    shape = "promised" if promise.promised_by else "promised_nobody"
    by = case.words[f"by.{promise.promised_by}"] if promise.promised_by else ""
    text = case.words[shape].format(by=by, text=promise.text)
    # Clocks say it in the catalog's own words, whatever language the brief is in.
    said = case.promises[promise.id].text
    late = any(clock.name == "promise" and clock.passed and clock.why == said for clock in impact.clocks)
    return text + case.words["late"] if late else text


def _window_words(case: _Case) -> str:
    window = _window(case)
    if window is None:
        return ""
    shape = "window_soon" if case.index.moment(window.starts) > case.now else "window"
    return case.words[shape].format(name=window.name, text=_inner(case, window.reason))


def _window(case: _Case) -> Window | None:
    """The window on the service or the touchpoint that is active, being prepared, or about to start."""
    codes = case.parsed.codes
    if not (codes.window or codes.commitment == "W"):
        return None
    index, now = case.index, case.now
    near = case.policy.commitment.near
    windows: list[Window] = [
        *index.windows_of_service.get(case.facts.service or "", ()),
        *index.windows_of_touchpoint.get(case.facts.touchpoint or "", ()),
    ]
    for window in windows:
        starts = index.moment(window.starts)
        lead: timedelta = max(window.prepare or timedelta(0), near)
        if starts - lead <= now < index.moment(window.ends):
            return window
    return None


def _cost(case: _Case, cost: Money | None) -> str:
    if cost is None:
        return ""
    words = case.words
    figures = [
        (cost.revenue_per_hour, words["revenue"]),
        (cost.staff_cost_per_hour, words["staff_cost"]),
    ]
    known = [(value, what) for value, what in figures if value is not None and value >= 1]
    # What one person's hour costs is no news to a manager; a line of many people is.
    if not known or (case.reach == "person" and not cost.revenue_per_hour):
        return ""
    value, what = known[0]
    source = f"{words['estimate']}, {cost.source}" if cost.source and what == words["revenue"] else words["estimate"]
    amount = f"{_number(case, value)} {cost.currency}"
    text = words["cost"].format(amount=amount, what=what, source=source)
    return text


def _next(case: _Case) -> str:
    """Whom to tell, what the desk may do at once, what helps meanwhile, what is in hand."""
    if case.condition == "restored":
        return ""
    words, parts = case.words, []
    if case.condition in _BROKEN and (names := _tell(case)):
        parts.append(words["tell"].format(names=names))
    if case.touchpoint and case.touchpoint.agent_may:
        acts = [_act(case, act) for act in case.touchpoint.agent_may]
        parts.append(words["may"].format(acts=_listed(acts, words["or"])))
    error = case.index.known_errors.get(case.facts.known_error or "")
    if error and error.workaround:
        parts.append(words["workaround"].format(text=_inner(case, _first_sentence(error.workaround))))
    if case.condition in _BROKEN and (improvement := _improvement(case)):
        parts.append(_in_hand(case, improvement))
    return _capital(f"{_gap(case)} ".join(parts))


def _tell(case: _Case) -> str:
    """The one on call, the owner with the delegate as a way out, the business relationship manager."""
    words = case.words
    contacts = {one.role: one for one in whom_to_tell(case.facts, case.index, case.now)}
    delegate = contacts.get(DELEGATE)
    if OWNER in contacts:
        contacts.pop(DELEGATE, None)
    names = []
    for role, one in contacts.items():
        if role == OWNER and delegate:
            names.append(
                words["or_else"].format(
                    name=one.name, role=words["role.owner"], other=delegate.name, other_role=words["role.delegate"]
                )
            )
        else:
            names.append(f"{one.name} ({words[f'role.{role}']})")
    return _listed(names, words["and"])


def _improvement(case: _Case) -> Improvement | None:
    """The known error's improvement, else one on the touchpoint, else one on the service."""
    index, facts = case.index, case.facts
    error = index.known_errors.get(facts.known_error or "")
    if error and error.improvement in index.improvements:
        return index.improvements[error.improvement]
    every = index.catalog.improvements
    for improvement in every:
        if facts.touchpoint and facts.touchpoint in improvement.touchpoints:
            return improvement
    return next((one for one in every if facts.service and facts.service in one.services), None)


def _in_hand(case: _Case, improvement: Improvement) -> str:
    words = case.words
    owner = case.index.people.get(improvement.owner or "")
    return words["in_hand"].format(
        name=improvement.name,
        phase=words[f"phase.{improvement.phase}"],
        owner=words["led"].format(name=owner.name) if owner else "",
        due=words["due"].format(date=_date(case, improvement.due)) if improvement.due else "",
    )


def _act(case: _Case, act: str) -> str:
    text = _bare(act)
    first = text.partition(" ")[0]
    return text[:1].lower() + text[1:] if case.language == "en" and not first.isupper() else f"{text}"


def _listed(names: Iterable[str], joint: str) -> str:
    every = list(names)
    return joint.join([", ".join(every[:-1]), every[-1]]) if len(every) > 1 else "".join(every)


def _inner(case: _Case, text: str) -> str:
    """A text of the catalog as the inside of a sentence."""
    bare = _bare(text)
    first = bare.partition(" ")[0]
    if case.language == "en" and first.lower() in _LOWERED:
        return bare[:1].lower() + bare[1:]
    return bare


def _first_sentence(text: str) -> str:
    return text.split(". ", 1)[0]


def _bare(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ended(text: str) -> str:
    capital = _capital(text)
    return capital if capital.endswith((".", "!", "?")) else f"{capital}."


def _number(case: _Case, value: float) -> str:
    mark = {"en": ",", "fr": "\u202f"}.get(case.language, ".")
    return f"{value:,.0f}".replace(",", mark)


def _date(case: _Case, when: date) -> str:
    if case.language == "en":
        return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"
    if case.language == "de":
        return f"{when.day}.{when.month}.{when.year}"
    return f"{when.day}/{when.month}/{when.year}"
