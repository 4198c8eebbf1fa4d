"""Reports as files: HTML (one file, prints well), Markdown, CSV, JSON, and the SQL behind the figures.

Whatever came from a ticket or a catalog is hostile here: HTML is escaped by Jinja's autoescape, Markdown by
hand, and a cell of a CSV that a spreadsheet would take for a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from triage.errors import NotFound
from triage.reports.charts import blocks, draw, spark
from triage.reports.tree import Column, Figure, Report, Table, Value
from triage.reports.words import say
from triage.text import did_you_mean, one_line, sanitise

FORMATS = ("html", "md", "csv")
NUMBERS = frozenset({"count", "points", "share", "hours", "money", "number", "change"})
_FORMULA = re.compile(r"^[\s\"']*[=+\-@\t\r＝＋－＠|%]")
_MARKDOWN = re.compile(r"([\\`*_\[\]|~$^])")
_LINE_START = re.compile(r"^(\d+)([.)])(?=\s|$)")


def render(report: Report, form: str, table: str | None = None) -> str:
    """A report in one of `FORMATS`. `table` (CSV only): that table alone, as wide as it is."""
    if form == "html":
        return to_html(report)
    if form == "md":
        return to_markdown(report)
    return table_csv(report, table) if table else to_csv(report)


# --- HTML


def to_html(report: Report) -> str:
    """One HTML file without scripts, fonts or anything from a network."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("triage.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["safe_line"] = lambda text: one_line(str(text)).replace(" %", "\u00a0%")
    template = environment.get_template("report.html.j2")
    page = template.render(
        report=report,
        cell=lambda table, row, place: cell_text(report, table, row, place),
        figure_text=lambda figure: figure_text(report, figure),
        total_text=lambda table, place: total_text(report, table, place),
        number=lambda column: column.kind in NUMBERS,
        chart=lambda found: draw(found, report.currency),
        spark=spark,
        verdict_word={"good": "met", "bad": "missed"},
    )
    return sanitise(page)


def visible(table: Table) -> list[tuple[int, Column]]:
    """The columns that people see, with their places."""
    return [(place, column) for place, column in enumerate(table.columns) if not column.hidden]


def cell_text(report: Report, table: Table, row: int, place: int) -> str:
    """A cell as a person reads it."""
    unit = table.units[row] if table.units else None
    return one_line(_say(report, table.rows[row][place], table.columns[place], unit))


def total_text(report: Report, table: Table, place: int) -> str:
    """A cell of the last row, empty where it has none."""
    assert table.total is not None
    value = table.total[place]
    return "" if value is None else one_line(_say(report, value, table.columns[place], None))


def figure_text(report: Report, figure: Figure) -> str:
    """The value of a figure as a person reads it."""
    return one_line(say(figure.value, figure.kind, currency=report.currency, unit=figure.unit))


def _say(report: Report, value: Value, column: Column, unit: str | None) -> str:
    return say(value, column.kind, currency=report.currency, unit=unit)


# --- Markdown


def escape_markdown(text: str) -> str:
    """Text that Markdown, with GitHub's extensions and inline HTML, shows as it is."""
    text = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _MARKDOWN.sub(r"\\\1", text)
    text = text.replace("://", "&#58;//").replace("www.", "www&#46;").replace("@", "&#64;")
    text = _LINE_START.sub(r"\1\\\2", text)
    return "\\" + text if text[:1] in ("-", "=", "+", "#") else text


def to_markdown(report: Report) -> str:
    """A report in Markdown; tables of pipes, trends as blocks."""
    lines = [f"# {escape_markdown(report.title)} {report.period}", ""]
    so_far = " (so far)" if report.so_far else ""
    lines += [f"{escape_markdown(report.company)}, {report.period}{so_far}", ""]
    lines += [f"- {escape_markdown(sentence)}" for sentence in report.summary]
    for section in report.sections:
        lines += ["", f"## {escape_markdown(section.title)}", ""]
        lines += [escape_markdown(sentence) for sentence in section.sentences]
        if section.figures:
            lines.append("")
            lines += [_markdown_figure(report, figure) for figure in section.figures]
        for table in section.tables:
            lines += ["", f"### {escape_markdown(table.title)}", "", *_markdown_table(report, table)]
        if section.note:
            lines += ["", f"*{escape_markdown(section.note)}*"]
    return sanitise("\n".join([*lines, "", "---", "", _provenance(report), ""]))


def _provenance(report: Report) -> str:
    return escape_markdown(
        f"Made {report.made_shown} ({report.clock} clock, quarters in {report.timezone}) from catalog version"
        f" {report.catalog_version} and policy version {report.policy_version}; `triage report {report.id}"
        f" --quarter {report.quarter} --explain` prints the SQL behind each figure."
    )


def _markdown_figure(report: Report, figure: Figure) -> str:
    notes = [part for part in (figure.note, figure.clock) if part]
    note = f" ({escape_markdown('; '.join(notes))})" if notes else ""
    return f"- {escape_markdown(figure.label)}: **{escape_markdown(figure_text(report, figure))}**{note}"


def _markdown_table(report: Report, table: Table) -> Iterator[str]:
    if not table.rows:
        yield escape_markdown(table.empty)
        return
    columns = visible(table)
    trend = bool(table.trends)
    yield "| " + " | ".join([escape_markdown(column.title) for _, column in columns] + ["Trend"] * trend) + " |"
    marks = ["---:" if column.kind in NUMBERS else "---" for _, column in columns]
    yield "| " + " | ".join(marks + ["---"] * trend) + " |"
    for row in range(len(table.rows)):
        cells = [escape_markdown(cell_text(report, table, row, place)) for place, _ in columns]
        if trend:
            found = table.trends[row]
            cells.append(blocks(found) if found else "")
        yield "| " + " | ".join(cells) + " |"
    if table.total is not None:
        cells = [escape_markdown(total_text(report, table, place)) for place, _ in columns]
        yield "| " + " | ".join([f"**{cell}**" if cell else "" for cell in cells] + [""] * trend) + " |"
    notes = [part for part in (table.note, table.clock) if part]
    if notes:
        yield ""
        yield f"*{escape_markdown('; '.join(notes))}*"


# --- CSV


def csv_cell(value: Value) -> str | int | float:
    """A cell that no spreadsheet runs; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = one_line(value)
        return f"'{text}" if _FORMULA.match(text) else text
    return value


CSV_HEADER = ("report", "quarter", "section", "table", "row", "item", "column", "value", "unit")


def to_csv(report: Report) -> str:
    """Everything of a report, one value a row, under `CSV_HEADER`: for pivot tables and programs."""
    head = (report.id, report.quarter)
    rows: list[tuple[Value, ...]] = []
    for section in report.sections:
        for figure in section.figures:
            unit = figure.unit or _unit(report, figure.kind)
            rows.append((*head, section.id, "", None, figure.label, figure.id, figure.value, unit))
        for table in section.tables:
            for number, row in enumerate(table.rows):
                texts = [str(v) for v, c in zip(row, table.columns, strict=True) if c.kind == "text" and v]
                for column, value in zip(table.columns, row, strict=True):
                    unit = (
                        table.units[number] if table.units and column.kind == "number" else _unit(report, column.kind)
                    )
                    rows.append(
                        (*head, section.id, table.id, number + 1, texts[0] if texts else "", column.key, value, unit)
                    )
    return _write_csv(CSV_HEADER, rows)


def table_csv(report: Report, ident: str) -> str:
    """One table as a spreadsheet has it: its columns, its rows."""
    tables = {table.id: table for table in report.tables()}
    if ident not in tables:
        hint = did_you_mean(ident, tables) or f"they are {', '.join(tables)}"
        raise NotFound(f"report {report.id} has no table '{one_line(ident)}'", hint)
    table = tables[ident]
    return _write_csv([column.key for column in table.columns], table.rows)


def _unit(report: Report, kind: str) -> str | None:
    return {"money": report.currency, "hours": "hours", "share": "0 to 1", "change": "0 to 1", "points": "points"}.get(
        kind
    )


def _write_csv(header: Any, rows: Any) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([csv_cell(value) for value in row] for row in rows)
    return out.getvalue()


# --- JSON and SQL


def to_json(report: Report) -> dict[str, Any]:
    """A report for programs: figures and tables with raw values, each naming its query by number."""
    return {
        "report": report.id,
        "title": report.title,
        "company": report.company,
        "quarter": report.quarter,
        "so_far": report.so_far,
        "made_at": report.made_at,
        "clock": report.clock,
        "timezone": report.timezone,
        "currency": report.currency,
        "catalog_version": report.catalog_version,
        "policy_version": report.policy_version,
        "summary": list(report.summary),
        "sections": [
            {
                "id": section.id,
                "title": section.title,
                "sentences": list(section.sentences),
                "figures": [_figure_json(figure) for figure in section.figures],
                "tables": [_table_json(table) for table in section.tables],
            }
            for section in report.sections
        ],
        "queries": [
            {"number": query.number, "name": query.name, "sql": query.runnable(), "then": query.then}
            for query in report.queries
        ],
    }


def _figure_json(figure: Figure) -> dict[str, Any]:
    return {
        "id": figure.id, "label": figure.label, "value": figure.value, "kind": figure.kind, "unit": figure.unit,
        "note": figure.note, "clock": figure.clock, "query": figure.query.number if figure.query else None,
    }  # fmt: skip


def _table_json(table: Table) -> dict[str, Any]:
    records = list(table.records())
    for record, trend in zip(records, table.trends, strict=False):
        record["trend"] = list(trend.values) if trend else None  # type: ignore[assignment]
    return {
        "id": table.id,
        "title": table.title,
        "columns": [{"key": column.key, "title": column.title, "kind": column.kind} for column in table.columns],
        "rows": records,
        "query": table.query.number if table.query else None,
    }


def explain(report: Report) -> str:
    """The SQL behind each figure and table, ready for the sqlite3 shell, with what is done with its rows."""
    used: dict[int, list[str]] = {}
    for figure in report.figures():
        if figure.query:
            used.setdefault(figure.query.number, []).append(figure.label)
    for table in report.tables():
        if table.query:
            used.setdefault(table.query.number, []).append(f"table {table.id}")
    lines = [
        f"-- {report.title} {report.period}: catalog version {report.catalog_version}, policy version"
        f" {report.policy_version}, made {report.made_at} ({report.clock} clock), quarters in {report.timezone}"
    ]
    for query in report.queries:
        lines += ["", f"-- {query.number}. {one_line(query.name)}"]
        names = list(dict.fromkeys(used.get(query.number, ["further figures of this report"])))
        lines.append(f"--    behind: {one_line(', '.join(names))}")
        if query.then:
            lines.append(f"--    then: {one_line(query.then)}")
        lines.append(f"{query.runnable()};")
    return sanitise("\n".join(lines) + "\n")
