"""The shape of the catalog as data, read off the models: tables, what nests in what, columns of a sheet."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from triage.catalog import models
from triage.catalog.models import Catalog, Entry

# The tables that hold entries, in the order in which they are written.
MODELS: dict[str, type[Entry]] = {
    "people": models.Person,
    "business_units": models.BusinessUnit,
    "support_groups": models.SupportGroup,
    "sites": models.Site,
    "organisations": models.Organisation,
    "calendars": models.Calendar,
    "services": models.Service,
    "personas": models.Persona,
    "journeys": models.Journey,
    "windows": models.Window,
    "known_errors": models.KnownError,
    "improvements": models.Improvement,
    "figures": models.Figure,
    "training": models.Training,
    "translations": models.Translation,
}
NESTED: dict[str, type[Entry]] = {
    "stages": models.Stage,
    "touchpoints": models.Touchpoint,
    "promises": models.Promise,
    "costs": models.Cost,
    "kpis": models.Kpi,
}
ALL_MODELS: dict[str, type[Entry]] = {**MODELS, **NESTED}

# What nests in what: the parent's table and the column that names the parent in a sheet of its own.
PARENTS: dict[str, tuple[str, str]] = {
    "stages": ("journeys", "journey"),
    "touchpoints": ("stages", "stage"),
    "promises": ("touchpoints", "touchpoint"),
    "costs": ("services", "service"),
    "kpis": ("services", "service"),
}
CHILDREN: dict[str, tuple[str, ...]] = {
    "journeys": ("stages",),
    "stages": ("touchpoints",),
    "touchpoints": ("promises",),
    "services": ("costs", "kpis"),
}
# Sheets that are no table of entries.
OTHER_SHEETS: dict[str, tuple[str, ...]] = {
    "catalog": tuple(models.CatalogInfo.model_fields),
    "hours": ("calendar", "days", "hours"),
    "vips": ("address",),
    "policy": ("key", "value"),
    "lexicon": ("key", "value"),
}
TOP_KEYS = tuple(Catalog.model_fields)
SHEETS = (*ALL_MODELS, *OTHER_SHEETS)

# What makes an entry the same entry where it has no id.
IDENTITY: dict[str, tuple[str, ...]] = {
    "figures": ("service", "kpi", "period"),
    "training": ("person", "kind", "period"),
    "translations": ("language", "table", "entry", "field"),
    "costs": ("component",),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its name (`agreed.by` for a part of an entry), and whether it holds a list."""

    name: str
    is_list: bool


def kind_of(field: FieldInfo) -> tuple[str, type[BaseModel] | None]:
    """`entries`, `list`, `part` (an object), `map` or `value`; the model of the first and the third."""
    annotation = bare(field.annotation)
    origin = get_origin(annotation)
    if origin is list:
        inner = bare(get_args(annotation)[0])
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            return "entries", inner
        return "list", None
    if origin is dict:
        return "map", None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "part", annotation
    return "value", None


def bare(annotation: Any) -> Any:
    """An annotation without `Annotated` and without `| None`."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            annotation = next(part for part in get_args(annotation) if part is not type(None))
        else:
            return annotation


@cache
def columns(table: str) -> tuple[Column, ...]:
    """The columns of a table's sheet: the parent's first, nested entries left to sheets of their own."""
    if table in OTHER_SHEETS:
        lists = {("hours", "hours")}
        return tuple(Column(name, (table, name) in lists) for name in OTHER_SHEETS[table])
    found = [Column(PARENTS[table][1], False)] if table in PARENTS else []
    found.extend(_columns_of(ALL_MODELS[table], ""))
    return tuple(found)


def _columns_of(model: type[BaseModel], prefix: str) -> Iterator[Column]:
    for name, field in model.model_fields.items():
        kind, inner = kind_of(field)
        if kind == "part" and inner is not None:
            yield from _columns_of(inner, f"{prefix}{name}.")
        elif kind in ("value", "list"):
            yield Column(prefix + name, kind == "list")


def fields_at(table: str, path: tuple[str | int, ...]) -> list[str]:
    """The keys that an object at `path` inside an entry of `table` may have."""
    model: type[BaseModel] | None = models.CatalogInfo if table == "catalog" else ALL_MODELS.get(table)
    for step in path:
        if model is None or isinstance(step, int):
            continue
        field = model.model_fields.get(step)
        model = kind_of(field)[1] if field is not None else None
    return list(model.model_fields) if model is not None else []


def table_of(table: str, path: tuple[str | int, ...]) -> tuple[str, tuple[str | int, ...]]:
    """The innermost table that `path` inside an entry of `table` leads to, and the rest of the path in it."""
    at = 0
    while at + 1 < len(path) and path[at] in CHILDREN.get(table, ()) and isinstance(path[at + 1], int):
        table = str(path[at])
        at += 2
    return table, path[at:]


def identity(table: str, entry: BaseModel) -> str:
    """What an entry is known by within its table (within its parent, for a cost)."""
    if table in IDENTITY:
        return "/".join(str(getattr(entry, name) or "") for name in IDENTITY[table])
    return str(getattr(entry, "id", ""))


def title(table: str, entry: BaseModel) -> str:
    """The name of an entry for people; its identity where it has none."""
    return str(getattr(entry, "name", None) or getattr(entry, "text", None) or identity(table, entry))
