"""The queue for those who look at it: pages, ids, counts, names. Light: the first paint waits for this.

Nothing here imports pydantic, sqlite-utils, rapidfuzz or numpy; a test holds it to that.
"""

from __future__ import annotations

import json
import zlib
from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any, NamedTuple

from triage.desk.blind import ONE_IN, in_sample
from triage.desk.office import Desk
from triage.store import queue as store
from triage.store.database import store_errors
from triage.store.queue import BREACH_HORIZON, ORDERS, VIEWS, Count, Memory, QueueRow, Search, Selection

__all__ = [
    "BREACH_HORIZON",
    "ORDERS",
    "VIEWS",
    "Count",
    "Header",
    "Memory",
    "Names",
    "QueueRow",
    "Search",
    "Selection",
    "all_ids",
    "counts",
    "data_version",
    "find",
    "first_page",
    "header",
    "last_act",
    "names",
    "rows",
    "selection",
    "total",
]


STEPS = 20_000
"""Steps of SQLite's machine between two looks whether a page is still waited for: about a millisecond."""
LONG = 20_000
"""From so many tickets on the numbers of a selection are read by the helper."""


def selection(desk: Desk, view: str = "open", *, order: str | None = None, **filters: Any) -> Selection:
    """A selection for this desk's person at this desk's time. `filters`: where, parameters, needs_ticket."""
    return Selection(view=view, order=order, user=desk.user, now=int(desk.now().timestamp()), **filters)


def first_page(
    desk: Desk, chosen: Selection, limit: int, memory: Memory | None = None, still: Callable[[], bool] | None = None
) -> list[QueueRow]:
    """The first rows of a selection. `memory`: of what this thread searched for before, letter by letter.

    Once nobody waits for them any more (`still` says so, asked every millisecond or so) reading ends with a StoreError.
    """
    with store_errors(desk.path):
        connection = desk.database.connection
        if still is None:
            return store.first_page(connection, chosen, limit, memory)
        connection.set_progress_handler(lambda: not still(), STEPS)
        try:
            return store.first_page(connection, chosen, limit, memory)
        finally:
            connection.set_progress_handler(None, 0)


def all_ids(
    desk: Desk, chosen: Selection, standing: int | None = None, still: Callable[[], bool] | None = None, *,
    hurry: bool = True,
) -> array[int]:  # fmt: skip
    """Every id of a selection in its order.

    Where swarms are folded, the line of the swarm that `standing` belongs to is that ticket's: an act that lowers its
    score makes another one the swarm's first, and the person's next act would hit that.

    A long queue is read by the helper, where there is one: a million numbers are a second of Python, in which the
    screen would stand still, and the room in which SQLite sorts them. Once nobody waits for them any more (`still` says
    so) it ends with helper.NotWanted; without `hurry` it rests while keys come.
    """
    if desk.helper is not None and _is_long(desk):
        from triage.desk.helper import Gone

        try:
            return desk.helper.all_ids(chosen, standing, still, hurry=hurry)
        except Gone:
            pass
    with store_errors(desk.path):
        connection = desk.database.connection
        ids = store.all_ids(connection, chosen)
        if standing is not None and chosen.folded and standing in store.folded_away(connection, chosen):
            query = "SELECT ticket_id FROM queue WHERE swarm = (SELECT swarm FROM queue WHERE ticket_id = ?)"
            swarm = {row[0] for row in connection.execute(query, (standing,))}
            for place, ident in enumerate(ids):
                if ident in swarm:
                    ids[place] = standing
                    break
        return ids


def _is_long(desk: Desk) -> bool:
    with store_errors(desk.path):
        return sum(count.n for count in store.counts(desk.database.connection, "bucket")) >= LONG


def rows(desk: Desk, ids: Sequence[int]) -> list[QueueRow]:
    """The rows of these tickets, in this order."""
    with store_errors(desk.path):
        return store.rows_by_id(desk.database.connection, ids)


def total(desk: Desk, chosen: Selection) -> int:
    """How many tickets a selection holds."""
    with store_errors(desk.path):
        return store.total(desk.database.connection, chosen)


def counts(desk: Desk, name: str) -> list[Count]:
    """Maintained counts: bucket, priority, service, touchpoint, site, assignee (open tickets)."""
    with store_errors(desk.path):
        return store.counts(desk.database.connection, name)


def find(desk: Desk, text: str) -> int:
    """The id that a TICKET argument names: an id, or SOURCE:EXTERNAL_ID. NotFound otherwise."""
    from triage.store.tickets import resolve_argument

    return resolve_argument(desk.database.connection, text)


def last_act(desk: Desk) -> int:
    """The number of the last act in the log: what somebody who looks now has seen."""
    from triage.store import audit

    with store_errors(desk.path):
        return audit.last_act(desk.database.connection)


def data_version(desk: Desk) -> int:
    """A number that changes when another connection committed."""
    return desk.database.data_version()


class Names(NamedTuple):
    """What the catalog calls things, read from the stored document without its models."""

    version: int = 0
    catalog: str = ""
    currency: str = "USD"
    timezone: str = "UTC"
    services: Mapping[str, str] = {}
    touchpoints: Mapping[str, str] = {}
    moments: frozenset[str] = frozenset()
    people: Mapping[str, str] = {}
    sites: Mapping[str, str] = {}
    groups: Mapping[str, str] = {}
    supported: Mapping[str, str] = {}
    """Service to the group that supports it."""
    blind_one_in: int = 0
    """The proposal of one ticket in so many is not shown first; 0 where all are shown."""

    @property
    def zone(self) -> tzinfo:
        """The catalog's time zone; UTC where this machine does not know it."""
        from zoneinfo import ZoneInfo

        try:
            return ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError):
            return UTC


def names(desk: Desk) -> Names:
    """The names of the catalog in force; empty ones where there is none yet."""
    row = desk.database.execute(
        "SELECT version, document FROM catalog_versions ORDER BY version DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return Names()
    catalog = json.loads(zlib.decompress(row[1]))
    info = catalog.get("catalog", {})
    auto = catalog.get("policy", {}).get("auto_link", {})
    touchpoints = [
        touchpoint
        for journey in catalog.get("journeys", [])
        for stage in journey.get("stages", [])
        for touchpoint in stage.get("touchpoints", [])
    ]
    return Names(
        version=row[0],
        catalog=info.get("name", "Catalog"),
        currency=info.get("currency", "USD"),
        timezone=info.get("timezone", "UTC"),
        services={entry["id"]: entry["name"] for entry in catalog.get("services", [])},
        touchpoints={entry["id"]: entry["name"] for entry in touchpoints},
        moments=frozenset(entry["id"] for entry in touchpoints if entry.get("moment_of_truth")),
        people={entry["id"]: entry["name"] for entry in catalog.get("people", [])},
        sites={entry["id"]: entry["name"] for entry in catalog.get("sites", [])},
        groups={entry["id"]: entry["name"] for entry in catalog.get("support_groups", [])},
        supported={
            entry["id"]: entry["support_group"] for entry in catalog.get("services", []) if entry.get("support_group")
        },
        blind_one_in=int(auto.get("blind_one_in", ONE_IN)) if auto.get("on") else 0,
    )


def waits_for_a_person(row: QueueRow, known: Names) -> bool:
    """Whether a ticket that is not done has a link that nobody has decided, of the kinds that the catalog has."""
    wanted = (store.SAID["service"] if known.services else 0) | (store.SAID["touchpoint"] if known.touchpoints else 0)
    return row.bucket < 2 and int(row.said) & wanted != wanted


def veiled(row: QueueRow, known: Names, kind: str) -> bool:
    """Whether a line leaves out its service or touchpoint (`kind`), because nobody has said it of the ticket yet.

    As `auto_link.blind_kinds` has it, from the row alone. That the priority is sure makes no difference.
    """
    if not known.blind_one_in or int(row.said) & (store.SAID[kind] | store.SAID["asked"]):
        return False
    entries = known.services if kind == "service" else known.touchpoints
    return bool(entries) and in_sample(row.source, row.external_id, known.blind_one_in)


class Header(NamedTuple):
    """The counts of the top line. `p1` rest on confirmed links, `p1_unsure` do not; `tickets` are all, done or not."""

    open: int
    p1: int
    p1_unsure: int
    swarms: int
    breaching: int
    auto_link: str = ""
    tickets: int = 0


def header(desk: Desk) -> Header:
    """The counts of the top line, now."""
    with store_errors(desk.path):
        connection = desk.database.connection
        priority = {(count.key1, count.key2): count.n for count in store.counts(connection, "priority")}
        swarms = connection.execute("SELECT count(*) FROM swarms WHERE closed_at IS NULL").fetchone()[0]
        return Header(
            open=store.total(connection, selection(desk)),
            p1=priority.get(("1", "1"), 0),
            p1_unsure=priority.get(("1", "0"), 0),
            swarms=swarms,
            breaching=store.total(connection, selection(desk, "breaching")),
            auto_link=store.meta(connection, "auto_link_line") or "",
            tickets=sum(count.n for count in store.counts(connection, "bucket")),
        )
