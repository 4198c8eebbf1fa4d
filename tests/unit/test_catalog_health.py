"""The findings of a catalog that is valid: what they are, and that the ones that matter come first."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from triage.catalog.files import read_catalog
from triage.catalog.health import Finding, UnlinkedTerm, Usage, findings
from triage.catalog.index import CatalogIndex

TODAY = date(2026, 11, 24)
BUSY = Usage(last_90_days={"a": 5, "b": 1})


def found(folder: Path, text: str, usage: Usage = BUSY) -> list[Finding]:
    path = folder / "catalog.yaml"
    path.write_text(text, encoding="utf-8")
    return findings(CatalogIndex(read_catalog([path]).catalog), usage, TODAY)


def kinds(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.kind, finding.id) for finding in findings]


GOOD = """
people: [{id: p, name: P, email: p@x.example}]
support_groups: [{id: g, name: G}]
services:
  - id: a
    name: A
    criticality: 1
    owner: p
    support_group: g
    agreed: {by: p, on: 2026-01-01, review_by: 2027-06-01}
"""


def test_a_service_with_everything_is_no_finding(tmp_path: Path) -> None:
    assert found(tmp_path, GOOD) == []


def test_what_an_active_service_lacks(tmp_path: Path) -> None:
    lacking = found(tmp_path, "services: [{id: a, name: A, consumer: external}]", Usage())
    assert kinds(lacking) == [
        ("no-owner", "a"), ("no-criticality", "a"), ("no-agreement", "a"), ("no-touchpoint", "a"),
        ("no-support-group", "a"), ("unused", "a"),
    ]  # fmt: skip
    assert found(tmp_path, "services: [{id: a, name: A, lifecycle: proposed}]", Usage()) == []


def test_a_young_desk_finds_no_service_unused(tmp_path: Path) -> None:
    assert ("unused", "a") in kinds(found(tmp_path, GOOD, Usage(observed_days=90)))
    assert found(tmp_path, GOOD, Usage(observed_days=89)) == []
    assert found(tmp_path, GOOD, Usage(open_tickets={"a": 1})) == []


def test_an_agreement_is_due_thirty_days_ahead(tmp_path: Path) -> None:
    for day, word in (("2026-11-23", "was due"), ("2026-12-24", "is due"), ("2026-12-25", None)):
        due = found(tmp_path, GOOD.replace("2027-06-01", day))
        assert [finding.what.startswith(word) for finding in due if word] == ([True] if word else [])
        assert bool(due) is (word is not None)


def test_touchpoints_without_a_living_service_and_people_nobody_can_reach(tmp_path: Path) -> None:
    text = GOOD.replace(", email: p@x.example", "") + (
        "  - {id: old, name: Old, lifecycle: retired}\n"
        "journeys: [{id: j, name: J, stages: [{id: s, name: S, touchpoints: "
        "[{id: t, name: T}, {id: u, name: U, services: [old]}, {id: v, name: V, services: [a, old]}]}]}]\n"
    )
    usage = Usage(open_tickets={"a": 4, "old": 9}, open_by_touchpoint={"u": 2}, last_90_days={"a": 1})
    assert kinds(found(tmp_path, text, usage)) == [
        ("retired-in-use", "old"), ("no-contact", "p"), ("touchpoint-no-service", "u"), ("touchpoint-no-service", "t"),
    ]  # fmt: skip


def test_findings_come_by_the_open_tickets_they_touch(tmp_path: Path) -> None:
    text = "services: [{id: a, name: A, aliases: [x]}, {id: b, name: B, aliases: [x], criticality: 1}]"
    usage = Usage(open_tickets={"a": 1, "b": 7}, unlinked=[UnlinkedTerm("badge", 5)])
    all_found = found(tmp_path, text, usage)
    assert [finding.tickets for finding in all_found] == [8, 7, 7, 7, 5, 1, 1, 1, 1]
    assert kinds(all_found)[:2] == [("shared-alias", "b"), ("no-owner", "b")]
    assert all_found[4].as_json() == {
        "kind": "unlinked", "table": "terms", "id": "badge", "name": "badge",
        "what": "comes up in 5 open tickets that fit nothing",
        "hint": "make it an alias, a touchpoint or a service", "tickets": 5,
    }  # fmt: skip
