"""The acts on the catalog: plan, apply as a new version, export a version, log, health."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from triage.catalog.export import Format, export_catalog
from triage.catalog.files import Loaded, read_catalog
from triage.catalog.health import SILENT_DAYS, Finding, Usage, findings
from triage.catalog.models import Catalog
from triage.catalog.plan import Plan, difference, plan
from triage.desk.auto_link import brake
from triage.desk.catalog_queue import (
    Progress,
    QueueEffect,
    changes_links,
    changes_persons,
    is_up_to_date,
    queue_effect,
    refresh,
    rescore,
)
from triage.desk.office import Desk
from triage.errors import NotFound, Refused
from triage.impact.policy import check_policy, make_policy
from triage.store import audit, catalogs
from triage.store.catalogs import CatalogVersion

__all__ = [
    "Applied", "CatalogVersion", "QueueEffect", "apply_catalog", "base_of", "export_version", "health", "load_files",
    "plan_catalog", "queue_effect", "usage", "version_json", "version_view", "versions",
]  # fmt: skip

IDS_LOGGED = 200


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
    """Read catalog files with policy and lexicon checked; `base` is what they will be applied over, if anything."""
    from triage.linking.lexicon_check import check_lexicon

    return read_catalog(paths, check_policy=check_policy, check_lexicon=check_lexicon, base=base)


def base_of(desk: Desk, *, prune: bool = False) -> Catalog | None:
    """What files are read against: the catalog in force; None where there is none, or it is to be replaced."""
    return None if prune or desk.index.version == 0 else desk.index.catalog


def plan_catalog(desk: Desk, loaded: Loaded | Catalog, *, prune: bool = False) -> Plan:
    """What applying would change. Refused where pruning would remove most of what exists."""
    after = loaded.catalog if isinstance(loaded, Loaded) else loaded
    before = desk.index.catalog if desk.index.version else None
    return plan(before, after, prune=prune)


def apply_catalog(
    desk: Desk,
    loaded: Loaded | Catalog,
    *,
    prune: bool = False,
    note: str = "",
    planned: Plan | None = None,
    effect: QueueEffect | None = None,
    expected: int | None = None,
    undoes: int | None = None,
    progress: Progress | None = None,
) -> Applied:
    """Put a catalog in force as a new version, then link and score the open tickets by it.

    The version and its audit row are one transaction; the tickets follow in short ones, so that nobody waits.
    Cut short there, the next apply finishes, also one that changes nothing else. `planned` and `expected` are the
    plan that somebody agreed to and the version that it was made on; Refused where another came in between. `effect`
    spares reading the tickets a second time. `undoes` is the act that this takes back.
    """
    desk.writable()
    before = desk.index.version
    if expected is not None and expected != before:
        raise _overtaken(before)
    planned = planned or plan_catalog(desk, loaded, prune=prune)
    if planned.is_empty and before:
        return Applied(before, planned, refresh(desk, progress, relink=True, only_stale=True), False)
    make_policy(planned.result.policy)
    standing = desk.scorer if before and is_up_to_date(desk, before) else None
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
            undoes=undoes,
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
        brake(desk, now)
    relink = before == 0 or changes_links(planned)
    if not relink and not changes_persons(planned):
        return Applied(version, planned, rescore(desk, standing, progress), True)
    known = effect.readings if effect else {}
    return Applied(version, planned, refresh(desk, progress, relink=relink, known=known), True)


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


def export_version(desk: Desk, directory: Path, format: Format = "yaml", version: int | None = None) -> list[Path]:
    """Write a version of the catalog (the one in force unless said) into a folder; the files written."""
    if version is None and desk.index.version == 0:
        raise NotFound("there is no catalog yet", "apply one with `triage catalog apply`")
    catalog = catalogs.load(desk.database, version)[0]
    return export_catalog(catalog, directory, format)


def versions(desk: Desk) -> list[CatalogVersion]:
    """Every version of the catalog, newest first."""
    return catalogs.log(desk.database)


def version_view(desk: Desk, number: int) -> tuple[CatalogVersion, Plan]:
    """A version, and what it changed in the one before it; NotFound where there is none of that number."""
    after = catalogs.load(desk.database, number)[0]
    version = next(each for each in catalogs.log(desk.database) if each.version == number)
    if number == 1:
        return version, plan(None, after, prune=False)
    return version, difference(catalogs.load(desk.database, number - 1)[0], after)


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
