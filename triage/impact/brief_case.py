"""What the sentences of a brief are made of: the case, and how words, figures and dates are put into them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Promise, Service, Touchpoint
from triage.impact.policy import Policy
from triage.impact.vector import Parsed
from triage.tickets.models import Facts

BROKEN = ("unavailable", "degraded", "bug")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_LOWERED_WORDS = {
    "en": """a an the it this that these those there they we you he she his her its our your who whoever what
        when if after before on in at no nobody not everybody every each one two three four all any most half more
        without wires buyers sellers customers staff use look send switch print""",
    "es": """el la los las un una unos unas lo quien cuando si cada no sin nadie todo todos toda todas este esta en
        tras antes usar enviar abrir imprimir""",
    "fr": """le la les un une des ce cette ces qui quand si chaque sans personne tout tous toute toutes en après avant
        utiliser envoyer ouvrir imprimer""",
}
_LOWERED = {language: frozenset(words.split()) for language, words in _LOWERED_WORDS.items()}
"""The words that stand small inside a sentence; in German a sentence after a colon begins large."""


@dataclass(frozen=True, slots=True)
class Case:
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


def inside(who: str) -> str:
    """The subject of a sentence inside one."""
    return (who[:1].lower() + who[1:]).rstrip(",")


def noted(text: str, note: str) -> str:
    """A note in brackets after a text, in the same ones where it ends with some."""
    return f"{text[:-1]}; {note})" if text.endswith(")") else f"{text} ({note})"


def listed(names: Iterable[str], joint: str) -> str:
    every = list(names)
    return joint.join([", ".join(every[:-1]), every[-1]]) if len(every) > 1 else "".join(every)


def inner(case: Case, text: str) -> str:
    """A text of the catalog as the inside of a sentence."""
    told = bare(text)
    first = told.partition(" ")[0]
    if first.lower() in _LOWERED.get(case.language, ()):
        return told[:1].lower() + told[1:]
    return told


def first_sentence(text: str) -> str:
    return text.split(". ", 1)[0]


def bare(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def ended(text: str) -> str:
    told = capital(text)
    return told if told.endswith((".", "!", "?")) else f"{told}."


def amount_of(case: Case, value: float) -> str:
    """Three digits say what an estimate can: 2,312.50 is 2,310."""
    mark = {"en": ",", "fr": "\u202f"}.get(case.language, ".")
    value = float(f"{value:.3g}")
    return f"{value:,.0f}".replace(",", mark)


def day(case: Case, when: date) -> str:
    if case.language == "en":
        return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"
    if case.language == "de":
        return f"{when.day}.{when.month}.{when.year}"
    return f"{when.day}/{when.month}/{when.year}"
