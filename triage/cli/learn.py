"""`triage learn`: what confirmations taught."""

from __future__ import annotations

from dataclasses import asdict

import click

from triage.cli.common import db_option, echo_json, json_option, open_desk, table


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExamples:\n  triage learn status\n  triage learn rebuild\n",
)
def learn() -> None:
    """What the desk's decisions taught the linker."""


@learn.command(epilog="\b\nExamples:\n  triage learn status --json\n")
@json_option
@db_option
def status(as_json: bool, db: str | None) -> None:
    """How many decisions were learned, of which kind, and what the last fit rests on."""
    from triage.desk.learn import status as look

    with open_desk(db, create=False) as desk:
        found = look(desk)
        if as_json:
            echo_json(asdict(found))
            return
        rows = [(kind.kind, kind.decisions, kind.targets, kind.none) for kind in found.kinds]
        click.echo(table(("kind", "decisions", "targets", "none"), rows, right=(1, 2, 3)))
        if found.snapshot:
            due = "; a fit is due" if found.fit_due else ""
            click.echo(f"fit {found.snapshot} rests on {found.fitted_on} decisions, {found.waiting} came since{due}")
        else:
            click.echo("nothing was fitted yet: the names of the catalog count alone")
        click.echo("the state equals a replay of the log" if found.agrees_with_log else "the state differs from a "
                   "replay of the log; run `triage learn rebuild`")  # fmt: skip


@learn.command(epilog="\b\nExamples:\n  triage learn rebuild\n")
@json_option
@db_option
def rebuild(as_json: bool, db: str | None) -> None:
    """Make what was learned anew from the log of decisions."""
    from triage.desk.learn import rebuild as run

    with open_desk(db, create=False) as desk:
        found = run(desk)
        if as_json:
            echo_json(asdict(found))
            return
        same = "as it was" if found.same else "and the state before was different"
        click.echo(f"learned {found.decisions} decisions from the log, {same}")
