"""Tables: CSV in its dialects, and XLSX.

`csv.reader` and not `DictReader`, because Jira repeats its headings. The reader is strict: a quote that is
not closed refuses the file, because every row below it would be swallowed; text after a closing quote on
one line spoils that row only.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path

from triage.intake.decode import MAX_BYTES, decode, read_bytes, refuse
from triage.intake.records import Record, Sheet
from triage.text import one_line

Known = Callable[[Sequence[str]], bool]
"""Says of headings whether triage knows some of them as a ticket's."""

_DELIMITERS = (",", ";", "\t", "|")
_SEP_LINE = re.compile(r"(?i)\ufeff?\"?sep=(.)\"?[ \t]*(\r\n|\r|\n|$)")
_HEADER_SEARCH = 20
MAX_COLUMNS = 2_000
MAX_ROWS = 1_048_576
"""As many as a worksheet has; a file may claim any number, and what lies between is read as blank rows."""
MAX_CELLS = 20_000_000


def read_csv(path: Path, file: str, encoding: str | None, unquoted: Known | None = None) -> Sheet:
    """The records of a CSV, TSV or semicolon file.

    `unquoted` says of the headings of a tab-separated file whether its system writes quotation marks as they
    are. Raises InputError for an empty file, a missing header, an unclosed quote and what is not text.
    """
    text, used = decode(read_bytes(path, file), file, encoding)
    return csv_sheet(text, file, used, encoding is not None, unquoted)


def csv_sheet(
    text: str, file: str, encoding: str = "utf-8", said: bool = False, unquoted: Known | None = None
) -> Sheet:
    """The records of the text of a CSV file; as `read_csv`."""
    skipped = _SEP_LINE.match(text)
    offset = 1 if skipped else 0
    body = text[skipped.end() :] if skipped else text.removeprefix("\ufeff")
    if not body.strip():
        raise refuse(file, "has no header: nothing but blank lines", 1)
    # Cells are bounded by the file, which is bounded; what a ticket keeps of one is bounded when it is built.
    csv.field_size_limit(min(max(len(body) + 1, 131_072), sys.maxsize, 2**31 - 1))
    delimiter = skipped[1] if skipped and skipped[1] in _DELIMITERS else _sniff(body)
    rows = _rows(body, file, delimiter, offset, True)
    _, header, fault = next(rows, (0, [], None))
    quoting = not (delimiter == "\t" and unquoted is not None and unquoted(header))
    if not quoting:
        rows = _rows(body, file, delimiter, offset, False)
        _, header, fault = next(rows, (0, [], None))
    if fault or not any(cell.strip() for cell in header):
        raise refuse(file, f"has no header: {fault or 'its first line is empty'}", 1 + offset)
    columns = [one_line(cell.replace("\x00", ""))[:200] for cell in header]
    if len(columns) > MAX_COLUMNS:
        raise refuse(file, f"has {len(columns)} columns, the limit is {MAX_COLUMNS}", 1 + offset)
    records = [_record(line, cells, len(columns), fault) for line, cells, fault in rows]
    return Sheet(file, "csv", columns, records, None, delimiter, quoting, encoding=encoding, said=said)


def _record(line: int, cells: list[str], width: int, fault: str | None) -> Record:
    if fault is not None:
        return Record(line, [], cells[0], fault)
    if len(cells) != width:
        few = "1 field" if len(cells) == 1 else f"{len(cells)} fields"
        fault = f"has {few} where the header has {width}"
    return Record(line, cells, cells, fault)


def _sniff(body: str) -> str:
    """The delimiter that divides the header into most fields; a comma where none does."""
    head = body.lstrip("\r\n")[:200_000]
    best, most = ",", 1
    for delimiter in _DELIMITERS:
        try:
            fields = len(next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), []))
        except csv.Error:
            continue
        if fields > most:
            best, most = delimiter, fields
    return best


def _rows(
    body: str, file: str, delimiter: str, offset: int, quoting: bool
) -> Iterator[tuple[int, list[str], str | None]]:
    """`(line, cells, fault)` of every row that is not blank; `line` is where it starts."""
    source = _Source(body)
    if quoting:
        reader = csv.reader(source, delimiter=delimiter, strict=True)
    else:
        reader = csv.reader(source, delimiter=delimiter, strict=True, quoting=csv.QUOTE_NONE)
    while True:
        start = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if reader.line_num - start > 1 or "unexpected end" in str(error):
                hint = "close it, or double the quotation marks inside the cell"
                raise refuse(file, "a quote is opened here and not closed", start + 1 + offset, hint) from None
            fault = "has text after a closing quotation mark; double the marks inside the cell"
            yield start + 1 + offset, [source.last.rstrip("\r\n")], fault
            continue
        if any(cells) and any(not cell.isspace() for cell in cells if cell):
            yield start + 1 + offset, cells, None


class _Source:
    """The lines of a text, the last one remembered for the row that cannot be read."""

    def __init__(self, body: str) -> None:
        self.lines = io.StringIO(body, newline="")
        self.last = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.last = next(self.lines)
        return self.last


def read_xlsx(path: Path, file: str, known: Known) -> list[Sheet]:
    """The records of the first worksheet that holds anything, and of those with the same header.

    Rows above the header (a merged title, say) are passed over when `known` tells which row is the header;
    blank rows are nothing. Formulas give the value that was last computed. Raises InputError.
    """
    source = _archive(path, file)
    import openpyxl

    sheets: list[Sheet] = []
    try:
        book = openpyxl.load_workbook(source, read_only=True, data_only=True, keep_links=False)
        for worksheet in book.worksheets:
            if hasattr(worksheet, "reset_dimensions"):
                worksheet.reset_dimensions()  # the written dimension lies in many exports
            rows = worksheet.iter_rows(values_only=True, max_row=MAX_ROWS)
            sheet = _xlsx_sheet(_xlsx_rows(rows, file), file, known)
            if sheet is None:
                continue
            if sheets and sheet.columns != sheets[0].columns:
                sheets[0].notes.append(f"{file}: the worksheet '{one_line(worksheet.title)}' was not read")
            else:
                sheets.append(sheet)
        book.close()
    except (OSError, MemoryError):
        raise
    except Exception as error:
        if hasattr(error, "problems"):
            raise
        # openpyxl answers a damaged workbook with whatever its parts raise: KeyError, ParseError, zlib.error …
        raise refuse(file, f"is not a workbook that can be read ({one_line(str(error))[:80]})") from None
    if not sheets:
        raise refuse(file, "has no header: every worksheet is empty", 1)
    return sheets


def _archive(path: Path, file: str) -> io.BytesIO:
    """A workbook by its content (openpyxl looks at the suffix of a path). Refused where it is none or swells."""
    source = io.BytesIO(read_bytes(path, file))
    try:
        with zipfile.ZipFile(source) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_BYTES:
                raise refuse(file, "unpacks to more than 1 GiB", hint="split it, or save it as .csv")
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise refuse(file, "is not a workbook (.xlsx)", hint="save it again, or as .csv") from None
    source.seek(0)
    return source


def _xlsx_rows(rows: Iterable[Sequence[object]], file: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, with their numbers, up to their last filled cell; a small file may claim many."""
    total = 0
    for number, row in enumerate(rows, 1):
        cells = [_cell(value) for value in row]
        while cells and not cells[-1].strip():
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise refuse(file, f"has {len(cells)} columns, the limit is {MAX_COLUMNS}", number)
        total += len(cells)
        if total > MAX_CELLS:
            raise refuse(file, f"has more than {MAX_CELLS:,} cells", number, "split it, or save it as .csv")
        if cells:
            yield number, cells


def _xlsx_sheet(numbered: Iterator[tuple[int, list[str]]], file: str, known: Known) -> Sheet | None:
    rows = list(numbered)
    if not rows:
        return None
    start = next((at for at, (_, cells) in enumerate(rows[:_HEADER_SEARCH]) if known(cells)), 0)
    header = [one_line(cell)[:200] for cell in rows[start][1]]
    while header and not header[-1]:
        header.pop()
    width = len(header)
    records = []
    for number, cells in rows[start + 1 :]:
        records.append(_record(number, cells + [""] * (width - len(cells)), width, None))
    return Sheet(file, "xlsx", header, records)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
