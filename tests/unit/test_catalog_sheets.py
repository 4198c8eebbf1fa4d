"""Spreadsheets: tables as CSV and XLSX, and the short sheet from which the rest is guessed."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from triage.catalog.cell_lists import join_list, split_list
from triage.catalog.export import as_sheets
from triage.catalog.files import Loaded, read_catalog
from triage.catalog.tables import guard, unguard
from triage.errors import InputError

HARBOR = Path(__file__).parent.parent / "data" / "catalog" / "harbor.yaml"


def read(folder: Path, **files: str | bytes) -> Loaded:
    """Write CSV files by the names of their tables and read the folder."""
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.csv").write_bytes(data)
    return read_catalog([folder])


def errors(folder: Path, **files: str | bytes) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(folder, **files)
    return [line.replace(f"{folder}{os.sep}", "") for line in caught.value.lines()]


def notes(loaded: Loaded) -> list[str]:
    return [f"{problem.line} {problem.what}" for problem in loaded.guessed]


def test_the_short_sheet_makes_ids_people_and_groups_and_says_so(tmp_path: Path) -> None:
    text = (
        "Support Group;Owner;NAME;Also called;Criticality;Cost centre\n"
        "Web;Jon Abara <jon@x.example>;Closing Portal;e-closing; signing room;x\n"
    )
    text = text.replace("e-closing; signing room", '"e-closing; signing room";Critical')
    text += "Web;Jon Abara;Sign-in;SSO;2 - High;\nDesk;jon@x.example; Mira Okafor;Printing;;tier 3;\n".replace(
        "jon@x.example; Mira Okafor", '"jon@x.example; Mira Okafor"'
    )
    loaded = read(tmp_path, estate=text)
    services = {service.id: service for service in loaded.catalog.services}
    assert list(services) == ["closing-portal", "sign-in", "printing"]
    assert services["closing-portal"].aliases == ["e-closing", "signing room"]
    assert [service.criticality for service in services.values()] == [1, 2, 3]
    assert {service.owner for service in services.values()} == {"jon-abara"}
    assert services["printing"].delegate == "mira-okafor"
    assert [(person.id, person.email) for person in loaded.catalog.people] == [
        ("jon-abara", "jon@x.example"), ("mira-okafor", None),
    ]  # fmt: skip
    assert [group.name for group in loaded.catalog.support_groups] == ["Web", "Desk"]
    assert notes(loaded) == [
        "1 not read: column 'Cost centre'",
        "2 services: 'Closing Portal' gets the id 'closing-portal'",
        "2 services.criticality: 'Critical' is read as 1",
        "2 people: person 'jon-abara' is made from 'Jon Abara <jon@x.example>'",
        "2 support_groups: support group 'web' is made from 'Web'",
        "3 services: 'Sign-in' gets the id 'sign-in'",
        "3 services.criticality: '2 - High' is read as 2",
        "4 services: 'Printing' gets the id 'printing'",
        "4 services.criticality: 'tier 3' is read as 3",
        "4 people: person 'mira-okafor' is made from 'Mira Okafor'",
        "4 services.delegate: 'Mira Okafor' is read as the delegate of 'jon@x.example'",
        "4 support_groups: support group 'desk' is made from 'Desk'",
    ]


def test_the_short_sheet_finds_what_exists_by_name(tmp_path: Path) -> None:
    base = read_catalog([HARBOR]).catalog
    (tmp_path / "s.csv").write_text("name,owner,support group\nE-Closing,jon abara,web applications\n")
    loaded = read_catalog([tmp_path], base=base)
    assert loaded.guessed == [] and loaded.catalog.people == []
    service = loaded.catalog.services[0]
    assert (service.id, service.owner, service.support_group) == ("closing-portal", "jon", "web-apps")


def test_names_in_depends_on_of_the_short_sheet_are_services(tmp_path: Path) -> None:
    loaded = read(tmp_path, s="name,depends on\nPortal,Sign-in; db\nSign-in,\nDB,\n")
    assert loaded.catalog.services[0].depends_on == ["sign-in", "db"]
    lines = errors(tmp_path, s="name,depends on,criticality\nPortal,Sign-on,urgent\nSign-in,,\n,,1\n")
    assert lines == [
        "s.csv:2: services.criticality: 'urgent' is none of 1, 2, 3, 4; "
        "write 1 (critical), 2 (high), 3 (medium) or 4 (low)",
        "s.csv:2: services.depends_on: no service 'Sign-on'; did you mean 'sign-in'?",
        "s.csv:4: services.name: is missing",
    ]


def test_nested_entries_are_sheets_with_a_column_for_the_parent(tmp_path: Path) -> None:
    for name, rows in as_sheets(read_catalog([HARBOR]).catalog).items():
        text = "\n".join(";".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-16")
    assert read_catalog([tmp_path]).catalog == read_catalog([HARBOR]).catalog


def test_a_sheet_of_nested_entries_alone_goes_over_what_exists(tmp_path: Path) -> None:
    base = read_catalog([HARBOR]).catalog
    (tmp_path / "touchpoints.csv").write_text("stage,id,name\nclosing,pay,Pay the fees\n")
    loaded = read_catalog([tmp_path], base=base)
    stage = loaded.catalog.journeys[0].stages[0]
    assert (stage.id, [touchpoint.id for touchpoint in stage.touchpoints]) == ("closing", ["pay"])
    assert errors(tmp_path) == ["touchpoints.csv:2: touchpoints.stage: no stage 'closing'"]


def test_wrong_sheets_are_told_with_their_line(tmp_path: Path) -> None:
    lines = errors(
        tmp_path,
        people="id,nme,name\na,,A\n",
        costs="service,component,monthly\nx,licences,12\n",
        servces="id,criticality\na,1\n",
        sites='id,name\nb,"B\n',
        vips="address\nA@x.example\na@X.example\n",
        personas="name\nBuyer\n",
        windows="id,name,starts,ends,reason\nw,W,2026-01-01\nv,V,2026-01-01,2026-01-02,why,more,even more\n",
        journeys="id,name,stages\nj,J,s\n",
    )
    assert lines == [
        "costs.csv:2: costs.service: no service 'x'",
        "journeys.csv:1: journeys: unknown column 'stages'; write a sheet 'stages' with a column 'journey'",
        "people.csv:1: people: unknown column 'nme'; did you mean 'name'?",
        "personas.csv:1: personas: the column 'id' is missing",
        "servces.csv:1: is named after no table and has no column 'name'; did you mean 'services'?",
        "sites.csv:2: is not CSV: a quote is opened and never closed",
        "windows.csv:2: windows.ends: is missing",
        "windows.csv:2: windows.reason: is missing",
        "windows.csv:3: has 7 cells, and the header has 5; put a cell that contains the separator in quotes",
    ]


def test_windows_1252_is_read_and_said(tmp_path: Path) -> None:
    loaded = read(tmp_path, people="id,name\na,Andr\xe9\n".encode("cp1252"))
    assert loaded.catalog.people[0].name == "André"
    assert loaded.problems[0].line == 2 and "Windows-1252" in loaded.problems[0].what


def test_a_workbook_has_a_sheet_a_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Services"
    sheet.append(["ID", "Name", "criticality", "agreed by", "agreed on", "depends on"])
    sheet.append(["portal", "Portal", 1, "lee", date(2026, 9, 1), None])
    sheet.append(["print", 365, 3.0, None, None, "portal; prtal"])
    people = book.create_sheet("people")
    people.append(["id", "name"])
    people.append(["lee", "Lee"])
    windows = book.create_sheet("windows")
    windows.append(["id", "name", "starts", "ends", "reason", "peak"])
    windows.append(["w", "W", datetime(2026, 12, 28), datetime(2026, 12, 31, 23, 59), "why", True])
    book.create_sheet("Remarks").append(["ask Lee"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    with pytest.raises(InputError) as caught:
        read_catalog([path])
    assert caught.value.lines() == [
        f"{path}[Services]:3: services.depends_on: no service 'prtal'; did you mean 'portal'?"
    ]
    sheet["F3"] = "portal"
    book.save(path)
    loaded = read_catalog([path])
    portal, printing = loaded.catalog.services
    assert portal.agreed is not None and portal.agreed.on == date(2026, 9, 1)
    assert (printing.name, printing.criticality) == ("365", 3)
    assert loaded.catalog.windows[0].ends == datetime(2026, 12, 31, 23, 59) and loaded.catalog.windows[0].peak
    assert [problem.severity for problem in loaded.problems] == ["warning"]
    assert "Remarks" in str(loaded.problems[0])


def test_lists_in_a_cell_keep_semicolons_and_quotes() -> None:
    items = ["a; b", '"', 'say "x"', "c", '"d"; e']
    assert split_list(join_list(items)) == items
    assert split_list('a;;b ; "c;d";e"f') == ["a", "b", "c;d", 'e"f']


@pytest.mark.parametrize("text", ["=1+1", "+1 555", "-x", "@x", "'=x", "''@", "'quoted'", "plain", "'"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert unguard(guard(text)) == text
    assert not guard(text).startswith(("=", "+", "-", "@"))


def test_the_policy_is_a_sheet_of_json_values(tmp_path: Path) -> None:
    loaded = read(tmp_path, policy='key,value\none_person,"{""condition"": 2}"\nx,5\n')
    assert loaded.catalog.policy == {"one_person": {"condition": 2}, "x": 5}
    assert errors(tmp_path, policy="key,value\nx,five\n")[0].startswith("policy.csv:2: policy.x: the value is not JSON")
