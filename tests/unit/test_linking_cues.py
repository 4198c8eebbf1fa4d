"""Condition, reach and flags by cues: four languages, negation, numbers, scope, quotes."""

from __future__ import annotations

import pytest

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog
from triage.errors import InputError
from triage.linking.lexicon import Lexicon
from triage.linking.linker import Linker
from triage.linking.message import Message
from triage.tickets.models import Reading


@pytest.fixture(scope="module")
def linker() -> Linker:
    return Linker(CatalogIndex(Catalog()))


def read(linker: Linker, body: str, subject: str = "") -> Reading:
    return linker.read(Message(subject=subject, body=body))


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("The VPN is down since this morning.", "unavailable"),
        ("Nobody can open the case list.", "unavailable"),
        ("The mail client takes forever and is very slow today.", "degraded"),
        ("The total on the invoice shows the wrong amount.", "bug"),
        ("How do I change the language of the portal?", "question"),
        ("Please set up a new laptop for our new starter.", "request"),
        ("It works again since noon, thank you, you can close this.", "restored"),
        ("It was slow all morning, but everything is back to normal now.", "restored"),
        ("Der Server ist ausgefallen, nichts geht mehr.", "unavailable"),
        ("Das Programm ist seit gestern sehr langsam und wir warten immer wieder.", "degraded"),
        ("Auf der Rechnung steht ein falscher Betrag, das stimmt nicht.", "bug"),
        ("Wie kann ich die Sprache ändern? Nur eine kurze Frage.", "question"),
        ("Bitte einrichten: neuer Laptop für den neuen Kollegen.", "request"),
        ("Das Netz funktioniert wieder, hat sich erledigt.", "restored"),
        ("Le serveur est en panne, plus rien ne marche.", "unavailable"),
        ("L'application est très lente depuis ce matin, par moments elle rame.", "degraded"),
        ("Comment puis-je changer la langue du site ?", "question"),
        ("Ça fonctionne de nouveau, problème résolu, merci.", "restored"),
        ("El sistema está caído y nadie puede entrar.", "unavailable"),
        ("La página está muy lenta y a veces se corta.", "degraded"),
        ("¿Cómo puedo cambiar el idioma del portal?", "question"),
        ("Ya funciona, se resolvió, gracias.", "restored"),
    ],
)
def test_condition_in_four_languages(linker: Linker, text: str, condition: str) -> None:
    assert read(linker, text).condition.value == condition


@pytest.mark.parametrize(
    ("text", "reach"),
    [
        ("It is only me, my colleagues can print.", "person"),
        ("My whole team cannot open it.", "team"),
        ("About 40 of us cannot work.", "site"),
        ("Three of us have it.", "team"),
        ("The whole floor is without network.", "site"),
        ("Several customers called about it today.", "segment"),
        ("All stores are affected.", "all"),
        ("Nur bei mir, bei den Kollegen geht es.", "person"),
        ("Die ganze Etage ist betroffen.", "site"),
        ("Rund 30 Mitarbeiter können nicht arbeiten.", "site"),
        ("Alle Filialen sind betroffen.", "all"),
        ("Toute l'équipe est bloquée.", "team"),
        ("Tous les magasins sont touchés.", "all"),
        ("Todo el equipo está parado.", "team"),
        ("Varios clientes nos han llamado hoy.", "segment"),
        ("Todas las sucursales están sin sistema.", "all"),
    ],
)
def test_reach_by_scope_and_number(linker: Linker, text: str, reach: str) -> None:
    assert read(linker, text).reach.value == reach


def test_minutes_are_not_people(linker: Linker) -> None:
    assert read(linker, "It takes 40 minutes to open a file.").reach.value == "person"


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("I entered my password on that page.", "security"),
        ("Customer data was leaked to another firm.", "security"),
        ("There is smoke coming out of the printer.", "safety"),
        ("You will be hearing from my attorney.", "legal"),
        ("Under the GDPR, delete all my data.", "statutory"),
        ("Ich habe mein Passwort eingegeben.", "security"),
        ("Es riecht verbrannt im Serverraum.", "safety"),
        ("Il y a de la fumée dans la salle.", "safety"),
        ("Ingresé mi contraseña en esa página.", "security"),
    ],
)
def test_strong_flags(linker: Linker, text: str, flag: str) -> None:
    assert [(each.flag, each.strong) for each in read(linker, text).flags] == [(flag, True)]


def test_water_that_leaks_is_no_breach_of_security(linker: Linker) -> None:
    assert [(each.flag, each.strong) for each in read(linker, "The coffee machine leaks again.").flags] == [
        ("safety", False)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "There was no smoke and nobody was hurt.",
        "The fire drill is at ten.",
        "Kein Rauch, nur der Rauchmelder.",
    ],
)
def test_negated_and_harmless_cues_raise_no_flag(linker: Linker, text: str) -> None:
    assert read(linker, text).flags == ()


def test_a_reported_phishing_mail_is_weak(linker: Linker) -> None:
    assert [(each.flag, each.strong) for each in read(linker, "I got a phishing mail, deleted it.").flags] == [
        ("security", False)
    ]


def test_a_notice_in_a_signature_is_at_most_weak(linker: Linker) -> None:
    body = "The door on level two sticks.\n\nKind regards\nAnn Lee\nMy attorney is listed below."
    assert all(not each.strong for each in read(linker, body).flags)


def test_false_friends_of_other_languages_are_no_cues(linker: Linker) -> None:
    reading = read(linker, "There was a demand for it and the letter was in the file that I sent to you for the desk.")
    assert "slow" not in [evidence.text for evidence in reading.condition.evidence]
    assert all(evidence.text.lower() not in ("was", "demand") for evidence in reading.condition.evidence)


def test_spans_are_exact(linker: Linker) -> None:
    message = Message("VPN slow", "Hello,\n\nit is very slow — só lento — for about 40 of us.\n\nRegards\nAna")
    reading = linker.read(message)
    found = [*reading.condition.evidence, *reading.reach.evidence]
    assert found
    for evidence in found:
        text = message.subject if evidence.field == "subject" else message.body
        assert text[evidence.start : evidence.end] == evidence.text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The printer on our floor does not print and I have tried it twice.", "en"),
        ("Der Drucker auf unserer Etage druckt nicht und ich habe es schon versucht.", "de"),
        ("L'imprimante de notre étage n'imprime pas et j'ai déjà essayé.", "fr"),
        ("La impresora de nuestro piso no imprime y ya lo he intentado.", "es"),
    ],
)
def test_language(linker: Linker, text: str, language: str) -> None:
    assert read(linker, text).language == language


def test_an_admin_adds_a_cue_and_a_concept() -> None:
    lexicon = Lexicon.default().extended(
        {
            "cues": {"condition": {"unavailable": {"strong": {"en": "gone fishing"}}}},
            "concepts": {"anchor": {"en": "the boat"}},
        }
    )
    reading = Linker(CatalogIndex(Catalog()), lexicon=lexicon).read(Message("", "The case system has gone fishing."))
    assert reading.condition.value == "unavailable"
    assert "anchor" in lexicon.concepts


def test_an_unknown_table_names_the_nearest() -> None:
    with pytest.raises(InputError, match="concepts"):
        Lexicon.default().extended({"concept": {}})
    with pytest.raises(InputError, match="condition"):
        Lexicon.default().extended({"cues": {"conditions": {}}})


def test_probabilities_sum_to_one(linker: Linker) -> None:
    reading = read(linker, "Slow for all stores, wrong totals, please reset.")
    assert sum(reading.condition.probabilities.values()) == pytest.approx(1)
    assert sum(reading.reach.probabilities.values()) == pytest.approx(1)
