"""Sheets named after tables: rows to entries, and entries to rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from triage.catalog.cell_lists import join_list, split_list
from triage.catalog.collect import Collected
from triage.catalog.lined import LinedDict, LinedList, quoted
from triage.catalog.shape import ALL_MODELS, CHILDREN, OTHER_SHEETS, PARENTS, SHEETS, Column, columns
from triage.catalog.sheets import Sheet, normal
from triage.errors import Problem
from triage.text import did_you_mean

# What a spreadsheet would take for a formula (OWASP, "CSV injection"), and what such a cell begins with.
_FORMULA = re.compile(r"'*[=+\-@]")
_GUARDED = re.compile(r"'+[=+\-@]")


def guard(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one apostrophe before it where it looks like one."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguard(cell: str) -> str:
    """The text of a cell without the apostrophe that guards it."""
    return cell[1:] if _GUARDED.match(cell) else cell


def table_named(name: str) -> str | None:
    """The sheet that a file or a sheet of this name holds."""
    wanted = normal(name)
    return next((sheet for sheet in SHEETS if normal(sheet) == wanted), None)


def take_table(collected: Collected, table: str, sheet: Sheet) -> None:
    """Take the rows of a sheet that is named after a table."""
    found = _match_header(collected, table, sheet)
    if found is None:
        return
    for line, cells in sheet.rows:
        row = _row(found, sheet.file, line, cells)
        if table == "hours":
            collected.hours.append(row)
        elif table in PARENTS:
            collected.rows[table].append(row)
        elif table in OTHER_SHEETS:
            _take_other(collected, table, row)
        else:
            collected.tables[table].append(row)


def _match_header(collected: Collected, table: str, sheet: Sheet) -> list[Column | None] | None:
    """The column of the table for each column of the sheet; None where a needed one is missing."""
    known = {normal(column.name): column for column in columns(table)}
    found: list[Column | None] = []
    seen: set[str] = set()
    for position, header in enumerate(sheet.header):
        column = known.get(normal(header))
        if column is None and not header.strip():
            if any(cells[position].strip() for _, cells in sheet.rows):
                what = f"{table}: column {position + 1} has no name and is not read"
                collected.problems.append(Problem(what, sheet.file, sheet.header_line, severity="warning"))
        elif column is None:
            hint = _column_hint(table, header)
            collected.error(f"{table}: unknown column {quoted(header)}", sheet.file, sheet.header_line, hint)
        elif column.name in seen:
            what = f"{table}: the column {quoted(header)} stands twice"
            collected.error(what, sheet.file, sheet.header_line)
            column = None
        if column is not None:
            seen.add(column.name)
        found.append(column)
    needed = PARENTS[table][1] if table in PARENTS else columns(table)[0].name
    if needed not in seen and table not in ("catalog", "figures"):
        collected.error(f"{table}: the column '{needed}' is missing", sheet.file, sheet.header_line)
        return None
    return found


def _column_hint(table: str, header: str) -> str | None:
    children = (*CHILDREN.get(table, ()), *(("hours",) if table == "calendars" else ()))
    if normal(header) in children:
        column = PARENTS[normal(header)][1] if normal(header) in PARENTS else "calendar"
        return f"write a sheet '{normal(header)}' with a column '{column}'"
    return did_you_mean(header, [column.name for column in columns(table)])


def _row(found: Sequence[Column | None], file: str, line: int, cells: Sequence[str]) -> LinedDict:
    row = LinedDict(file, line)
    for column, cell in zip(found, cells, strict=True):
        if column is None or not cell.strip():
            continue
        text = unguard(cell)
        value: Any = text.strip()
        if column.is_list:
            value = LinedList(line)
            for item in split_list(text):
                value.add(item, line)
        target = row
        *outer, name = column.name.split(".")
        for step in outer:
            if step not in target:
                target.put(step, LinedDict(file, line), line)
            target = target[step]
        target.put(name, value, line)
    return row


def _take_other(collected: Collected, table: str, row: LinedDict) -> None:
    if table == "catalog":
        for key, value in row.items():
            collected.take_key("catalog", key, value, row.file, row.line)
    elif table == "vips":
        collected.vips.append((row["address"], row.file, row.line))
    elif "key" not in row or "value" not in row:
        collected.error(f"{table}: a row needs a key and a value", row.file, row.line)
    else:
        collected.take_cell(table, row["key"], row["value"], row.file, row.line)


def to_rows(table: str, entries: Sequence[tuple[str | None, dict[str, Any]]]) -> Iterator[list[str]]:
    """The header and the rows of a sheet; columns that no entry uses are left out.

    Entries are pairs of the parent's id (None for a table of its own) and the values as JSON has them.
    """
    every = columns(table)
    parent = PARENTS[table][1] if table in PARENTS else None
    needed = {name for name, field in ALL_MODELS[table].model_fields.items() if field.is_required()}
    lines = [
        [owner or "" if column.name == parent else _cell_of(values, column) for column in every]
        for owner, values in entries
    ]
    used = [
        position
        for position, column in enumerate(every)
        if column.name == parent or column.name in needed or any(line[position] for line in lines)
    ]
    yield [every[position].name for position in used]
    for line in lines:
        yield [line[position] for position in used]


def _cell_of(values: dict[str, Any], column: Column) -> str:
    value: Any = values
    for step in column.name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if value is None:
        return ""
    if isinstance(value, list):
        return guard(join_list([str(item) for item in value]))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return guard(str(value))


def unknown_sheet(name: str) -> str:
    """What to do with a sheet that is named after no table."""
    return did_you_mean(normal(name), SHEETS) or "name it after a table, or give it a column 'name'"
