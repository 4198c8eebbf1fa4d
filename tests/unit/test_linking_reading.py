"""Reading a ticket: candidates, look-alikes, quotes, evidence, none, agreement."""

from __future__ import annotations

import gc
import random
import time

import numpy as np
import pytest

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog, Journey, KnownError, Service, Stage, Touchpoint
from triage.linking.agreement import Part, agree
from triage.linking.linker import Linker
from triage.linking.memory import Memory
from triage.linking.message import Message
from triage.linking.pooling import Pooled
from triage.linking.proposed import decide
from triage.linking.stems import stem
from triage.linking.terms import pieces_of
from triage.tickets.models import Kind


def office() -> CatalogIndex:
    """A small catalog with names that other words look like."""
    return CatalogIndex(
        Catalog(
            services=[
                Service(id="identity", name="Sign-in", aliases=["SSO", "log-on"]),
                Service(id="it", name="IT", aliases=["IT department"]),
                Service(id="closing-portal", name="Closing Portal", negative_terms=["closing date"]),
                Service(id="printing", name="Branch Printing"),
                Service(id="grace", name="Grace Period Desk"),
                Service(id="payroll", name="Payroll"),
                Service(id="retired", name="Fax Gateway", lifecycle="retired"),
            ],
            journeys=[
                Journey(
                    id="buying",
                    name="Buying",
                    stages=[
                        Stage(
                            id="closing",
                            name="Closing",
                            touchpoints=[
                                Touchpoint(
                                    id="sign",
                                    name="Sign the closing documents",
                                    aliases=["signature page"],
                                    services=["closing-portal"],
                                ),
                                Touchpoint(id="keys", name="Get the keys", services=[]),
                            ],
                        )
                    ],
                )
            ],
            known_errors=[
                KnownError(id="toner", name="Toner runs dry", services=["printing"], cues=["streaks on the page"])
            ],
        )
    )


@pytest.fixture(scope="module")
def linker() -> Linker:
    return Linker(office())


def service(linker: Linker, subject: str, body: str = "") -> str | None:
    return decide(linker.read(Message(subject, body)))[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I cannot log on", "identity"),
        ("sso broken", "identity"),
        ("locked out, forgot my password", "identity"),
        ("Ich kann mich nicht einloggen", "identity"),
        ("mot de passe oublié", "identity"),
        ("No puedo iniciar sesión", "identity"),
        ("my payslip is wrong", "payroll"),
        ("Der Drucker druckt nicht", "printing"),
        ("closng portal hangs", "closing-portal"),
        ("Closing-Portal geht nicht", "closing-portal"),
    ],
)
def test_services_are_found(linker: Linker, text: str, expected: str) -> None:
    assert service(linker, text) == expected


def test_it_is_not_the_department(linker: Linker) -> None:
    reading = linker.read(Message("", "It is not working, it just hangs."))
    assert decide(reading)[0] != "it"
    assert linker.read(Message("", "Please ask the IT department about it.")).services[0].target == "it"


def test_mission_is_not_missing() -> None:
    services = [Service(id="mission", name="Mission Valley"), Service(id="pay", name="Payroll")]
    linker = Linker(CatalogIndex(Catalog(services=services)))
    missing, named = linker.read_many(
        [Message("", "A line is missing in the flyer"), Message("", "The Mission Valley office has no power")]
    )
    assert decide(missing)[0] is None and decide(named)[0] == "mission"
    assert all(not candidate.features["exact"] and not candidate.features["concept"] for candidate in missing.services)
    assert stem("sessions") == stem("session") and stem("connections") == stem("connection")


def test_missing_in_is_not_sign_in(linker: Linker) -> None:
    assert service(linker, "", "A line is missing in the yard sale flyer") != "identity"


def test_a_first_name_is_not_a_service(linker: Linker) -> None:
    reading = linker.read(Message("Lunch", "I talked to Grace about lunch on Friday."))
    assert decide(reading)[0] != "grace"


def test_a_negative_term_speaks_against(linker: Linker) -> None:
    plain = linker.read(Message("", "closing portal")).services[0]
    against = {c.target: c for c in linker.read(Message("", "our closing date in the portal")).services}
    assert plain.target == "closing-portal"
    assert against["closing-portal"].score < plain.score - 2


def test_retired_services_are_no_candidates(linker: Linker) -> None:
    assert all(each.target != "retired" for each in linker.read(Message("", "fax gateway")).services)


def test_a_touchpoint_brings_its_service(linker: Linker) -> None:
    reading = linker.read(Message("signature page", "The signature page spins when I press finish."))
    assert decide(reading) == ("closing-portal", "sign")


def test_a_service_lends_to_its_touchpoints_and_a_touchpoint_to_its_services(linker: Linker) -> None:
    entries = linker.entries
    ids = {entry.id: number for number, entry in enumerate(entries.entries)}
    services = [ids[name] for name in ("closing-portal", "printing")]
    numbers = [*services, ids["sign"]]
    nothing = np.zeros(2)

    def part(places: list[int], chances: list[float], none: float) -> Part:
        return np.array(places), Pooled(np.array(chances), none, nothing, nothing, nothing)

    alike = part([0, 1], [0.4, 0.4], 0.2)
    (lifted, none), _ = agree(entries, numbers, alike, part([2], [0.9], 0.1))
    assert lifted[0] > 2 * lifted[1] and none < 0.2  # the touchpoint's service rises, and "none" gives way
    assert lifted.sum() + none == pytest.approx(1.0)
    other = next(number for number, entry in enumerate(entries.entries) if entry.kind is Kind.TOUCHPOINT
                 and entry.id != "sign" and services[0] not in entries.services_of.get(number, ()))  # fmt: skip
    _, (touched, left) = agree(entries, [*numbers, other], part([0, 1], [0.9, 0.0], 0.1), part([2, 3], [0.3, 0.3], 0.4))
    assert touched[0] > 2 * touched[1] and left == 0.4  # the service lifts what needs it; a desk may know better


def test_what_is_quoted_counts_little(linker: Linker) -> None:
    body = (
        "Hello, my payslip for October is not in the archive.\n\nThanks\nJo\n\n"
        "On Mon, 2 Nov 2026 at 10:00, Desk <desk@example.com> wrote:\n"
        "> Branch printing was down, all printers, toner, print queue, printing again.\n> Printing works now.\n"
    )
    assert service(linker, "Re: printing", body.replace("Re: printing", "")) in ("payroll", "printing")
    assert service(linker, "", body) == "payroll"


def test_a_forward_speaks_through_what_it_forwards(linker: Linker) -> None:
    body = (
        "FYI\n\n-----Original Message-----\nFrom: A\nSent: today\nSubject: x\n\nMy payslip is missing, payroll please."
    )
    assert service(linker, "FW: question", body) == "payroll"


def test_nothing_fits(linker: Linker) -> None:
    reading = linker.read(Message("Cake", "There is cake in the kitchen for everybody."))
    assert decide(reading) == (None, None)
    assert reading.none_service > 0.5


def test_an_empty_ticket_and_an_empty_catalog_read_as_nothing(linker: Linker) -> None:
    assert decide(linker.read(Message("", ""))) == (None, None)
    empty = Linker(CatalogIndex(Catalog())).read(Message("vpn down", "since nine"))
    assert (empty.services, empty.touchpoints, empty.none_service) == ((), (), 1.0)


def test_evidence_is_the_tickets_own_words(linker: Linker) -> None:
    message = Message("Größeres Problem", "Grüße! Ich kann mich nicht einloggen — payslip auch weg.")
    reading = linker.read(message)
    seen = 0
    for candidate in (*reading.services, *reading.touchpoints):
        for evidence in candidate.evidence:
            text = message.subject if evidence.field == "subject" else message.body
            assert text[evidence.start : evidence.end] == evidence.text
            seen += 1
    assert seen
    top = next(each for each in reading.services if each.target == "identity")
    assert any(each.text == "einloggen" and each.term == "sign-in" for each in top.evidence)


def test_probabilities_and_none_sum_to_one(linker: Linker) -> None:
    reading = linker.read(Message("", "payslip in the closing portal"))
    assert sum(each.probability for each in reading.services) + reading.none_service == pytest.approx(1, abs=1e-6)
    assert [each.probability for each in reading.services] == sorted(
        (each.probability for each in reading.services), reverse=True
    )


def test_a_known_error_is_recognised(linker: Linker) -> None:
    assert linker.read(Message("", "There are streaks on the page.")).known_error == "toner"


def test_reading_does_not_depend_on_what_was_read_before(linker: Linker) -> None:
    message = Message("signature page", "spins for all of us")
    before = linker.read(message)
    linker.read_many([Message("", "printer payroll sso"), Message("x", "y")])
    assert linker.read(message) == before


def test_a_large_catalog_goes_through_the_index() -> None:
    names = [f"{a} {b}" for a in ("red", "blue", "green", "grey") for b in (f"gadget{n}" for n in range(150))]
    catalog = Catalog(services=[Service(id=f"s{n}", name=name) for n, name in enumerate(names)])
    linker = Linker(CatalogIndex(catalog))
    reading = linker.read(Message("", "the blue gadget77 is broken"))
    assert names[int(reading.services[0].target[1:])] == "blue gadget77"


def _tickets(count: int) -> list[Message]:
    """Tickets of all lengths out of words that the catalog below has, lacks and misspells."""
    chance = random.Random(11)
    words = (
        "sign in portal printer prints nothing payroll the is my IT Kasse toner wont locked out grace keys pagee 404"
    )
    found = []
    for _ in range(count):
        said = [" ".join(chance.choices(words.split(), k=chance.randint(0, 9))) for _ in range(chance.randint(0, 9))]
        found.append(Message(said[0] if said else "", ". ".join(said[1:]), "ada.page@example.org"))
    return found


def _large() -> CatalogIndex:
    """More entries than are all looked at, so that candidates come from the inverted index."""
    chance = random.Random(5)
    words = [
        "sign",
        "in",
        "out",
        "portal",
        "printer",
        "payroll",
        "branch",
        "toner",
        "keys",
        "closing",
        "grace",
        "desk",
        "till",
        "invoice",
        "badge",
        "door",
    ]
    return CatalogIndex(
        Catalog(
            services=[
                Service(id=f"s{number}", name=f"{' '.join(chance.choices(words, k=3))} {number}")
                for number in range(600)
            ]
        )
    )


@pytest.mark.parametrize("index", [office(), _large()], ids=["small", "large"])
@pytest.mark.parametrize("taught", [False, True])
def test_a_batch_reads_what_each_ticket_reads_alone(index: CatalogIndex, taught: bool) -> None:
    linker = Linker(index, Memory() if taught else None)
    tickets = _tickets(70)
    if linker.memory is not None:
        services = sorted(index.services)
        for number, ticket in enumerate(tickets[:24]):
            target = services[number % 5]
            linker.memory.learn(linker.decision(ticket, ticket=number, kind="service", target=target))
            if number == 18:
                linker.fit()
    alone = [linker.read(ticket) for ticket in tickets]
    assert sum(len(reading.services) > 1 for reading in alone) > 40
    assert linker.read_many(tickets) == alone
    assert linker.read_many(reversed(tickets)) == alone[::-1]


def test_a_decision_on_a_ticket_that_was_just_read_is_that_of_a_ticket_read_alone() -> None:
    linker = Linker(office(), Memory())
    tickets = _tickets(40)
    linker.read_many(tickets, decided=True)
    kept = [linker.decision(ticket, ticket=1, kind="service", target="payroll") for ticket in tickets]
    linker.read_many([])
    assert kept == [linker.decision(ticket, ticket=1, kind="service", target="payroll") for ticket in tickets]


def test_a_batch_leaves_the_collector_as_it_was(linker: Linker) -> None:
    assert gc.isenabled()
    linker.read_many(_tickets(3))
    assert gc.isenabled()
    gc.disable()
    try:
        linker.read_many(_tickets(3))
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("portal hangs again today", "closing-portal"),
        ("payslip still not here", "payroll"),
        ("printer prints blank pages", "printing"),
        ("Kennwort vergessen, bitte hilfe", "identity"),
    ],
)
def test_four_words_are_enough(linker: Linker, text: str, expected: str) -> None:
    assert service(linker, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Two signatures are missing in the guest book of the summer party",
        "Somebody is missing in the photo",
        "There is a sign in the yard of number nine",
    ],
)
def test_what_only_looks_like_sign_in_is_not(linker: Linker, text: str) -> None:
    reading = linker.read(Message("", text))
    assert decide(reading)[0] != "identity"
    assert all(each.probability < 0.5 for each in reading.services if each.target == "identity")


@pytest.mark.parametrize(
    "text",
    [
        "Grace Okafor brings a salad, and Grace will be there at noon.",
        "Please tell Grace that lunch is on me.",
        "Hi Grace, thanks for Friday!",
    ],
)
def test_a_name_of_a_person_is_no_evidence(linker: Linker, text: str) -> None:
    reading = linker.read(Message("", text))
    assert decide(reading)[0] != "grace"
    assert all(each.probability < 0.5 for each in reading.services if each.target == "grace")


def test_a_long_chain_below_does_not_drown_what_is_asked_now(linker: Linker) -> None:
    older = (
        "> the closing portal asks me to sign in and the printer of the branch prints nothing, says the portal\n" * 16
    )
    body = (
        "Hello, the overtime of March is missing on my payslip. Could payroll add it?\n\nOn Mon, 4 May 2026 at 10:12,"
        f" Desk wrote:\n{older}"
    )
    assert len(body.split()) > 250
    assert service(linker, "Re: Re: Monday", body) == "payroll"
    # A subject that names the old matter leaves a doubt, and hides nothing.
    old = linker.read(Message("Re: Re: portal", body)).services
    assert [each.target for each in old if each.probability > 0.3].count("payroll") == 1


@pytest.mark.parametrize(
    ("plain", "notice"),
    [
        ("The page of the portal shows an error.", "Thank you all, the portal team was wonderful at the party."),
        ("Das Portal zeigt einen Fehler.", "Vielen Dank für die schöne Feier des Portal-Teams."),
        ("Le portail affiche une erreur.", "Merci beaucoup pour la belle fête de l'équipe du portail."),
        ("El portal muestra un error.", "Muchas gracias por la linda fiesta del equipo del portal."),
    ],
)
def test_thanks_speak_for_none_and_a_fault_against_it(linker: Linker, plain: str, notice: str) -> None:
    fault, thanks = (linker.read(Message("", text)).none_service for text in (plain, notice))
    assert thanks > fault + 0.05


@pytest.mark.parametrize("sign", ["@", "a@", "@.", "a@b.", "a@b.c", "a"])
def test_no_text_of_signs_takes_long(sign: str) -> None:
    """Twice the text takes about twice the time; it took eight times as long, and a mail could stop the intake."""

    def seconds(text: str) -> float:
        taken = []
        for _ in range(3):
            begun = time.process_time()
            pieces_of(text)
            taken.append(time.process_time() - begun)
        return min(taken)

    short = "x " + sign * (20_000 // len(sign))
    assert seconds(short + short[2:]) < 6 * seconds(short) + 0.05


@pytest.mark.parametrize("address", ["ana@h.example", "a.b@c.de", "ana+1@mail.h.example"])
def test_addresses_are_no_words(address: str) -> None:
    assert "".join(pieces_of(f"from {address} today")).replace(" ", "") == "fromtoday"
