"""Aliases and negative terms from corrections, with the effect that each would have had."""

from __future__ import annotations

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog, Service
from triage.linking.linker import Linker
from triage.linking.message import Message
from triage.linking.proposals import Case, changed, propose
from triage.linking.proposed import decide
from triage.tickets.models import Kind


def catalog() -> CatalogIndex:
    return CatalogIndex(
        Catalog(
            services=[
                Service(id="anchor", name="Case Management"),
                Service(id="printing", name="Branch Printing"),
                Service(id="payroll", name="Payroll"),
            ]
        )
    )


def case(number: int, text: str, target: str) -> Case:
    return Case(number, Message("", text), Kind.SERVICE, target)


CASES = [
    case(1, "The purple otter will not open", "anchor"),
    case(2, "purple otter lost my notes", "anchor"),
    case(3, "who can unlock the Purple Otter for Ben", "anchor"),
    case(4, "purple otter shows yesterday's list", "anchor"),
    case(5, "payslip of October", "payroll"),
    case(6, "branch printing is dead", "printing"),
]


def test_an_alias_is_proposed_with_its_effect() -> None:
    proposals = propose(catalog(), CASES)
    first = proposals[0]
    assert (first.kind, first.target, first.change) == (Kind.SERVICE, "anchor", "alias")
    assert "otter" in first.phrase
    assert len(first.better) >= 3
    assert set(first.better) <= {1, 2, 3, 4}
    assert first.worse == ()


def test_the_effect_is_what_the_changed_catalog_gives() -> None:
    first = propose(catalog(), CASES)[0]
    linker = Linker(changed(catalog(), first.kind, first.target, first.change, first.phrase))
    right = {each.ticket for each in CASES if decide(linker.read(each.message))[0] == each.target}
    assert set(first.better) <= right


def test_a_negative_term_is_proposed_where_people_said_otherwise() -> None:
    cases = [
        case(number, text, "none")
        for number, text in enumerate(
            [
                "the payroll tax seminar is on Monday",
                "seats left in the payroll tax seminar",
                "slides of the payroll tax seminar, anyone",
                "payroll tax seminar moved to room two",
            ]
        )
    ]
    proposals = propose(catalog(), [*cases, case(10, "payroll is late", "payroll")])
    assert any(each.change == "negative_term" and each.target == "payroll" for each in proposals)
    assert all(10 not in each.worse for each in proposals)


def test_the_order_of_cases_does_not_matter() -> None:
    assert propose(catalog(), CASES) == propose(catalog(), list(reversed(CASES)))


def test_nothing_is_proposed_from_nothing() -> None:
    assert propose(catalog(), []) == []
