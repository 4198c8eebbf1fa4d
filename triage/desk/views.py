"""Own views: a name for a view with its filter and its order, shared by all who work on the database.

Kept in the database and not in a configuration, so that the desk and `triage queue --view NAME` know the same
ones everywhere. Light, see `queue.py`.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from triage.desk.office import Desk
from triage.desk.queue import ORDERS, VIEWS, Names, Selection, names, selection
from triage.errors import NotFound, Refused, UsageError
from triage.store import queue as store
from triage.store.database import store_errors
from triage.text import did_you_mean, one_line

PREFIX = "view:"
LONGEST_NAME = 40
MOST = 50


class OwnView(NamedTuple):
    """What is shown under a name: a built-in view, a filter on it, an order (None: the view's own)."""

    name: str
    view: str = "open"
    filter: str = ""
    order: str | None = None
    by: str = ""


def own_views(desk: Desk) -> list[OwnView]:
    """The views that people saved, by name; one that is damaged is left out."""
    with store_errors(desk.path):
        rows = desk.database.connection.execute(
            "SELECT key, value FROM meta WHERE key >= ? AND key < ? ORDER BY key COLLATE NOCASE",
            (PREFIX, PREFIX[:-1] + chr(ord(PREFIX[-1]) + 1)),
        ).fetchall()
    found = [_read(key.removeprefix(PREFIX), value) for key, value in rows]
    return [view for view in found if view is not None]


def _read(name: str, text: str) -> OwnView | None:
    try:
        stored = json.loads(text)
        view, order = stored["view"], stored.get("order")
        if view in VIEWS and (order is None or order in ORDERS):
            return OwnView(name, view, str(stored.get("filter", "")), order, str(stored.get("by", "")))
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return None


def problem_of(name: str) -> str:
    """What is wrong with a name for a view; nothing where it will do."""
    if not name.strip():
        return "a view needs a name"
    if name != one_line(name).strip() or len(name) > LONGEST_NAME:
        return f"the name of a view is one line of at most {LONGEST_NAME} letters"
    if name.casefold() in VIEWS:
        return f"'{name}' is a view already that nobody can change; choose another name"
    return ""


def save_view(desk: Desk, name: str, view: str = "open", filter: str = "", order: str | None = None) -> OwnView:
    """Keep a view under a name; one of that name is replaced. A filter that is not understood is a UsageError."""
    desk.writable()
    name = name.strip()
    if problem := problem_of(name):
        raise UsageError(problem)
    from triage.desk.filters import parse_filter

    problems = parse_filter(filter, names(desk)).problems
    if problems:
        raise UsageError(f"the filter is not understood: {problems[0]}")
    found = OwnView(name, view, filter.strip(), order, desk.user)
    known = own_views(desk)
    # Views are found without regard to case, so `Team` saved as `team` is the same one.
    same = [entry.name for entry in known if entry.name.casefold() == name.casefold()]
    if len(known) >= MOST and not same:
        raise Refused(f"there are {MOST} own views already", "let one go first")
    stored = {key: value for key, value in found._asdict().items() if key != "name"}
    with desk.act() as connection:
        for other in same:
            store.set_meta(connection, PREFIX + other, None)
        store.set_meta(connection, PREFIX + name, json.dumps(stored, ensure_ascii=False))
    return found


def forget_view(desk: Desk, name: str) -> None:
    """Let an own view go; its tickets stay where they are."""
    desk.writable()
    if name in VIEWS:
        raise Refused(f"'{name}' comes with triage and stays", "an own view can go")
    found = find_view(desk, name)
    with desk.act() as connection:
        store.set_meta(connection, PREFIX + found.name, None)


def find_view(desk: Desk, name: str) -> OwnView:
    """A view by its name, a built-in one too; NotFound with the nearest."""
    if name in VIEWS:
        return OwnView(name, name)
    known = own_views(desk)
    for view in known:
        if view.name.casefold() == name.casefold():
            return view
    all_names = [*VIEWS, *(view.name for view in known)]
    raise NotFound(
        f"there is no view '{one_line(name)}'", did_you_mean(name, all_names) or f"it is one of {', '.join(all_names)}"
    )


def select(desk: Desk, view: OwnView, search: str = "", known: Names | None = None) -> tuple[Selection, list[str]]:
    """What a view shows, narrowed further by `search`, and what of both was not understood."""
    text = " ".join(part for part in (view.filter, search) if part)
    if not text.strip():
        return selection(desk, view.view, order=view.order), []
    from triage.desk.filters import parse_filter

    found = parse_filter(text, known or names(desk))
    chosen = selection(
        desk, view.view, order=view.order, where=found.where, parameters=found.parameters,
        needs_ticket=found.needs_ticket,
        search=found.search,
    )  # fmt: skip
    return chosen, found.problems
