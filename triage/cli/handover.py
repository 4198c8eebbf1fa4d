"""`triage handover`: what the next shift must know, as text to paste or as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from triage.cli.common import echo_json, open_desk
from triage.cli.options import db_option, json_option
from triage.desk.queue import names, veiled

if TYPE_CHECKING:
    from triage.desk.office import Desk
    from triage.desk.queue import QueueRow
    from triage.reports.handover import Handover, Part


@click.command(epilog="\b\nExamples:\n  triage handover\n  triage handover --since 2026-12-28T07:00 --ahead 8\n")
@click.option("--since", help="When the shift began; eight hours ago unless said.")
@click.option("--ahead", type=click.FloatRange(0, 168), default=4, show_default=True, help="Hours to look ahead.")
@json_option
@db_option
def handover(since: str | None, ahead: float, as_json: bool, db: str | None) -> None:
    """What is urgent, what breaks next, what wakes up, what was overruled, what nobody has."""
    from triage.cli.acts import parse_time
    from triage.desk.upkeep import keep_up
    from triage.reports.handover import handover as make

    with open_desk(db, create=False) as desk:
        keep_up(desk)
        found = make(desk, since=parse_time(since, desk.index.timezone), ahead=timedelta(hours=ahead))
        if as_json:
            echo_json(_json(found))
        else:
            for line in lines(desk, found):
                click.echo(line)


def lines(desk: Desk, found: Handover) -> list[str]:
    """The handover as text."""
    zone = desk.index.timezone
    begun, now = found.since.astimezone(zone), found.at.astimezone(zone)
    told = [
        f"Handover {now:%a %d %b %H:%M} ({zone.key}), shift since {begun:%a %H:%M}:"
        f" {found.came_in} came in, {found.settled} were settled"
    ]
    told += _part(desk, "P1 and P2", found.urgent)
    told.append(_title("Swarms", len(found.swarms)))
    for swarm in found.swarms:
        entry = desk.index.services.get(swarm.service)
        state = "major incident" if swarm.confirmed else "candidate for a major incident" if swarm.candidate else ""
        told.append(
            f"  {swarm.tickets} tickets on {entry.name if entry else swarm.service}{f', {state}' if state else ''}"
        )
    told += _part(desk, f"Runs out by {found.until.astimezone(zone):%H:%M}", found.breaching, clock=True)
    told.append(f"  and {found.late} whose first clock has run out already")
    told += _part(desk, "Wakes up by then", found.waking)
    told.append(_title("Overruled in this shift", len(found.overruled)))
    for one in found.overruled:
        words = f": {one.text}" if one.text else ""
        told.append(f"  {one.row.id}  {one.priority} by {one.who} ({one.reason}{words})  {one.row.subject}")
    return told + _part(desk, "Nobody has", found.unclaimed)


def _title(title: str, total: int) -> str:
    return f"\n{title}: {total or 'none'}"


def _part(desk: Desk, title: str, part: Part, *, clock: bool = False) -> list[str]:
    told = [_title(title, part.total)]
    known = names(desk)
    for row in part.rows:
        # Whoever takes over decides it next, so what is proposed of the blind sample is not told here either.
        unsaid = veiled(row, known, "service")
        service = "say first" if unsaid else known.services.get(row.service or "", "no service")
        mark = "" if row.sure or row.priority > 2 else "?"
        until = f"{_at(desk, row.first_clock)} {row.clock_name}, " if clock and row.first_clock else ""
        told.append(
            f"  {row.id}  P{row.priority}{mark} {row.score}  {until}{service},"
            f" {row.assignee or 'nobody'}  {row.subject}"
        )
    if part.total > len(part.rows):
        told.append(f"  and {part.total - len(part.rows)} more")
    return told


def _at(desk: Desk, second: int) -> str:
    from triage.reports.periods import from_seconds

    return f"{from_seconds(second).astimezone(desk.index.timezone):%H:%M}"


def _json(found: Handover) -> dict[str, Any]:
    from triage.desk.show import iso, item_json

    def tickets(rows: list[QueueRow]) -> list[dict[str, Any]]:
        return [{**item_json(row), "clock": row.clock_name, "clock_at": iso(row.first_clock)} for row in rows]

    def part(one: Part) -> dict[str, Any]:
        return {"total": one.total, "tickets": tickets(one.rows)}

    return {
        "at": found.at.isoformat(),
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "came_in": found.came_in,
        "settled": found.settled,
        "urgent": part(found.urgent),
        "swarms": [
            {
                "id": swarm.id, "service": swarm.service, "tickets": swarm.tickets, "requesters": swarm.requesters,
                "since": iso(swarm.since), "candidate": swarm.candidate, "confirmed": swarm.confirmed,
            }
            for swarm in found.swarms
        ],
        "breaching": part(found.breaching),
        "late": found.late,
        "waking": part(found.waking),
        "overruled": [
            {
                "ticket": item_json(one.row), "who": one.who, "at": iso(one.at), "priority": one.priority,
                "reason": one.reason, "text": one.text,
            }
            for one in found.overruled
        ],
        "unclaimed": part(found.unclaimed),
    }  # fmt: skip
