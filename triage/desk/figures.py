"""Bringing in what no ticket tells: values of indicators and hours of training, from a spreadsheet or YAML.

One act for a file: good rows are kept, each bad one is named with its line. A file that cannot be read at
all changes nothing, and one that was imported before changes nothing either.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from triage.catalog.index import CatalogIndex
from triage.catalog.json_lines import read_json
from triage.catalog.lined import LinedDict, LinedList, quoted
from triage.catalog.models import Service
from triage.catalog.sheets import Sheet, normal, read_csv, read_xlsx
from triage.catalog.yaml_lines import Unreadable, read_yaml
from triage.desk.office import Desk
from triage.errors import InputError, Problem
from triage.store import audit
from triage.store import figures as store
from triage.store.figures import StoredFigure, StoredTraining
from triage.text import did_you_mean, fold, one_line

MAX_BYTES = 20_000_000
KINDS = (".csv", ".xlsx", ".yaml", ".yml", ".json")
# What people call the columns; the first is ours.
COLUMNS: dict[str, tuple[str, ...]] = {
    "service": ("service", "service_id", "service_name", "area"),
    "kpi": ("kpi", "indicator", "figure", "measure", "metric"),
    "period": ("period", "quarter", "month"),
    "value": ("value", "amount", "result", "actual"),
    "source": ("source", "from", "origin"),
    "person": ("person", "name", "who", "employee"),
    "kind": ("kind", "training", "course", "topic"),
    "hours": ("hours", "time", "duration"),
}
_QUARTER = re.compile(r"(?:(\d{4})\s*[-/ ]?\s*Q([1-4])|Q([1-4])\s*[-/ ]?\s*(\d{4}))", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})(?:-01)?")
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_COMMA = re.compile(r"[-+]?\d+,\d+")
FEW = 6
"""So many names stand in a hint at most."""


@dataclass(slots=True)
class Imported:
    """What came of an import. `act` is its number in the log, 0 where nothing changed."""

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    act: int = 0

    def as_json(self) -> dict[str, Any]:
        """With the keys of `triage tickets import`."""
        return {
            "read": self.read,
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": [
                {"line": problem.line, "reason": f"{problem.what}; {problem.hint}" if problem.hint else problem.what}
                for problem in self.rejected
            ],
        }


Row = dict[str, str]
Entry = StoredFigure | StoredTraining
Key = tuple[str, str, str]


def import_figures(desk: Desk, path: Path, *, dry_run: bool = False) -> Imported:
    """Take in the figures and hours of training of a CSV, XLSX, YAML or JSON file.

    InputError where the file cannot be read at all, or has none of the columns; nothing is written then.
    """
    result = Imported()
    label = one_line(str(path))
    entries: dict[tuple[type[Entry], Key], tuple[Entry, int]] = {}
    for file, line, row in _rows(path, label, result):
        try:
            entry = _entry(row, desk.index)
        except _BadRow as bad:
            result.rejected.append(Problem(bad.what, file, line, bad.hint))
            continue
        key = (type(entry), _key(entry))
        if key in entries:
            said = f"says again what line {entries[key][1]} says" if entries[key][0] == entry else (
                f"contradicts line {entries[key][1]}, which stands"
            )  # fmt: skip
            result.rejected.append(Problem(said, file, line))
            continue
        entries[key] = (entry, line)
    result.read = len(entries) + len(result.rejected)
    _write(desk, [entry for entry, _ in entries.values()], path.name, result, dry_run)
    return result


def _write(desk: Desk, entries: list[Entry], name: str, result: Imported, dry_run: bool) -> None:
    if dry_run:
        _compare(desk, entries, result)
        return
    desk.writable()
    with desk.act() as connection:
        changed = _compare(desk, entries, result)
        if not changed:
            return
        result.act = audit.record(
            connection,
            at=int(desk.now().timestamp() * 1000),
            who=desk.user,
            what="figures",
            detail={
                "file": one_line(name),
                "added": result.added,
                "updated": result.updated,
                "rejected": len(result.rejected),
                "changes": [[*_key(entry), _value(before), _value(entry)] for entry, before in changed],
            },
        )
        for entry, _ in changed:
            if isinstance(entry, StoredFigure):
                store.put_figure(connection, entry, result.act)
            else:
                store.put_training(connection, entry, result.act)


def _compare(desk: Desk, entries: list[Entry], result: Imported) -> list[tuple[Entry, Entry | None]]:
    """What is new or says something else than the database, with what that says now; counts as it goes."""
    connection = desk.database.connection
    old: dict[type[Entry], dict[Key, Any]] = {
        StoredFigure: store.figures(connection),
        StoredTraining: store.training(connection),
    }
    changed: list[tuple[Entry, Entry | None]] = []
    for entry in entries:
        before = old[type(entry)].get(_key(entry))
        if before == entry:
            result.unchanged += 1
            continue
        result.added += before is None
        result.updated += before is not None
        changed.append((entry, before))
    return changed


def _key(entry: Entry) -> Key:
    if isinstance(entry, StoredFigure):
        return entry.service, entry.kpi, entry.period
    return entry.person, entry.kind, entry.period


def _value(entry: Entry | None) -> float | None:
    if entry is None:
        return None
    return entry.value if isinstance(entry, StoredFigure) else entry.hours


# --- reading


def _rows(path: Path, label: str, result: Imported) -> Iterator[tuple[str, int, Row]]:
    """(file, line, cells by our names) of every row."""
    suffix = path.suffix.lower()
    if suffix not in KINDS:
        raise InputError(
            [Problem(f"'{suffix or path.name}' is not read", label, hint=f"give one of {', '.join(KINDS)}")]
        )
    found_problems: list[Problem] = []
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError([Problem(f"is larger than {MAX_BYTES // 1_000_000} MB", label, hint="split it")])
        if suffix in (".csv", ".xlsx"):
            found = list(_sheet_rows(path, label, found_problems))
        else:
            found = list(_document_rows(path, label, found_problems, result.rejected))
    except Unreadable as error:
        raise InputError([error.problem]) from error
    except OSError as error:
        raise InputError([Problem(_reason(error), label)]) from error
    for problem in found_problems:
        (result.rejected if problem.severity == "error" else result.warnings).append(problem)
    yield from found


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return f"cannot be read ({one_line(error.strerror or type(error).__name__)})"


def _sheet_rows(path: Path, label: str, warnings: list[Problem]) -> Iterator[tuple[str, int, Row]]:
    if path.suffix.lower() == ".csv":
        sheet = read_csv(path.read_bytes(), path.stem, label, warnings)
        sheets = [sheet] if sheet else []
    else:
        sheets = list(read_xlsx(path, label, warnings))
    if not sheets:
        raise InputError([Problem("holds no rows", label)])
    known = 0
    for sheet in sheets:
        places = _places(sheet)
        if not _complete(places):
            if len(sheets) == 1:
                raise InputError([_missing(sheet, places)])
            continue
        known += 1
        for line, cells in sheet.rows:
            yield sheet.file, line, {name: one_line(cells[place]) for name, place in places.items()}
    if not known:
        raise InputError([_missing(sheets[0], _places(sheets[0]))])


def _places(sheet: Sheet) -> dict[str, int]:
    titles = [normal(title) for title in sheet.header]
    return {
        name: place for name, words in COLUMNS.items() if (place := _first(titles, words)) is not None
    }  # fmt: skip


def _first(titles: list[str], words: tuple[str, ...]) -> int | None:
    return next((titles.index(word) for word in words if word in titles), None)


def _complete(places: dict[str, int]) -> bool:
    return {"kpi", "period", "value"} <= places.keys() or {"person", "kind", "period", "hours"} <= places.keys()


def _missing(sheet: Sheet, places: dict[str, int]) -> Problem:
    wanted = ("person", "kind", "period", "hours") if "person" in places else ("kpi", "period", "value")
    gone = [name for name in wanted if name not in places]
    hint = "figures have service, kpi, period, value and source; training has person, kind, hours and period"
    return Problem(f"has no column {', '.join(gone)}", sheet.file, sheet.header_line, hint)


def _document_rows(
    path: Path, label: str, warnings: list[Problem], problems: list[Problem]
) -> Iterator[tuple[str, int, Row]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError([Problem("is not UTF-8", label, hint="save it as UTF-8")]) from error
    documents = (
        [read_json(text, label, warnings)] if path.suffix.lower() == ".json" else [*read_yaml(text, label, warnings)]
    )
    for document in documents:
        for entries in _lists(document, label):
            for entry, line in zip(entries, entries.lines, strict=True):
                if not isinstance(entry, LinedDict):
                    problems.append(Problem(f"{quoted(entry)} is not an entry", label, line, "write it like {kpi: …}"))
                    continue
                unknown = [str(key) for key in entry if key not in COLUMNS]
                if unknown:
                    hint = did_you_mean(unknown[0], COLUMNS) or f"the keys are {', '.join(COLUMNS)}"
                    problems.append(Problem(f"unknown key {quoted(unknown[0])}", label, line, hint))
                    continue
                cells = {key: one_line(str(value)) for key, value in entry.items() if value is not None}
                yield label, line, cells


def _lists(document: Any, label: str) -> Iterator[LinedList]:
    if isinstance(document, LinedList):
        yield document
        return
    if not isinstance(document, LinedDict) or not {"figures", "training"} & document.keys():
        raise InputError([Problem("gives no figures", label, 1, "begin with figures: or training: and a list")])
    for key in ("figures", "training"):
        value = document.get(key)
        if isinstance(value, LinedList):
            yield value
        elif value is not None:
            raise InputError([Problem(f"{key}: should be a list of entries", label, document.lines[key])])


# --- one row


class _BadRow(Exception):
    def __init__(self, what: str, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


def _entry(row: Row, index: CatalogIndex) -> Entry:
    if row.get("person"):
        return _training(row, index)
    service = _service(row.get("service", ""), index)
    kpi = _kpi(row.get("kpi", ""), service)
    period = parse_period(row.get("period", ""))
    return StoredFigure(
        service.id if service else "", kpi, period, number(row.get("value", ""), "value"), row.get("source") or None
    )


def _training(row: Row, index: CatalogIndex) -> StoredTraining:
    person = _named(row["person"], {ident: entry.name for ident, entry in index.people.items()}, "person")
    kind = row.get("kind", "")
    if not kind:
        raise _BadRow("kind: is missing", "say what the training was")
    hours = number(row.get("hours", ""), "hours")
    if not 0 <= hours <= 10_000:
        raise _BadRow(f"hours: {quoted(row['hours'])} is not between 0 and 10000")
    return StoredTraining(person, kind[:200], parse_period(row.get("period", "")), hours)


def _service(text: str, index: CatalogIndex) -> Service | None:
    if not text:
        return None
    return index.services[_named(text, {ident: entry.name for ident, entry in index.services.items()}, "service")]


def _kpi(text: str, service: Service | None) -> str:
    if not text:
        raise _BadRow("kpi: is missing", "name the indicator")
    if service is None:
        return text[:200]
    known = {kpi.id: kpi.name for kpi in service.kpis}
    if not known:
        # A service without indicators is computed; a typed value still needs a name of its own.
        raise _BadRow(f"kpi: {service.name} has no indicators", "add kpis to the service in the catalog")
    return _named(text, known, "kpi")


def _named(text: str, known: dict[str, str], what: str) -> str:
    """The id that an id or a name means."""
    if text in known:
        return text
    folded = fold(text)
    found = next((ident for ident, name in known.items() if fold(name) == folded or ident == folded), None)
    if found is None:
        few = f"it is one of {', '.join(known)}" if len(known) <= FEW else "see `triage catalog export`"
        hint = did_you_mean(text, [*known, *known.values()]) or few
        raise _BadRow(f"{what}: no {what} {quoted(text)}", hint)
    return found


def parse_period(text: str) -> str:
    """A quarter or a month as the catalog writes it: 2026Q3, 2026-07. Takes `Q3 2026` and `2026/7` as well."""
    if found := _QUARTER.fullmatch(text):
        return f"{found[1] or found[4]}Q{found[2] or found[3]}"
    if (month := _MONTH.fullmatch(text)) and 1 <= int(month[2]) <= 12:
        return f"{month[1]}-{int(month[2]):02}"
    what = "is missing" if not text else f"{quoted(text)} is no quarter and no month"
    raise _BadRow(f"period: {what}", "write it like 2026Q3 or 2026-07")


def number(text: str, what: str) -> float:
    """A number as people write it: 86, 86 %, 1,234.5; one comma before one or two digits is a decimal comma."""
    bare = text.replace(" ", "").removesuffix("%").replace("−", "-")
    if _COMMA.fullmatch(bare) and len(bare.rpartition(",")[2]) != 3:
        bare = bare.replace(",", ".")
    if not bare or not _NUMBER.fullmatch(bare):
        raise _BadRow(f"{what}: is missing" if not text else f"{what}: {quoted(text)} is not a number")
    value = float(bare.replace(",", ""))
    if not math.isfinite(value):
        raise _BadRow(f"{what}: {quoted(text)} is not a number that can be counted with")
    return value
