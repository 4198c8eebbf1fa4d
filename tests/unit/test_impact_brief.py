"""What is said to people: the brief (golden, reviewed by hand), whom to tell, money; nothing invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog
from triage.impact.brief import brief
from triage.impact.money import Money, money, money_at_risk
from triage.impact.phrases import EN, PHRASES
from triage.impact.policy import DEFAULT
from triage.impact.score import score
from triage.impact.who import whom_to_tell
from triage.tickets.models import Condition, Facts, Reach

NOON = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # a Tuesday, noon in Los Angeles
NIGHT = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)

COMPANY: dict[str, Any] = {
    "catalog": {"name": "Harbor Title", "currency": "USD", "timezone": "America/Los_Angeles"},
    "people": [
        {"id": "mira", "name": "Mira Okafor", "email": "mira@harbor.example", "phone": "+1 555 0100"},
        {"id": "jon", "name": "Jon Abara", "email": "jon@harbor.example"},
        {"id": "nadia", "name": "Nadia Haddad"},
        {"id": "ben", "name": "Ben Katz", "phone": "+1 555 0141"},
        {"id": "lee", "name": "Lee Santos"},
    ],
    "business_units": [{"id": "escrow", "name": "Escrow", "contact": "lee", "staff": 240, "hourly_staff_cost": 62}],
    "support_groups": [{"id": "web", "name": "Web", "calendar": "office", "on_call": "ben"}],
    "calendars": [{"id": "office", "hours": {"mon-fri": ["08:00-18:00"]}}],
    "sites": [{"id": "tustin", "name": "Tustin branch", "business_unit": "escrow", "staff": 35},
              {"id": "irvine", "name": "Irvine branch"}],
    "organisations": [{"id": "big", "name": "Big Builder Homes", "domains": ["big.example"], "key_account": True,
                       "renews_on": "2027-03-31"},
                      {"id": "small", "name": "Small Homes", "renews_on": "2027-03-01"},
                      {"id": "far", "name": "Far Homes", "renews_on": "2028-03-01"}],
    "services": [
        {"id": "portal", "name": "Closing Portal", "criticality": 1, "consumer": "external", "owner": "jon",
         "delegate": "nadia", "business_relationship_manager": "mira", "support_group": "web", "mtpd": "8h",
         "revenue_per_hour": 18500, "source": "finance, 2026-09", "depends_on": ["identity"]},
        {"id": "identity", "name": "Sign-in", "criticality": 2, "consumer": "both", "business_unit": "escrow"},
        {"id": "printing", "name": "Branch Printing", "criticality": 3, "consumer": "internal", "owner": "jon",
         "business_unit": "escrow"},
    ],
    "journeys": [{"id": "buying", "name": "Buying a home", "owner": "lee", "stages": [
        {"id": "closing", "name": "Closing", "touchpoints": [
            {"id": "sign", "name": "Sign the closing documents", "services": ["portal"],
             "moment_of_truth": "The buyer either gets the keys today or loses the rate lock.",
             "agent_may": ["Offer a call-back", "Waive the courier up to 50 USD"],
             "promises": [{"id": "day", "text": "Keys on the day you sign", "promised_by": "sales", "within": "1d"}]},
            {"id": "docs", "name": "Loan documents", "services": ["portal"]},
            {"id": "who", "name": "Prove who you are", "services": ["portal"]},
        ]},
    ]}],
    "windows": [{"id": "ye", "name": "Year end", "starts": "2026-12-28T00:00", "ends": "2026-12-31T23:59",
                 "services": ["printing"], "reason": "Every signing table is booked."}],
    "known_errors": [{"id": "safari", "name": "Safari", "services": ["portal"], "improvement": "timeouts",
                      "workaround": "Use the link in the mail. What was initialed is kept."}],
    "improvements": [{"id": "timeouts", "name": "Stop the signing time-outs", "phase": "measure", "owner": "jon",
                      "due": "2027-02-01"}],
}  # fmt: skip
INDEX = CatalogIndex(Catalog.model_validate(COMPANY))


def made(service: str | None, condition: str, reach: str, touchpoint: str | None = None, **more: Any) -> Facts:
    base = {"created_at": NOON - timedelta(minutes=20), "service_sure": True, "touchpoint_sure": True,
            "condition_sure": True, "reach_sure": True}  # fmt: skip
    return Facts(
        service=service, touchpoint=touchpoint, condition=Condition(condition), reach=Reach(reach), **(base | more)
    )


STAKE = "This is a moment of truth: the buyer either gets the keys today or loses the rate lock"
TELL = "Please tell Jon Abara (owner, or else Nadia Haddad as delegate) and Mira Okafor (business relationship manager)"
MAY = "the desk may at once offer a call-back or waive the courier up to 50 USD"

GOLDEN = [
    (
        made("portal", "unavailable", "all", "sign", swarm_requesters=12, known_error="safari"),
        "No customer can sign the closing documents (the Closing stage of Buying a home): Closing Portal is "
        f"unavailable; 12 people have reported it. {STAKE}; sales promised “Keys on the day you sign”; an hour of it "
        f"puts about 18,500 USD of revenue at risk (estimate: finance, 2026-09). {TELL}; {MAY}; meanwhile this helps: "
        "use the link in the mail; “Stop the signing time-outs” is in hand (now measuring, led by Jon Abara, due "
        "1 February 2027).",
    ),
    (
        made("portal", "degraded", "person", "sign", requester="ann@big.example", service_sure=False),
        "Somebody at Big Builder Homes, a key account whose contract is up for renewal on 31 March 2027, can sign the "
        "closing documents only with difficulty (the Closing stage of Buying a home): Closing Portal is degraded (read "
        f"from the ticket, not yet confirmed). {STAKE}; sales promised “Keys on the day you sign”. "
        f"{TELL}; {MAY}.",
    ),
    (
        made("portal", "bug", "person", "docs", told_otherwise="It will work by Monday."),
        "One customer ran into a fault at “Loan documents” (the Closing stage of Buying a home): there is a fault in "
        f"Closing Portal. The customer was told “It will work by Monday”. {TELL}.",
    ),
    (
        made("portal", "question", "person", "sign"),
        "One customer asked a question about Closing Portal (the Closing stage of Buying a home); nothing is "
        "broken. The desk may at once offer a call-back or waive the courier up to 50 USD.",
    ),
    (
        made("printing", "unavailable", "site", site="Tustin branch"),
        "Nobody at Tustin branch (35 people) can use Branch Printing. An hour of it costs about 2,170 USD of staff "
        "time (estimate). Please tell Jon Abara (owner) and Lee Santos (contact of the business unit).",
    ),
    (
        made("identity", "unavailable", "team"),
        "Several people cannot use Sign-in, and without it Closing Portal cannot work. Please tell Lee Santos (contact "
        "of the business unit).",
    ),
    (
        made("identity", "request", "person"),
        "One person sent a request about Sign-in; nothing is broken.",
    ),
    (
        made("identity", "request", "all"),
        "On behalf of all users, customers and staff, somebody sent a request about Sign-in; nothing is broken.",
    ),
    (
        made("identity", "question", "person", flag="safety", flag_strong=True),
        "A matter of safety: look at it first, whatever its points. One person asked a question about Sign-in. Please tell "
        "Lee Santos (contact of the business unit).",
    ),
    (  # smoke in a cupboard: the nearest service says nothing of it
        made("identity", "question", "person", flag="safety", flag_strong=True, service_sure=False),
        "A matter of safety: look at it first, whatever its points.",
    ),
    (  # what the desk may do at a touchpoint is no answer to a lawyer
        made("portal", "request", "team", "sign", flag="legal", flag_strong=True),
        "A legal matter: show it to whoever answers for it before anybody replies. On behalf of several customers, "
        f"somebody sent a request about Closing Portal (the Closing stage of Buying a home). {TELL}.",
    ),
    (
        made(None, "request", "person", flag="statutory", flag_sure=True, due_at=NOON + timedelta(days=30)),
        "A request with a statutory deadline, due on 24 December 2026. One person wrote about something that is not in "
        "the service catalog yet.",
    ),
    (  # a question that nobody has confirmed does not say that nothing is broken, nor what may be done there
        made("portal", "question", "person", "sign", condition_sure=False, touchpoint_sure=False),
        "One customer asked a question about Closing Portal (the Closing stage of Buying a home; read from the ticket, "
        "not yet confirmed).",
    ),
    (  # seven people of different companies are in the swarm, and not all of them this one's
        made("portal", "unavailable", "person", requester="ann@big.example", swarm_requesters=7),
        f"Several customers cannot use Closing Portal; 7 people have reported it. {TELL}.",
    ),
    (  # its staff do not sign: its customers do
        made("portal", "unavailable", "site", "sign", site="tustin"),
        "No customer served by Tustin branch can sign the closing documents (the Closing stage of Buying a home): Closing "
        f"Portal is unavailable. {STAKE}; sales promised “Keys on the day you sign”; an hour of it puts about 9,250 USD of "
        f"revenue at risk (estimate: finance, 2026-09). {TELL}; {MAY}.",
    ),
    (  # printing is the staff's, the touchpoint is the customer's
        made("printing", "degraded", "team", "sign"),
        "Several people can sign the closing documents only with difficulty (the Closing stage of Buying a home): Branch "
        f"Printing is degraded. {STAKE}; sales promised “Keys on the day you sign”. Please tell Jon Abara (owner) and Lee "
        f"Santos (contact of the business unit); {MAY}.",
    ),
    (
        made("portal", "degraded", "person", "docs", organisation="Small Homes"),
        "“Loan documents” works only with difficulty for somebody at Small Homes, whose contract is up for renewal on 1 "
        f"March 2027 (the Closing stage of Buying a home): Closing Portal is degraded. {TELL}.",
    ),
    (
        made("portal", "unavailable", "all", "who"),
        "“Prove who you are” works for no customer (the Closing stage of Buying a home): Closing Portal is unavailable. An "
        f"hour of it puts about 18,500 USD of revenue at risk (estimate: finance, 2026-09). {TELL}.",
    ),
    (
        made("portal", "bug", "person", "sign", swarm_requesters=3),
        "Several customers ran into a fault when trying to sign the closing documents (the Closing stage of Buying a "
        f"home): there is a fault in Closing Portal; 3 people have reported it. {STAKE}; sales promised “Keys on the day "
        f"you sign”. {TELL}; {MAY}.",
    ),
    (
        made(None, "question", "person", service_sure=False),
        "One person wrote about something that has not been matched to the service catalog yet.",
    ),
    (
        made("portal", "restored", "all", "sign"),
        "Closing Portal was out and works again (the Closing stage of Buying a home).",
    ),
    (made(None, "question", "person"), "One person wrote about something that is not in the service catalog yet."),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "expected"), GOLDEN, ids=range(len(GOLDEN)))
def test_the_brief_reads_as_a_good_manager_would_write_it(facts: Facts, expected: str) -> None:
    found = brief(facts, INDEX, DEFAULT, NOON)
    assert found == expected
    assert found.count(". ") <= 2


def test_the_brief_names_a_window_that_matters_now() -> None:
    at = datetime(2026, 12, 29, 20, 0, tzinfo=UTC)
    found = brief(made("printing", "degraded", "team", created_at=at), INDEX, DEFAULT, at)
    assert "It falls into Year end: every signing table is booked." in found


def test_a_promise_is_late_only_when_that_promise_is() -> None:
    late = made("portal", "bug", "person", "sign", created_at=NOON - timedelta(hours=25))
    assert "“Keys on the day you sign”, and that time has passed" in brief(late, INDEX, DEFAULT, NOON)


@pytest.mark.parametrize(
    ("language", "begins", "contains"),
    [
        ("de", "Betroffen: alle Kunden. „Firma“ ist nicht", "Bitte informieren: Jon Abara"),
        ("es", "Afecta a: todos los clientes. «Firma» no es", "Hay que avisar a Jon Abara"),
        ("fr", "Concerne\u00a0: tous les clients. «\u00a0Firma\u00a0» est", "Merci de prévenir Jon Abara"),
        ("it", "No customer can sign the closing documents", "Please tell Jon Abara"),  # named, but without a framing
        ("xx", "No customer can sign the closing documents", "Please tell Jon Abara"),
    ],
)  # fmt: skip
def test_the_framing_follows_the_language_of_the_ticket(language: str, begins: str, contains: str) -> None:
    named = [
        {"language": one, "table": "touchpoints", "entry": "sign", "field": "name", "text": "Firma"}
        for one in ("de", "es", "fr", "it")
    ]
    index = CatalogIndex(Catalog.model_validate(COMPANY | {"translations": named}))
    found = brief(made("portal", "unavailable", "all", "sign"), index, DEFAULT, NOON, language)
    assert found.startswith(begins) and contains in found


def test_a_brief_is_in_one_language_and_not_in_two() -> None:
    facts = made("portal", "unavailable", "all", "sign")
    assert brief(facts, INDEX, DEFAULT, NOON, "de") == brief(facts, INDEX, DEFAULT, NOON)
    info = COMPANY["catalog"] | {"language": "de"}
    german = CatalogIndex(Catalog.model_validate(COMPANY | {"catalog": info}))
    assert brief(facts, german, DEFAULT, NOON, "fr").startswith("Betroffen: alle Kunden.")


def test_a_renewal_is_told_when_it_is_near_and_only_then() -> None:
    far = brief(made("portal", "bug", "person", organisation="Far Homes"), INDEX, DEFAULT, NOON)
    assert far.startswith("Somebody at Far Homes ran into a fault in Closing Portal.")


def test_an_improvement_is_named_where_it_takes_something_away() -> None:
    more = [
        {"id": "forms", "name": "Better forms", "phase": "define", "services": ["identity", "printing"],
         "touchpoints": ["docs"], "due": "2026-11-01"},
        {"id": "sound", "name": "Sound printers", "phase": "control", "services": ["identity", "printing"]},
    ]  # fmt: skip
    index = CatalogIndex(Catalog.model_validate(COMPANY | {"improvements": COMPANY["improvements"] + more}))

    def told(*case: str, **fields: Any) -> str:
        return brief(made(*case, **fields), index, DEFAULT, NOON)

    assert "“Better forms” is in hand (still being defined, was due 1 November 2026)" in told(
        "portal", "bug", "team", "docs"
    )
    assert "“Better forms”" in told("identity", "bug", "team")
    assert "“Sound printers” is in hand" in told("printing", "bug", "team"), "the other one names it among others"
    assert "in hand" not in told("portal", "bug", "team", "sign")
    assert "in hand" not in told("printing", "bug", "team", service_sure=False)


GERMAN: list[dict[str, str]] = [
    {"language": "de", "table": table, "entry": entry, "field": field, "text": text}
    for table, entry, field, text in (
        ("touchpoints", "sign", "name", "Die Abschlussunterlagen unterschreiben"),
        ("touchpoints", "sign", "moment_of_truth", "Der Käufer bekommt heute die Schlüssel oder verliert den Zins."),
        ("touchpoints", "sign", "agent_may", "Rückruf anbieten; Kurier bis 50 USD erlassen"),
        ("promises", "day", "text", "Schlüssel am Tag der Unterschrift"),
        ("services", "portal", "name", "Abschlussportal"),
        ("journeys", "buying", "name", "Hauskauf"),
        ("stages", "closing", "name", "Abschluss"),
        ("known_errors", "safari", "workaround", "Den Link in der Mail benutzen."),
        ("improvements", "timeouts", "name", "Keine Abbrüche beim Unterschreiben"),
    )
]


def test_the_brief_is_in_the_language_of_the_ticket_where_the_catalog_has_it() -> None:
    index = CatalogIndex(Catalog.model_validate(COMPANY | {"translations": GERMAN}))
    late = made("portal", "unavailable", "all", "sign", created_at=NOON - timedelta(hours=30), known_error="safari")
    assert brief(late, index, DEFAULT, NOON, "de") == (
        "Betroffen: alle Kunden. „Die Abschlussunterlagen unterschreiben“ ist nicht möglich (Hauskauf, Phase Abschluss): "
        "Abschlussportal ist nicht verfügbar. Dies ist ein Moment der Wahrheit: Der Käufer bekommt heute die Schlüssel oder "
        "verliert den Zins; der Vertrieb hat versprochen: „Schlüssel am Tag der Unterschrift“, und diese Frist ist "
        "verstrichen; jede Stunde gefährdet etwa 18.500 USD Umsatz (Schätzung: finance, 2026-09). Bitte informieren: Jon "
        "Abara (Service-Verantwortung; ersatzweise Nadia Haddad, Vertretung) und Mira Okafor (Business Relationship "
        "Management); das darf der Service Desk sofort: Rückruf anbieten oder Kurier bis 50 USD erlassen; bis dahin hilft: "
        "Den Link in der Mail benutzen; in Arbeit ist „Keine Abbrüche beim Unterschreiben“ (Phase Measure, Leitung Jon "
        "Abara, Termin 1.2.2027)."
    )
    assert brief(late, index, DEFAULT, NOON, "fr") == brief(late, INDEX, DEFAULT, NOON, "fr")
    assert brief(late, index, DEFAULT, NOON) == brief(late, INDEX, DEFAULT, NOON)
    assert score(late, index, DEFAULT, NOON) == score(late, INDEX, DEFAULT, NOON)


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_every_language_says_whatever_english_says(language: str) -> None:
    words = PHRASES[language]
    only_english = {key for key in EN if key.endswith((".do", ".none")) or key.startswith("none.")} | {
        "nobody_at",
        "nobody_served",
        "asker",
    }
    assert set(EN) - set(words) == only_english and not set(words) - set(EN)
    tables = (("touchpoints", ("sign", "docs", "who")), ("services", ("portal", "printing", "identity")))
    named = [
        {"language": language, "table": table, "entry": entry, "field": "name", "text": entry}
        for table, entries in tables
        for entry in entries
    ]
    index = CatalogIndex(Catalog.model_validate(COMPANY | {"translations": named}))
    for condition in Condition:
        for service in (None, "portal", "printing", "identity"):
            for touchpoint in (None, "sign", "docs"):
                for reach in Reach:
                    facts = made(service, str(condition), str(reach), touchpoint, site="tustin")
                    text = brief(facts, index, DEFAULT, NOON, language)
                    assert text.endswith(".") and "{" not in text and "Please" not in text


def test_whom_to_tell_follows_the_hours() -> None:
    facts = made("portal", "unavailable", "all")
    assert [(one.role, one.name) for one in whom_to_tell(facts, INDEX, NOON)] == [
        ("owner", "Jon Abara"), ("delegate", "Nadia Haddad"), ("business relationship manager", "Mira Okafor"),
    ]  # fmt: skip
    night = whom_to_tell(facts, INDEX, NIGHT)
    assert (night[0].role, night[0].name, night[0].phone) == ("on call", "Ben Katz", "+1 555 0141")
    assert len(night) == 4
    assert [one.role for one in whom_to_tell(made(None, "bug", "team", "sign"), INDEX, NOON)][-1] == "journey owner"
    assert whom_to_tell(made(None, "bug", "team"), INDEX, NOON) == []


@pytest.mark.parametrize(
    ("facts", "revenue", "staff"),
    [
        (made("portal", "unavailable", "all"), 18500, None),
        (made("portal", "degraded", "all"), 9250, None),
        (made("portal", "bug", "site"), 925, None),
        (made("portal", "unavailable", "team"), 0, None),
        (made("portal", "question", "all"), 0, None),
        (made("portal", "unavailable", "all", workaround=True), 9250, None),
        (made("printing", "unavailable", "site", site="tustin"), None, 35 * 62),
        (made("printing", "degraded", "all"), None, 240 * 31),
        (made("printing", "bug", "person"), None, 6.2),
    ],
)
def test_money_is_the_share_of_what_the_catalog_says(facts: Facts, revenue: Any, staff: Any) -> None:
    found = money(facts, INDEX, DEFAULT, score(facts, INDEX, DEFAULT, NOON))
    assert found is not None and found.currency == "USD"
    assert found.revenue_per_hour == pytest.approx(revenue) if revenue is not None else found.revenue_per_hour is None
    assert found.staff_cost_per_hour == pytest.approx(staff) if staff is not None else found.staff_cost_per_hour is None


def test_money_that_nobody_knows_is_unknown_and_not_nothing() -> None:
    assert money(made("portal", "unavailable", "segment"), INDEX, DEFAULT) is None
    typed = money(made("portal", "unavailable", "segment"), INDEX, DEFAULT, segment_share=0.25)
    assert typed is not None and typed.revenue_per_hour == 4625 and typed.source == "finance, 2026-09"
    assert money(made("printing", "unavailable", "team"), INDEX, DEFAULT) is None
    assert money(made(None, "unavailable", "all"), INDEX, DEFAULT) is None


def test_money_counts_once_a_swarm() -> None:
    one = Money(100.0, None, "USD")
    total = money_at_risk([(7, one), (7, Money(80.0, 5.0, "USD")), (None, one), (8, None)], "USD")
    assert (total.revenue_per_hour, total.staff_cost_per_hour) == (200.0, 5.0)
    assert money_at_risk([], "USD").revenue_per_hour is None
