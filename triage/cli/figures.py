"""`triage figures import`: satisfaction, renewals, training hours and other figures that no ticket tells."""

from __future__ import annotations

from pathlib import Path

import click

from triage.cli.common import echo_json, open_desk
from triage.cli.options import db_option, json_option

EPILOG = """\b
Examples:
  triage figures import q3.xlsx
  triage figures import training.csv --dry-run

Figures have the columns service, kpi, period, value, source; training has person, kind, hours, period.
"""


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExample:\n  triage figures import figures.csv\n",
)
def figures() -> None:
    """Figures that no ticket tells, by quarter."""


@figures.command("import", epilog=EPILOG)
@click.argument("file", type=click.Path())
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@json_option
@db_option
def import_command(file: str, dry_run: bool, as_json: bool, db: str | None) -> None:
    """Take in a CSV, XLSX, YAML or JSON file; every bad row is named by its line, the good ones are kept."""
    from triage.desk.figures import import_figures

    with open_desk(db, create=False) as desk:
        found = import_figures(desk, Path(file), dry_run=dry_run)
    if as_json:
        echo_json(found.as_json())
        return
    for problem in (*found.warnings, *found.rejected):
        click.echo(str(problem), err=True)
    would = "would be " if dry_run else ""
    click.echo(
        f"{found.read} rows read: {would}{found.added} added, {found.updated} updated, {found.unchanged} unchanged,"
        f" {len(found.rejected)} rejected"
    )
