"""Where each field of a ticket is in the records of a sheet: by the preset, by `--map`, by `--confirmed`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from triage.errors import InputError
from triage.intake.dates import day_first_of
from triage.intake.decode import refuse
from triage.intake.presets import CONFIRMED, DATES, FIELDS, Preset
from triage.intake.records import Record, Sheet
from triage.intake.words import normal
from triage.text import did_you_mean, nearest, one_line
from triage.tickets.models import Status

Key = int | str


@dataclass(slots=True)
class Plan:
    """Where each field of a ticket is in the records of a sheet.

    `fields` gives for a field its columns, best first; `confirmed` for a kind its column. `spare` are columns
    that no field reads, `shared` those that a field reads when a better one is empty. Keys are column
    numbers in tables, names elsewhere.
    """

    preset: Preset
    source: str
    fields: dict[str, tuple[Key, ...]]
    confirmed: dict[str, Key]
    names: dict[Key, str]
    spare: tuple[Key, ...] = ()
    shared: frozenset[Key] = frozenset()
    day_first: dict[str, bool | None] = field(default_factory=dict)
    statuses: dict[tuple[str, str], Status] = field(default_factory=dict)

    def columns(self) -> dict[str, str]:
        """The field → the column that it is read from, the best one."""
        return {name: self.names[keys[0]] for name, keys in self.fields.items()}


def make_plan(
    sheet: Sheet, preset: Preset, source: str, mapping: Mapping[str, str], confirmed: Mapping[str, str]
) -> Plan:
    """Find the columns of the fields. Raises InputError for a column that is not there and a header of none."""
    table = sheet.kind in ("csv", "xlsx")
    names: dict[Key, str] = dict(enumerate(sheet.columns)) if table else {name: name for name in sheet.columns}
    by_name: dict[str, list[Key]] = {}
    for key, name in names.items():
        if name:
            by_name.setdefault(normal(name), []).append(key)
    asked = {kind: _asked(sheet, by_name, names, kind, name) for kind, name in confirmed.items()}
    told = {name: _asked(sheet, by_name, names, name, column) for name, column in mapping.items()}
    decided = {key for keys in asked.values() for key in keys}
    for name, keys in told.items():
        if decided & set(keys):
            raise refuse(sheet.file, f"--map {name} names a column that --confirmed names too", 1)
    fields = {name: keys for name in FIELDS if (keys := told.get(name) or _known(preset, name, by_name, decided))}
    unlike = not fields.keys() & {"subject", "body"} or (sheet.single and len(fields) < 2)
    if sheet.kind != "mail" and sheet.columns and unlike:
        _check_header(sheet, preset, fields)
    read = {key for keys in fields.values() for key in keys}
    shared = frozenset(key for keys in fields.values() if len(keys) > 1 for key in keys)
    spare = tuple(key for key in names if key not in read and key not in decided)
    return Plan(preset, source, fields, {kind: keys[0] for kind, keys in asked.items() if keys}, names, spare, shared)


def check_names(mapping: Mapping[str, str], confirmed: Mapping[str, str]) -> None:
    """Refuse a field of `--map` or a kind of `--confirmed` that there is not; raises InputError."""
    for name in mapping:
        if name not in FIELDS:
            hint = did_you_mean(name, FIELDS) or f"one of {', '.join(FIELDS)}"
            raise InputError(f"--map: unknown field '{one_line(name)[:80]}'", hint=hint)
    for kind in confirmed:
        if kind not in CONFIRMED:
            hint = did_you_mean(kind, CONFIRMED) or f"one of {', '.join(CONFIRMED)}"
            raise InputError(f"--confirmed: unknown kind '{one_line(kind)[:80]}'", hint=hint)


def _asked(
    sheet: Sheet, by_name: Mapping[str, list[Key]], names: Mapping[Key, str], field: str, column: str
) -> tuple[Key, ...]:
    exact = tuple(key for key, name in names.items() if name == column.strip())
    keys = exact or tuple(by_name.get(normal(column), ()))
    if not keys and names:
        found = nearest(column, [name for name in names.values() if name])
        shown = ", ".join(name for name in list(names.values())[:12] if name)
        hint = f"did you mean '{found}'?" if found else f"its columns are {shown}"
        raise refuse(sheet.file, f"has no column '{one_line(column)[:80]}' for {field}", 1, hint)
    return keys


def _known(preset: Preset, name: str, by_name: Mapping[str, list[Key]], decided: set[Key]) -> tuple[Key, ...]:
    """The columns of a field by the preset, then by triage's own name for it."""
    found: dict[Key, None] = {}
    for column in (*preset.columns.get(name, ()), name):
        found |= dict.fromkeys(key for key in by_name.get(normal(column), ()) if key not in decided)
        if found and not preset.fallback:
            break
    return tuple(found)


def _check_header(sheet: Sheet, preset: Preset, fields: Mapping[str, object]) -> None:
    """Refuse a header that names neither a subject nor a body, unless a system's shape has none."""
    if preset.name != "file" and fields:
        return
    shown = ", ".join(f"'{name[:40]}'" for name in sheet.columns[:6] if name)
    if preset.name == "file":
        what = "has no column that is a subject or a body"
    else:
        what = f"has none of the columns of {preset.title}"
    raise refuse(sheet.file, f"{what} ({shown})", 1, "name one with --map subject=COLUMN")


def decide_dates(plan: Plan, sheet: Sheet, told: bool | None) -> None:
    """Decide for each column of dates whether days or months come first; `told` wins over what it shows."""
    values: dict[str, list[str]] = {}
    for name in DATES:
        keys = plan.fields.get(name, ())
        if keys:
            values[name] = [words for record in sheet.records if (words := first_of(record, keys))]
    together = day_first_of(words for column in values.values() for words in column)
    for name, column in values.items():
        decided = told if told is not None else day_first_of(column)
        decided = together if decided is None else decided
        decided = plan.preset.day_first if decided is None else decided
        if decided is None and plan.preset.twelve_hour_month_first:
            decided = not any(words.rstrip(".").lower().endswith("m") for words in column[:100])
        plan.day_first[name] = decided


def first_of(record: Record, keys: tuple[Key, ...]) -> str:
    """What the first of the columns says that says anything."""
    if record.fault is not None:
        return ""
    lookup = cell_of(record)
    return next((words for key in keys if (words := lookup(key)) and not words.isspace()), "")


def cell_of(record: Record) -> Callable[[Key], str]:
    """The cell of a key; a record has every column of its table, and of other keys those that it names."""
    cells: Any = record.cells
    by_number: Callable[[Any], str] = cells.__getitem__
    return by_number if isinstance(cells, list) else lambda key: cells.get(key, "")
