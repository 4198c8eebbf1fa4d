"""The short spreadsheet: *name, also called, criticality, owner, support group*, and what is guessed of it.

Ids are made from names, people and groups from theirs; whatever the files or the database already know by
that name is taken instead of being made again. Every guess is a note.
"""

from __future__ import annotations

import re
from email.utils import parseaddr
from typing import Any

from triage.catalog.cell_lists import split_list
from triage.catalog.collect import Collected
from triage.catalog.lined import LinedDict, LinedList, quoted
from triage.catalog.merge import Tables
from triage.catalog.models import SINGULAR
from triage.catalog.shape import columns
from triage.catalog.sheets import Sheet, normal
from triage.catalog.tables import unguard
from triage.errors import Problem
from triage.text import did_you_mean, fold, nearest, one_line, slug

_NAMES = ("name", "service", "service name", "business service", "application")
_SYNONYMS: dict[str, tuple[str, ...]] = {
    "name": _NAMES,
    "aliases": ("also called", "alias", "aliases", "also known as", "aka", "synonyms", "other names"),
    "criticality": ("criticality", "critical", "importance", "business criticality", "tier"),
    "owner": ("owner", "service owner", "owned by", "responsible"),
    "support_group": ("support group", "group", "support team", "team", "assignment group", "supported by"),
}
_PEOPLE = ("owner", "delegate", "business_relationship_manager", "business_contact")
# Columns of the full table that a short sheet may have as well; references are names there, too.
_ALSO = (
    "id", "description", "lifecycle", "consumer", "negative_terms", "business_unit", "delegate",
    "business_relationship_manager", "business_contact", "depends_on", "rto", "mtpd", "revenue_per_hour",
    "serves", "source", "sla.respond", "sla.resolve",
)  # fmt: skip
_LEVEL_WORDS = {
    "critical": 1, "very high": 1, "mission critical": 1, "vital": 1,
    "high": 2, "important": 2, "major": 2,
    "medium": 3, "moderate": 3, "normal": 3, "standard": 3, "average": 3,
    "low": 4, "minor": 4, "very low": 4,
}  # fmt: skip
_NOTHING = frozenset(("", "-", "–", "n/a", "na", "none", "tbd", "unknown", "?"))
_LEVEL = re.compile(r"(?:tier|level|class|prio|priority|p)?\s*[-#]?\s*([1-4])(?:\.0+)?(?:\s*[-–:(].*|\s+\D*)?")


def _wanted() -> dict[str, str]:
    """The field behind each heading that a short spreadsheet may have."""
    wanted = {normal(word): field for field, words in _SYNONYMS.items() for word in words}
    return wanted | {normal(column): column for column in _ALSO}


def match_short(sheet: Sheet) -> dict[int, str] | None:
    """The field for each column of a short spreadsheet by position; None where the sheet is none."""
    wanted = _wanted()
    found: dict[int, str] = {}
    for position, header in enumerate(sheet.header):
        field = wanted.get(normal(header))
        if field is not None and field not in found.values():
            found[position] = field
    return found if "name" in found.values() else None


class ShortSheets:
    """Takes short spreadsheets into what was collected, and says what it guessed."""

    def __init__(self, collected: Collected, base: Tables | None) -> None:
        self.collected = collected
        self.base = base
        self.guessed: list[Problem] = []
        self._known: dict[str, dict[str, str]] = {}
        self._taken: dict[str, set[str]] = {}

    def take(self, sheet: Sheet, fields: dict[int, str]) -> None:
        """All rows of one sheet; `fields` gives the field for each position."""
        ignored = [header for position, header in enumerate(sheet.header) if position not in fields and header.strip()]
        meant = {header: nearest(normal(header), _wanted(), cutoff=75.0) for header in ignored}
        for header, word in meant.items():
            if word:
                what, hint = f"the column {quoted(header)} is not read", f"did you mean '{word}'?"
                problem = Problem(what, sheet.file, sheet.header_line, hint, severity="warning")
                self.collected.problems.append(problem)
        ignored = [header for header in ignored if not meant[header]]
        if ignored:
            names = ", ".join(quoted(header) for header in ignored[:20])
            self._note(
                f"not read: {'column' if len(ignored) == 1 else 'columns'} {names}", sheet.file, sheet.header_line
            )
        made: list[tuple[LinedDict, list[str]]] = []
        for line, cells in sheet.rows:
            values = {field: one_or_text(field, cells[position]) for position, field in fields.items()}
            row = self._service(values, sheet.file, line)
            if row is not None:
                made.append((row, split_list(values.get("depends_on", ""))))
        for row, needed in made:
            if needed:
                self._depends_on(row, needed)

    def _note(self, what: str, file: str, line: int) -> None:
        self.guessed.append(Problem(what, file, line, severity="note"))

    def known(self, table: str) -> dict[str, str]:
        """Id by folded name or alias, of what the files and the database hold in a table."""
        if table not in self._known:
            names: dict[str, str] = {}
            ids: set[str] = set()
            for entry in self.collected.tables[table]:
                ident = str(entry.get("id") or "")
                ids.add(ident)
                for word in _words(entry):
                    names.setdefault(word, ident)
            for ident, flat in (self.base[table] if self.base is not None else {}).items():
                ids.add(ident)
                for word in (ident, getattr(flat.entry, "name", ""), *getattr(flat.entry, "aliases", ())):
                    names.setdefault(fold(word), ident)
            self._known[table] = names
            self._taken[table] = ids
        return self._known[table]

    def _service(self, values: dict[str, str], file: str, line: int) -> LinedDict | None:
        name = values.get("name", "")
        if not name:
            self.collected.error("services.name: is missing", file, line)
            return None
        row = LinedDict(file, line)
        known = self.known("services")
        ident = values.get("id") or known.get(fold(name))
        if ident is None:
            ident = slug(name, self._taken["services"])
            self._note(f"services: {quoted(name)} gets the id '{ident}'", file, line)
        known.setdefault(fold(name), ident)
        self._taken["services"].add(ident)
        row.put("id", ident, line)
        row.put("name", name, line)
        for field in ("aliases", "negative_terms"):
            if items := split_list(values.get(field, "")):
                row.put(field, _list(items, line), line)
        for field in ("description", "lifecycle", "consumer", "rto", "mtpd", "revenue_per_hour", "serves", "source"):
            if values.get(field):
                text = values[field]
                row.put(field, text.lower() if field in ("lifecycle", "consumer", "serves") else text, line)
        self._sla(row, values, line)
        self._criticality(row, values.get("criticality", ""))
        self._people(row, values)
        for field, table in (("support_group", "support_groups"), ("business_unit", "business_units")):
            if fold(values.get(field, "")) not in _NOTHING:
                row.put(field, self._entry(table, values[field], file, line), line)
        self.collected.tables["services"].append(row)
        return row

    def _sla(self, row: LinedDict, values: dict[str, str], line: int) -> None:
        sla = LinedDict(row.file, line)
        for field in ("respond", "resolve"):
            if values.get(f"sla.{field}"):
                sla.put(field, values[f"sla.{field}"], line)
        if sla:
            row.put("sla", sla, line)

    def _criticality(self, row: LinedDict, cell: str) -> None:
        text = fold(cell).strip()
        if text in _NOTHING:
            return
        match = _LEVEL.fullmatch(text)
        level: object = int(match.group(1)) if match else _LEVEL_WORDS.get(text)
        if level is None:
            words = [word for word in _LEVEL_WORDS if re.search(rf"\b{word}\b", text)]
            level = _LEVEL_WORDS[max(words, key=len)] if words else None
        if level is None:
            hint = did_you_mean(text, _LEVEL_WORDS) or "write 1 (critical), 2 (high), 3 (medium) or 4 (low)"
            what = f"services.criticality: {quoted(cell)} is none of 1, 2, 3, 4"
            self.collected.error(what, row.file, row.line, hint)
            return
        if text != str(level):
            self._note(f"services.criticality: {quoted(cell)} is read as {level}", row.file, row.line)
        row.put("criticality", level, row.line)

    def _people(self, row: LinedDict, values: dict[str, str]) -> None:
        for field in _PEOPLE:
            names = [name for name in split_list(values.get(field, "")) if fold(name) not in _NOTHING]
            if not names:
                continue
            row.put(field, self._entry("people", names[0], row.file, row.line), row.line)
            if field == "owner" and len(names) > 1 and not values.get("delegate"):
                row.put("delegate", self._entry("people", names[1], row.file, row.line), row.line)
                what = f"services.delegate: {quoted(names[1])} is read as the delegate of {quoted(names[0])}"
                self._note(what, row.file, row.line)
                names = names[1:]
            if len(names) > 1:
                left = ", ".join(quoted(name) for name in names[1:])
                self._note(f"services.{field}: not read: {left}", row.file, row.line)

    def _entry(self, table: str, text: str, file: str, line: int) -> str:
        """The id of a person, a group or a unit by its name: known, or made now."""
        name, address = parseaddr(text) if table == "people" and "@" in text else (text, "")
        name = one_line(name or address or text)
        known = self.known(table)
        words = [fold(word) for word in (name, address) if word]
        found = next((known[word] for word in words if word in known), None)
        if found is not None:
            return found
        ident = slug(name.partition("@")[0] if name == address else name, self._taken[table])
        self._taken[table].add(ident)
        known.update(dict.fromkeys(words, ident))
        entry = LinedDict(file, line)
        entry.put("id", ident, line)
        entry.put("name", name, line)
        if address:
            entry.put("email", address, line)
        self.collected.tables[table].append(entry)
        self._note(f"{table}: {SINGULAR[table]} '{ident}' is made from {quoted(text)}", file, line)
        return ident

    def _depends_on(self, row: LinedDict, needed: list[str]) -> None:
        """Services by id or by name; what is neither stays as it is and is told as a reference to nothing."""
        known = self.known("services")
        ids = [name if name in self._taken["services"] else known.get(fold(name), name) for name in needed]
        row.put("depends_on", _list(ids, row.line), row.line)


def one_or_text(field: str, cell: str) -> str:
    """A cell made safe: a description keeps its lines, everything else is one line."""
    text = unguard(cell.strip())
    return text if field == "description" else one_line(text)


def _words(entry: LinedDict) -> list[str]:
    aliases: Any = entry.get("aliases")
    words = [entry.get("id"), entry.get("name"), entry.get("email")]
    words.extend(aliases if isinstance(aliases, list) else ())
    return [fold(one_line(str(word))) for word in words if word is not None]


def _list(items: list[str], line: int) -> LinedList:
    made = LinedList(line)
    for item in items:
        made.add(item, line)
    return made


assert set(_ALSO) <= {column.name for column in columns("services")}
