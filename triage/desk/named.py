"""Entries of the catalog as people name them: by id, or by the name that a report shows."""

from __future__ import annotations

from collections.abc import Mapping

from triage.catalog.models import Named
from triage.errors import NotFound
from triage.text import did_you_mean, fold, one_line


def id_of(what: str, text: str, known: Mapping[str, Named]) -> str:
    """The id of the entry that an id or a name means; NotFound with the nearest."""
    if text in known:
        return text
    folded = fold(text)
    found = next((ident for ident, entry in known.items() if fold(entry.name) == folded), None)
    if found is None:
        names = [*known, *(entry.name for entry in known.values())]
        hint = did_you_mean(text, names) or "see `triage catalog export`"
        raise NotFound(f"there is no {what} '{one_line(text)}'", hint)
    return found
