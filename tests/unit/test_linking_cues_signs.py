"""The signs of condition and reach: short sentences in four languages, negation, scope, counts, quoted text."""

from __future__ import annotations

import pytest

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog, Site
from triage.errors import InputError
from triage.linking.cue_weights import known_signs, weights
from triage.linking.lexicon import Lexicon
from triage.linking.linker import Linker
from triage.linking.message import Message
from triage.tickets.models import CueReading, Reading


@pytest.fixture(scope="module")
def linker() -> Linker:
    return Linker(CatalogIndex(Catalog()))


def read(linker: Linker, body: str, subject: str = "", site: str | None = None) -> Reading:
    return linker.read(Message(subject=subject, body=body, site=site))


def sure(reading: CueReading) -> float:
    return reading.probabilities[reading.value]


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        # cannot be used at all, or did not happen
        ("Printers down at Leeds", "unavailable"),
        ("I cannot open the timesheet.", "unavailable"),
        ("The door scanner does not respond.", "unavailable"),
        ("The app closes itself, exception ERR-5120.", "unavailable"),
        ("My card was declined three times.", "unavailable"),
        ("The link has expired, I can't get in.", "unavailable"),
        ("We are locked out since the update.", "unavailable"),
        ("Der Scanner reagiert nicht.", "unavailable"),
        ("Ich komme nicht mehr ins System.", "unavailable"),
        ("Das Hochladen schlägt fehl, Fehlercode 4711.", "unavailable"),
        ("Kein Freizeichen am Telefon.", "unavailable"),
        ("Le téléphone est en panne.", "unavailable"),
        ("Impossible de me connecter depuis ce matin.", "unavailable"),
        ("La page ne s'ouvre pas.", "unavailable"),
        ("El escáner no funciona.", "unavailable"),
        ("No puedo entrar a mi cuenta.", "unavailable"),
        ("La impresora no imprime desde ayer.", "unavailable"),
        # slow, now and then, late
        ("The intranet crawls today.", "degraded"),
        ("The line drops every few minutes.", "degraded"),
        ("The parcel has still not arrived, it was promised for Monday.", "degraded"),
        ("Mails come in with a delay of two hours.", "degraded"),
        ("I left two voicemails and nobody picks up.", "degraded"),
        ("Die Seite lädt sehr langsam.", "degraded"),
        ("Die Verbindung bricht immer wieder ab.", "degraded"),
        ("Das Paket ist immer noch nicht da, versprochen war Montag.", "degraded"),
        ("Le site rame depuis ce matin.", "degraded"),
        ("Le son est haché par moments.", "degraded"),
        ("Le virement n'est toujours pas arrivé.", "degraded"),
        ("El sistema va lentísimo.", "degraded"),
        ("No me ha llegado el pago.", "degraded"),
        ("La llamada se corta a cada rato.", "degraded"),
        # works, but one thing in it is wrong
        ("The letter shows my old address.", "bug"),
        ("I was charged twice for the same order.", "bug"),
        ("The form does not save what I type.", "bug"),
        ("The invoice says 40 instead of 30.", "bug"),
        ("Der Name im Brief ist falsch geschrieben.", "bug"),
        ("Der Betrag stimmt nicht.", "bug"),
        ("Le montant affiché est incorrect.", "bug"),
        ("Il y a une faute de frappe dans le titre.", "bug"),
        ("Me cobraron dos veces.", "bug"),
        ("El total no cuadra.", "bug"),
        # nothing is wrong
        ("Where do I find the holiday calendar?", "question"),
        ("Is it possible to pay in two parts?", "question"),
        ("Just wondering whether the office is open on Friday.", "question"),
        ("Wo finde ich die Urlaubsliste?", "question"),
        ("Wann ist das Büro geöffnet?", "question"),
        ("Où puis-je trouver le calendrier ?", "question"),
        ("Est-ce que le bureau est ouvert vendredi ?", "question"),
        ("¿Dónde encuentro el calendario?", "question"),
        ("¿Cuánto cuesta el servicio?", "question"),
        ("Automatic reply: I am out of the office until Monday.", "question"),
        # a standard service
        ("Please add Kim to the shared mailbox.", "request"),
        ("need a new headset", "request"),
        ("New hire on the 3rd needs a laptop and a badge.", "request"),
        ("toner for the second floor please", "request"),
        ("Could you reschedule my appointment?", "request"),
        ("Bitte neuen Monitor bestellen.", "request"),
        ("Ich brauche Zugriff auf das Laufwerk.", "request"),
        ("Merci de créer un compte pour Léa.", "request"),
        ("J'ai besoin d'un nouveau casque.", "request"),
        ("Necesito acceso a la carpeta.", "request"),
        ("Por favor agregar a Kim al buzón compartido.", "request"),
        # it was out and works again
        ("All fine again, the phones are back.", "restored"),
        ("Läuft wieder, danke.", "restored"),
        ("C'est résolu, merci.", "restored"),
        ("Ya quedó, gracias.", "restored"),
    ],
)
def test_condition(linker: Linker, text: str, condition: str) -> None:
    assert read(linker, text).condition.value == condition


@pytest.mark.parametrize(
    ("plain", "negated", "value"),
    [
        ("The page is slow.", "The page is not slow.", "degraded"),
        ("The total is wrong.", "The total is not wrong.", "bug"),
        ("Die Seite ist langsam.", "Die Seite ist nicht langsam.", "degraded"),
        ("La page est lente.", "La page n'est pas lente.", "degraded"),
        ("La página está lenta.", "La página no está lenta.", "degraded"),
        ("The line is down.", "The line is not down.", "unavailable"),
        ("It does not arrive.", "It does arrive.", "degraded"),
        ("Es kommt nicht an.", "Es kommt an.", "degraded"),
        ("Ça n'arrive pas.", "Ça arrive.", "degraded"),
        ("No llega.", "Llega.", "degraded"),
    ],
)
def test_a_negation_turns_a_cue(linker: Linker, plain: str, negated: str, value: str) -> None:
    chances = [read(linker, text).condition.probabilities[value] for text in (plain, negated)]
    assert chances[0] > chances[1] + 0.05


@pytest.mark.parametrize(
    ("text", "reach"),
    [
        ("Only I have this, everyone else is fine.", "person"),
        ("Everyone but me can open it.", "person"),
        ("My laptop does not start.", "person"),
        ("It takes 30 minutes and 12 pages.", "person"),
        ("My colleague and I cannot log in.", "team"),
        ("Our team cannot reach the drive.", "team"),
        ("Four colleagues have it too.", "team"),
        ("Everyone at this branch is stuck.", "site"),
        ("The whole branch is offline.", "site"),
        ("All 38 of us cannot log in.", "site"),
        ("Nobody in the office can print.", "site"),
        ("About 300 users cannot send mail.", "segment"),
        ("Many customers complain about it.", "segment"),
        ("Down for everyone.", "all"),
        ("All branches are affected.", "all"),
        ("Nur ich habe das Problem.", "person"),
        ("Mehrere Kollegen haben das gleiche.", "team"),
        ("Alle hier im Haus sind betroffen, die ganze Filiale steht.", "site"),
        ("Viele Kunden beschweren sich.", "segment"),
        ("Firmenweit geht nichts mehr.", "all"),
        ("Uniquement chez moi.", "person"),
        ("Plusieurs collègues ont le même souci.", "team"),
        ("Toute l'agence est bloquée.", "site"),
        ("De nombreux clients se plaignent.", "segment"),
        ("Toute l'entreprise est touchée.", "all"),
        ("Solo me pasa a mí.", "person"),
        ("Varios compañeros tienen lo mismo.", "team"),
        ("Toda la sucursal está sin sistema.", "site"),
        ("Muchos clientes se quejan.", "segment"),
        ("Toda la empresa está parada.", "all"),
    ],
)
def test_reach(linker: Linker, text: str, reach: str) -> None:
    assert read(linker, text).reach.value == reach


def test_everyone_beside_the_name_of_a_site_is_everyone_there(linker: Linker) -> None:
    text = "Nobody at Ravensburg can log in."
    there, elsewhere = read(linker, text, site="Ravensburg branch").reach, read(linker, text).reach
    assert there.value == "site"
    assert there.probabilities["site"] > elsewhere.probabilities["site"]


def test_a_quoted_recovery_does_not_end_the_fault(linker: Linker) -> None:
    body = (
        "No, I still cannot open the case list, it says error 500 each time I try it.\n\n"
        "On Mon, Dec 28, 2026 at 4:12 PM Support wrote:\n> It works again for everybody, you can close this."
    )
    assert read(linker, body).condition.value == "unavailable"


def test_a_fault_after_the_recovery_stands(linker: Linker) -> None:
    assert read(linker, "It worked again at nine. Since ten it is down again and nothing works.").condition.value == (
        "unavailable"
    )


def test_a_signature_says_nothing(linker: Linker) -> None:
    body = "Where do I find the form?\n\nKind regards\nAnn Lee\nService down? Call the outage line"
    assert read(linker, body).condition.value == "question"


def test_a_bare_text_is_uncertain_and_a_plain_cue_is_not(linker: Linker) -> None:
    assert sure(read(linker, "The blue folder.").condition) < 0.55
    assert sure(read(linker, "The server is completely down, nothing works.").condition) > 0.7


def test_a_question_in_a_complaint_stays_a_complaint(linker: Linker) -> None:
    assert read(linker, "The page hangs and I cannot pay. What do I do?").condition.value == "unavailable"


def test_a_word_that_only_resembles_a_cue_is_none(linker: Linker) -> None:
    reading = read(linker, "The broker sent the file.")
    assert "broker" not in [evidence.text for evidence in reading.condition.evidence]


def test_every_sign_of_the_lexicon_has_weights() -> None:
    marks = [
        each
        for heads in (Lexicon.default().phrases.heads(word) for word in Lexicon.default().phrases.words())
        for each in (payload for payload, _ in heads.alone)
    ]
    assert {each.value for each in marks if each.kind == "reach"} <= known_signs()["reach"]
    assert {each.value for each in marks if each.kind in ("condition", "verb")} <= known_signs()["condition"]


@pytest.mark.parametrize("kind", ["condition", "reach"])
def test_a_value_is_a_sign_of_itself(kind: str) -> None:
    model = weights()[kind]
    assert [model.row_of(value)[1] for value in model.values if value in model.signs] == [
        value for value in model.values if value in model.signs
    ]


@pytest.mark.parametrize(
    ("kind", "value"), [("condition", "slwo"), ("reach", "teem"), ("flag", "safty"), ("verb", "slwo")]
)
def test_an_unknown_sign_is_refused_by_name(kind: str, value: str) -> None:
    with pytest.raises(InputError, match=value):
        Lexicon.default().extended({"cues": {kind: {value: {"strong": {"en": "anything"}}}}})


@pytest.mark.parametrize(
    ("subject", "text", "condition"),
    [
        # short notes of a fault, which once read as questions or requests
        ("Scanner offline", "", "unavailable"),
        ("no print from the mezzanine", "", "unavailable"),
        ("Enrolment", "nobody is getting a code since four", "unavailable"),
        ("", "Label maker cuts 3 mm too far left, wrong size every time", "bug"),
        ("", "Niemand bekommt seit vier einen Code.", "unavailable"),
        ("", "Personne ne reçoit de code depuis quatre heures.", "unavailable"),
        ("", "Nadie recibe el código desde las cuatro.", "unavailable"),
        # requests, which once read as faults
        ("", "Could we have a different ringtone?", "request"),
        ("", "Können wir einen anderen Klingelton haben?", "request"),
        ("", "Pourrions-nous avoir une autre sonnerie ?", "request"),
        ("", "¿Podemos tener otro tono de llamada?", "request"),
        ("", "My link ran out, please send me a new link.", "request"),
        ("", "Der Handwerker soll bitte an einem anderen Tag kommen, ich brauche einen neuen Termin.", "request"),
        ("", "Merci de me renvoyer une copie du contrat.", "request"),
        ("", "¿Me pueden reenviar una copia del contrato?", "request"),
        ("", "What does my warranty cover?", "question"),
        # what is not back, and once read as working again
        ("", "Scans pull two pages at once. The roller kit is back-ordered.", "bug"),
        ("", "Would like another date. Tries again in case the woman who knows is back.", "request"),
        ("", "The portal is back.", "restored"),
    ],
)
def test_what_was_laughed_at(linker: Linker, subject: str, text: str, condition: str) -> None:
    assert linker.read(Message(subject, text)).condition.value == condition


@pytest.mark.parametrize(
    "text",
    [
        "I got as far as page 40, then a white page",
        "it crashes on my tablet since the update",
        "One of our customers cannot pay.",
        "Ich komme nicht weiter, weiße Seite",
        "Einer unserer Kunden kann nicht bezahlen.",
        "J'ai une page blanche depuis la mise à jour",
        "Un de nos clients ne peut pas payer.",
        "Me sale una página blanca en mi celular",
        "Uno de nuestros clientes no puede pagar.",
    ],
)
def test_who_speaks_for_himself_is_one_person_and_that_is_evidence(linker: Linker, text: str) -> None:
    reach = read(linker, text).reach
    assert reach.value == "person"
    assert reach.evidence


def test_every_in_a_record_is_not_whom_it_touches(linker: Linker) -> None:
    found = read(linker, "New files have every tenant twice. Three of us see it.").reach
    assert found.value == "team"
    assert read(linker, "Every customer is charged twice.").reach.value == "all"


def test_a_site_of_the_catalog_is_known_by_its_name_and_aliases() -> None:
    sites = [
        Site(id="kx", name="Kestrel Point branch", aliases=["store 41", "call center"]),
        Site(id="mb", name="Marbury office"),
    ]
    knows, knows_not = Linker(CatalogIndex(Catalog(sites=sites))), Linker(CatalogIndex(Catalog()))
    for text in (
        "Nobody at Marbury can log in.",
        "Kestrel Point: everyone is thrown out",
        "all of us in store 41 are stuck",
    ):
        there, nowhere = (each.read(Message("", text)).reach for each in (knows, knows_not))
        assert there.value == "site"
        assert there.probabilities["site"] > nowhere.probabilities["site"]
        assert any(each.text in ("Marbury", "Kestrel Point", "store 41") for each in there.evidence)
    for text in ("Call me about the login.", "The Point is, it fails.", "a marbury of errors", "41 errors"):
        plain, other = (each.read(Message("", text)).reach for each in (knows, knows_not))
        assert plain == other
