"""The acts of the application from the command line, audited the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from triage.cli.common import echo_json, open_desk
from triage.cli.options import db_option, json_option
from triage.errors import UsageError

if TYPE_CHECKING:
    from triage.desk.acts import Outcome
    from triage.desk.office import Desk


def _act(db: str | None, as_json: bool, tickets: Sequence[str], act: Callable[[Desk, list[int]], Outcome]) -> None:
    from triage.desk.queue import find

    with open_desk(db, create=False) as desk:
        ids = [find(desk, ticket) for ticket in tickets]
        _tell(desk, act(desk, ids), as_json)


def _tell(desk: Desk, outcome: Outcome, as_json: bool) -> None:
    if as_json:
        from triage.desk.queue import rows
        from triage.desk.show import item_json

        tickets = [item_json(row) for row in rows(desk, outcome.tickets)]
        echo_json({"act": outcome.act or None, "message": outcome.message, "tickets": tickets})
    else:
        click.echo(outcome.message)


def _options(function: Any) -> Any:
    return json_option(db_option(function))


def parse_time(text: str | None, zone: Any) -> datetime | None:
    """An ISO 8601 time of the command line; one without an offset is taken in the catalog's zone."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"'{text}' is not a time", "write it like 2026-12-31T17:00") from error


@click.command(epilog="\b\nExamples:\n  triage link 4711 service:closing-portal\n  triage link 4711 touchpoint:none\n")
@click.argument("ticket")
@click.argument("entry", metavar="KIND:ID")
@click.option("--reject", is_flag=True, help="Say that the ticket is not about it.")
@click.option("--also", is_flag=True, help="Beside the primary one, not instead of it.")
@_options
def link(ticket: str, entry: str, reject: bool, also: bool, as_json: bool, db: str | None) -> None:
    """Link a ticket to a service or touchpoint, to `none`, or reject a link."""
    kind, colon, target = entry.partition(":")
    if not colon or not target:
        raise UsageError(f"'{entry}' is not a link", "write it like service:closing-portal or touchpoint:none")

    def act(desk: Desk, ids: list[int]) -> Outcome:
        from triage.desk import acts

        return acts.reject(desk, ids, kind, target) if reject else acts.link(desk, ids, kind, target, also=also)

    _act(db, as_json, [ticket], act)


@click.command(
    "set",
    epilog="\b\nExamples:\n  triage set 4711 condition=unavailable reach=site\n"
    "  triage set 4711 flag=statutory:2027-01-22\n"
    "  triage set 4711 'told=It will work by Monday'\n",
)
@click.argument("ticket")
@click.argument("fields", nargs=-1, required=True, metavar="FIELD=VALUE…")
@_options
def set_fields(ticket: str, fields: tuple[str, ...], as_json: bool, db: str | None) -> None:
    """Set condition, reach, workaround, flag, told, status or assignee of a ticket.

    A statutory flag may carry the day until which the law wants an answer; `told` is what the customer was told
    otherwise, `told=none` takes it back.
    """
    pairs = []
    for entry in fields:
        name, equals, value = entry.partition("=")
        if not equals:
            raise UsageError(f"'{entry}' is not FIELD=VALUE", "write it like condition=degraded")
        pairs.append((name.strip(), value.strip()))

    def act(desk: Desk, ids: list[int]) -> Outcome:
        from triage.desk import acts

        outcomes = []
        with desk.act():
            for name, value in pairs:
                outcomes.append(acts.acts_by_field(desk, ids, name, value))
        return acts.Outcome(outcomes[-1].act, ids, "; ".join(outcome.message for outcome in outcomes))

    _act(db, as_json, [ticket], act)


@click.command(epilog="\b\nExamples:\n  triage override 4711 P1 --reason contract --text 'penalty from noon'\n")
@click.argument("ticket")
@click.argument("priority")
@click.option("--reason", help="wrong-link, wrong-reach, contract, safety, politics or other.")
@click.option("--text", help="The reason in words.")
@click.option("--until", help="When it ends by itself, like 2026-12-31T17:00.")
@_options
def override(
    ticket: str, priority: str, reason: str | None, text: str | None, until: str | None, as_json: bool, db: str | None
) -> None:
    """Set another priority for a ticket; `none` lets the computed one count again."""

    def act(desk: Desk, ids: list[int]) -> Outcome:
        from triage.desk import acts

        if priority.lower() == "none":
            return acts.end_override(desk, ids)
        if not reason:
            raise UsageError("an override needs a reason", "add --reason CODE, see `triage override --help`")
        return acts.override(desk, ids, priority, reason, text, parse_time(until, desk.index.timezone))

    _act(db, as_json, [ticket], act)


def _simple(name: str, help_text: str) -> click.Command:
    @click.command(name, help=help_text, epilog=f"\b\nExamples:\n  triage {name} 4711 4712\n")
    @click.argument("tickets", nargs=-1, required=True, metavar="TICKET…")
    @_options
    def command(tickets: tuple[str, ...], as_json: bool, db: str | None) -> None:
        def act(desk: Desk, ids: list[int]) -> Outcome:
            from triage.desk import acts

            outcome: Outcome = getattr(acts, name)(desk, ids)
            return outcome

        _act(db, as_json, tickets, act)

    return command


claim = _simple("claim", "Take tickets as your own; refused where somebody else has one.")
release = _simple("release", "Give tickets back, so that nobody has them.")
resolve = _simple("resolve", "Say that tickets are done.")
reopen = _simple("reopen", "Take up again what was done, or what waited.")


@click.command(epilog="\b\nExamples:\n  triage wait 4711 --for customer --until 2026-12-30T09:00\n")
@click.argument("tickets", nargs=-1, required=True, metavar="TICKET…")
@click.option("--for", "for_whom", default="customer", show_default=True, help="customer or supplier.")
@click.option("--until", help="When the ticket wakes by itself, like 2026-12-31T09:00.")
@_options
def wait(tickets: tuple[str, ...], for_whom: str, until: str | None, as_json: bool, db: str | None) -> None:
    """Wait for the customer (which stops the SLA's clocks) or for a supplier (which does not)."""

    def act(desk: Desk, ids: list[int]) -> Outcome:
        from triage.desk import acts

        return acts.wait(desk, ids, for_whom, parse_time(until, desk.index.timezone))

    _act(db, as_json, tickets, act)


@click.command(epilog="\b\nExamples:\n  triage merge 4712 4713 4711     4712 and 4713 go on as 4711\n")
@click.argument("tickets", nargs=-1, required=True, metavar="TICKET… INTO")
@_options
def merge(tickets: tuple[str, ...], as_json: bool, db: str | None) -> None:
    """Merge tickets into the last one that is named."""
    if len(tickets) < 2:
        raise UsageError("a merge needs two tickets or more", "name the one that goes on last")

    def act(desk: Desk, ids: list[int]) -> Outcome:
        from triage.desk import acts

        return acts.merge(desk, ids[:-1], ids[-1])

    _act(db, as_json, tickets, act)


@click.command(epilog="\b\nExamples:\n  triage undo\n  triage undo 3\n")
@click.argument("count", type=click.IntRange(min=1), default=1, metavar="[N]")
@click.option("--redo", is_flag=True, help="Do again what was undone last.")
@_options
def undo(count: int, redo: bool, as_json: bool, db: str | None) -> None:
    """Take back your last act, or the last N; refused where somebody else's act came after."""
    from triage.desk import undoing

    with open_desk(db, create=False) as desk:
        _tell(desk, (undoing.redo if redo else undoing.undo)(desk, count), as_json)
