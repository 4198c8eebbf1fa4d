"""The queue as `triage queue` prints it, for people and for programs. Click is not imported here (see quick.py)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from triage.cli.common import age, json_text, open_desk, table
from triage.desk import queue as desk_queue
from triage.desk.upkeep import keep_up
from triage.errors import NotFound, UsageError
from triage.text import shorten

if TYPE_CHECKING:
    from triage.desk.office import Desk


def queue_text(
    path: Path,
    *,
    view: str = "open",
    search: str = "",
    limit: int = 50,
    full: bool = False,
    as_json: bool = False,
    read_only: bool = False,
) -> str | bytes:
    """A view of the queue as a table, or as a JSON document in UTF-8."""
    from triage.desk.views import find_view, select

    with open_desk(str(path), create=False, read_only=read_only) as desk:
        try:
            shown = find_view(desk, view)
        except NotFound as error:
            raise UsageError(error.what, error.hint) from None
        keep_up(desk)
        known = desk_queue.names(desk)
        chosen, problems = select(desk, shown, search, known)
        if problems:
            raise UsageError(f"{'--search' if search else 'the view'}: {'; '.join(problems)}")
        total = desk_queue.total(desk, chosen)
        rows = desk_queue.first_page(desk, chosen, limit)
        sizes: dict[int, int] = {}
        if view == "swarms":
            from triage.desk.pulse import swarm_sizes

            of_swarm = swarm_sizes(desk)
            sizes = {row.id: of_swarm.get(row.swarm, 1) for row in rows if row.swarm is not None}
        if as_json or full:
            from triage.desk.show import detail_json, details, item_json

            items = (
                [detail_json(found) for found in details(desk, [row.id for row in rows])]
                if full
                else [item_json(row) for row in rows]
            )
            for item in items if sizes else ():
                item["swarm_tickets"] = sizes[item["id"]]
            return json_text({"total": total, "tickets": items})
        return f"{_table(desk, known, rows, total, view, sizes)}\n"


def write_out(text: str | bytes) -> None:
    """To standard output: text as it is encoded there, bytes as they are."""
    if isinstance(text, str):
        sys.stdout.write(text)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(text)
    sys.stdout.flush()


def _table(
    desk: Desk,
    known: desk_queue.Names,
    rows: list[desk_queue.QueueRow],
    total: int,
    view: str,
    sizes: Mapping[int, int],
) -> str:
    if not rows and total:
        return f"{total} in '{view}'; --limit shows them"
    if not rows:
        return f"no tickets in the view '{view}'"
    now = desk.now().timestamp()
    lines = []
    for row in rows:
        unsaid = {kind for kind in ("service", "touchpoint") if desk_queue.veiled(row, known, kind)}
        clock = "" if row.first_clock is None else "late" if row.first_clock <= now else age(row.first_clock - now)
        lines.append(
            (
                row.id,
                f"P{row.priority}{'' if row.sure or row.priority > 2 else '?'}",
                row.score,
                f"{row.low}–{row.high}" if row.low < row.high else "",
                age(now - row.created_at),
                clock,
                "say first" if "service" in unsaid else shorten(known.services.get(row.service or "", "–"), 22),
                "–" if "touchpoint" in unsaid else shorten(known.touchpoints.get(row.touchpoint or "", "–"), 22),
                row.condition,
                shorten(f"{sizes[row.id]} tickets: {row.subject}" if row.id in sizes else row.subject, 46),
            )
        )
    header = ("id", "prio", "score", "between", "age", "clock", "service", "touchpoint", "condition", "subject")
    shown = table(header, lines, right=(0, 2, 4, 5))
    more = f"\n{total - len(rows)} more; --limit shows them" if total > len(rows) else ""
    return f"{shown}\n{total} in '{view}'{more}"
