"""Reading catalog files: what is taken, and every mistake with its place and its way out."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from triage.catalog.files import Loaded, read_catalog
from triage.errors import InputError
from triage.impact.policy import check_policy

HARBOR = Path(__file__).parent.parent / "data" / "catalog" / "harbor.yaml"


def read(folder: Path, **files: str | bytes) -> Loaded:
    """Write `files` (a name with `__` for the dot) into a folder and read it."""
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name.replace("__", ".")).write_bytes(data)
    return read_catalog([folder], check_policy=check_policy)


def errors(folder: Path, **files: str | bytes) -> list[str]:
    """The lines of what is wrong, file names without the folder."""
    with pytest.raises(InputError) as caught:
        read(folder, **files)
    return [line.replace(f"{folder}{os.sep}", "") for line in caught.value.lines()]


def test_the_catalog_of_the_documentation_is_read_whole() -> None:
    loaded = read_catalog([HARBOR], check_policy=check_policy)
    portal = loaded.catalog.services[0]
    assert portal.id == "closing-portal" and portal.criticality == 1
    assert portal.sla is not None and portal.sla.resolve == timedelta(hours=8)
    assert portal.agreed is not None and portal.agreed.by == "lee"
    assert loaded.catalog.journeys[0].stages[0].touchpoints[0].promises[0].within == timedelta(days=1)
    assert loaded.catalog.windows[0].starts == datetime.fromisoformat("2026-12-28T00:00")
    assert loaded.where[("services", "e-sign")] == (str(HARBOR), 57)
    assert loaded.where[("touchpoints", "sign-documents")][1] == 72
    assert loaded.problems == [] and loaded.guessed == []


def test_an_unknown_reference_names_file_line_and_the_nearest_id(tmp_path: Path) -> None:
    text = "people:\n  - {id: john, name: John}\nservices:\n  - id: a\n    name: A\n    owner: jon\n"
    assert errors(tmp_path, catalog__yaml=text) == [
        "catalog.yaml:6: services.owner: no person 'jon'; did you mean 'john'?"
    ]


def test_a_reference_by_name_is_answered_with_the_id(tmp_path: Path) -> None:
    text = "people:\n- {id: jon, name: Jon Abara}\nservices:\n- {id: a, name: A, owner: Jon Abara}\n"
    assert errors(tmp_path, c__yaml=text) == ["c.yaml:4: services.owner: no person 'Jon Abara'; write its id 'jon'"]


def test_all_files_are_read_and_all_errors_told_at_once(tmp_path: Path) -> None:
    lines = errors(
        tmp_path,
        a__yaml="services:\n  - {id: A B, name: A}\n  - {id: b, nme: B}\n",
        b__json='{"services": [\n {"id": "c", "name": "C", "criticality": 9,\n "depends_on": ["b", "d"]}]}',
        c__yaml="people: [",
    )
    assert lines == [
        "a.yaml:2: services.id: 'A B' is not an id: lower-case letters, digits and hyphens only",
        "a.yaml:3: services.name: is missing",
        "a.yaml:3: services.nme: unknown key; did you mean 'name'?",
        "b.json:2: services.criticality: '9' is more than 4; 1 is critical, 2 high, 3 medium, 4 low",
        "b.json:3: services.depends_on: no service 'd'",
        "c.yaml:2: is not YAML: while parsing a flow node, did not find expected node content",
    ]


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ("lifecycle: activ", "services.lifecycle: 'activ' is none of proposed, active, retiring, retired"),
        ("rto: 5", "services.rto: '5' is not a duration; write it like 30m, 4h or 2d"),
        ("aliases: foo", "services.aliases: should be a list; write it like [foo]"),
        ("revenue_per_hour: 1e400", "services.revenue_per_hour: '1e400' is not a number"),
        ("revenue_per_hour: '18,500'", "services.revenue_per_hour: '18,500' is not a number; write it"),
        ("agreed: {by: p, on: 2026}", "services.agreed.on: '2026' is not a date; write it like 2026-09-01"),
        ("agreed: {on: 2026-09-01}", "services.agreed.by: is missing"),
        ("sla: {respnd: 1h}", "services.sla.respnd: unknown key; did you mean 'respond'?"),
        ("costs: [{component: x, montly: 1}]", "costs.montly: unknown key; did you mean 'monthly'?"),
        ("floor: {priority: P2, when: []}", "services.floor.when: names nothing; leave it out"),
        ("consumer: [internal]", "services.consumer: '['internal']' is none of"),
        ("<<: {a: b}", "services.<<: unknown key; merge keys are not read; write the keys out"),
        ("description: !!python/name:os.system x", "the tag 'tag:yaml.org,2002:python/name:os.system' is not read"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_in_words(tmp_path: Path, entry: str, line: str) -> None:
    text = f"people:\n  - {{id: p, name: P}}\nservices:\n  - id: a\n    name: A\n    {entry}\n"
    found = errors(tmp_path, c__yaml=text)
    assert len(found) == 1
    assert found[0].startswith(f"c.yaml:6: {line}")


def test_what_must_hold_between_entries(tmp_path: Path) -> None:
    text = """
services:
  - {id: a, name: A, depends_on: [b], rto: 9h, mtpd: 8h}
  - {id: b, name: B, depends_on: [c], nonsense: 1}
  - {id: c, name: C, depends_on: [a]}
  - {id: d, name: D, depends_on: [d]}
  - {id: a, name: Again}
windows:
  - {id: w, name: W, reason: x, starts: 2026-12-02T00:00, ends: 2026-12-02T00:00}
figures:
  - {service: a, kpi: csat, period: 2026Q3, value: 1}
  - {service: a, kpi: csat, period: 2026Q3, value: 2}
"""
    assert errors(tmp_path, c__yaml=text) == [
        "c.yaml:3: services.depends_on: goes in a circle: a → b → c → a",
        "c.yaml:3: services.rto: 9h to recover is more than the 8h that the business can bear (mtpd)",
        "c.yaml:4: services.nonsense: unknown key",
        "c.yaml:6: services.depends_on: goes in a circle: d → d",
        "c.yaml:7: services.id: 'a' stands already at c.yaml:3",
        "c.yaml:9: windows.ends: 2026-12-02T00:00:00 is not after 2026-12-02T00:00:00 (starts)",
        "c.yaml:12: figures: the same service, kpi, period stand already at c.yaml:11",
    ]


def test_a_calendar_that_is_never_open_is_refused_with_the_way_out(tmp_path: Path) -> None:
    text = "calendars:\n  - {id: never, hours: {mon-fri: []}}\n  - {id: always}\n  - {id: all-day, hours: {}}\n"
    assert errors(tmp_path, c__yaml=text) == [
        "c.yaml:2: calendars.hours: is never open, so that no clock in it ever runs; "
        "without hours it runs around the clock"
    ]


@pytest.mark.parametrize("hours", ["18:00-18:00", "00:00-00:00", "9:30-09:30"])
def test_hours_that_end_where_they_begin_are_neither_nothing_nor_the_whole_day(tmp_path: Path, hours: str) -> None:
    found = errors(tmp_path, c__yaml=f"calendars:\n  - {{id: odd, hours: {{mon: ['{hours}']}}}}\n")
    assert found == [f"c.yaml:2: calendars.hours: '{hours}' ends where it begins; a whole day is 00:00-24:00"]


def test_a_window_across_time_zones_is_compared_in_time(tmp_path: Path) -> None:
    window = "{id: w, name: W, reason: x, starts: 2026-12-02T01:00+02:00, ends: 2026-12-02T00:00}"
    text = f"catalog: {{timezone: UTC}}\nwindows:\n  - {window}\n"
    assert read(tmp_path, c__yaml=text).catalog.windows[0].ends == datetime.fromisoformat("2026-12-02T00:00")


def test_a_shared_alias_is_a_warning_with_both_places(tmp_path: Path) -> None:
    text = "services:\n- {id: a, name: A, aliases: [Portal]}\n- {id: b, name: B, aliases: [portal]}\n"
    problems = read(tmp_path, c__yaml=text).problems
    assert [problem.severity for problem in problems] == ["warning"]
    assert problems[0].line == 3 and f"{tmp_path / 'c.yaml'}:2" in problems[0].what


def test_warnings_are_of_the_files_and_not_of_what_the_database_holds_anyway(tmp_path: Path) -> None:
    text = "services:\n- {id: a, name: A, aliases: [x]}\n- {id: b, name: B, aliases: [x]}\n"
    base = read(tmp_path, c__yaml=text).catalog
    (tmp_path / "c.yaml").write_text("people: [{id: p, name: P}]")
    assert read_catalog([tmp_path], base=base).problems == []
    (tmp_path / "c.yaml").write_text("services: [{id: a, name: A}]")
    (problem,) = read_catalog([tmp_path], base=base).problems
    assert problem.line == 1 and "'x' of 'a' also leads to 'b'" in problem.what


def test_plain_scalars_follow_yaml_1_2_and_keep_how_they_were_written(tmp_path: Path) -> None:
    text = """
services:
  - {id: yes, name: yes, aliases: [on, 007, 1e3, 12:30, 2026-01-01, true, 0x1F], source: 08:00}
  - {id: 1e3, name: 365}
people: [{id: 12, name: P, phone: 05550100}]
organisations: [{id: o, name: O, key_account: yes}]
"""
    catalog = read(tmp_path, c__yaml=text).catalog
    assert [(service.id, service.name) for service in catalog.services] == [("yes", "yes"), ("1e3", "365")]
    assert catalog.services[0].aliases == ["on", "007", "1e3", "12:30", "2026-01-01", "true", "0x1F"]
    assert catalog.services[0].source == "08:00"
    assert catalog.people[0].phone == "05550100" and catalog.people[0].id == "12"
    assert catalog.organisations[0].key_account is True


def test_policy_values_keep_their_types_and_errors_their_line(tmp_path: Path) -> None:
    policy = read(tmp_path, c__yaml="policy:\n  reach: {team: 7}\n").catalog.policy
    assert policy == {"reach": {"team": 7}} and type(policy["reach"]["team"]) is int
    lines = errors(tmp_path, c__yaml="policy:\n  reach:\n    team: 7\n    taem: 8\n")
    assert lines == ["c.yaml:4: policy.reach.taem: unknown key; did you mean 'team'?"]


def test_a_key_that_stands_twice_is_an_error_in_yaml_and_in_json(tmp_path: Path) -> None:
    lines = errors(
        tmp_path,
        a__yaml="services:\n  - id: a\n    name: A\n    name: B\n",
        b__json='{"people": [],\n "people": []}',
    )
    assert lines == [
        "a.yaml:4: the key 'name' stands twice, first on line 3",
        "b.json:2: the key 'people' stands twice, first on line 1",
    ]


def test_aliases_that_unfold_without_end_are_refused(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    assert "unfold to more than 1 000 000 values; write the values out" in errors(tmp_path, c__yaml=bomb)[0]
    assert errors(tmp_path, c__yaml="a: &x [*x]") == ["c.yaml:1: *x contains itself"]
    shared = "services:\n  - &s {id: a, name: A, aliases: &n [x]}\n  - {id: b, name: B, aliases: *n}\n"
    assert read(tmp_path, c__yaml=shared).catalog.services[1].aliases == ["x"]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", '{"a":'])
@pytest.mark.parametrize("name", ["c__yaml", "c__json"])
def test_deep_nesting_is_one_line(tmp_path: Path, name: str, opening: str) -> None:
    found = errors(tmp_path, **{name: opening * 200_000})
    assert len(found) == 1 and ("deep" in found[0] or "is not JSON" in found[0])


def test_files_that_cannot_be_read_are_one_line_each(tmp_path: Path) -> None:
    (tmp_path / "catalog.ods").write_bytes(b"x")
    (tmp_path / "latin.yaml").write_bytes(b"people:\n  - {id: a, name: Andr\xe9}\n")
    (tmp_path / "big.json").write_bytes(b" " * 20_000_001)
    (tmp_path / "book.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    (tmp_path / "empty").mkdir()
    names = ["missing.yaml", "catalog.ods", "latin.yaml", "big.json", "book.xlsx", "empty"]
    with pytest.raises(InputError) as caught:
        read_catalog([tmp_path / name for name in names])
    assert sorted(line.replace(f"{tmp_path}{os.sep}", "") for line in caught.value.lines()) == [
        "big.json: is larger than 20 MB; split it",
        "book.xlsx: is not a workbook that can be read; save it again as .xlsx",
        "catalog.ods: is no catalog file; save it as .xlsx or .csv",
        "empty: no catalog file in this folder; a catalog is made of .yaml, .yml, .json, .csv, .xlsx",
        "latin.yaml:2: is not UTF-8 here; save it as UTF-8",
        "missing.yaml: there is no such file",
    ]


def test_more_than_fifty_errors_are_counted(tmp_path: Path) -> None:
    text = "services:\n" + "".join(f"  - {{id: s{n}}}\n" for n in range(60))
    found = errors(tmp_path, c__yaml=text)
    assert len(found) == 51 and found[-1] == "and 10 more"


def test_terminal_codes_in_a_file_reach_no_message(tmp_path: Path) -> None:
    text = json.dumps({"services": [{"id": "a", "name": "A", "owner": "\x1b[31mx\n", "\x1b]0;t\x07k": 1}]})
    for line in errors(tmp_path, c__json=text):
        assert "\x1b" not in line and "\n" not in line and "\x07" not in line


def test_the_same_key_of_the_catalog_in_two_files_must_say_the_same(tmp_path: Path) -> None:
    same = read(tmp_path, a__yaml="catalog: {name: X}", b__yaml="catalog: {name: X, currency: EUR}").catalog.catalog
    assert (same.name, same.currency) == ("X", "EUR")
    lines = errors(tmp_path, a__yaml="catalog: {name: X}", b__yaml="catalog: {name: Y}")
    assert lines == ["b.yaml:1: catalog.name: stands already at a.yaml:1"]


def test_an_entry_only_the_database_knows_may_be_named(tmp_path: Path) -> None:
    base = read_catalog([HARBOR]).catalog
    (tmp_path / "services.csv").write_text("id,name,owner,depends_on\nnew,New,jon,identity\n")
    with pytest.raises(InputError):
        read_catalog([tmp_path])
    assert read_catalog([tmp_path], base=base).catalog.services[0].owner == "jon"
    (tmp_path / "services.csv").write_text("id,name,depends_on\nidentity,Sign-in,closing-portal\n")
    with pytest.raises(
        InputError, match=r"services\.csv:2: services\.depends_on: goes in a circle: closing-portal → e-sign → identity"
    ):
        read_catalog([tmp_path], base=base)
