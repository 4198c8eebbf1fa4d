"""Spreadsheets as rows of text: CSV in the encodings and with the separators that people have, and XLSX."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from triage.catalog.yaml_lines import Unreadable
from triage.errors import Problem

MAX_ROWS = 200_000
LAST_ROW = 1_048_576
"""The last row that a worksheet can have."""
MAX_COLUMNS = 500
MAX_UNZIPPED = 400_000_000
_GAPS = re.compile(r"[\s_.\-]+")


@dataclass(slots=True)
class Sheet:
    """A sheet: its name, the file as messages name it, the header, and rows as (line, cells)."""

    name: str
    file: str
    header: list[str]
    header_line: int
    rows: list[tuple[int, list[str]]]


def normal(word: str) -> str:
    """A header or a sheet's name for comparison: `Agreed by` and `agreed.by` are one column."""
    return _GAPS.sub("_", word.strip().casefold()).strip("_")


def read_csv(data: bytes, name: str, file: str, problems: list[Problem]) -> Sheet | None:
    """The rows of a CSV file; None (and a warning) where it has none. Raises Unreadable."""
    text = _decode(data, file, problems)
    rows: list[tuple[int, list[str]]] = []
    # Each line keeps its end, so that a cell may hold lines.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                rows.append((line, cells))
            if len(rows) > MAX_ROWS:
                raise Unreadable(f"has more than {MAX_ROWS} rows", file, line)
    except csv.Error as error:
        what = "a quote is opened and never closed" if "end of data" in str(error) else str(error)
        raise Unreadable(f"is not CSV: {what}", file, before + 1) from error
    return _sheet(name, file, rows, problems)


def _sheet(name: str, file: str, rows: list[tuple[int, list[str]]], problems: list[Problem]) -> Sheet | None:
    if not rows:
        problems.append(Problem("gives nothing", file, severity="warning"))
        return None
    line, header = rows[0]
    sheet = Sheet(name, file, header, line, [])
    for at, cells in rows[1:]:
        surplus = [cell for cell in cells[len(header) :] if cell.strip()]
        if surplus:
            what = f"has {len(cells)} cells, and the header has {len(header)}"
            problems.append(Problem(what, file, at, "put a cell that contains the separator in quotes"))
            continue
        sheet.rows.append((at, [*cells[: len(header)], *[""] * (len(header) - len(cells))]))
    return sheet


def _decode(data: bytes, file: str, problems: list[Problem]) -> str:
    """UTF-8, or UTF-16 by its mark, else Windows-1252, as spreadsheets write it."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise Unreadable("is not the UTF-16 that its first bytes promise", file, None) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = "is not UTF-8 here and was read as Windows-1252"
        problems.append(Problem(what, file, line, "save it as 'CSV UTF-8'", "warning"))
        return data.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """The separator of the header: the one of comma, semicolon and tab that it holds most of."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(",;\t", key=bare.count)


def read_xlsx(path: Path, file: str, problems: list[Problem]) -> Iterator[Sheet]:
    """The sheets of a workbook that hold anything. Raises Unreadable."""
    import openpyxl

    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(info.file_size for info in archive.infolist())
        if size > MAX_UNZIPPED:
            raise Unreadable(f"unpacks to {size // 1_000_000} MB", file, None, "split it")
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            for worksheet in workbook.worksheets:
                label = f"{file}[{worksheet.title}]"
                worksheet.reset_dimensions()
                rows = list(_rows(worksheet, label))
                if rows and (sheet := _sheet(worksheet.title, label, rows, problems)) is not None:
                    yield sheet
        finally:
            workbook.close()
    except (Unreadable, GeneratorExit):
        raise
    # openpyxl lets through whatever its parsers meet in a broken workbook.
    except Exception as error:
        raise Unreadable("is not a workbook that can be read", file, None, "save it again as .xlsx") from error


def _rows(worksheet: Any, label: str) -> Iterator[tuple[int, list[str]]]:
    count = 0
    # A file may claim any row number, and what lies between is read as blank rows.
    for line, cells in enumerate(worksheet.iter_rows(values_only=True, max_row=LAST_ROW), start=1):
        if len(cells) > MAX_COLUMNS and any(cell is not None for cell in cells[MAX_COLUMNS:]):
            raise Unreadable(f"has more than {MAX_COLUMNS} columns", label, line)
        texts = [_cell(cell) for cell in cells[:MAX_COLUMNS]]
        while texts and not texts[-1].strip():
            texts.pop()
        if texts:
            count += 1
            if count > MAX_ROWS:
                raise Unreadable(f"has more than {MAX_ROWS} rows", label, line)
            yield line, texts


def _cell(value: object) -> str:
    """A cell as a person would have typed it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        midnight = value.time() == time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    return str(value)
