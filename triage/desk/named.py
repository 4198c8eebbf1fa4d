"""Entries of the catalog as people name them: by id, or by the name that a report shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from triage.errors import NotFound
from triage.text import did_you_mean, fold, one_line

if TYPE_CHECKING:
    from triage.catalog.models import Named


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


def whom(text: str, people: Mapping[str, str], user: str) -> str | None:
    """Whom an agent means: who is called so, else the only one who begins so; None where nobody is, or several are.

    `people` are the catalog's, id to name; `user` is the person who asks, whom it need not have.
    """
    known = _called(people, user)
    wanted = fold(text)
    begin = {ident for name, ident in known.items() if name.startswith(wanted)}
    return known.get(wanted) or (begin.pop() if len(begin) == 1 else None)


def nobody_called(text: str, people: Mapping[str, str], user: str) -> str:
    """What to say of a name that means nobody, with the nearest that somebody has."""
    hint = did_you_mean(fold(text), list(_called(people, user)))
    return f"nobody is called '{one_line(text)}'" + (f"; {hint}" if hint else "")


def _called(people: Mapping[str, str], user: str) -> dict[str, str]:
    """Names and ids, folded, to ids."""
    known = {fold(name): ident for ident, name in people.items()} | {fold(ident): ident for ident in people}
    known.setdefault(fold(user), user)
    return known
