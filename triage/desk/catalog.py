"""The acts on the catalog: plan, apply as a new version, export a version, log, health."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triage.catalog.export import Format, export_catalog
from triage.catalog.files import Loaded, read_catalog
from triage.catalog.health import SILENT_DAYS, Finding, Usage, findings
from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog
from triage.catalog.plan import Plan, plan
from triage.desk.derive import BATCH, derive, impact_of, swarm_sizes
from triage.desk.facts import reading_to_json
from triage.desk.office import Desk
from triage.errors import NotFound, Refused
from triage.impact.policy import check_policy, make_policy
from triage.impact.score import Scorer
from triage.store import audit, catalogs
from triage.store import queue as queue_store
from triage.store import tickets as ticket_store
from triage.store.catalogs import CatalogVersion
from triage.store.tickets import StoredTicket

if TYPE_CHECKING:
    from triage.linking.linker import Linker

MOVED_SHOWN = 10
IDS_LOGGED = 200
Progress = Callable[[int, int], None]

# What linking does not read of a service: a change of these leaves every link as it is.
_SILENT_FIELDS = frozenset({
    "criticality", "agreed", "serves", "floor", "business_unit", "owner", "delegate", "business_contact",
    "business_relationship_manager", "support_group", "calendar", "rto", "mtpd", "revenue_per_hour", "source",
    "sla", "costs", "consumer", "channel", "moment_of_truth", "expectation", "pain_point", "emotion",
    "opportunity", "agent_may", "depends_on",
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


@dataclass(frozen=True, slots=True)
class QueueEffect:
    """What a plan does to the open queue.

    `tickets` open tickets were looked at; `moved_up` of them get a more urgent priority, `moved_down` a less
    urgent one. `top` are the ten whose score moves most.
    """

    tickets: int = 0
    moved_up: int = 0
    moved_down: int = 0
    top: list[Moved] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """With the keys that other programs rely on."""
        top = [{name: getattr(moved, name) for name in moved.__dataclass_fields__} for moved in self.top]
        return {"tickets": self.tickets, "moved_up": self.moved_up, "moved_down": self.moved_down, "top": top}


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of an apply: the version now in force, the plan, the tickets that were rescored.

    `is_new` is false where there was nothing to change, and the version stayed.
    """

    version: int
    plan: Plan
    rescored: int
    is_new: bool


def load_files(paths: Sequence[Path], *, base: Catalog | None = None) -> Loaded:
    """Read catalog files with the policy checked; `base` is what they will be applied over, if anything."""
    return read_catalog(paths, check_policy=check_policy, base=base)


def base_of(desk: Desk, *, prune: bool = False) -> Catalog | None:
    """What files are read against: the catalog in force; None where there is none, or it is to be replaced."""
    return None if prune or desk.index.version == 0 else desk.index.catalog


def plan_catalog(desk: Desk, loaded: Loaded | Catalog, *, prune: bool = False) -> Plan:
    """What applying would change. Refused where pruning would remove most of what exists."""
    after = loaded.catalog if isinstance(loaded, Loaded) else loaded
    before = desk.index.catalog if desk.index.version else None
    return plan(before, after, prune=prune)


def queue_effect(desk: Desk, planned: Plan, progress: Progress | None = None) -> QueueEffect:
    """What a plan would do to every open ticket: read and scored under both catalogs, nothing written."""
    if planned.is_empty:
        return QueueEffect(tickets=_open_count(desk))
    now, connection = desk.now(), desk.database.connection
    index = CatalogIndex(planned.result, desk.index.version + 1)
    scorer = Scorer(index, make_policy(planned.result.policy))
    linker = _linker_of(desk, index) if _changes_links(planned) else None
    total = _open_count(desk)
    moves: list[Moved] = []
    after = done = 0
    while ids := queue_store.open_ids(connection, after=after, limit=BATCH):
        tickets = ticket_store.fetch(connection, ids)
        sizes = swarm_sizes(connection, tickets)
        readings = _read(linker, tickets) if linker else [ticket.reading for ticket in tickets]
        for ticket, reading in zip(tickets, readings, strict=True):
            requesters = sizes.get(ticket.swarm or 0, 0)
            old = impact_of(ticket, desk.index, desk.scorer, now, requesters)[1]
            ticket.reading = reading
            new = impact_of(ticket, index, scorer, now, requesters)[1]
            if (old.score, old.priority) != (new.score, new.priority):
                moves.append(
                    Moved(
                        ticket.id, ticket.source, ticket.external_id, ticket.subject,
                        old.priority, new.priority, old.score, new.score,
                    )
                )  # fmt: skip
        after, done = ids[-1], done + len(ids)
        if progress:
            progress(min(done, total), total)
    up = sum(moved.priority < moved.priority_before for moved in moves)
    down = sum(moved.priority > moved.priority_before for moved in moves)
    moves.sort(key=lambda moved: (-abs(moved.score - moved.score_before), moved.id))
    return QueueEffect(done, up, down, moves[:MOVED_SHOWN])


def _linker_of(desk: Desk, index: CatalogIndex) -> Linker:
    """A linker of a catalog that is not in force, with what was learned so far."""
    from triage.desk.learning import load_memory
    from triage.linking.linker import Linker

    return Linker(index, load_memory(desk.database))


def _open_count(desk: Desk) -> int:
    return int(desk.database.execute("SELECT count(*) FROM queue WHERE bucket < 2").fetchone()[0])


def _changes_links(planned: Plan) -> bool:
    """Whether the words that tickets are linked by change, or what they may be linked to."""
    tables = ("services", "touchpoints", "stages", "journeys")
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


def apply_catalog(
    desk: Desk,
    loaded: Loaded | Catalog,
    *,
    prune: bool = False,
    note: str = "",
    planned: Plan | None = None,
    expected: int | None = None,
    progress: Progress | None = None,
) -> Applied:
    """Put a catalog in force as a new version, then link and score the open tickets by it.

    The version and its audit row are one transaction; the tickets follow in short ones, so that nobody waits.
    Cut short there, the next apply finishes, also one that changes nothing else. `planned` and `expected` are the
    plan that somebody agreed to and the version that it was made on; Refused where another came in between.
    """
    desk.writable()
    before = desk.index.version
    if expected is not None and expected != before:
        raise _overtaken(before)
    planned = planned or plan_catalog(desk, loaded, prune=prune)
    if planned.is_empty and before:
        return Applied(before, planned, _refresh(desk, progress, relink=True, only_stale=True), False)
    make_policy(planned.result.policy)
    now = desk.now()
    summary = _summary(planned)
    with desk.database.transaction() as connection:
        current = catalogs.current_version(desk.database)
        if current != before:
            raise _overtaken(current)
        act = audit.record(
            connection,
            at=int(now.timestamp() * 1000),
            who=desk.user,
            what="apply",
            detail={"version": current + 1, "note": note, **summary["counts"]},
        )
        version = catalogs.save(
            desk.database,
            planned.result,
            at=int(now.timestamp()),
            who=desk.user,
            note=note,
            summary=summary,
            act=act,
        )
    relink = before == 0 or _changes_links(planned)
    return Applied(version, planned, _refresh(desk, progress, relink=relink), True)


def _overtaken(version: int) -> Refused:
    return Refused(
        f"somebody applied version {version} of the catalog in the meantime", "look at the plan again and apply it then"
    )


def _summary(planned: Plan) -> dict[str, Any]:
    """What the log keeps of a plan: how much of each, and the first of them by name."""
    lists = {
        "added": [f"{entry.table} {entry.id}" for entry in planned.added],
        "changed": [f"{change.table} {change.id} {change.field}" for change in planned.changed],
        "removed": [f"{entry.table} {entry.id}" for entry in planned.removed],
    }
    counts = {name: len(entries) for name, entries in lists.items()}
    return {"counts": counts, **{name: entries[:IDS_LOGGED] for name, entries in lists.items()}}


def _refresh(desk: Desk, progress: Progress | None, *, relink: bool, only_stale: bool = False) -> int:
    """Read (where the words changed) and score the open tickets by the catalog in force; how many there were."""
    connection, now, version = desk.database.connection, desk.now(), desk.index.version
    linker = None
    ids = _stale_ids(desk, version) if only_stale else list(_open_ids(desk))
    done = 0
    for part in queue_store.in_batches(ids, BATCH):
        readings: list[str] = []
        if relink:
            linker = linker or desk.linker
            tickets = ticket_store.fetch(connection, part)
            readings = _read(linker, tickets)
        with desk.database.transaction():
            connection.executemany(
                "INSERT INTO readings (ticket_id, catalog_version, reading) VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
                " SET catalog_version = excluded.catalog_version, reading = excluded.reading",
                [(ident, version, reading) for ident, reading in zip(part, readings, strict=False)],
            )
            derive(desk, part, now)
        done += len(part)
        if progress:
            progress(done, len(ids))
    return done


def _open_ids(desk: Desk) -> list[int]:
    rows = desk.database.execute("SELECT ticket_id FROM queue WHERE bucket < 2 ORDER BY ticket_id")
    return [row[0] for row in rows]


def _stale_ids(desk: Desk, version: int) -> list[int]:
    """Open tickets that a former apply was cut short before."""
    rows = desk.database.execute(
        "SELECT ticket_id FROM queue WHERE bucket < 2 AND catalog_version <> ? ORDER BY ticket_id", (version,)
    )
    return [row[0] for row in rows]


def export_version(desk: Desk, directory: Path, format: Format = "yaml", version: int | None = None) -> list[Path]:
    """Write a version of the catalog (the one in force unless said) into a folder; the files written."""
    if version is None and desk.index.version == 0:
        raise NotFound("there is no catalog yet", "apply one with `triage catalog apply`")
    catalog = catalogs.load(desk.database, version)[0]
    return export_catalog(catalog, directory, format)


def versions(desk: Desk) -> list[CatalogVersion]:
    """Every version of the catalog, newest first."""
    return catalogs.log(desk.database)


def version_json(version: CatalogVersion) -> dict[str, Any]:
    """A version with stable keys; the time in UTC."""
    counts = version.summary.get("counts", {})
    return {
        "version": version.version,
        "at": datetime.fromtimestamp(version.at, UTC).isoformat(),
        "who": version.who,
        "note": version.note,
        "policy_version": version.policy_version,
        "added": counts.get("added", 0),
        "changed": counts.get("changed", 0),
        "removed": counts.get("removed", 0),
    }


def usage(desk: Desk) -> Usage:
    """How the desk uses the catalog: tickets by service and touchpoint, and words that fit nothing."""
    from triage.desk.unlinked import unlinked_terms

    now = desk.now()
    since = int(now.timestamp()) - SILENT_DAYS * 86400
    execute = desk.database.execute
    first = execute("SELECT min(created_at) FROM queue").fetchone()[0]
    query = "SELECT key1, sum(n) FROM counts WHERE name = ? AND key1 <> '' GROUP BY key1"
    recent = "SELECT service, count(*) FROM queue WHERE created_at >= ? AND service IS NOT NULL GROUP BY service"
    return Usage(
        open_tickets=dict(execute(query, ("service",)).fetchall()),
        open_by_touchpoint=dict(execute(query, ("touchpoint",)).fetchall()),
        last_90_days=dict(execute(recent, (since,)).fetchall()),
        unlinked=unlinked_terms(desk.database.connection),
        observed_days=0 if first is None else (int(now.timestamp()) - first) // 86400,
    )


def health(desk: Desk) -> list[Finding]:
    """What should be settled in the catalog in force, what touches most open tickets first."""
    if desk.index.version == 0:
        raise NotFound("there is no catalog yet", "apply one with `triage catalog apply`")
    today = desk.now().astimezone(desk.index.timezone).date()
    return findings(desk.index, usage(desk), today)
