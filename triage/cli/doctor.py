"""`triage doctor`: versions, terminal, database."""

from __future__ import annotations

import contextlib

import click

from triage.cli.common import database_path, echo_json, table
from triage.cli.options import db_option, json_option
from triage.errors import InputError


@click.command(epilog="\b\nExamples:\n  triage doctor\n  triage doctor --json\n")
@json_option
@db_option
def doctor(as_json: bool, db: str | None) -> None:
    """Look whether everything is well: versions, terminal, integrity, counts, vectors."""
    from triage.desk.checkup import configuration, database, machine

    checks = [*machine(), *configuration()]
    with contextlib.suppress(InputError):  # of settings that cannot be read, which stands among the checks
        checks += database(database_path(db))
    wrong = [check for check in checks if check.state == "wrong"]
    if as_json:
        rows = [{"name": check.name, "state": check.state, "text": check.text} for check in checks]
        echo_json({"well": not wrong, "checks": rows})
    else:
        click.echo(table(("", "", ""), [(check.state, check.name, check.text) for check in checks]).lstrip("\n"))
    if wrong:
        raise click.exceptions.Exit(1)
