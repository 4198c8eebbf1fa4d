"""The business brief: two or three sentences for a manager, made of catalog facts and of nothing else.

First what customers or staff cannot do now, where in the journey, and how many; then what is at stake
(the moment of truth, the promise, the window, the cost of an hour); then what to do (whom to tell, what
the desk may do at once, what is in hand). A fact that the catalog does not know is left out.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Improvement, Service, Touchpoint, Window
from triage.impact.brief_case import (
    BROKEN,
    Case,
    amount_of,
    bare,
    capital,
    day,
    ended,
    first_sentence,
    inner,
    inside,
    listed,
    noted,
)
from triage.impact.brief_who import nobody, touched
from triage.impact.codes import CONDITION_WORDS
from triage.impact.money import Money, money
from triage.impact.phrases import PHRASES, VERBS
from triage.impact.policy import REACHES, Policy
from triage.impact.score import score
from triage.impact.vector import parse_vector
from triage.impact.who import DELEGATE, OWNER, whom_to_tell
from triage.tickets.models import Facts, Impact

_SPOKEN_TO = frozenset({"you", "your", "yours", "i", "my", "me", "we", "our", "us"})


def brief(
    facts: Facts,
    index: CatalogIndex,
    policy: Policy,
    now: datetime,
    language: str = "en",
    impact: Impact | None = None,
) -> str:
    """The brief of a ticket at `now`, in its language where the catalog has it, else in the catalog's own or English.

    The catalog has a language where `translations` gives the name of the touchpoint or of the service in it.
    """
    found = impact or score(facts, index, policy, now)
    parsed = parse_vector(found.vector)
    own = index.catalog.catalog.language
    spoken = (language if language == own or _named_in(language, facts, index) else own, own, "en")
    tongue = next(one for one in spoken if one in PHRASES)
    told = index.in_language(tongue)
    case = Case(
        facts, told, index.promises, policy, now, PHRASES[tongue], tongue, parsed,
        CONDITION_WORDS[parsed.codes.condition], REACHES[parsed.codes.reach],
        told.services.get(facts.service or ""), told.touchpoints.get(facts.touchpoint or ""),
    )  # fmt: skip
    sentences = [_what(case), _stakes(case, found), _next(case)]
    return " ".join(ended(sentence) for sentence in sentences if sentence)


def _named_in(language: str, facts: Facts, index: CatalogIndex) -> bool:
    """Whether the catalog names what the ticket is about in this language: else half of the brief is in another."""
    about = {("touchpoints", facts.touchpoint), ("services", facts.service)}
    return any(
        one.language == language and one.field == "name" and (one.table, one.entry) in about
        for one in index.catalog.translations
    )


def _what(case: Case) -> str:
    """What cannot be done now, by whom, where in the journey, and which service is the cause."""
    words, condition, service, touchpoint = case.words, case.condition, case.service, case.touchpoint
    facts = case.facts
    if service is None and touchpoint is None:
        return _flagged(case, words["nothing" if facts.service_sure else "unmatched"].format(who=touched(case)))
    who, none, place = touched(case), nobody(case), _place(case)
    calm = condition in ("question", "request")
    if none:
        who, condition = none, "none"
    elif calm and case.reach != "person" and "asker" in words:
        # One person asks, whoever it concerns: "all customers asked for something" is not what happened.
        who = words["asker"].format(who=inside(who))
    if touchpoint is None or (service is not None and (calm or condition == "restored")):
        assert service is not None
        shape = words[f"{condition}.use"]
        text = shape.format(who=who, service=service.name, place=place)
    else:
        do = _doing(case, touchpoint)
        shape = words[f"{condition}.do" if do and f"{condition}.do" in words else f"{condition}.at"]
        subject = who if shape.startswith("{who}") else inside(who)
        text = shape.format(who=subject, do=do, touchpoint=touchpoint.name, place=place)
    if "{place}" not in shape:
        text += place
    if touchpoint is not None and service is not None and case.condition in BROKEN:
        text += words[f"because.{case.condition}"].format(service=service.name)
    if _rests_on_guess(facts):
        text = noted(text, words["unconfirmed"])
    elif calm:
        text += words["calm"]
    if case.condition in ("unavailable", "degraded") and service is not None and case.reach != "person":
        text += _dependants(case, service)
    if case.condition in BROKEN and facts.swarm_requesters > 1:
        text += words["swarm"].format(count=facts.swarm_requesters)
    return _flagged(case, text)


def _flagged(case: Case, text: str) -> str:
    """What a strong cue or a person says it is a matter of comes first; then nothing is said to be in order."""
    if not _is_flagged(case):
        return text
    facts, words = case.facts, case.words
    told = words[f"flag.{facts.flag}"]
    if facts.flag == "statutory" and facts.due_at is not None:
        told = words["by_law"].format(date=day(case, facts.due_at.astimezone(case.index.timezone).date()))
    # Of smoke in a cupboard the nearest service is a guess that says nothing.
    guess = facts.flag == "safety" and case.condition not in BROKEN and _rests_on_guess(facts)
    return told if guess else f"{told}. {capital(text.removesuffix(words['calm']))}"


def _is_flagged(case: Case) -> bool:
    facts = case.facts
    return bool(facts.flag) and (facts.flag_sure or facts.flag_strong) and case.condition != "restored"


def _rests_on_guess(facts: Facts) -> bool:
    """Whether the first sentence says something that nobody has confirmed."""
    return (
        not facts.condition_sure
        or (facts.service is not None and not facts.service_sure)
        or (facts.touchpoint is not None and not facts.touchpoint_sure)
    )


def _doing(case: Case, touchpoint: Touchpoint | None) -> str | None:
    """The touchpoint as something to do, where the English name begins with a verb that is known."""
    if touchpoint is None or case.language != "en":
        return None
    first, _, rest = touchpoint.name.partition(" ")
    if _SPOKEN_TO & set(rest.lower().replace("'", " ").split()):
        return None  # "one customer cannot prove who you are"
    return f"{first.lower()} {rest}".strip() if first.lower() in VERBS else None


def _place(case: Case) -> str:
    place = case.index.places.get(case.touchpoint.id) if case.touchpoint else None
    return case.words["place"].format(stage=place.stage.name, journey=place.journey.name) if place else ""


def _dependants(case: Case, service: Service) -> str:
    """The services of criticality 1 that cannot work without this one, where it is not critical itself."""
    if service.level == 1:
        return ""
    names = [
        case.index.services[ident].name
        for ident in case.index.all_dependants(service.id)
        if case.index.services[ident].level == 1 and case.index.services[ident].lifecycle in ("active", "retiring")
    ][:3]
    return case.words["dependants"].format(names=listed(names, case.words["and"])) if names else ""


def _stakes(case: Case, impact: Impact) -> str:
    """What is at stake, in one sentence of at most three parts; empty where nothing is."""
    words = case.words
    touchpoint, condition = case.touchpoint, case.condition
    if condition == "restored":
        return ""
    told = case.facts.told_otherwise
    moment = touchpoint.moment_of_truth if touchpoint and condition in BROKEN else None
    promised = touchpoint is not None and touchpoint.promises and condition in BROKEN
    parts = [
        words["told"].format(text=bare(told)) if told else "",
        words["moment"].format(text=inner(case, moment)) if moment else "",
        _promise(case, touchpoint, impact) if promised and touchpoint else "",
        _window_words(case),
        _cost(case, money(case.facts, case.index, case.policy, impact)),
    ]
    if sum(map(bool, parts)) > 3:
        parts[3] = ""  # a manager knows that it is the end of the quarter
    return capital(f"{_gap(case)} ".join([part for part in parts if part][:4]))


def _gap(case: Case) -> str:
    return "\u00a0;" if case.language == "fr" else ";"


def _promise(case: Case, touchpoint: Touchpoint, impact: Impact) -> str:
    promise = min(touchpoint.promises, key=lambda one: one.within or timedelta.max)
    shape = "promised" if promise.promised_by else "promised_nobody"
    by = case.words[f"by.{promise.promised_by}"] if promise.promised_by else ""
    text = case.words[shape].format(by=by, text=promise.text)
    # Clocks say it in the catalog's own words, whatever language the brief is in.
    said = case.promises[promise.id].text
    late = any(clock.name == "promise" and clock.passed and clock.why == said for clock in impact.clocks)
    return text + case.words["late"] if late else text


def _window_words(case: Case) -> str:
    window = _window(case)
    if window is None or (case.condition not in BROKEN and case.reach in ("person", "team")):
        return ""  # a question of one person is none of the quarter's end
    shape = "window_soon" if case.index.moment(window.starts) > case.now else "window"
    return case.words[shape].format(name=window.name, text=inner(case, window.reason))


def _window(case: Case) -> Window | None:
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


def _cost(case: Case, cost: Money | None) -> str:
    if cost is None:
        return ""
    words = case.words
    revenue, staff = cost.revenue_per_hour or 0.0, cost.staff_cost_per_hour or 0.0
    # What one person's hour costs is no news to a manager; a line of many people is.
    if revenue >= 1:
        shape, value = "cost", revenue
        space = "\u00a0" if case.language == "fr" else ""
        source = f"{words['estimate']}{space}: {cost.source}" if cost.source else words["estimate"]
    elif staff >= 1 and case.reach != "person":
        shape, value, source = "staff_cost", staff, words["estimate"]
    else:
        return ""
    return words[shape].format(amount=f"{amount_of(case, value)} {cost.currency}", source=source)


def _next(case: Case) -> str:
    """Whom to tell, what the desk may do at once, what helps meanwhile, what is in hand."""
    if case.condition == "restored":
        return ""
    words, parts = case.words, []
    facts, broken = case.facts, case.condition in BROKEN
    told = broken or (_is_flagged(case) and (facts.service_sure or facts.flag != "safety"))
    if told and (names := _tell(case)):
        parts.append(words["tell"].format(names=names))
    legal = facts.flag == "legal" and _is_flagged(case)
    if case.touchpoint and case.touchpoint.agent_may and (broken or facts.touchpoint_sure) and not legal:
        acts = [_act(case, act) for act in case.touchpoint.agent_may]
        parts.append(words["may"].format(acts=listed(acts, words["or"])))
    error = case.index.known_errors.get(facts.known_error or "")
    if error and error.workaround:
        parts.append(words["workaround"].format(text=inner(case, first_sentence(error.workaround))))
    if broken and (improvement := _improvement(case)):
        parts.append(_in_hand(case, improvement))
    return capital(f"{_gap(case)} ".join(parts))


def _tell(case: Case) -> str:
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
    return listed(names, words["and"])


def _improvement(case: Case) -> Improvement | None:
    """The known error's improvement, else one on the touchpoint, else one on the service.

    One that is about touchpoints takes away what happens there: at another touchpoint, or for a service that it names
    only among others, it says nothing of this ticket.
    """
    index, facts = case.index, case.facts
    error = index.known_errors.get(facts.known_error or "")
    if error and error.improvement in index.improvements:
        return index.improvements[error.improvement]
    every = index.catalog.improvements
    for improvement in every:
        if facts.touchpoint and facts.touchpoint in improvement.touchpoints:
            return improvement
    for improvement in every:
        services = improvement.services if not improvement.touchpoints else improvement.services[:1]
        if facts.service_sure and facts.service in services and not (facts.touchpoint and improvement.touchpoints):
            return improvement
    return None


def _in_hand(case: Case, improvement: Improvement) -> str:
    words = case.words
    owner = case.index.people.get(improvement.owner or "")
    due = "overdue" if improvement.due and improvement.due < case.now.date() else "due"
    return words["in_hand"].format(
        name=improvement.name,
        phase=words[f"phase.{improvement.phase}"],
        owner=words["led"].format(name=owner.name) if owner else "",
        due=words[due].format(date=day(case, improvement.due)) if improvement.due else "",
    )


def _act(case: Case, act: str) -> str:
    text = bare(act)
    first = text.partition(" ")[0]
    return text[:1].lower() + text[1:] if case.language == "en" and not first.isupper() else f"{text}"
