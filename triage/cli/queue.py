"""`triage queue` and `triage show`: the impact queue and one ticket, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from triage.cli.common import database_path, echo_json, open_desk
from triage.cli.listing import queue_text, write_out
from triage.cli.options import db_option, json_option
from triage.cli.quick import MOST
from triage.desk import queue as desk_queue

if TYPE_CHECKING:
    from triage.desk.office import Desk
    from triage.desk.show import Detail, LinkLine
    from triage.tickets.models import CueReading

QUEUE_EPILOG = """\b
Examples:
  triage queue --view unclaimed --limit 20
  triage queue --search "service:closing-portal is:uncertain" --json
"""


@click.command(epilog=QUEUE_EPILOG)
@click.option(
    "--view", default="open", show_default=True, help=f"One of {', '.join(desk_queue.VIEWS)}, or one of your own."
)
@click.option("--search", default="", help="A filter as in the application: words, service:, priority:, is: …")
@click.option("--limit", type=click.IntRange(0, MOST), default=50, show_default=True, help="How many at most.")
@click.option("--full", is_flag=True, help="Every ticket as `triage show` gives it (JSON).")
@json_option
@db_option
def queue(view: str, search: str, limit: int, full: bool, as_json: bool, db: str | None) -> None:
    """The impact queue: what matters most to the business first."""
    write_out(queue_text(database_path(db), view=view, search=search, limit=limit, full=full, as_json=as_json))


@click.command(epilog="\b\nExamples:\n  triage show 4711\n  triage show zendesk:88213 --json\n")
@click.argument("ticket")
@click.option("--reveal", is_flag=True, help="Show the proposal of a ticket that is shown blind; that is written down.")
@json_option
@db_option
def show(ticket: str, reveal: bool, as_json: bool, db: str | None) -> None:
    """One ticket: links with evidence, breakdown, brief, whom to tell, history.

    TICKET is an id, or SOURCE:EXTERNAL_ID.
    """
    from triage.desk.show import detail, detail_json, veiled

    with open_desk(db, create=False) as desk:
        ident = desk_queue.find(desk, ticket)
        if reveal:
            from triage.desk.acts import ask

            ask(desk, [ident])
        found = detail(desk, ident)
        if as_json:
            echo_json(detail_json(found))
        else:
            click.echo(_page(desk, veiled(found)))


def _page(desk: Desk, found: Detail) -> str:
    row, zone = found.row, desk.index.timezone
    sure = "" if row.sure or row.priority > 2 else "?"
    interval = f" ({row.low}–{row.high})" if row.low < row.high else ""
    parts: list[str] = [
        f"{row.id}  {row.source}:{row.external_id}  {row.status}  P{row.priority}{sure} {row.score}{interval}",
        row.subject or "(no subject)",
        _who_wrote(found),
        "",
        found.ticket.body.strip() or "(no text)",
        "",
    ]
    for line in (*found.services, *found.touchpoints):
        mark = "●" if line.chosen else " "
        if line.kind in found.blind:
            parts.append(f"   {line.kind:10} {line.name}")
            continue
        parts.append(f" {mark} {line.kind:10} {line.name}  [{line.word}]  {_spoke(line)}")
    if found.blind:
        parts.append(_decide_first(found))
    none = [
        kind
        for kind, said, entries in (
            ("service", found.service_none, desk.index.services),
            ("touchpoint", found.touchpoint_none, desk.index.touchpoints),
        )
        if said and entries
    ]
    if none:
        parts.append(f"   nothing in the catalog fits as {' and '.join(none)}")
    parts.append(f"   condition  {row.condition}  {_because(found.condition, found.condition_sure)}".rstrip())
    parts += [f"   reach      {row.reach}  {_because(found.reach, found.reach_sure)}".rstrip(), ""]
    if found.breakdown:
        parts.append(f"Why {row.score}  {row.vector}")
    parts += [f"{'' if r.factor == 'rule' else r.points:>4}  {r.factor:4}  {r.why}" for r in found.breakdown]
    parts.append("")
    for clock in found.clocks:
        state = "passed" if clock.passed else clock.due.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")
        parts.append(f"   {clock.name:10} {state}  {clock.why}")
    parts += ["", found.brief]
    parts += _what_helps(found)
    if found.who:
        parts.append("Tell: " + " · ".join(f"{c.name} ({c.role.replace('_', ' ')})" for c in found.who))
    if found.history:
        parts.append("")
    for entry in found.history:
        at = entry.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        parts.append(f"   {at}  {entry.who}  {entry.what}: {entry.before or '–'} → {entry.after or '–'}")
    return "\n".join(parts)


def _spoke(line: LinkLine) -> str:
    """The words of the ticket that spoke for a link, and what past decisions had to say."""
    from triage.tickets.models import TAUGHT

    spoken = dict.fromkeys(f"{e.text} ≈ {e.term}" for e in line.evidence if e.text and e.term != TAUGHT)
    taught = dict.fromkeys(e.text for e in line.evidence if e.text and e.term == TAUGHT)
    if line.method.endswith("learned"):
        spoken[f"{TAUGHT}{': ' if taught else ''}{' · '.join(taught)}"] = None
    return ", ".join(spoken)


def _because(cue: CueReading | None, sure: bool) -> str:
    """The words of the ticket, and what was learned, that a condition or a reach was read from."""
    if sure or cue is None:
        return "[confirmed]" if sure else ""
    return ", ".join(dict.fromkeys(f"{e.text} ≈ {e.term}" if e.text else e.term for e in cue.evidence))


def _decide_first(found: Detail) -> str:
    """What to do with a ticket whose proposal is not shown."""
    row, kinds = found.row, " and ".join(found.blind)
    return (
        f"   by name, not by rank: auto-link is measured on what you say of this one first ({kinds})\n"
        f"   `triage link {row.id} KIND:ID` decides, `triage show {row.id} --reveal` shows the proposal"
    )


def _what_helps(found: Detail) -> list[str]:
    """A known error with what helps, what the agent may do at once, a renewal that is near."""
    lines = []
    if found.known_error:
        applied = found.facts.workaround and found.facts.known_error == found.known_error
        state = "applied" if applied else f"proposed; `triage set {found.row.id} workaround={found.known_error}`"
        lines.append(f"Known error: {found.known_error_name or found.known_error} ({state})")
        if found.workaround:
            lines.append(f"   {found.workaround}")
    if found.agent_may:
        lines.append("You may: " + " · ".join(found.agent_may))
    if found.renewal:
        lines.append(f"{found.organisation} renews on {found.renewal}")
    return lines


def _who_wrote(found: Detail) -> str:
    ticket = found.ticket
    bits: list[Any] = [ticket.requester_name, ticket.requester, found.organisation, ticket.site, ticket.channel]
    return " · ".join(str(bit) for bit in bits if bit)
