"""The subject of a brief: whom a ticket touches, in the words of its language."""

from __future__ import annotations

from datetime import timedelta

from triage.catalog.models import Organisation, Site
from triage.impact.brief_case import BROKEN, Case, day

RENEWAL_NEAR = timedelta(days=180)


def touched(case: Case) -> str:
    """Who is touched: customers or staff, or the people of the organisation or site that is known."""
    words, reach = case.words, case.reach
    organisation = _organisation(case)
    if organisation is not None:
        shape = {"person": "someone_at", "team": "several_at"}.get(reach, "everybody_at")
        return words[shape].format(name=organisation.name) + _account(case, organisation)
    site = case.index.site_of(case.facts.site)
    if site is not None and reach == "site":
        return _of_site(case, site, "everybody_at", "served_by")
    return words[f"{_kind(case)}.{reach}"]


def nobody(case: Case) -> str | None:
    """The subject of what nobody can do, in a language that says it so."""
    words = case.words
    if case.condition != "unavailable" or "nobody_at" not in words:
        return None
    if case.reach == "all":
        return words[f"{_kind(case)}.none"]
    organisation = _organisation(case)
    site = case.index.site_of(case.facts.site)
    if case.reach != "site" or (organisation is None and site is None):
        return None
    if organisation is not None:
        return words["nobody_at"].format(name=organisation.name) + _account(case, organisation)
    assert site is not None
    return _of_site(case, site, "nobody_at", "nobody_served")


def _organisation(case: Case) -> Organisation | None:
    """The organisation whose people are touched; None where the others of a swarm are, who may be anybody's."""
    facts = case.facts
    if case.reach not in ("person", "team", "site") or (facts.swarm_requesters > 1 and str(facts.reach) != case.reach):
        return None
    return case.index.organisation_of(facts.organisation, facts.requester)


def _of_site(case: Case, site: Site, staff: str, customers: str) -> str:
    """Everybody (or nobody) of a site: its staff, or the customers whom it serves."""
    kind = _kind(case)
    text = case.words[customers if kind == "customer" else staff].format(name=site.name)
    return text + (_people(case, site) if kind in ("staff", "both") else "")


def _people(case: Case, site: Site) -> str:
    return case.words["people"].format(count=site.staff) if site.staff else ""


def _kind(case: Case) -> str:
    """Whose trouble it is. What fails at a touchpoint fails for whoever stands there, whatever service is behind it."""
    consumer = case.service.consumer if case.service else None
    if consumer is None:
        consumer = "external" if case.touchpoint is not None else "both"
    if consumer != "external" and case.touchpoint is not None and case.condition in BROKEN:
        return "people"
    return {"external": "customer", "internal": "staff"}.get(consumer, "both")


def _account(case: Case, organisation: Organisation) -> str:
    text = case.words["key"] if organisation.key_account else ""
    renews = organisation.renews_on
    near = renews is not None and timedelta(0) <= renews - case.now.date() <= RENEWAL_NEAR
    if near and renews is not None:
        separate = "," if case.language == "en" and not text else ""
        text += separate + case.words["renews"].format(date=day(case, renews))
    return text + ("," if text and case.language == "en" else "")
