"""A catalog and the open queue: what a new one would do to it, and bringing it up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from triage.catalog.index import CatalogIndex
from triage.catalog.plan import Plan
from triage.desk.derive import BATCH, derive, freshen, swarm_sizes
from triage.desk.facts import facts_of, reading_to_json
from triage.desk.office import Desk
from triage.desk.upkeep import INTERVALS
from triage.impact.backtest import compare_pairs
from triage.impact.policy import make_policy
from triage.impact.score import Scorer
from triage.store import queue as queue_store
from triage.store import tickets as ticket_store
from triage.store.tickets import StoredTicket
from triage.tickets.models import Facts

if TYPE_CHECKING:
    from triage.linking.linker import Linker

MOVED_SHOWN = 10
READINGS_KEPT = 50_000
"""How many readings a plan keeps for its apply; reading is the slow part, a reading takes about 2 kB."""
Progress = Callable[[int, int], None]

# What linking does not read of a service: a change of these leaves every link as it is.
_SILENT_FIELDS = frozenset({
    "criticality", "agreed", "serves", "floor", "business_unit", "owner", "delegate", "business_contact",
    "business_relationship_manager", "support_group", "calendar", "rto", "mtpd", "revenue_per_hour", "source",
    "sla", "costs", "consumer", "channel", "moment_of_truth", "expectation", "pain_point", "emotion",
    "opportunity", "agent_may", "depends_on", "workaround", "improvement",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moved:
    """A ticket whose score or priority the new catalog changes."""

    id: int
    source: str
    external_id: str
    subject: str
    priority_before: str
    priority: str
    score_before: int
    score: int
    learned: bool = False


@dataclass(frozen=True, slots=True)
class QueueEffect:
    """What a plan does to the open queue.

    `tickets` open tickets were looked at; `moved_up` of them get a more urgent priority, `moved_down` a less
    urgent one. `learned` of those would move under the catalog in force as well, because they are read again with
    what was learned since they came in. `top` are the ten that move most, by priority and then by score, those that
    the change itself moves first. `readings` keeps what was read of the tickets under the new catalog, with the text
    that was read, for an apply that follows.
    """

    tickets: int = 0
    moved_up: int = 0
    moved_down: int = 0
    learned: int = 0
    top: list[Moved] = field(default_factory=list)
    readings: dict[int, tuple[int, str]] = field(default_factory=dict, repr=False)

    def as_json(self) -> dict[str, Any]:
        """With the keys that other programs rely on."""
        top = [{name: getattr(moved, name) for name in moved.__dataclass_fields__} for moved in self.top]
        return {
            "tickets": self.tickets,
            "moved_up": self.moved_up,
            "moved_down": self.moved_down,
            "learned": self.learned,
            "top": top,
        }


def queue_effect(desk: Desk, planned: Plan, progress: Progress | None = None) -> QueueEffect:
    """What a plan would do to every open ticket: read and scored under both catalogs, nothing written."""
    if planned.is_empty:
        return QueueEffect(tickets=_open_count(desk))
    now, connection = desk.now(), desk.database.connection
    index = CatalogIndex(planned.result, desk.index.version + 1)
    scorer = Scorer(index, make_policy(planned.result.policy))
    linker = _linker_of(desk, index) if changes_links(planned) else None
    total = _open_count(desk)
    named: dict[int, tuple[str, str, str]] = {}
    kept: dict[int, tuple[int, str]] = {}
    learned: set[int] = set()
    learned_bands = 0

    def pairs() -> Iterator[tuple[int, Facts, Facts, datetime]]:
        nonlocal learned_bands
        after = done = 0
        while ids := queue_store.open_ids(connection, after=after, limit=BATCH):
            tickets = ticket_store.fetch(connection, ids)
            sizes = swarm_sizes(connection, tickets)
            fresh = _read(linker, tickets) if linker else []
            readings: Sequence[str | None] = fresh or [ticket.reading for ticket in tickets]
            if len(kept) < READINGS_KEPT:
                kept.update((ticket.id, (_text(ticket), text)) for ticket, text in zip(tickets, fresh, strict=False))
            batch: list[tuple[StoredTicket, Facts, Facts]] = []
            for ticket, reading in zip(tickets, readings, strict=True):
                requesters = sizes.get(ticket.swarm or 0, 0)
                old = facts_of(ticket, desk.index, swarm_requesters=requesters)
                ticket.reading = reading
                batch.append((ticket, old, facts_of(ticket, index, swarm_requesters=requesters)))
            if linker:
                for ident, band in _learned(desk, scorer, batch, sizes, now):
                    learned.add(ident)
                    learned_bands += band
            for ticket, old, new in batch:
                yield ticket.id, old, new, now
            after, done = ids[-1], done + len(ids)
            if progress:
                progress(min(done, total), total)

    found = compare_pairs(pairs(), desk.scorer, scorer, max(total, MOVED_SHOWN), in_force=True)
    first = sorted(found.top, key=lambda one: one.ticket in learned)[:MOVED_SHOWN]
    for ticket in ticket_store.fetch(connection, [one.ticket for one in first]):
        named[ticket.id] = (ticket.source, ticket.external_id, ticket.subject)
    top = [
        Moved(
            one.ticket, *named[one.ticket], one.before, one.after, one.score_before, one.score_after,
            one.ticket in learned,
        ) for one in first
    ]  # fmt: skip
    return QueueEffect(found.tickets, found.moved_up, found.moved_down, learned_bands, top, kept)


def _learned(
    desk: Desk,
    after: Scorer,
    batch: Sequence[tuple[StoredTicket, Facts, Facts]],
    sizes: Mapping[int, int],
    now: datetime,
) -> Iterator[tuple[int, bool]]:
    """Of the tickets that move, those that would move as far under the catalog in force, and whether by a priority.

    A ticket may not have been read again yet with what was learned; a plan that changes words reads all of them. Only
    those that move are read for this.
    """
    moving = []
    for ticket, old, new in batch:
        first, second = desk.scorer.verdict(old, now), after.verdict(new, now)
        becomes = (second.outcome.score, second.priority)
        if (first.outcome.score, first.priority) != becomes:
            moving.append((ticket, first.priority, becomes))
    again = _read(desk.linker, [ticket for ticket, _, _ in moving])
    for (ticket, was, becomes), reading in zip(moving, again, strict=True):
        ticket.reading = reading
        facts = facts_of(ticket, desk.index, swarm_requesters=sizes.get(ticket.swarm or 0, 0))
        found = desk.scorer.verdict(facts, now)
        if (found.outcome.score, found.priority) == becomes:
            yield ticket.id, was != becomes[1]


def _text(ticket: StoredTicket) -> int:
    """What tells whether a ticket still says what was read (within this process)."""
    return hash((ticket.subject, ticket.body))


def _linker_of(desk: Desk, index: CatalogIndex) -> Linker:
    """A linker of a catalog that is not in force, with what was learned so far."""
    from triage.linking.linker import Linker

    return Linker(index, desk.memory)


def _open_count(desk: Desk) -> int:
    return int(desk.database.execute("SELECT count(*) FROM queue WHERE bucket < 2").fetchone()[0])


def changes_links(planned: Plan) -> bool:
    """Whether the words that tickets are linked by change, or what they may be linked to."""
    tables = ("services", "touchpoints", "stages", "journeys", "known_errors", "lexicon")
    if any(entry.table in tables for entry in (*planned.added, *planned.removed)):
        return True
    return any(
        change.table in tables and change.field.partition(".")[0] not in _SILENT_FIELDS for change in planned.changed
    )


def _read(linker: Linker, tickets: Sequence[StoredTicket]) -> list[str]:
    from triage.linking.message import Message

    messages = [
        Message(
            subject=ticket.subject,
            body=ticket.body,
            requester=ticket.requester,
            organisation=ticket.organisation,
            site=ticket.site,
            channel=ticket.channel,
        )
        for ticket in tickets
    ]
    return [reading_to_json(reading) for reading in linker.read_many(messages)]


_PERSONAL = frozenset({"organisations", "vips", "sites"})
"""Tables that say something of a requester: a shape holds what followed from them and not the requester."""

AT_ONCE = 2000
"""How many intervals an apply makes itself; upkeep makes the others, the most urgent first."""
UP_TO_DATE = "queue_catalog"
"""The key in `meta` of the catalog version that every open ticket was last brought in line with."""


def is_up_to_date(desk: Desk, version: int) -> bool:
    """Whether every open ticket was brought in line with this version of the catalog."""
    return queue_store.meta(desk.database.connection, UP_TO_DATE) == str(version)


def _brought_up(desk: Desk, version: int, *, intervals_left: bool) -> None:
    with desk.database.transaction() as connection:
        queue_store.set_meta(connection, UP_TO_DATE, str(version))
        queue_store.set_meta(connection, INTERVALS, "0" if intervals_left else None)


def changes_persons(planned: Plan) -> bool:
    """Whether it changes who counts as a VIP or a key account, or where a ticket's site is."""
    tables = {entry.table for entry in (*planned.added, *planned.removed)} | {one.table for one in planned.changed}
    return bool(tables & _PERSONAL)


def rescore(desk: Desk, before: Scorer | None, progress: Progress | None) -> int:
    """Score the open tickets by the catalog in force, links left as they are; how many there were.

    `before` is the scorer of the version that the queue stands on, None where it stands on none for sure.
    """
    from triage.desk.rescore import rescore_open

    version = desk.index.version
    done = rescore_open(desk, desk.now(), before, progress)
    _brought_up(desk, version, intervals_left=True)
    freshen(desk, desk.now(), AT_ONCE)
    return done.tickets


def refresh(
    desk: Desk,
    progress: Progress | None,
    *,
    relink: bool,
    only_stale: bool = False,
    known: Mapping[int, tuple[int, str]] | None = None,
) -> int:
    """Read (where the words changed) and score the open tickets by the catalog in force; how many there were."""
    connection, now, version = desk.database.connection, desk.now(), desk.index.version
    if only_stale and is_up_to_date(desk, version):
        return 0
    ids = _stale_ids(desk, version) if only_stale else _open_ids(desk)
    done = 0
    for part in queue_store.in_batches(ids, BATCH):
        readings = _readings(desk, ticket_store.fetch(connection, part), known or {}) if relink else {}
        with desk.database.transaction():
            if desk.index.version != version:  # somebody applied a later one, and the rest is theirs
                return done
            connection.executemany(
                "INSERT INTO readings (ticket_id, catalog_version, reading) VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
                " SET catalog_version = excluded.catalog_version, reading = excluded.reading",
                [(ident, version, reading) for ident, reading in readings.items()],
            )
            derive(desk, part, now)
        done += len(part)
        if progress:
            progress(done, len(ids))
    _brought_up(desk, version, intervals_left=False)
    return done


def _readings(desk: Desk, tickets: Sequence[StoredTicket], known: Mapping[int, tuple[int, str]]) -> dict[int, str]:
    """The readings of tickets under the catalog in force: those that the plan made already, the others now."""
    found = {ticket.id: known[ticket.id][1] for ticket in tickets if known.get(ticket.id, (None,))[0] == _text(ticket)}
    unread = [ticket for ticket in tickets if ticket.id not in found]
    if unread:
        found.update(zip((ticket.id for ticket in unread), _read(desk.linker, unread), strict=True))
    return found


def _open_ids(desk: Desk) -> list[int]:
    rows = desk.database.execute("SELECT ticket_id FROM queue WHERE bucket < 2 ORDER BY ticket_id")
    return [row[0] for row in rows]


def _stale_ids(desk: Desk, version: int) -> list[int]:
    """Open tickets that a former apply was cut short before."""
    rows = desk.database.execute(
        "SELECT ticket_id FROM queue WHERE bucket < 2 AND catalog_version <> ? ORDER BY ticket_id", (version,)
    )
    return [row[0] for row in rows]
