"""The picker: what was typed decides, and among what is meant alike how likely it is for the ticket."""

from __future__ import annotations

from dataclasses import replace

import pytest

from triage.desk import acts, pick
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.text import fold


def entry(name: str, *also: str, kind: str = "service") -> pick.PickEntry:
    """An entry that has nothing but names."""
    hay = "\n".join(fold(word) for word in (name, *also))
    return pick.PickEntry(kind, fold(name).replace(" ", "-"), name, also, "", False, fold(name), hay)


KNOWN = (
    entry("Closing Portal", "signing room"),
    entry("Call the escrow officer", kind="touchpoint"),
    entry("Case Management", "Anchor"),
    entry("Electronic Signature", "e-sign"),
    entry("Network of offices", "case of cables"),
)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("clo", "Closing Portal"), ("port", "Closing Portal"), ("ceo", "Call the escrow officer"),
        ("cm", "Case Management"), ("anch", "Case Management"), ("elsi", "Electronic Signature"),
        ("e-s", "Electronic Signature"), ("clsng", "Closing Portal"), ("closnig portl", "Closing Portal"),
    ],
)  # fmt: skip
def test_letters_find_what_they_mean(typed: str, first: str) -> None:
    assert pick.search(KNOWN, typed)[0].name == first


def test_the_likelier_of_what_is_meant_alike_comes_first() -> None:
    chances = {("service", "case-management"): 0.4, ("touchpoint", "call-the-escrow-officer"): 0.1}
    assert [each.name for each in pick.search(KNOWN, "c", chances=chances)][:3] == [
        "Case Management", "Call the escrow officer", "Closing Portal",
    ]  # fmt: skip
    assert pick.search(KNOWN, "", chances=chances)[0].name == "Case Management"
    assert pick.search(KNOWN, "cl", chances=chances)[0].name == "Closing Portal"  # what is typed decides


def test_a_ticket_s_own_candidates_lead_and_what_stands_beside_a_decision(desk: Desk, ticket) -> None:  # type: ignore[no-untyped-def]
    take_in(desk, [ticket(), ticket("lunch", "the soup was cold")], source="file", name="t")
    first, other = (row[0] for row in desk.database.execute("SELECT id FROM tickets ORDER BY id").fetchall())
    candidates = detail(desk, first).services
    chances = pick.likely(desk, first)
    leading = pick.search(pick.entries(desk), "", chances=chances)[0]
    services = [target for kind, target in sorted(chances, key=lambda key: -chances[key]) if kind == "service"]
    assert services[0] == candidates[0].target and chances[leading.kind, leading.id] == max(chances.values())

    touchpoint = next(each for each in desk.index.touchpoints.values() if each.services)
    before = pick.likely(desk, other)
    acts.link(desk, [other], "touchpoint", touchpoint.id)
    beside = ("service", touchpoint.services[0])
    assert pick.likely(desk, other)[beside] >= before.get(beside, 0.0) + pick.TOGETHER_COUNTS

    acts.reject(desk, [first], "service", services[0])
    assert pick.likely(desk, first)["service", services[0]] == 0.0
    several = pick.likely(desk, None)  # what was decided lately, whatever the tickets are
    assert several["touchpoint", touchpoint.id] == pick.LATELY_COUNTS
    assert set(several) <= {("touchpoint", touchpoint.id), ("service", touchpoint.services[0])}


def test_one_kind_alone_may_be_none_of_them(desk: Desk, ticket) -> None:  # type: ignore[no-untyped-def]
    take_in(desk, [ticket()], source="file", name="t")
    known = pick.entries(desk)
    assert [(each.kind, each.id) for each in known[-2:]] == [("service", "none"), ("touchpoint", "none")]
    assert {each.kind for each in pick.search(known, "none")[:2]} == {"service", "touchpoint"}
    found = pick.search(known, "no t")[0]
    assert found.name == "No touchpoint"
    (first,) = (row[0] for row in desk.database.execute("SELECT id FROM tickets").fetchall())
    pick.preview(desk, first, found.links)
    acts.link(desk, [first], found.kind, found.id)
    assert detail(desk, first).touchpoint_none and not detail(desk, first).service_none


def test_a_service_and_a_touchpoint_at_once_behind_what_is_called_so() -> None:
    call = KNOWN[1]
    goes_with = replace(call, services=("case-management",))
    known = (*KNOWN[:1], goes_with, *KNOWN[2:])
    found = pick.search(known, "cc")  # Closing or Case with Call: the catalog says which
    assert found[0].name == "Case Management · Call the escrow officer"
    assert found[0].links == (("service", "case-management"), ("touchpoint", call.id))
    assert pick.search(known, "clo call")[0].name == "Closing Portal · Call the escrow officer"
    assert pick.search(known, "ce")[0].name == "Call the escrow officer"  # its initials are nearer than a pair
    assert pick.search(known, "e-s")[0].name == "Electronic Signature"  # so is what it is called beside its name
    assert all(len(each.links) == 1 for each in pick.search(known, "call the escrow officer"))


def test_nought_is_no_touchpoint_beside_a_service() -> None:
    chances = {("service", "electronic-signature"): 0.3}
    first = pick.search(KNOWN, "0", chances=chances)[0]
    assert first.links == (("service", "electronic-signature"), ("touchpoint", "none"))
    assert first.name == "Electronic Signature · no touchpoint"
    assert pick.search(KNOWN, "cm0")[0].links == (("service", "case-management"), ("touchpoint", "none"))
    assert pick.search(KNOWN, "0call")[0].links == (("service", "none"), ("touchpoint", "call-the-escrow-officer"))
    assert not [each for each in pick.search(KNOWN, "00") if each.parts]  # its key is at the desk


def test_what_has_a_digit_comes_behind_and_so_does_a_pair_of_two_that_have() -> None:
    portal, call, case = (("service", "closing-portal"), ("touchpoint", KNOWN[1].id), ("service", "case-management"))
    chances = {portal: 0.5, case: 0.1, call: 0.3}
    assert pick.search(KNOWN, "", chances=chances)[0].id == "closing-portal"
    assert pick.search(KNOWN, "", chances=chances, shown=[portal, call])[0].id == "case-management"
    assert pick.search(KNOWN, "cc", chances=chances, shown=[portal])[0].links == (portal, call)
    assert pick.search(KNOWN, "cc", chances=chances, shown=[portal, call])[0].links == (case, call)
