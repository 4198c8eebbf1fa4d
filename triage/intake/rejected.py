"""The file of rejected records: the same format and header as the source, to be mended and imported again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from triage.intake.files import TicketFile
from triage.intake.records import Rejected, Sheet
from triage.paths import write_atomically

_SUFFIX = {"csv": ".csv", "xlsx": ".xlsx", "json": ".json", "jsonl": ".jsonl", "mail": ".mbox"}
MODE = 0o600
"""Rejected records hold what customers wrote: nobody but their owner reads them."""


def rejected_path(source: Path) -> Path:
    """Where the rejected records of `source` go: beside it, `tickets.csv` → `tickets.rejected.csv`."""
    stem = source.stem if source.suffix and not source.is_dir() else source.name
    stem = stem.partition(".rejected")[0]
    return source.with_name(f"{stem}.rejected{source.suffix if not source.is_dir() else ''}")


def write_rejected(path: Path, taken: TicketFile) -> list[Path]:
    """Write the rejected records of `taken`, a file for each source that has some, with mode 0600.

    `path` is the first one's; it gets the suffix of its format. A file that is there already is never
    overwritten (it may have been mended) unless it says the same. Gives the files written, raises OSError.
    """
    written: list[Path] = []
    for sheet in _with_own(taken.sheets):
        own = [each for each in taken.rejected if each.sheet == sheet.file]
        if own:
            data = _FORMATS[sheet.kind](sheet, own)
            whole = path.suffix in ("", ".rejected")
            target = _free(path.with_name((path.name if whole else path.stem) + _suffix(sheet)), data)
            write_atomically(target, data, MODE)
            written.append(target)
    return written


def _with_own(sheets: Sequence[Sheet]) -> list[Sheet]:
    """One sheet a file: worksheets of a workbook share theirs."""
    return list({sheet.file: sheet for sheet in reversed(sheets)}.values())[::-1]


def _suffix(sheet: Sheet) -> str:
    return ".tsv" if sheet.kind == "csv" and sheet.delimiter == "\t" else _SUFFIX[sheet.kind]


def _free(path: Path, data: bytes) -> Path:
    """`path`, or the first like it with a number that is not taken by something else."""
    candidate, number = path, 2
    while candidate.exists() and not _same(candidate, data):
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return candidate


def _same(path: Path, data: bytes) -> bool:
    try:
        return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def _table(sheet: Sheet, rejected: Sequence[Rejected]) -> bytes:
    """The header and the rows, with the delimiter of the source; in UTF-8 unless an encoding was named."""
    out = io.StringIO(newline="")
    lines = [sheet.columns, *(each.raw for each in rejected)]
    writer = csv.writer(out, delimiter=sheet.delimiter)
    for line in lines:
        if isinstance(line, list) and sheet.quoting:
            writer.writerow(line)
        else:
            words = sheet.delimiter.join(line) if isinstance(line, list) else str(line)
            out.write(f"{words}\r\n")
    encoding = sheet.encoding if sheet.said else "utf-8-sig"
    return out.getvalue().encode(encoding, "replace")


def _workbook(sheet: Sheet, rejected: Sequence[Rejected]) -> bytes:
    """A workbook of text cells; what looks like a formula stays text."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    worksheet = book.create_sheet("rejected")
    for line in [sheet.columns, *(each.raw for each in rejected)]:
        row = []
        for words in line if isinstance(line, list) else [str(line)]:
            cell = WriteOnlyCell(worksheet)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", words)[:32_000]
            cell.data_type = "s"
            row.append(cell)
        worksheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _json(sheet: Sheet, rejected: Sequence[Rejected]) -> bytes:
    """The records in the envelope of the source; what stood beside the list stays with it."""
    document: object = [_value(each.raw) for each in rejected]
    keys = sheet.envelope.split(".") if sheet.envelope else []
    if keys:
        document = {keys[-1]: document, **sheet.context}
    for key in reversed(keys[:-1]):
        document = {key: document}
    encoding = sheet.encoding if sheet.said else "utf-8"
    return json.dumps(document, ensure_ascii=False, indent=1).encode(encoding, "replace")


def _value(raw: object) -> object:
    if isinstance(raw, str):
        try:
            return json.loads(raw)
        except ValueError:
            return raw
    return raw


def _lines(sheet: Sheet, rejected: Sequence[Rejected]) -> bytes:
    lines = [each.raw if isinstance(each.raw, str) else json.dumps(each.raw, ensure_ascii=False) for each in rejected]
    encoding = sheet.encoding if sheet.said else "utf-8"
    return "".join(f"{line}\n" for line in lines).encode(encoding, "replace")


def _mbox(sheet: Sheet, rejected: Sequence[Rejected]) -> bytes:
    """The messages as an mbox, their own `From ` lines escaped."""
    import re

    parts = []
    for each in rejected:
        raw = each.raw if isinstance(each.raw, bytes) else str(each.raw).encode("utf-8", "replace")
        parts.append(b"From rejected@triage Thu Jan  1 00:00:00 1970\n")
        parts.append(re.sub(rb"(?m)^(>*From )", rb">\1", raw).rstrip(b"\r\n") + b"\n\n")
    return b"".join(parts)


_FORMATS: dict[str, Callable[[Sheet, Sequence[Rejected]], bytes]] = {
    "csv": _table,
    "xlsx": _workbook,
    "json": _json,
    "jsonl": _lines,
    "mail": _mbox,
}
