"""`triage report`: what a lead answers with, once a quarter, as HTML, Markdown, CSV or JSON."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from triage.cli.common import echo_json, open_desk, shown
from triage.cli.options import db_option, json_option
from triage.errors import UsageError
from triage.reports.every import REPORTS

FORMATS = ("html", "md", "csv")
_SUFFIXES = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".csv": "csv"}

EPILOG = """\b
Examples:
  triage report card --quarter 2026Q3 -o card.html
  triage report costs --format csv -o costs.csv
  triage report journeys --explain
"""


@click.group(epilog=EPILOG)
def report() -> None:
    """The leads' reports. Each is about one quarter, the last that is over unless said."""


def _form(asked: str | None, output: str | None) -> str:
    if asked:
        return asked
    return _SUFFIXES.get(Path(output).suffix.lower(), "md") if output else "md"


def _command(name: str, help_text: str) -> click.Command:
    example = f"\b\nExamples:\n  triage report {name} --quarter 2026Q3 -o {name}.html\n"

    @click.command(name, help=help_text, epilog=example)
    @click.option("--quarter", help="Like 2026Q3; the last that is over unless said.")
    @click.option("--format", "form", type=click.Choice(FORMATS), help="By the file's name unless said, else md.")
    @click.option("-o", "--output", type=click.Path(dir_okay=False), help="The file to write; else standard output.")
    @click.option("--table", help="With csv: this table alone, with its own columns.")
    @click.option("--explain", is_flag=True, help="Print the SQL behind each figure instead.")
    @json_option
    @db_option
    def command(
        quarter: str | None, form: str | None, output: str | None, table: str | None, explain: bool, as_json: bool,
        db: str | None,
    ) -> None:  # fmt: skip
        chosen = _form(form, output)
        if table and (chosen != "csv" or explain or as_json):
            raise UsageError("--table is for CSV", "add --format csv")
        if form and (explain or as_json):
            raise UsageError("--format does not go with --json or --explain", "leave one of them out")
        _print(name, quarter, chosen, output, table, explain, as_json, db)

    return command


def _print(
    name: str, quarter: str | None, form: str, output: str | None, table: str | None, explain: bool, as_json: bool,
    db: str | None,
) -> None:  # fmt: skip
    from triage.desk.upkeep import keep_up
    from triage.reports.every import build
    from triage.reports.render import explain as explained
    from triage.reports.render import render, to_json

    with open_desk(db, create=False) as desk:
        keep_up(desk)
        found = build(desk, name, quarter)
    if as_json and not output:
        echo_json(to_json(found))
        return
    if as_json:
        import json

        text = json.dumps(to_json(found), ensure_ascii=False, indent=2) + "\n"
    else:
        text = explained(found) if explain else render(found, form, table)
    if output:
        _write(Path(output), text, form)
    else:
        click.echo(text, nl=False)


def _write(path: Path, text: str, form: str) -> None:
    from triage.reports.save import save

    save(text, path, form)
    click.echo(f"wrote {shown(path)}", err=True)


for _name, _help in REPORTS.items():
    report.add_command(_command(_name, _help))


@report.command(
    epilog='\b\nExamples:\n  triage report begin "Stop the time-outs" --service portal --touchpoint sign --owner jon\n'
)
@click.argument("name")
@click.option("--service", "services", multiple=True, help="A service that it works on, by id or name.")
@click.option("--touchpoint", "touchpoints", multiple=True, help="A touchpoint that it works on, by id or name.")
@click.option("--owner", help="Who answers for it, a person of the catalog.")
@click.option("--member", "members", multiple=True, help="Who works on it.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="Like 2027-03-01.")
@json_option
@db_option
def begin(
    name: str, services: tuple[str, ...], touchpoints: tuple[str, ...], owner: str | None, members: tuple[str, ...],
    due: datetime | None, as_json: bool, db: str | None,
) -> None:  # fmt: skip
    """Begin an improvement from a bar of `report improvements`: a new version of the catalog, and its mark."""
    from triage.desk.improvements import begin as begin_improvement

    with open_desk(db, create=False) as desk:
        found = begin_improvement(
            desk, name, services=services, touchpoints=touchpoints, owner=owner, members=members,
            due=due.date() if due else None,
        )  # fmt: skip
    mark = found.baseline
    if as_json:
        echo_json({
            "improvement": found.improvement, "version": found.version, "days": mark.days, "tickets": mark.tickets,
            "points": mark.points,
        })  # fmt: skip
    else:
        click.echo(
            f"improvement {found.improvement} begun (catalog version {found.version}); it is measured against"
            f" {mark.tickets} tickets and {mark.points} points of the last {mark.days} days"
        )
