"""Two catalogs made one: what the files give, over what exists.

A field that the files give replaces the one that exists; what they do not give stays. Nested entries
are entries like any others: a touchpoint that the files put into another stage moves there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from triage.catalog.models import Catalog, Entry
from triage.catalog.shape import CHILDREN, MODELS, PARENTS, identity
from triage.text import fold

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Flat:
    """An entry outside its parent: the entry without its nested ones, and the parent's identity."""

    entry: Entry
    parent: str | None


Tables = dict[str, dict[str, Flat]]
# Nested entries that are merged one by one; costs go with their service as one field.
SPLIT: dict[str, tuple[str, ...]] = {
    table: tuple(name for name in names if name != "costs") for table, names in CHILDREN.items()
}


def key_of(table: str, entry: Entry, parent: str | None) -> str:
    """What an entry is known by in its table. A KPI is known by its service and its id."""
    return f"{parent}/{identity(table, entry)}" if table == "kpis" else identity(table, entry)


def flatten(catalog: Catalog) -> Tables:
    """Every entry by table and key, nested ones in tables of their own, in the order of the catalog."""
    tables: Tables = {table: {} for table in (*MODELS, *(name for name in PARENTS if name != "costs"))}
    for table in MODELS:
        for entry in getattr(catalog, table):
            _flatten(tables, table, entry, None)
    return tables


def _flatten(tables: Tables, table: str, entry: Entry, parent: str | None) -> None:
    key = key_of(table, entry, parent)
    tables[table][key] = Flat(entry, parent)
    for child in SPLIT.get(table, ()):
        for nested in getattr(entry, child):
            _flatten(tables, child, nested, key)


def unflatten(tables: Tables, source: Catalog) -> Catalog:
    """The catalog of `tables`; info, VIPs, policy and lexicon are taken from `source`."""
    children: dict[tuple[str, str], list[Entry]] = {}
    for table in ("promises", "kpis", "touchpoints", "stages"):
        for key, flat in tables[table].items():
            whole = _with_children(table, key, flat.entry, children)
            children.setdefault((table, flat.parent or ""), []).append(whole)
    made: dict[str, Any] = {
        table: [_with_children(table, key, flat.entry, children) for key, flat in tables[table].items()]
        for table in MODELS
    }
    return source.model_copy(update=made)


def _with_children(table: str, key: str, entry: Entry, children: Mapping[tuple[str, str], list[Entry]]) -> Entry:
    names = SPLIT.get(table, ())
    wanted = {name: children.get((name, key), []) for name in names}
    if all(getattr(entry, name) == nested for name, nested in wanted.items()):
        return entry
    return entry.model_copy(update=wanted)


def given(table: str, entry: Entry) -> list[str]:
    """The fields that a file gives for an entry, without its nested entries."""
    nested = SPLIT.get(table, ())
    written = entry.model_fields_set.difference(nested)
    return [name for name in type(entry).model_fields if name in written]


def merged_order(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """The keys of both in the order of `after`; what only `before` has stays behind its predecessor."""
    new = list(after)
    known = set(new)
    followers: dict[str | None, list[str]] = {}
    anchor: str | None = None
    for key in before:
        if key in known:
            anchor = key
        else:
            followers.setdefault(anchor, []).append(key)
    order = followers.get(None, [])[:]
    for key in new:
        order.append(key)
        order.extend(followers.get(key, ()))
    return order


def merge_tables(before: Tables, after: Tables) -> Tables:
    """The entries of both, field by field: what `after` gives counts."""
    merged: Tables = {}
    for table in before:
        old, new = before[table], after[table]
        rows: dict[str, Flat] = {}
        for key in _order(old, new):
            theirs, ours = old.get(key), new.get(key)
            if ours is None or theirs is None:
                found = ours or theirs
                assert found is not None
                rows[key] = found
                continue
            fields = {name: getattr(ours.entry, name) for name in given(table, ours.entry)}
            changed = {name: value for name, value in fields.items() if value != getattr(theirs.entry, name)}
            entry = theirs.entry.model_copy(update=changed) if changed else theirs.entry
            rows[key] = Flat(entry, ours.parent)
        merged[table] = rows
    return merged


def _order(old: Mapping[str, Flat], new: Mapping[str, Flat]) -> list[str]:
    """The keys of both, parent by parent: the order of stages in one journey says nothing of another's."""
    groups: dict[str | None, tuple[list[str], list[str]]] = {}
    for key, flat in old.items():
        parent = new[key].parent if key in new else flat.parent
        groups.setdefault(parent, ([], []))[0].append(key)
    for key, flat in new.items():
        groups.setdefault(flat.parent, ([], []))[1].append(key)
    return [key for before, after in groups.values() for key in merged_order(before, after)]


def merge_vips(before: list[str], after: list[str]) -> list[str]:
    """The addresses of both lists, each once whatever its case, in the order in which they came."""
    found: dict[str, str] = {}
    for address in (*before, *after):
        found.setdefault(fold(address), address)
    return list(found.values())


def merge_keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """`after` over `before`, key by key into nested mappings."""
    merged = dict(before)
    for key, value in after.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = merge_keys(old, value) if both else value  # type: ignore[arg-type]
    return merged


def merge(before: Catalog | None, after: Catalog) -> Catalog:
    """What `after` gives over `before`; nothing that it does not give is removed. Neither is changed."""
    if before is None:
        return after
    info = {name: getattr(after.catalog, name) for name in after.catalog.model_fields_set}
    source = before.model_copy(
        update={
            "catalog": before.catalog.model_copy(update=info),
            "vips": merge_vips(before.vips, after.vips),
            "policy": merge_keys(before.policy, after.policy),
            "lexicon": merge_keys(before.lexicon, after.lexicon),
        }
    )
    return unflatten(merge_tables(flatten(before), flatten(after)), source)
