"""What the files give, table by table, before anything of it is checked against the models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from triage.catalog.json_lines import read_json
from triage.catalog.lined import LinedDict, LinedList, quoted
from triage.catalog.merge import Tables
from triage.catalog.models import SINGULAR
from triage.catalog.shape import CHILDREN, MODELS, PARENTS, TOP_KEYS
from triage.catalog.yaml_lines import Unreadable
from triage.errors import Problem
from triage.text import did_you_mean

MAX_ENTRIES = 100_000

_EXAMPLES = {
    "training": "{person: …, kind: …}",
    "translations": "{language: …, table: …, entry: …, field: …, text: …}",
}
KEYED = ("catalog", "policy", "lexicon")
"""Top keys that hold keys of their own and no entries."""


@dataclass(slots=True)
class Collected:
    """Everything that was read: the entries of each table, and the problems on the way."""

    problems: list[Problem] = field(default_factory=list)
    tables: dict[str, list[LinedDict]] = field(default_factory=lambda: {table: [] for table in MODELS})
    rows: dict[str, list[LinedDict]] = field(default_factory=lambda: {table: [] for table in PARENTS})
    hours: list[LinedDict] = field(default_factory=list)
    # The catalog's own keys, those of the policy and of the lexicon, by the file that gives them.
    keys: dict[str, dict[str, LinedDict]] = field(default_factory=lambda: {name: {} for name in KEYED})
    vips: list[tuple[Any, str, int]] = field(default_factory=list)
    _named_tables: set[str] = field(default_factory=set)

    def error(self, what: str, file: str, line: int | None, hint: str | None = None) -> None:
        """Keep an error for the end."""
        self.problems.append(Problem(what, file, line, hint))

    def take_document(self, document: Any, file: str) -> None:
        """A whole YAML or JSON document."""
        if document is None:
            self.problems.append(Problem("gives nothing", file, severity="warning"))
            return
        if not isinstance(document, LinedDict):
            line = document.line if isinstance(document, LinedList) else 1
            self.error("should begin with the name of a table, such as services:", file, line)
            return
        for key, value in document.items():
            line = document.lines[key]
            if key in MODELS:
                self._take_table(key, value, file, line)
            elif key == "vips":
                self._take_vips(value, file, line)
            elif key in KEYED:
                self._take_keys(key, value, file, line)
            else:
                self.error(f"unknown table {quoted(key)}", file, line, self._table_hint(key, file))

    def _table_hint(self, key: str, file: str) -> str | None:
        if key in PARENTS:
            parent = PARENTS[key][0]
            return f"{key} stand inside their {SINGULAR[parent]}, or in a sheet of their own"
        if key == "<<":
            return "merge keys are not read; write the keys out"
        hint = did_you_mean(key, TOP_KEYS)
        if hint is None and file not in self._named_tables:
            self._named_tables.add(file)
            hint = f"the tables are {', '.join(TOP_KEYS)}"
        return hint

    def _take_table(self, table: str, value: Any, file: str, line: int) -> None:
        if value is None:
            return
        if not isinstance(value, LinedList):
            self.error(f"{table}: should be a list of entries", file, line, "begin each one with '- '")
            return
        for entry, entry_line in zip(value, value.lines, strict=True):
            if isinstance(entry, LinedDict):
                self.tables[table].append(entry)
            else:
                example = _EXAMPLES.get(table, "{id: …, name: …}")
                what = f"{table}: {quoted(entry)} is not an entry"
                self.error(what, file, entry_line, f"write it like - {example}")

    def _take_vips(self, value: Any, file: str, line: int) -> None:
        if value is None:
            return
        if not isinstance(value, LinedList):
            self.error("vips: should be a list of addresses", file, line, "write it like [a@b.example]")
            return
        self.vips.extend((item, file, at) for item, at in zip(value, value.lines, strict=True))

    def _take_keys(self, name: str, value: Any, file: str, line: int) -> None:
        """The catalog's own keys, the policy's or the lexicon's: from any file, each key once."""
        if value is None:
            return
        if not isinstance(value, LinedDict):
            self.error(f"{name}: should be a mapping of keys", file, line)
            return
        for key, inner in value.items():
            self.take_key(name, key, inner, file, value.lines[key])

    def take_key(self, name: str, key: str, value: Any, file: str, line: int) -> None:
        """One key of the catalog's own (`name` is `catalog`), of the policy or of the lexicon."""
        for other in self.keys[name].values():
            if key in other:
                if other[key] != value:
                    what = f"{name}.{key}: stands already at {other.file}:{other.lines[key]}"
                    self.error(what, file, line)
                return
        self.keys[name].setdefault(file, LinedDict(file, line)).put(key, value, line)

    def take_cell(self, name: str, key: str, text: str, file: str, line: int) -> None:
        """A row of the sheet `policy` or `lexicon`: a key and its value as JSON."""
        try:
            value = read_json(text, file, self.problems)
        except Unreadable as problem:
            what = f"{name}.{key}: the value {problem}"
            self.error(what, file, line, 'write a number, true, false, a "text" or a {mapping}')
            return
        self.take_key(name, key, value, file, line)

    def every_entry(self) -> Iterator[tuple[str, LinedDict, LinedDict | None]]:
        """Every entry with its table and its parent, nested ones behind theirs."""
        for table, entries in self.tables.items():
            if table not in CHILDREN:
                for entry in entries:
                    yield table, entry, None
                continue
            stack: list[tuple[str, LinedDict, LinedDict | None]]
            stack = [(table, entry, None) for entry in reversed(entries)]
            while stack:
                name, entry, parent = stack.pop()
                yield name, entry, parent
                inner = [
                    (child, nested, entry)
                    for child in CHILDREN.get(name, ())
                    for nested in entry.get(child) or ()
                    if isinstance(nested, LinedDict)
                ]
                stack.extend(reversed(inner))

    def join(self, base: Tables | None) -> None:
        """Put the rows of nested sheets into their parents; `base` stands in for those that no file gives."""
        if not self.hours and not any(self.rows.values()):
            return
        known: dict[str, dict[str, LinedDict]] = {}
        for table, entry, _ in self.every_entry():
            known.setdefault(table, {}).setdefault(str(entry.get("id")), entry)
        for table in ("stages", "touchpoints", "promises", "costs", "kpis"):
            parent_table, column = PARENTS[table]
            for row in self.rows[table]:
                parent = self._parent(table, parent_table, column, row, known, base)
                if parent is None:
                    continue
                inside = parent.get(table)
                if inside is None:
                    inside = LinedList(row.line)
                    parent.put(table, inside, row.line)
                if isinstance(inside, LinedList):
                    inside.add(row, row.line)
                    known.setdefault(table, {}).setdefault(str(row.get("id")), row)
        for row in self.hours:
            parent = self._parent("hours", "calendars", "calendar", row, known, base)
            if parent is not None:
                self._add_hours(parent, row)

    def _add_hours(self, calendar: LinedDict, row: LinedDict) -> None:
        hours = calendar.get("hours")
        if hours is None:
            hours = LinedDict(row.file, row.line)
            calendar.put("hours", hours, row.line)
        days = row.get("days")
        if days is None:
            self.error("hours.days: is missing", row.file, row.line, "write it like mon-fri")
        elif isinstance(hours, LinedDict):
            if days in hours:
                what = f"hours.days: {quoted(days)} stands twice, first on line {hours.lines[days]}"
                self.error(what, row.file, row.line, "separate its hours by ;")
            else:
                hours.put(days, row.get("hours", LinedList(row.line)), row.line)

    def _parent(
        self,
        table: str,
        parent_table: str,
        column: str,
        row: LinedDict,
        known: dict[str, dict[str, LinedDict]],
        base: Tables | None,
    ) -> LinedDict | None:
        ident = row.pop(column, None)
        if ident is None:
            self.error(f"{table}.{column}: is missing", row.file, row.line)
            return None
        found = known.get(parent_table, {}).get(ident)
        if found is None and base is not None and ident in base[parent_table]:
            found = self._stand_in(parent_table, ident, row, known, base)
        if found is None:
            what = f"{table}.{column}: no {SINGULAR[parent_table]} {quoted(ident)}"
            names = {*known.get(parent_table, ()), *(base[parent_table] if base else ())}
            self.error(what, row.file, row.lines.get(column, row.line), did_you_mean(ident, sorted(names)))
        return found

    def _stand_in(
        self,
        table: str,
        ident: str,
        row: LinedDict,
        known: dict[str, dict[str, LinedDict]],
        base: Tables,
    ) -> LinedDict:
        """An entry that the files do not give, with nothing but its id and its name."""
        flat = base[table][ident]
        entry = LinedDict(row.file, row.line)
        entry.put("id", ident, row.line)
        for name in ("name", "text"):
            if getattr(flat.entry, name, None):
                entry.put(name, getattr(flat.entry, name), row.line)
        known.setdefault(table, {})[ident] = entry
        if flat.parent is None:
            self.tables[table].append(entry)
            return entry
        above = PARENTS[table][0]
        parent = known.get(above, {}).get(flat.parent) or self._stand_in(above, flat.parent, row, known, base)
        inside = parent.setdefault(table, LinedList(row.line))
        if isinstance(inside, LinedList):
            inside.add(entry, row.line)
        return entry


def json_cell(value: Any) -> str:
    """A value of the policy or the lexicon as a cell of a sheet."""
    return json.dumps(value, ensure_ascii=False)
