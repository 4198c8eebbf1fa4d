"""From what was collected to a catalog: ids, references, models; every problem kept, none hides another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from triage.catalog.collect import MAX_ENTRIES, Collected
from triage.catalog.lined import LinedDict, LinedList, locate, plain, quoted
from triage.catalog.merge import Tables
from triage.catalog.models import REFERENCES, SINGULAR, Catalog, CatalogInfo, Entry
from triage.catalog.shape import ALL_MODELS, IDENTITY, MODELS, identity, kind_of
from triage.catalog.values import Line
from triage.catalog.wording import problems_of, words
from triage.errors import Problem
from triage.text import did_you_mean, fold

Where = dict[tuple[str, str], tuple[str, int]]
MAX_HINTS = 60
_REFERENCE_WORD = re.compile(r"[^\n]{1,200}")
_LINE: TypeAdapter[str] = TypeAdapter(Line)


@cache
def _references(table: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    """The fields of a table that refer, as paths, with the table that each refers to."""
    return tuple((tuple(field.split(".")), target) for (name, field), target in REFERENCES.items() if name == table)


class Builder:
    """Makes a catalog of what was collected; `base` holds what the references may also name."""

    def __init__(self, collected: Collected, base: Tables | None) -> None:
        self.collected = collected
        self.problems = collected.problems
        self.base = base
        self.where: Where = {}
        self.rejected = 0
        self.ids: dict[str, dict[str, LinedDict]] = {table: {} for table in ALL_MODELS}
        self._lost: set[tuple[str | None, int | None, str]] = set()
        self._hints: dict[tuple[str, str], str | None] = {}
        self._names: dict[str, dict[str, str]] = {}

    def build(self) -> Catalog:
        """The catalog of the entries that are right. What is wrong stands in `problems`."""
        self._count()
        self._collect_ids()
        self._check_references()
        tables: dict[str, Any] = {table: self._entries(table) for table in MODELS}
        self._check_identities(tables)
        tables["catalog"] = self._info()
        tables["vips"] = self._vips()
        tables["policy"] = self._keyed("policy")
        tables["lexicon"] = self._keyed("lexicon")
        # An unset table must stay unset, so that a merge knows what the files did not give.
        return Catalog(**{name: value for name, value in tables.items() if value})

    def _error(self, what: str, place: tuple[str, int], hint: str | None = None) -> None:
        self.problems.append(Problem(what, place[0], place[1], hint))

    def _count(self) -> None:
        counts: dict[str, int] = {}
        first: dict[str, LinedDict] = {}
        for table, entry, _ in self.collected.every_entry():
            counts[table] = counts.get(table, 0) + 1
            if counts[table] == MAX_ENTRIES + 1:
                first[table] = entry
        for table, entry in first.items():
            what = f"{table}: {counts[table]} entries are more than a catalog holds ({MAX_ENTRIES})"
            self._error(what, (entry.file, entry.line))
        if len(self.collected.vips) > MAX_ENTRIES:
            _, file, line = self.collected.vips[MAX_ENTRIES]
            self._error(f"vips: more than a catalog holds ({MAX_ENTRIES})", (file, line))

    def _collect_ids(self) -> None:
        """Every id with its place; an id that stands twice is named with both places."""
        for table, entry, parent in self.collected.every_entry():
            if "id" not in ALL_MODELS[table].model_fields or entry.get("id") is None:
                continue
            ident = str(entry["id"])
            line = entry.lines.get("id", entry.line)
            # The same indicator on two services is two indicators: a figure names both.
            key = f"{parent.get('id')}/{ident}" if table == "kpis" and parent is not None else ident
            first = self.ids[table].setdefault(key, entry)
            if first is not entry or (table, key) in self.where:
                file, at = self.where.get((table, key), (first.file, first.line))
                self._error(f"{table}.id: {quoted(ident)} stands already at {file}:{at}", (entry.file, line))
            else:
                self.where[(table, key)] = (entry.file, line)

    def _known(self, target: str) -> Iterable[str]:
        return (*self.ids[target], *(self.base[target] if self.base else ()))

    def _check_references(self) -> None:
        for table, entry, _ in self.collected.every_entry():
            for path, target in _references(table):
                value: Any = entry
                for step in path:
                    value = value.get(step) if isinstance(value, LinedDict) else None
                if value is None:
                    continue
                if isinstance(value, LinedList):
                    for position, item in enumerate(value):
                        self._check_reference(table, entry, (*path, position), item, target)
                else:
                    self._check_reference(table, entry, path, value, target)

    def _check_reference(
        self, table: str, entry: LinedDict, path: tuple[str | int, ...], value: Any, target: str
    ) -> None:
        if isinstance(value, dict | list | bool) or value is None:
            return
        word = str(value)
        if word in self.ids[target] or (self.base is not None and word in self.base[target]):
            return
        if not _REFERENCE_WORD.fullmatch(word):
            return
        field = ".".join(str(step) for step in path if not isinstance(step, int))
        what = f"{table}.{field}: no {SINGULAR[target]} {quoted(word)}"
        place = locate(entry, path)
        self._lost.add((*place, f"{table}.{field}"))
        self._error(what, place, self._reference_hint(target, word))

    def _reference_hint(self, target: str, word: str) -> str | None:
        """The id that was meant. Looking is slow among many, so only the first problems get one."""
        key = (target, word)
        if key not in self._hints:
            if len(self._hints) >= MAX_HINTS:
                return None
            ident = self._by_name(target).get(fold(word))
            if ident is not None:
                self._hints[key] = f"write its id '{ident}'"
            else:
                self._hints[key] = did_you_mean(word, sorted(self._known(target)))
        return self._hints[key]

    def _by_name(self, target: str) -> Mapping[str, str]:
        if target not in self._names:
            names = {fold(str(entry.get("name"))): ident for ident, entry in self.ids[target].items()}
            for ident, flat in (self.base[target] if self.base else {}).items():
                names.setdefault(fold(str(getattr(flat.entry, "name", ""))), ident)
            self._names[target] = names
        return self._names[target]

    def _entries(self, table: str) -> list[Entry]:
        model = MODELS[table]
        made: list[Entry] = []
        for entry in self.collected.tables[table]:
            try:
                made.append(model.model_validate(prepared(entry, model)))
            except ValidationError as error:
                found = problems_of(error, table, entry)
                self.problems.extend(problem for problem in found if not self._told(problem))
                self.rejected += 1
                rest = _without(entry, model, error)
                if rest is not None:
                    made.append(rest)
        return made

    def _told(self, problem: Problem) -> bool:
        """Whether a reference that is no id was already told as a reference to nothing."""
        place = (problem.file, problem.line, problem.what.partition(": ")[0])
        return "is not an id" in problem.what and place in self._lost

    def _check_identities(self, tables: Mapping[str, list[Entry]]) -> None:
        """Figures, training and translations have no id: what they are about must not be told twice."""
        for table in ("figures", "training", "translations"):
            raw = self.collected.tables[table]
            if self.rejected and len(raw) != len(tables[table]):
                continue
            for entry, written in zip(tables[table], raw, strict=True):
                key = (table, identity(table, entry))
                place = (written.file, written.line)
                if key in self.where:
                    file, line = self.where[key]
                    names = ", ".join(IDENTITY[table])
                    self._error(f"{table}: the same {names} stand already at {file}:{line}", place)
                else:
                    self.where[key] = place

    def _info(self) -> CatalogInfo | None:
        given: dict[str, Any] = {}
        for file, info in self.collected.keys["catalog"].items():
            self.where.setdefault(("catalog", "catalog"), (file, info.line))
            try:
                part = CatalogInfo.model_validate(prepared(info, CatalogInfo))
            except ValidationError as error:
                self.problems.extend(problems_of(error, "catalog", info))
            else:
                given |= {name: getattr(part, name) for name in part.model_fields_set}
        return CatalogInfo(**given) if given else None

    def _keyed(self, name: str) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for file, keys in self.collected.keys[name].items():
            self.where.setdefault((name, name), (file, keys.line))
            given |= plain(keys)
        return given

    def _vips(self) -> list[str]:
        made: dict[str, str] = {}
        for item, file, line in self.collected.vips:
            try:
                address = _LINE.validate_python(item)
            except ValidationError as error:
                what, hint = words(error.errors(include_url=False)[0], "vips")
                self._error(f"vips: {what}", (file, line), hint)
                continue
            if "@" not in address:
                what = f"vips: {quoted(address)} is neither an address nor a domain"
                hint = f"write a whole domain as '@{address}'" if "." in address else None
                self.problems.append(Problem(what, file, line, hint, "warning"))
            if fold(address) in made:
                what = f"vips: {quoted(address)} stands twice"
                self.problems.append(Problem(what, file, line, severity="warning"))
            else:
                self.where[("vips", fold(address))] = (file, line)
            made.setdefault(fold(address), address)
        return list(made.values())


def _without(entry: LinedDict, model: type[Entry], error: ValidationError) -> Entry | None:
    """What is left of a wrong entry, so that it still counts in what must hold between entries."""
    wrong = {details["loc"][0] for details in error.errors(include_url=False) if details["loc"]}
    rest = {key: value for key, value in prepared(entry, model).items() if key not in wrong}
    try:
        return model.model_validate({"name": "?", **rest} if "name" in model.model_fields else rest)
    except ValidationError:
        return None


@cache
def _kinds(model: type[BaseModel]) -> dict[str, tuple[str, type[BaseModel] | None, Any]]:
    return {
        name: (*kind_of(field), field.get_default(call_default_factory=True))
        for name, field in model.model_fields.items()
    }


def prepared(value: Any, model: type[BaseModel]) -> Any:
    """An entry as the model takes it. A key without a value says "none": an empty list, or nothing at all."""
    if not isinstance(value, LinedDict):
        return value
    kinds = _kinds(model)
    made: dict[str, Any] = {}
    for key, inner in value.items():
        if key not in kinds:
            made[key] = inner
            continue
        kind, inner_model, default = kinds[key]
        if inner is None:
            if default is None:
                if not model.model_fields[key].is_required():
                    made[key] = None
            elif isinstance(default, list | dict):
                made[key] = type(default)()
        elif kind == "part" and inner_model is not None:
            made[key] = prepared(inner, inner_model)
        elif kind == "entries" and inner_model is not None and isinstance(inner, list):
            made[key] = [prepared(item, inner_model) for item in inner]
        else:
            made[key] = inner
    return made
