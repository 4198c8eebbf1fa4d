"""What applying changes: merged without pruning, replaced with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.catalog.files import read_catalog
from triage.catalog.merge import merge
from triage.catalog.models import Catalog
from triage.catalog.plan import Plan, count_entries, difference, plan
from triage.errors import Refused

HARBOR = Path(__file__).parent.parent / "data" / "catalog" / "harbor.yaml"


def catalog_of(folder: Path, text: str, base: Catalog | None = None) -> Catalog:
    path = folder / "catalog.yaml"
    path.write_text(text, encoding="utf-8")
    return read_catalog([path], base=base).catalog


def planned(folder: Path, before: str, after: str, *, prune: bool = False) -> Plan:
    old = catalog_of(folder, before)
    return plan(old, catalog_of(folder, after, None if prune else old), prune=prune)


def changes(made: Plan) -> list[tuple[str, str, str, object, object]]:
    return [tuple(change) for change in made.changed]


def test_the_first_apply_adds_everything() -> None:
    catalog = read_catalog([HARBOR]).catalog
    made = plan(None, catalog, prune=False)
    assert made.result == catalog and not made.changed and not made.removed
    assert ("services", "closing-portal", "Closing Portal") in made.added
    assert ("promises", "same-day", "Keys on the day you sign") in made.added
    assert ("figures", "closing-portal/csat/2026Q3", "closing-portal/csat/2026Q3") in made.added
    assert len(made.added) == count_entries(catalog) + 1


def test_a_change_is_told_field_by_field(tmp_path: Path) -> None:
    made = planned(
        tmp_path,
        "people: [{id: p, name: P}]\nservices: [{id: a, name: A, criticality: 2, aliases: [x], sla: {respond: 1h}}]",
        "services: [{id: a, name: AA, criticality: 1, aliases: [x, y], sla: {respond: 1h, resolve: 1d},"
        " agreed: {by: p, on: 2026-09-01}, lifecycle: retired}]",
    )
    assert (
        changes(made)
        == [
            ("services", "a", "name", "A", "AA"),
            ("services", "a", "aliases", ["x"], ["x", "y"]),
            ("services", "a", "criticality", 2, 1),
            ("services", "a", "agreed.by", None, "p"),
            ("services", "a", "agreed.on", None, "2026-09-01"),
            ("services", "a", "lifecycle", "active", "retired"),
            ("services", "a", "sla.resolve", None, "1d"),
        ]
        or changes(made)[5][2] == "lifecycle"
    )
    assert [tuple(change) for change in made.renamed] == [("services", "a", "name", "A", "AA")]
    assert made.retired == [("services", "a", "AA")]


def test_what_the_files_do_not_give_stays_and_is_counted(tmp_path: Path) -> None:
    before = "services: [{id: a, name: A, criticality: 1, rto: 1h}, {id: b, name: B}]\nvips: [x@y.z]\n"
    made = planned(tmp_path, before, "services: [{id: a, name: A, criticality: 2}]\n")
    assert changes(made) == [("services", "a", "criticality", 1, 2)]
    assert made.kept == [("services", "b", "B"), ("vips", "x@y.z", "x@y.z")]
    assert made.kept_fields == [("services", "a", "rto")]
    assert [service.id for service in made.result.services] == ["a", "b"] and not made.removed


def test_a_key_without_a_value_takes_away(tmp_path: Path) -> None:
    before = "services: [{id: a, name: A, rto: 1h, aliases: [x], criticality: 1}]"
    made = planned(tmp_path, before, "services: [{id: a, name: A, rto: , aliases: }]")
    assert changes(made) == [("services", "a", "aliases", ["x"], []), ("services", "a", "rto", "1h", None)]
    assert made.result.services[0].criticality == 1


def test_prune_makes_the_files_the_whole_truth(tmp_path: Path) -> None:
    before = "services: [{id: a, name: A, rto: 1h}, {id: b, name: B}]\nvips: [x@y.z]\npolicy: {q: 1}"
    made = planned(tmp_path, before, "services: [{id: a, name: A}, {id: c, name: C}]", prune=True)
    assert made.added == [("services", "c", "C")]
    assert made.removed == [("services", "b", "B"), ("vips", "x@y.z", "x@y.z")]
    assert changes(made) == [("services", "a", "rto", "1h", None), ("policy", "policy", "q", 1, None)]
    assert [service.id for service in made.result.services] == ["a", "c"]


@pytest.mark.parametrize("after", ["people: []", "services: [{id: a, name: A}]"])
def test_prune_refuses_an_empty_or_much_smaller_source(tmp_path: Path, after: str) -> None:
    before = "services: [{id: a, name: A}, {id: b, name: B}, {id: c, name: C}]"
    with pytest.raises(Refused, match="--prune would remove the rest"):
        planned(tmp_path, before, after, prune=True)
    assert not planned(tmp_path, before, after).removed


def journey(*stages: str) -> str:
    return f"journeys:\n  - id: j\n    name: J\n    stages: [{', '.join(stages)}]\n"


def stage(ident: str, *touchpoints: str) -> str:
    inner = ", ".join(f"{{id: {name}, name: {name}}}" for name in touchpoints)
    return f"{{id: {ident}, name: {ident}, touchpoints: [{inner}]}}"


def ids(catalog: Catalog) -> dict[str, list[str]]:
    return {s.id: [t.id for t in s.touchpoints] for j in catalog.journeys for s in j.stages}


def test_a_touchpoint_in_another_stage_moves_and_is_not_doubled(tmp_path: Path) -> None:
    made = planned(tmp_path, journey(stage("s", "a", "b"), stage("t", "c")), journey(stage("t", "c", "a")))
    assert ids(made.result) == {"s": ["b"], "t": ["c", "a"]}
    assert changes(made) == [("touchpoints", "a", "stage", "s", "t")]


def test_the_order_of_stages_is_time_and_its_change_is_told(tmp_path: Path) -> None:
    before = journey(stage("s"), stage("t"), stage("u"))
    made = planned(tmp_path, before, journey(stage("u"), stage("s")))
    assert list(ids(made.result)) == ["u", "s", "t"]
    assert changes(made) == [("journeys", "j", "stages", ["s", "t", "u"], ["u", "s", "t"])]
    assert planned(tmp_path, before, journey(stage("s"), stage("u"))).is_empty


def test_entries_without_ids_have_an_identity(tmp_path: Path) -> None:
    before = (
        "people: [{id: p, name: P}]\nvips: [A@x.y]\n"
        "figures: [{kpi: k, period: 2026Q3, value: 1}]\n"
        "training: [{person: p, kind: t, hours: 1, period: 2026Q3}]\npolicy: {a: {b: 1, c: 2}}\n"
    )
    after = (
        "vips: [a@x.y, b@x.y]\nfigures: [{kpi: k, period: 2026Q3, value: 2}, {kpi: k, period: 2026Q4, value: 3}]\n"
        "training: [{person: p, kind: t, hours: 2, period: 2026Q3}]\npolicy: {a: {b: 3}}\n"
    )
    made = planned(tmp_path, before, after)
    assert made.added == [("figures", "/k/2026Q4", "/k/2026Q4"), ("vips", "b@x.y", "b@x.y")]
    assert changes(made) == [
        ("figures", "/k/2026Q3", "value", 1.0, 2.0),
        ("training", "p/t/2026Q3", "hours", 1.0, 2.0),
        ("policy", "policy", "a.b", 1, 3),
    ]
    assert made.result.policy == {"a": {"b": 3, "c": 2}} and made.result.vips == ["A@x.y", "b@x.y"]


def test_kpis_are_known_within_their_service(tmp_path: Path) -> None:
    kpi = "kpis: [{id: csat, name: CSAT, target: %d}]"
    before = f"services: [{{id: a, name: A, {kpi % 1}}}, {{id: b, name: B, {kpi % 2}}}]"
    made = planned(tmp_path, before, f"services: [{{id: b, name: B, {kpi % 3}}}]")
    assert changes(made) == [("kpis", "b/csat", "target", 2.0, 3.0)]


def test_two_versions_are_compared_whole(tmp_path: Path) -> None:
    old, new = catalog_of(tmp_path, "vips: [a@b.c]"), catalog_of(tmp_path, "vips: [d@e.f]")
    made = difference(old, new)
    assert (made.added, made.removed) == ([("vips", "d@e.f", "d@e.f")], [("vips", "a@b.c", "a@b.c")])


def test_neither_catalog_is_changed_by_a_merge() -> None:
    before, after = read_catalog([HARBOR]).catalog, Catalog.model_validate({"services": [{"id": "x", "name": "X"}]})
    copies = before.model_copy(deep=True), after.model_copy(deep=True)
    merge(before, after)
    assert (before, after) == copies
