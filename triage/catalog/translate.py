"""A catalog in another language: the same entries, with the texts that somebody translated in place of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from triage.catalog.cell_lists import split_list
from triage.catalog.models import Catalog, Entry, Journey, Stage, Touchpoint, Translation

TEXTS: dict[str, tuple[str, ...]] = {
    "services": ("name",),
    "journeys": ("name",),
    "stages": ("name",),
    "touchpoints": ("name", "moment_of_truth", "agent_may"),
    "promises": ("text",),
    "windows": ("name", "reason"),
    "known_errors": ("name", "workaround"),
    "improvements": ("name",),
}
"""Table to the texts of its entries that a brief quotes, and that may therefore be translated."""

Key = tuple[str, str]


def translated(catalog: Catalog, language: str) -> Catalog:
    """The catalog with what is translated into this language; what is not stays in the catalog's own."""
    texts: dict[Key, dict[str, Any]] = {}
    for one in catalog.translations:
        if one.language == language:
            value = split_list(one.text) if one.field == "agent_may" else one.text
            texts.setdefault((one.table, one.entry), {})[one.field] = value
    if not texts:
        return catalog
    changed: dict[str, Any] = {
        table: _entries(getattr(catalog, table), table, texts)
        for table in ("services", "windows", "known_errors", "improvements")
    }
    changed["journeys"] = [_journey(journey, texts) for journey in catalog.journeys]
    return catalog.model_copy(update=changed)


def _entries(entries: Sequence[Any], table: str, texts: dict[Key, dict[str, Any]]) -> list[Any]:
    return [_entry(entry, table, texts) for entry in entries]


def _entry(entry: Any, table: str, texts: dict[Key, dict[str, Any]], **inside: Any) -> Any:
    update = texts.get((table, entry.id), {}) | inside
    return entry.model_copy(update=update) if update else entry


def _journey(journey: Journey, texts: dict[Key, dict[str, Any]]) -> Journey:
    made: Journey = _entry(journey, "journeys", texts, stages=[_stage(stage, texts) for stage in journey.stages])
    return made


def _stage(stage: Stage, texts: dict[Key, dict[str, Any]]) -> Stage:
    touchpoints = [
        _entry(one, "touchpoints", texts, promises=_entries(one.promises, "promises", texts))
        for one in stage.touchpoints
    ]
    made: Stage = _entry(stage, "stages", texts, touchpoints=touchpoints)
    return made


def translatable(catalog: Catalog) -> dict[str, set[str]]:
    """Table to the ids of its entries, for the tables whose texts may be translated."""
    found: dict[str, set[str]] = {table: set() for table in TEXTS}
    for table, entry in _all(catalog):
        found[table].add(str(getattr(entry, "id", "")))
    return found


def _all(catalog: Catalog) -> Iterator[tuple[str, Entry]]:
    for table in ("services", "windows", "known_errors", "improvements", "journeys"):
        yield from ((table, entry) for entry in getattr(catalog, table))
    for journey in catalog.journeys:
        for stage in journey.stages:
            yield "stages", stage
            yield from _touchpoints(stage.touchpoints)


def _touchpoints(touchpoints: Sequence[Touchpoint]) -> Iterator[tuple[str, Entry]]:
    for touchpoint in touchpoints:
        yield "touchpoints", touchpoint
        yield from (("promises", promise) for promise in touchpoint.promises)


def what_is_wrong(one: Translation, known: dict[str, set[str]]) -> tuple[str, str, list[str]] | None:
    """(key, what is wrong with it, what it may be) of a translation of nothing; None where it is well."""
    if one.field not in TEXTS[one.table]:
        return "field", f"'{one.field}' is no text of {one.table} that a brief quotes", list(TEXTS[one.table])
    if one.entry not in known[one.table]:
        return "entry", f"no entry '{one.entry}' in {one.table}", sorted(known[one.table])
    return None
