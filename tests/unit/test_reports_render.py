"""Rendering: hostile text stays text in HTML, Markdown and CSV; numbers stay numbers; the unknown stays unknown."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest

from triage.errors import NotFound
from triage.reports.charts import blocks
from triage.reports.render import CSV_HEADER, csv_cell, escape_markdown, explain, render, table_csv, to_html, to_json
from triage.reports.tree import Bar, Chart, Column, Figure, Query, Report, Section, Table, Trend, columns
from triage.reports.words import UNKNOWN, count_of, listed, plain, say

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style></pre><svg onload=alert(1)>",
    "{{ 7 * 7 }} {% raw %}",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    " =1+1",
    '"=1+1"',
    "＝1+1",
    "\x1b]52;c;aGk=\x07paste",
    "\x1b[2Jgone",
    "a | b | c",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/p.png)",
    "http://evil.example www.evil.example",
    "# heading",
    "1. list",
    "**bold** _it_ `code` ~~no~~ $x$",
    "&lt;b&gt;",
    "line\nbreak\r\nand more",
    "evil\u202etxt.exe",
    "[/foo] [@click=app.quit]x[/]",
]


def report(text: str) -> Report:
    query = Query(1, text, "SELECT :what, :n", {"what": text, "n": 3}, text)
    trend = Trend((text, "b"), (1.0, None), 2.0, text)
    table = Table(
        "names", text, columns("name|Name", "n|Number|number", "share|Share|share"),
        ((text, -3.5, 0.25), (None, None, None)), query, text, text, (text, 1, None), (trend, None),
        ("bad", "plain"), (text, None), text,
    )  # fmt: skip
    bars = Chart("bars", text, "pareto", (Bar(text, 2.0, text, True), Bar("b", 1.0)))
    line = Chart("line", text, "line", trend=Trend((text, "b"), (1.0, 2.0)))
    figure = Figure("n", text, 3, "number", query, text, text, "bad", text)
    empty = Table("empty", text, (Column("a", "A"),), (), query, empty=text)
    section = Section("s", text, (text,), (figure,), (bars, line), (table, empty), text)
    return Report("card", text, text, "2026Q4", "Q4 2026", True, "2026-11-23T16:00:00+00:00", "system", "UTC", "USD",
                  1, 1, (text,), (section,), (query,))  # fmt: skip


class Tags(HTMLParser):
    """What a browser would make of a page: its tags with their attributes, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def shape(page: str) -> list[tuple[str, tuple[str, ...]]]:
    found = Tags()
    found.feed(page)
    return [(tag, tuple(sorted(attributes))) for tag, attributes in found.tags]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_changes_no_tag_of_the_page(text: str) -> None:
    page = to_html(report(text))
    assert shape(page) == shape(to_html(report("harmless")))
    found = Tags()
    found.feed(page)
    assert not {"script", "img", "iframe", "object", "link"} & {tag for tag, _ in found.tags}
    for _, attributes in found.tags:
        assert all(not name.startswith("on") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#") and "src" not in attributes
    assert "\x1b" not in page and "\u202e" not in page


def test_the_page_needs_no_network_and_says_so_to_the_browser() -> None:
    page = to_html(report("x"))
    assert "default-src 'none'" in page and "http://" not in page and "https://" not in page
    assert page.count('role="img"') == 3 and "<title>" in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_starts_nothing_in_markdown(text: str) -> None:
    found = render(report(text), "md")
    assert not re.search(r"<(?!br)[a-z/!]", found)
    bare = re.sub(r"\\.", "", found)
    assert "](" not in bare and "![" not in bare and "://" not in found and "www.e" not in found
    assert "\x1b" not in found and "\u202e" not in found
    rows = [line for line in found.splitlines() if line.startswith("| ")]
    pipes = {len(re.findall(r"(?<!\\)\|", line)) for line in rows}
    assert pipes == {5}, "a cell broke out of its table"
    assert sum(line.startswith("#") for line in found.splitlines()) == 4


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_csv_is_a_formula(text: str) -> None:
    for page in (render(report(text), "csv"), table_csv(report(text), "names")):
        for row in csv.reader(io.StringIO(page, newline="")):
            for cell in row:
                try:
                    float(cell)
                except ValueError:
                    assert not re.match(r"[\s\"]*[=+\-@\t\r＝＋－＠]", cell), cell
                assert "\n" not in cell and "\x1b" not in cell


def test_csv_keeps_numbers_and_tells_their_unit() -> None:
    rows = list(csv.DictReader(io.StringIO(render(report("x"), "csv"), newline="")))
    assert tuple(rows[0]) == CSV_HEADER
    assert [row["value"] for row in rows if row["column"] == "n" and row["table"]] == ["-3.5", ""]
    assert {row["unit"] for row in rows if row["column"] == "share"} == {"0 to 1"}
    assert csv_cell(-2.5) == -2.5 and csv_cell(None) == "" and csv_cell("-2.5") == "'-2.5"


def test_a_table_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(NotFound, match="did you mean 'names'"):
        table_csv(report("x"), "nmaes")


@pytest.mark.parametrize("text", HOSTILE)
def test_json_and_sql_keep_the_words_and_stay_valid(text: str) -> None:
    found = json.loads(json.dumps(to_json(report(text))))
    assert found["sections"][0]["tables"][0]["rows"][0]["name"] == text
    import sqlite3

    assert sqlite3.connect(":memory:").execute(report(text).queries[0].runnable()).fetchone() == (text, 3)
    comments = [line for line in explain(report(text)).splitlines() if line.startswith("--")]
    assert len(comments) == 4


def test_markdown_escapes_only_what_would_act() -> None:
    assert escape_markdown("5.7 % (of 6)") == "5.7 % (of 6)"
    assert escape_markdown("1. one") == "1\\. one" and escape_markdown("- one") == "\\- one"


def test_how_values_are_said() -> None:
    assert [plain(value) for value in (1234.4, 2.30, 0.05, -3.5, 12.34, 0.0)] == [
        "1,234",
        "2.3",
        "0.05",
        "−3.5",
        "12.3",
        "0",
    ]
    assert say(None, "count") == UNKNOWN and say(0, "count") == "0"
    assert plain(0.0042) == "0.004" and say(0.00034, "share") == "under 0.1 %" and say(0, "share") == "0 %"
    assert say(0.856, "share") == "86 %" and say(0.0123, "share") == "1.2 %"
    assert say(-0.5, "change") == "−50 %" and say(0.1, "change") == "+10 %"
    assert say(0.4, "hours") == "24 min" and say(2.25, "hours") == "2.2 h"
    assert say(1234.5, "money", currency="USD") == "1,234 USD" and say(49.5, "money", currency="USD") == "49.5 USD"
    assert say(86, "number", unit="percent") == "86 %"
    assert count_of(1, "person", "people") == "1 person" and count_of(0, "ticket") == "no tickets"
    assert listed(["a", "b", "c", "d"]) == "a, b, c and 1 more" and listed(["a", "b"]) == "a and b"
    assert blocks(Trend(("a", "b", "c"), (1.0, None, 3.0))) == "▁·█"
