"""The demonstration: a company, its tickets, what its people decided, and a clock that stands in its day."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from triage.desk.derive import derive, rescore_all
from triage.desk.learning import fit_when_due, teach
from triage.desk.office import Desk, refuse_another
from triage.desk.read_again import read_all
from triage.desk.swarms import update_swarms
from triage.desk.take_in import take_in
from triage.paths import data_dir
from triage.store import audit
from triage.store import tickets as ticket_store
from triage.store.database import put_in_place
from triage.tickets.models import IncomingTicket, Status

MOMENT = "2026-12-28T14:32:00-08:00"
"""Monday of the quarter-end closings, in the middle of an outage of the signing page."""

Progress = Callable[[int, int], None]


def make_demo(path: Path, *, user: str | None = None, progress: Progress | None = None) -> Desk:
    """Make the demonstration database at `path` and open it; an old one at that place is replaced.

    It is made beside its place and put there whole, so that a demonstration is complete or absent. Refused where
    something else than a demonstration is there.
    """
    if path.exists():
        refuse_another(path)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with Desk(partial, user=user) as desk:
            fill(desk, progress)
        put_in_place(partial, path)
    finally:
        for suffix in ("", "-wal", "-shm"):
            partial.with_name(partial.name + suffix).unlink(missing_ok=True)
    return Desk(path, user=user)


def fill(desk: Desk, progress: Progress | None = None) -> None:
    """Apply the seed catalog, take in the seed tickets, and write down what its people decided and when."""
    from triage.desk.catalog import apply_catalog, load_files

    with desk.act() as connection:
        for key, value in (("clock_base", MOMENT), ("clock_started", datetime.now(UTC).isoformat())):
            connection.execute("INSERT INTO meta (key, value) VALUES (?, ?)", (key, value))
    desk.refresh_clock()
    apply_catalog(desk, load_files([data_dir("seed") / "catalog"]), note="the demonstration")
    records = seed_tickets()
    take_in(desk, [_incoming(record) for record in records], source="demo", name="demonstration", progress=progress)
    settle(desk, records)
    fit_when_due(desk, always=True)
    update_swarms(desk)
    rescore_all(desk, desk.now())
    read_all(desk)


def seed_tickets() -> list[dict[str, Any]]:
    """The tickets of the demonstration as they are written down, in order of time."""
    records: list[dict[str, Any]] = []
    for file in sorted((data_dir("seed") / "tickets").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                records.append(json.loads(line))
    return sorted(records, key=lambda record: _time(record["created_at"]))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _incoming(record: dict[str, Any]) -> IncomingTicket:
    settled = record.get("settled") or {}
    resolved = settled.get("resolved_at")
    return IncomingTicket(
        source="demo",
        external_id=record["id"],
        subject=record["subject"],
        body=record["body"],
        requester=record.get("requester"),
        requester_name=record.get("requester_name"),
        organisation=record.get("organisation"),
        site=record.get("site"),
        channel=record.get("channel"),
        created_at=_time(record["created_at"]),
        updated_at=_time(record["updated_at"]) if record.get("updated_at") else None,
        resolved_at=_time(resolved) if resolved else None,
        due_at=_time(record["due_at"]) if record.get("due_at") else None,
        status=Status(record.get("status", "new")),
        assignee=record.get("assignee"),
        tags=tuple(record.get("tags", ())),
    )


def settle(desk: Desk, records: list[dict[str, Any]]) -> None:
    """Log what the seed says that people decided, as of the time they did it, one act a ticket."""
    connection = desk.database.connection
    decided = sorted((record for record in records if record.get("settled")), key=lambda r: _time(r["settled"]["at"]))
    with desk.act():
        touched: list[int] = []
        for record in decided:
            ident = ticket_store.resolve_argument(connection, f"demo:{record['id']}")
            settled = record["settled"]
            at = int(_time(settled["at"]).timestamp() * 1000)
            for what, values in _decisions(settled, at):
                changes = [
                    audit.Change(ident, name, audit.current(connection, ident, name), after)
                    for name, after in values.items()
                ]
                for change in changes:
                    audit.write(connection, ident, change.field, change.after, settled["by"], at)
                act = audit.record(connection, at=at, who=settled["by"], what=what, changes=changes)
                teach(desk, changes, act, imported=True)
            touched.append(ident)
        derive(desk, touched, desk.now())


def _decisions(settled: dict[str, Any], at: int) -> list[tuple[str, dict[str, Any]]]:
    links: dict[str, Any] = {
        kind: {"target": settled[kind], "others": []} for kind in ("service", "touchpoint") if settled.get(kind)
    }
    words = {name: settled[name] for name in ("condition", "reach") if settled.get(name)}
    found: list[tuple[str, dict[str, Any]]] = [("confirm", {**links, **words, "responded_at": at // 1000})]
    if override := settled.get("override"):
        value = {"until": None, "by": settled["by"], "text": None, **override}
        found.append(("override", {"override": value}))
    if resolved := settled.get("resolved_at"):
        found.append(("resolve", {"status": "resolved", "resolved_at": int(_time(resolved).timestamp())}))
    return found
