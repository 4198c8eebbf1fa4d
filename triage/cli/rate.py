"""`triage rate`: somebody of the business says what priority scored tickets should have had."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from triage.cli.common import age, echo_json, open_desk, table
from triage.cli.options import db_option, json_option
from triage.errors import UsageError

if TYPE_CHECKING:
    from triage.desk.office import Desk
    from triage.desk.rate import Rated

EPILOG = """\b
Examples:
  triage rate                              ten tickets of your services, one question each
  triage rate --service closing-portal --sample 20
  triage rate --ticket 4711 --priority P2  one ticket, without a question
"""


@click.command(epilog=EPILOG)
@click.option("--ticket", help="Rate this ticket alone; needs --priority.")
@click.option("--priority", help="P1 to P5; none takes your rating back.")
@click.option("--text", help="Why, in words.")
@click.option("--service", help="A sample of this service; else of those that you answer for.")
@click.option("--sample", "size", type=click.IntRange(1, 200), default=10, show_default=True, help="How many tickets.")
@json_option
@db_option
def rate(
    ticket: str | None, priority: str | None, text: str | None, service: str | None, size: int, as_json: bool,
    db: str | None,
) -> None:  # fmt: skip
    """Say what priority tickets should have had; `triage report overrides` tells how often the desk agreed.

    What triage gave them is shown after each answer, not before. Off a terminal the sample is listed instead.
    """
    if (ticket is None) is not (priority is None):
        raise UsageError("--ticket and --priority go together", "write it like --ticket 4711 --priority P2")
    with open_desk(db, create=False) as desk:
        if ticket is not None and priority is not None:
            from triage.desk.queue import find
            from triage.desk.rate import rate as rate_one

            _tell(rate_one(desk, find(desk, ticket), priority, text), priority, as_json)
            return
        from triage.desk.rate import sample

        ids = sample(desk, size, service)
        if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
            _list(desk, ids, as_json)
        else:
            _ask(desk, ids)


def _tell(found: Rated, priority: str, as_json: bool) -> None:
    if as_json:
        echo_json(_json(found))
    elif priority.strip().lower() == "none":
        click.echo(f"ticket {found.ticket}: your rating is taken back")
    else:
        click.echo(f"ticket {found.ticket}: you say {found.rated}, triage {_said(found)}")


def _said(found: Rated) -> str:
    return f"says {found.computed} too" if found.agrees else f"says {found.computed}"


def _json(found: Rated) -> dict[str, Any]:
    return {
        "ticket": found.ticket, "service": found.service, "rated": found.rated, "computed": found.computed,
        "agrees": found.agrees, "act": found.act or None,
    }  # fmt: skip


def _list(desk: Desk, ids: list[int], as_json: bool) -> None:
    from triage.desk.queue import rows

    found = rows(desk, ids)
    if as_json:
        shown = ("id", "subject", "service", "condition", "reach")
        echo_json({"tickets": [{name: getattr(row, name) for name in shown} for row in found]})
        return
    lines = [(row.id, row.service or "", row.condition, row.reach, row.subject) for row in found]
    click.echo(table(("id", "service", "condition", "reach", "subject"), lines, right=(0,)))
    click.echo("rate one with: triage rate --ticket ID --priority P2")


def _ask(desk: Desk, ids: list[int]) -> None:
    from triage.desk.rate import rate as rate_one
    from triage.desk.show import detail

    if not ids:
        click.echo("there is nothing left to rate: no ticket of the last three months that you have not rated")
        return
    agreed = rated = 0
    for place, ident in enumerate(ids, start=1):
        found = detail(desk, ident)
        waited = age((desk.now() - found.ticket.created_at).total_seconds())
        click.echo(f"\n{place} of {len(ids)}  ticket {ident}, {waited} old, {found.ticket.status}")
        click.echo(found.ticket.subject)
        click.echo(found.brief)
        answer = click.prompt("What priority should it have? P1 to P5, s skip, q stop", type=_ANSWER)
        if answer == "q":
            break
        if answer == "s":
            continue
        given = rate_one(desk, ident, answer)
        rated += 1
        agreed += given.agrees
        click.echo(f"triage {_said(given)}")
    if rated:
        click.echo(f"\n{agreed} of {rated} the same as triage; thank you")


class _Answer(click.ParamType):  # type: ignore[type-arg]
    name = "priority"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """`2`, `p2` and `P2` are the same."""
        word = value.strip().lower()
        if word in ("s", "q"):
            return word
        if word.removeprefix("p") in tuple("12345"):
            return f"P{word.removeprefix('p')}"
        self.fail("answer P1, P2, P3, P4 or P5, s to skip, q to stop", param, ctx)


_ANSWER = _Answer()
