"""The first paint: the first page, the names and the counts, read while Textual is still being imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from triage.desk import queue
from triage.desk.filters import Filter, parse_filter
from triage.desk.pulse import swarm_sizes
from triage.desk.queue import ORDERS, VIEWS, Header, Names, QueueRow, Selection

if TYPE_CHECKING:
    from triage.desk.office import Desk
    from triage.ui.state import State

PAGE = 100
"""Rows of the first page: more than the tallest terminal shows."""


class First(NamedTuple):
    """What the first paint shows."""

    selection: Selection
    rows: list[QueueRow]
    names: Names
    header: Header
    seen: int
    swarms: dict[int, int]
    act: int = 0


def selection(desk: Desk, state: State, names: Names, found: Filter | None = None) -> Selection:
    """What the state asks for, in the desk's words. `found` spares reading the filter again."""
    found = found or parse_filter(state.filter, names)
    return queue.selection(
        desk,
        state.view if state.view in VIEWS else "open",
        order=state.order if state.order in ORDERS else None,
        where=found.where,
        parameters=found.parameters,
        needs_ticket=found.needs_ticket,
        search=found.search,
        # Whoever filters looks for tickets, each of them; without a filter a swarm is one line.
        folded=not found.where,
    )


def read_first(desk: Desk, state: State) -> First:
    """The first page of the remembered selection with all that a line needs."""
    seen, act = queue.data_version(desk), queue.last_act(desk)
    names = queue.names(desk)
    chosen = selection(desk, state, names)
    return First(chosen, queue.first_page(desk, chosen, PAGE), names, queue.header(desk), seen, swarm_sizes(desk), act)
