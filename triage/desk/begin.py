"""Beginning: a catalog, tickets, and last year's decisions from a file, as the application's first screen asks."""

from __future__ import annotations

import re
from pathlib import Path

from triage.desk.office import Desk
from triage.errors import Refused
from triage.text import fold, one_line, shorten

KINDS = ("service", "touchpoint", "condition", "reach")
DATA = (".csv", ".tsv", ".json", ".jsonl", ".xlsx", ".mbox", ".eml")
CATALOGS = (".yaml", ".yml", ".xlsx", ".csv", ".json")


def path_of(text: str) -> Path:
    """The path that a person typed, `~` and quotes as shells read them."""
    return Path(text.strip().strip("'\"")).expanduser()


def path_problem(text: str) -> str:
    """What is wrong with a path; nothing where a file is there, or a folder of mail.

    A device or a pipe would be read for ever, and a folder of anything is not what the question asks for.
    """
    path = path_of(text)
    name = one_line(str(path))
    try:
        if not path.exists():
            return f"{name}: there is no such file"
        if path.is_dir():
            maildir = (path / "cur").is_dir() and (path / "new").is_dir()
            return "" if maildir else f"{name}: is a folder; name a file in it"
        return "" if path.is_file() else f"{name}: is no file but a device or a pipe"
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        return f"{name}: {getattr(error, 'strerror', None) or error}"


def offers(folder: Path, suffixes: tuple[str, ...], limit: int = 200) -> list[str]:
    """Files of a folder that may be meant, by name."""
    try:
        found = [each.name for each in folder.iterdir() if each.suffix.lower() in suffixes and each.is_file()]
    except OSError:
        return []
    return sorted(found)[:limit]


def take_catalog(desk: Desk, path: Path) -> str:
    """Put the first catalog in force. Refused where there is one: a change is planned before it is applied."""
    from triage.desk.catalog import apply_catalog, load_files

    if desk.index.version:
        raise Refused("there is a catalog already", "`triage catalog plan` shows what a file would change")
    applied = apply_catalog(desk, load_files([path]), note=f"from {shorten(path.name, 80)}")
    services = len(desk.index.services)
    guesses = "; triage catalog check tells what was guessed" if path.suffix.lower() in (".csv", ".xlsx") else ""
    return f"catalog version {applied.version} is in force: {services} services{guesses}"


def take_tickets(desk: Desk, path: Path, *, confirmed: bool = False) -> str:
    """Take tickets in from a file; with `confirmed` its columns named after the kinds of link are past decisions.

    Gives what came of it in a line. Refused where `confirmed` finds no such column.
    """
    from triage.desk.take_in import take_in
    from triage.desk.twins import refuse_twins
    from triage.intake.files import read_tickets

    desk.writable()
    columns: dict[str, str] = {}
    if confirmed:
        kept = read_tickets([path]).kept
        columns = decided_columns(kept)
        if not columns:
            known = ", ".join(kept[:8]) or "none"
            raise Refused(
                f"{one_line(path.name)}: no column is called service, touchpoint, condition or reach (it has {known})",
                "triage tickets import FILE --confirmed service=COLUMN names it",
            )
    taken = read_tickets([path], confirmed=columns)
    refuse_twins(desk, taken.tickets)
    result = take_in(
        desk,
        taken.tickets,
        source=", ".join(dict.fromkeys(ticket.source for ticket in taken.tickets)) or taken.preset,
        name=shorten(one_line(path.name), 200),
        rejected=len(taken.rejected),
    )
    taken.reject_all((refused.ticket, refused.reason) for refused in result.rejected)
    parts = [f"{result.added} tickets added", f"{result.updated} updated", f"{result.linked} linked"]
    if columns:
        parts.append(f"decided by {', '.join(columns.values())}")
    if taken.rejected:
        first = taken.rejected[0]
        parts.append(f"{len(taken.rejected)} rejected (line {first.line}: {first.reason})")
    return one_line(", ".join(parts))


def decided_columns(columns: tuple[str, ...]) -> dict[str, str]:
    """Kind → column, where a column is named after the kind: `Service`, `business_service`, `Touchpoint`."""
    found: dict[str, str] = {}
    for kind in KINDS:
        for column in columns:
            words = re.split(r"[\W_]+", fold(column))
            if kind in words or f"{kind}s" in words:
                found.setdefault(kind, column)
    return found
