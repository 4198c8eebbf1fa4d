"""`triage tickets import`: tickets from files and mailboxes, linked and scored as they come in."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from triage.cli.common import database_path, echo_json, open_desk, progress_line, shown, table
from triage.cli.evaluate import pairs
from triage.cli.options import db_option, json_option
from triage.errors import UsageError
from triage.text import one_line, shorten

if TYPE_CHECKING:
    from triage.desk.office import Desk
    from triage.desk.take_in import TakenIn
    from triage.intake.files import TicketFile

SHOWN = 50
EPILOG = """\b
Examples:
  triage tickets import export.csv
  triage tickets import tickets.json articles.json --preset zammad
  triage tickets import old.xlsx --map subject=Headline --confirmed service=Service
  triage tickets import mail/ --dry-run
"""


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExamples:\n  triage tickets import export.csv --preset zendesk\n",
)
def tickets() -> None:
    """Take tickets in from files, mailboxes and help desks."""


@tickets.command("import", epilog=EPILOG)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--preset", help="The system that the files come from; else their header or keys tell.")
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="A column by the field it holds.")
@click.option(
    "--confirmed",
    multiple=True,
    metavar="KIND=COLUMN",
    help="A column of past decisions: service, touchpoint, condition, reach.",
)
@click.option("--dry-run", is_flag=True, help="Tell what would happen; nothing is written.")
@click.option("--source", help="The source of the tickets; else the preset's name, or `file`.")
@click.option("--encoding", help="The encoding of text; else UTF-8, UTF-16 by its mark, then cp1252.")
@click.option("--timezone", "zone", default="UTC", show_default=True, help="The zone of times without one.")
@click.option("--dates", type=click.Choice(["day-first", "month-first"]), help="How 3/4/2026 is read.")
@json_option
@db_option
def import_(
    files: tuple[Path, ...],
    preset: str | None,
    mapping: tuple[str, ...],
    confirmed: tuple[str, ...],
    dry_run: bool,
    source: str | None,
    encoding: str | None,
    zone: str,
    dates: str | None,
    as_json: bool,
    db: str | None,
) -> None:
    """Take in tickets from CSV, JSON, JSON lines, XLSX, mbox, maildir and .eml FILEs, or folders of them.

    A file is read whole before anything is written; one that cannot be read changes nothing. A record that
    cannot be taken in is told with its line and kept in a file beside the source, to be mended and imported
    again. Importing the same file again changes nothing.
    """
    from triage.intake.files import read_tickets

    started = time.perf_counter()
    taken = read_tickets(
        files,
        preset=preset,
        mapping=pairs(mapping, "--map"),
        confirmed=pairs(confirmed, "--confirmed"),
        source=source,
        timezone=_zone(zone),
        encoding=encoding,
        day_first=None if dates is None else dates == "day-first",
    )
    anew = source is None  # who names the source means it
    result = _try_out(taken, files, db, anew) if dry_run else _take(taken, files, db, anew)
    taken.reject_all((refused.ticket, refused.reason) for refused in result.rejected)
    taken.rejected.sort(key=lambda each: (each.sheet, each.line))
    written = [] if dry_run or not taken.rejected else _keep_rejected(taken, files)
    seconds = round(time.perf_counter() - started, 3)
    if as_json:
        echo_json(_document(taken, result, seconds, len(files) > 1))
    else:
        click.echo(_summary(taken, result, seconds, dry_run))
    _tell(taken, written)


def _zone(name: str) -> tzinfo:
    """The zone of a name; UsageError with the nearest."""
    from zoneinfo import ZoneInfo, available_timezones

    if name.upper() in ("UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        from triage.text import did_you_mean

        hint = did_you_mean(name, available_timezones()) or "write it like Europe/Berlin"
        raise UsageError(f"--timezone: there is no zone '{one_line(name)[:60]}'", hint) from None


def _take(taken: TicketFile, files: Sequence[Path], db: str | None, anew: bool) -> TakenIn:
    with open_desk(db) as desk:
        return _taken_in(desk, taken, files, anew, dry_run=False)


def _try_out(taken: TicketFile, files: Sequence[Path], db: str | None, anew: bool) -> TakenIn:
    """What an import would do; where there is no database, what it would do to a new one."""
    if database_path(db).exists():
        with open_desk(db, create=False, read_only=True) as desk:
            return _taken_in(desk, taken, files, anew, dry_run=True)
    from triage.desk.office import Desk

    with tempfile.TemporaryDirectory() as folder, Desk(Path(folder) / "try.db") as desk:
        return _taken_in(desk, taken, files, anew, dry_run=True)


def _taken_in(desk: Desk, taken: TicketFile, files: Sequence[Path], anew: bool, *, dry_run: bool) -> TakenIn:
    from triage.desk.take_in import take_in
    from triage.desk.twins import refuse_twins

    if anew:
        refuse_twins(desk, taken.tickets)

    return take_in(
        desk,
        taken.tickets,
        source=", ".join(dict.fromkeys(ticket.source for ticket in taken.tickets)) or taken.preset,
        name=shorten(one_line(", ".join(path.name or str(path) for path in files)), 200),
        rejected=len(taken.rejected),
        dry_run=dry_run,
        progress=progress_line("tickets"),
    )


def _keep_rejected(taken: TicketFile, files: Sequence[Path]) -> list[Path]:
    """Write the rejected records beside the source, else where the person stands."""
    from triage.intake.rejected import rejected_path, write_rejected

    beside = rejected_path(files[0])
    for target in (beside, Path.cwd() / beside.name):
        try:
            return write_rejected(target, taken)
        except OSError as error:
            reason = error.strerror or str(error)
    click.echo(f"{beside}: the rejected records cannot be kept: {reason}", err=True)
    return []


def _document(taken: TicketFile, result: TakenIn, seconds: float, several: bool) -> dict[str, Any]:
    """The document of `--json`; with several files a reason begins with its file."""
    return {
        "read": taken.read,
        "added": result.added,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "rejected": [
            {"line": each.line, "reason": f"{each.file}: {each.reason}" if several else each.reason}
            for each in taken.rejected
        ],
        "linked": result.linked,
        "seconds": seconds,
    }


def _summary(taken: TicketFile, result: TakenIn, seconds: float, dry_run: bool) -> str:
    counts = [
        f"{taken.read} read",
        f"{result.added} added",
        f"{result.updated} updated",
        f"{result.unchanged} unchanged",
        f"{len(taken.rejected)} rejected",
    ]
    if not dry_run:
        return f"{', '.join(counts)}; {result.linked} linked; {seconds:.1f} s ({taken.preset})"
    lines = [f"would be: {', '.join(counts)} ({taken.preset}); nothing was written"]
    if taken.columns:
        lines += ["", table(("field", "column"), sorted(taken.columns.items()))]
    if taken.kept:
        lines += ["", f"kept beside: {', '.join(taken.kept[:SHOWN])}" + (" …" if len(taken.kept) > SHOWN else "")]
    return "\n".join(lines)


def _tell(taken: TicketFile, written: Sequence[Path]) -> None:
    """On standard error: what was rejected and where it is, what joined, what was not read."""
    for note in taken.notes:
        click.echo(note, err=True)
    if taken.joined:
        click.echo(f"{taken.joined} more are part of these: replies, articles, older versions", err=True)
    for rejected in taken.rejected[:SHOWN]:
        click.echo(str(rejected), err=True)
    if len(taken.rejected) > SHOWN:
        click.echo(f"and {len(taken.rejected) - SHOWN} more rejected", err=True)
    for path in written:
        click.echo(f"the rejected records are in {shown(path)}; mend them and import that file", err=True)
