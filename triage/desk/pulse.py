"""What the poll brings: what others changed since the last look. Read at the start as well: it stays small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from triage.desk import queue
from triage.desk.office import Desk
from triage.desk.queue import Header, Names

if TYPE_CHECKING:
    from triage.desk.alarm import Heard


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the poll brings: header and swarms where something changed, names where the catalog did."""

    seen: int
    header: Header | None = None
    swarms: Mapping[int, int] = field(default_factory=dict)
    names: Names | None = None
    heard: Heard | None = None


def pulse(desk: Desk, catalog: int, seen: int | None, heard: Heard | None = None) -> Pulse:
    """What others changed since `seen` (None: take everything). `catalog` is the version that is known.

    `heard`: of which P1 this desk knows; None at the first look.
    """
    from triage.desk.alarm import listen

    current = queue.data_version(desk)
    version = catalog_version(desk)
    names = queue.names(desk) if version != catalog or seen is None else None
    if current == seen and names is None:
        return Pulse(current, heard=listen(desk, None) if heard is None else replace(heard, rings=False))
    return Pulse(current, queue.header(desk), swarm_sizes(desk), names, listen(desk, heard))


def catalog_version(desk: Desk) -> int:
    """The version of the catalog in force, 0 where there is none."""
    row = desk.database.execute("SELECT coalesce(max(version), 0) FROM catalog_versions").fetchone()
    return int(row[0])


def swarm_sizes(desk: Desk) -> dict[int, int]:
    """Swarm to how many tickets it has, of those that are open."""
    return dict(desk.database.execute("SELECT id, tickets FROM swarms WHERE closed_at IS NULL").fetchall())
