"""Each report of a company whose every name, text and ticket is hostile: nothing runs, in no form."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
import reports_company

from triage.desk.office import Desk
from triage.reports.every import REPORTS, build
from triage.reports.render import explain, render, table_csv

EVIL = "=cmd|' /C calc'!A0 <script>alert(1)</script> \"><img src=x onerror=y> [a](javascript:b) {{ 7*7 }} \u202e"
_WORDS = re.compile(r"(?<=[ {])(name|text|moment_of_truth|pain_point|opportunity|kind|component|source): ([^,}\n]+)")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Desk]]:
    """The company as it is, and the same with hostile words."""

    def hostile(found: re.Match[str]) -> str:
        return f"{found[1]}: {json.dumps(f'{EVIL} {found[2].strip()}'[:190], ensure_ascii=False)}"

    incoming = reports_company._incoming

    def evil(name: str, *row: Any) -> Any:
        made = incoming(name, *row)
        return replace(
            made, subject=f"{EVIL} {made.subject}", requester=f"<b>{made.requester}" if made.requester else None
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAGE_NOW", "2026-11-23T16:00:00+00:00")
        with reports_company.company_desk(tmp_path_factory.mktemp("mild")) as mild:
            patch.setattr(reports_company, "COMPANY", _WORDS.sub(hostile, reports_company.COMPANY))
            patch.setattr(reports_company, "_incoming", evil)
            with reports_company.company_desk(tmp_path_factory.mktemp("wild")) as wild:
                yield mild, wild


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_NOW", "2026-11-23T16:00:00+00:00")


class Tags(HTMLParser):
    """The tags of a page with the names of their attributes, as a browser finds them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag, tuple(sorted(name for name, _ in attrs))] += 1


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_hostile_becomes_a_tag(pair: tuple[Desk, Desk], name: str) -> None:
    mild, wild = (Tags(render(build(desk, name, "2026Q4"), "html")).found for desk in pair)
    assert {tag for tag, _ in wild} <= {tag for tag, _ in mild} | {"polyline", "circle"}
    assert not any(attribute.startswith("on") or attribute == "src" for _, names in wild for attribute in names)
    page = render(build(pair[1], name, "2026Q4"), "html")
    assert "&lt;script&gt;alert(1)" in page and "{{ 7*7 }}" in page and "\u202e" not in page


@pytest.mark.parametrize("name", REPORTS)
def test_no_cell_is_a_formula(pair: tuple[Desk, Desk], name: str) -> None:
    found = build(pair[1], name, "2026Q4")
    pages = [render(found, "csv"), *(table_csv(found, table.id) for table in found.tables())]
    cells = [cell for page in pages for row in csv.reader(io.StringIO(page, newline="")) for cell in row]
    assert any("=cmd" in cell for cell in cells)
    for cell in cells:
        assert not re.match(r"\s*[=+@\t\r|%]", cell) and "\n" not in cell and "\u202e" not in cell
        assert not cell.startswith("-") or re.fullmatch(r"-[\d.e-]+", cell), cell


@pytest.mark.parametrize("name", REPORTS)
def test_markdown_stays_in_its_cells_and_sql_in_its_lines(pair: tuple[Desk, Desk], name: str) -> None:
    found = build(pair[1], name, "2026Q4")
    text = render(found, "md")
    assert "<script" not in text and "](javascript" not in re.sub(r"\\.", "", text) and "\u202e" not in text
    for block in text.split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("| ")]
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in rows}) <= 1, block
    assert "\x1b" not in explain(found) and "\u202e" not in explain(found)
