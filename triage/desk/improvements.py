"""Beginning an improvement from a bar of the Pareto: an entry of the catalog, and the mark it is measured against."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError

from triage.catalog.models import Catalog, Improvement
from triage.desk.catalog import apply_catalog
from triage.desk.named import id_of
from triage.desk.office import Desk
from triage.errors import Refused, UsageError
from triage.store import audit
from triage.store import figures as store
from triage.store.figures import CELL_SQL, Baseline
from triage.text import one_line, slug

DAYS = 90
"""The mark is what came in during so many days before the start, or since the first ticket where that is less."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An improvement that began: its id, the catalog's new version, and its mark."""

    improvement: str
    version: int
    baseline: Baseline


def begin(
    desk: Desk,
    name: str,
    *,
    services: Sequence[str] = (),
    touchpoints: Sequence[str] = (),
    owner: str | None = None,
    members: Sequence[str] = (),
    due: date | None = None,
) -> Begun:
    """Put an improvement in the catalog, in phase define, as a new version, and write down what it starts from.

    Entries and people are named by id or, as the report has them, by name. Refused where it names neither a service nor
    a touchpoint: nothing could be measured.
    """
    desk.writable()
    index = desk.index
    if not services and not touchpoints:
        raise Refused("an improvement works on a service or a touchpoint", "name one, or both")
    services = [id_of("service", text, index.services) for text in services]
    touchpoints = [id_of("touchpoint", text, index.touchpoints) for text in touchpoints]
    owner = id_of("person", owner, index.people) if owner else None
    members = [id_of("person", text, index.people) for text in members]
    now = desk.now()
    try:
        entry = Improvement(
            id=slug(name, index.improvements), name=name, phase="define", owner=owner, members=list(members),
            services=list(services), touchpoints=list(touchpoints), due=due,
            started=now.astimezone(index.timezone).date(),
        )  # fmt: skip
    except ValidationError as error:
        raise UsageError(
            f"'{one_line(name)}' cannot be the name of an improvement", "give it a name in words"
        ) from error
    applied = apply_catalog(desk, Catalog(improvements=[entry]), note=f"improvement begun: {entry.name}")
    with desk.act() as connection:
        second = int(now.timestamp())
        first = connection.execute("SELECT min(created_at) FROM queue").fetchone()[0] or second
        start = max(second - DAYS * 86400, min(first, second - 86400))
        tickets, points = connection.execute(
            CELL_SQL,
            {
                "start": start,
                "end": second,
                "services": json.dumps(entry.services),
                "touchpoints": json.dumps(entry.touchpoints),
            },
        ).fetchone()
        mark = Baseline(entry.id, second, max(round((second - start) / 86400), 1), tickets, points)
        act = audit.record(
            connection, at=second * 1000, who=desk.user, what="improve",
            detail={"improvement": entry.id, "days": mark.days, "tickets": tickets, "points": points},
        )  # fmt: skip
        store.put_baseline(connection, mark, act)
    return Begun(entry.id, applied.version, mark)
