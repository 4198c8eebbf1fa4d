"""What applying a catalog would change, entry by entry and field by field, and what would come of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from triage.catalog.merge import SPLIT, Flat, Tables, flatten, given, merge
from triage.catalog.models import Catalog, Entry
from triage.catalog.shape import PARENTS, title
from triage.errors import Refused
from triage.text import fold


class Named(NamedTuple):
    """An entry, by its table, its id (or what it is known by), and its name."""

    table: str
    id: str
    name: str


class Change(NamedTuple):
    """A field of an entry that becomes another; values as JSON has them, `agreed.by` for a part of one."""

    table: str
    id: str
    field: str
    before: Any
    after: Any


class Kept(NamedTuple):
    """A field that exists, and that the files do not give: it stays."""

    table: str
    id: str
    field: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an apply would do. `renamed` and `retired` repeat, for people, what `changed` says."""

    result: Catalog
    added: list[Named] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    removed: list[Named] = field(default_factory=list)
    renamed: list[Change] = field(default_factory=list)
    retired: list[Named] = field(default_factory=list)
    kept: list[Named] = field(default_factory=list)
    kept_fields: list[Kept] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether applying would change nothing."""
        return not (self.added or self.changed or self.removed)

    def as_json(self) -> dict[str, Any]:
        """The part of `triage catalog plan --json` that the catalog knows of."""
        return {
            "added": [entry._asdict() for entry in self.added],
            "changed": [change._asdict() for change in self.changed],
            "removed": [entry._asdict() for entry in self.removed],
        }


def count_entries(catalog: Catalog) -> int:
    """How many entries a catalog holds, nested ones too."""
    return sum(len(rows) for rows in flatten(catalog).values()) + len(catalog.vips)


def plan(before: Catalog | None, after: Catalog, *, prune: bool) -> Plan:
    """What `after` (as the files give it) changes in `before`.

    Without `prune`, nothing that the files do not give is removed: neither entries nor fields. With it, the
    files are the whole truth; then Refused where they hold less than half of what exists.
    """
    if before is None:
        made = _compare(Catalog(catalog=after.catalog), after, {}, after)
        if after.catalog.model_fields_set:
            made.added.insert(0, Named("catalog", "catalog", after.catalog.name))
        return made
    if prune:
        _refuse_small(before, after)
        return _compare(before, after, {}, after)
    return _compare(before, merge(before, after), flatten(after), after)


def difference(before: Catalog, after: Catalog) -> Plan:
    """What lies between two whole catalogs, say two versions."""
    return _compare(before, after, {}, after)


def _refuse_small(before: Catalog, after: Catalog) -> None:
    old, new = count_entries(before), count_entries(after)
    if old and new * 2 < old:
        much = "no entries" if new == 0 else f"{new} of {old} entries"
        raise Refused(
            f"the files hold {much}, and --prune would remove the rest",
            "apply without --prune, or remove them in smaller steps",
        )


def _compare(before: Catalog, result: Catalog, files: Tables, source: Catalog) -> Plan:
    """The plan that leads from `before` to `result`; what `files` lack of it is kept (empty: not asked)."""
    old, new = flatten(before), flatten(result)
    made = Plan(result)
    _compare_info(before, result, made)
    for table in new:
        for key, flat in new[table].items():
            theirs = old[table].get(key)
            if theirs is None:
                made.added.append(Named(table, key, title(table, flat.entry)))
            elif theirs is not flat:
                made.changed.extend(_changes(table, key, theirs, flat))
        removed = [
            Named(table, key, title(table, flat.entry)) for key, flat in old[table].items() if key not in new[table]
        ]
        made.removed.extend(removed)
    made.changed.extend(_orders(old, new))
    _compare_vips(before, result, made)
    for name in ("policy", "lexicon"):
        differences = _differences(getattr(before, name), getattr(result, name), "")
        made.changed.extend(Change(name, name, *change) for change in differences)
    names = {(table, key): title(table, flat.entry) for table in new for key, flat in new[table].items()}
    for change in made.changed:
        if change.field == "name":
            made.renamed.append(change)
        elif change.field == "lifecycle" and change.after == "retired":
            made.retired.append(Named(change.table, change.id, names[(change.table, change.id)]))
    if files:
        _keep(old, files, made)
        given_vips = {fold(address) for address in source.vips}
        made.kept.extend(Named("vips", vip, vip) for vip in before.vips if fold(vip) not in given_vips)
    return made


def _compare_info(before: Catalog, result: Catalog, made: Plan) -> None:
    if before.catalog != result.catalog:
        old, new = (info.model_dump(mode="json") for info in (before.catalog, result.catalog))
        changes = [Change("catalog", "catalog", name, old[name], new[name]) for name in new if old[name] != new[name]]
        made.changed.extend(changes)


def _compare_vips(before: Catalog, result: Catalog, made: Plan) -> None:
    old, new = ({fold(address): address for address in catalog.vips} for catalog in (before, result))
    made.added.extend(Named("vips", new[key], new[key]) for key in new if key not in old)
    made.removed.extend(Named("vips", old[key], old[key]) for key in old if key not in new)
    for key, address in new.items():
        if key in old and old[key] != address:
            made.changed.append(Change("vips", old[key], "address", old[key], address))


def _changes(table: str, key: str, old: Flat, new: Flat) -> Iterator[Change]:
    if old.parent != new.parent:
        yield Change(table, key, PARENTS[table][1], old.parent, new.parent)
    if old.entry is new.entry:
        return
    nested = SPLIT.get(table, ())
    fields = type(new.entry).model_fields
    differ = {name for name in fields if name not in nested and getattr(old.entry, name) != getattr(new.entry, name)}
    if not differ:
        return
    before = old.entry.model_dump(mode="json", include=differ)
    after = new.entry.model_dump(mode="json", include=differ)
    for name in fields:
        if name not in differ:
            continue
        parts = any(isinstance(getattr(flat.entry, name), Entry) for flat in (old, new))
        if parts:
            yield from (
                Change(table, key, *change)
                for change in _differences(before[name] or {}, after[name] or {}, f"{name}.")
                if change[1] != change[2]
            )
        else:
            yield Change(table, key, name, before[name], after[name])


def _differences(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any, Any]]:
    """The leaves in which two nested mappings differ: the path with dots, the two values (None: absent)."""
    for key in dict.fromkeys((*after, *before)):
        old, new = before.get(key), after.get(key)
        if old == new and (key in before) == (key in after):
            continue
        old_inner, new_inner = isinstance(old, dict) and old, isinstance(new, dict) and new
        if (
            (old_inner or new_inner)
            and (old is None or isinstance(old, dict))
            and (new is None or isinstance(new, dict))
        ):
            yield from _differences(old or {}, new or {}, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", old, new


def _orders(old: Tables, new: Tables) -> Iterator[Change]:
    """Where entries that stay in their parent stand in another order there: the order is time."""
    for table in ("stages", "touchpoints"):
        before, after = _by_parent(old[table]), _by_parent(new[table])
        for parent, keys in after.items():
            was = before.get(parent, [])
            if was == keys:
                continue
            stay = set(was) & set(keys)
            if [key for key in was if key in stay] != [key for key in keys if key in stay]:
                yield Change(PARENTS[table][0], parent, table, was, keys)


def _by_parent(rows: Mapping[str, Flat]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, flat in rows.items():
        found.setdefault(flat.parent or "", []).append(key)
    return found


def _keep(old: Tables, files: Tables, made: Plan) -> None:
    """What exists and no file gives: whole entries, and fields that are more than their default."""
    for table, rows in old.items():
        for key, flat in rows.items():
            written = files[table].get(key)
            if written is None:
                made.kept.append(Named(table, key, title(table, flat.entry)))
                continue
            names = set(given(table, written.entry))
            for name, info in type(flat.entry).model_fields.items():
                if name in names or name in SPLIT.get(table, ()) or info.is_required():
                    continue
                if getattr(flat.entry, name) != info.get_default():
                    made.kept_fields.append(Kept(table, key, name))
