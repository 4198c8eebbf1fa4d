"""`triage catalog`: check, plan, apply and export the service catalog; its versions and its health."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from triage.cli.common import database_path, echo_json, open_desk, progress_line, shown, table
from triage.cli.options import db_option, json_option
from triage.errors import InputError, UsageError
from triage.text import shorten

if TYPE_CHECKING:
    from triage.catalog.files import Loaded
    from triage.catalog.models import Catalog
    from triage.catalog.plan import Plan
    from triage.desk.catalog import QueueEffect
    from triage.errors import Problem

SHOWN = 50
PATHS = click.Path(path_type=Path)
_paths = click.argument("paths", nargs=-1, required=True, type=PATHS, metavar="PATH…")
_prune = click.option("--prune", is_flag=True, help="Remove what the files do not give.")


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExamples:\n  triage catalog check catalog/\n  triage catalog apply catalog/ --yes\n",
)
def catalog() -> None:
    """Check, plan, apply and export the service catalog.

    A catalog is one file or a folder of files: YAML, JSON, CSV or XLSX.
    """


@catalog.command(epilog="\b\nExample:\n  triage catalog check catalog.yaml\n")
@_paths
@json_option
@db_option
def check(paths: tuple[Path, ...], as_json: bool, db: str | None) -> None:
    """Validate catalog files; every problem with file and line.

    The files must be whole by themselves: what only the database holds is not known here. Exit code 1 when
    there is an error; warnings and notes are no errors.
    """
    from triage.desk.catalog import load_files

    try:
        loaded = load_files(paths)
    except InputError as error:
        if as_json:
            echo_json({"valid": False, "problems": [_problem_json(problem) for problem in error.problems]})
        raise
    if as_json:
        problems = [*loaded.problems, *loaded.guessed]
        counts = dict(_counts(loaded.catalog))
        echo_json({"valid": True, "problems": [_problem_json(problem) for problem in problems], "entries": counts})
        return
    _tell_problems(loaded)
    counted = ", ".join(f"{number} {name}" for name, number in _counts(loaded.catalog)) or "no entries"
    click.echo(f"valid: {counted}")


def _problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "file": problem.file,
        "line": problem.line,
        "what": problem.what,
        "hint": problem.hint,
    }


def _counts(found: Catalog) -> list[tuple[str, int]]:
    """How many entries each table has, nested ones too, empty tables left out."""
    from triage.catalog.merge import flatten

    counts = {table_name: len(rows) for table_name, rows in flatten(found).items()} | {"vips": len(found.vips)}
    return [(name.replace("_", " "), number) for name, number in counts.items() if number]


def _tell_problems(loaded: Loaded, *, every: bool = True) -> None:
    """Warnings and guesses on standard error, one line each, at most fifty of both.

    Without `every` the guesses are counted only: `check` has listed them, and the plan shows what came of them.
    """
    if not every:
        for problem in loaded.problems[:SHOWN]:
            click.echo(f"warning: {problem}", err=True)
        if loaded.guessed:
            number = len(loaded.guessed)
            things = "1 thing was" if number == 1 else f"{number} things were"
            click.echo(f"note: {things} guessed from a spreadsheet; `triage catalog check` lists them", err=True)
        return
    for word, problems in (("warning", loaded.problems), ("note", loaded.guessed)):
        for problem in problems[:SHOWN]:
            click.echo(f"{word}: {problem}", err=True)
        if len(problems) > SHOWN:
            click.echo(f"and {len(problems) - SHOWN} more {word}s", err=True)


def _prepare(paths: Sequence[Path], prune: bool, db: str | None) -> tuple[Loaded, Plan, QueueEffect, int]:
    """Files, plan, effect on the queue, and the version that the plan was made on; nothing is written."""
    from triage.catalog.plan import plan as plan_of
    from triage.desk.catalog import QueueEffect, base_of, load_files, plan_catalog, queue_effect

    if not database_path(db).exists():
        loaded = load_files(paths)
        return loaded, plan_of(None, loaded.catalog, prune=prune), QueueEffect(), 0
    with open_desk(db, create=False) as desk:
        loaded = load_files(paths, base=base_of(desk, prune=prune))
        planned = plan_catalog(desk, loaded, prune=prune)
        effect = queue_effect(desk, planned, progress_line("scoring"))
        return loaded, planned, effect, desk.index.version


def _plan_json(planned: Plan, effect: QueueEffect) -> dict[str, Any]:
    return {
        **planned.as_json(),
        "queue": effect.as_json(),
        "kept": [*(entry._asdict() for entry in planned.kept), *(entry._asdict() for entry in planned.kept_fields)],
    }


@catalog.command(
    epilog="\b\nExamples:\n  triage catalog plan catalog.yaml\n  triage catalog plan catalog/ --prune --json\n"
)
@_paths
@_prune
@json_option
@db_option
def plan(paths: tuple[Path, ...], prune: bool, as_json: bool, db: str | None) -> None:
    """What applying would change, and what that does to the open queue. Nothing is written."""
    loaded, planned, effect, version = _prepare(paths, prune, db)
    if as_json:
        echo_json(_plan_json(planned, effect))
        return
    _tell_problems(loaded, every=False)
    click.echo("\n".join(_plan_lines(planned, effect, version)))


def _plan_lines(planned: Plan, effect: QueueEffect, version: int) -> list[str]:
    """The plan for people: what is added, changed, renamed, retired, removed, and what the queue makes of it."""
    lines: list[str] = []
    if planned.is_empty:
        lines.append(f"nothing to change: the files say what version {version} says" if version else "nothing to apply")
        return [*lines, *_kept_lines(planned)]
    lines += _section("added", (f"{entry.table} {entry.id} ({shorten(entry.name, 60)})" for entry in planned.added))
    lines += _section(
        "renamed",
        (f"{change.table} {change.id}: {_shown(change.before)} → {_shown(change.after)}" for change in planned.renamed),
    )
    changed = (
        f"{change.table} {change.id} {change.field}: {_shown(change.before)} → {_shown(change.after)}"
        for change in planned.changed
        if change.field != "name"
    )
    lines += _section("changed", changed)
    lines += _section("retired", (f"{entry.table} {entry.id} ({shorten(entry.name, 60)})" for entry in planned.retired))
    lines += _section("removed", (f"{entry.table} {entry.id} ({shorten(entry.name, 60)})" for entry in planned.removed))
    return [*lines, *_kept_lines(planned), *_effect_lines(effect)]


def _section(word: str, entries: Iterable[str]) -> list[str]:
    found = list(entries)
    if not found:
        return []
    more = [f"  and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return [f"{word} ({len(found)})", *(f"  {entry}" for entry in found[:SHOWN]), *more]


def _kept_lines(planned: Plan) -> list[str]:
    entries, fields = len(planned.kept), len(planned.kept_fields)
    if not entries and not fields:
        return []
    words = ((entries, "entry", "entries"), (fields, "field", "fields"))
    counted = [f"{number} {one if number == 1 else many}" for number, one, many in words if number]
    return [f"kept: {' and '.join(counted)} that the files do not give; --prune removes them"]


def _effect_lines(effect: QueueEffect) -> list[str]:
    head = f"queue: {effect.tickets} open, {effect.moved_up} more urgent, {effect.moved_down} less urgent"
    if effect.learned:
        head += f"; {effect.learned} of them only because they are read again, with what was learned since they came in"
    rows = [
        (
            moved.id,
            f"{moved.priority_before} → {moved.priority}"
            if moved.priority != moved.priority_before
            else moved.priority,
            f"{moved.score_before} → {moved.score}",
            shorten(moved.subject, 60),
        )
        for moved in effect.top
    ]
    return [head, *(table(("id", "prio", "score", "subject"), rows, right=(0,)).splitlines() if rows else [])]


def _shown(value: Any) -> str:
    """A value of a plan in few characters; nothing as a dash."""
    if value is None or value == []:
        return "–"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return shorten(", ".join(value), 80)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return shorten(" ".join(str(value).split()), 80)
    import json

    return shorten(json.dumps(value, ensure_ascii=False), 80)


@catalog.command(epilog="\b\nExamples:\n  triage catalog apply catalog.yaml\n  triage catalog apply catalog/ --yes\n")
@_paths
@_prune
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@db_option
def apply(paths: tuple[Path, ...], prune: bool, yes: bool, as_json: bool, db: str | None) -> None:
    """Apply files as a new version of the catalog: shows the plan, asks, and scores the open queue anew.

    Nothing that the files do not give is removed unless --prune is given. Where nobody can be asked, --yes is
    needed; without it nothing is written and the exit code is 2.
    """
    from triage.desk.catalog import apply_catalog

    loaded, planned, effect, version = _prepare(paths, prune, db)
    if not as_json:
        _tell_problems(loaded, every=False)
        click.echo("\n".join(_plan_lines(planned, effect, version)))
    asks = not yes and not planned.is_empty
    if asks and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("nobody can be asked here, and nothing was applied", "add --yes to apply without asking")
    if asks and not click.confirm("Apply this?", err=True):
        click.echo("nothing was applied", err=True)
        return
    if planned.is_empty and version == 0:
        applied_version, rescored, is_new = 0, 0, False
    else:
        with open_desk(db) as desk:
            applied = apply_catalog(
                desk,
                loaded,
                prune=prune,
                planned=planned,
                effect=effect,
                expected=version,
                note=_note(paths),
                progress=progress_line("scoring"),
            )
            applied_version, rescored, is_new = applied.version, applied.rescored, applied.is_new
    if as_json:
        result = {"version": applied_version, "applied": is_new, "rescored": rescored}
        echo_json({**result, **_plan_json(planned, effect)})
    elif is_new:
        click.echo(f"version {applied_version} is in force; {rescored} open tickets scored anew")
    elif rescored:
        click.echo(f"{rescored} open tickets scored anew")


def _note(paths: Sequence[Path]) -> str:
    """What the log says of an apply: the names that were given, without their folders."""
    from triage.text import one_line

    return shorten(one_line(", ".join(path.name or str(path) for path in paths)), 200)


@catalog.command(
    epilog="\b\nExamples:\n  triage catalog export backup/\n  triage catalog export old/ --format csv --version 3\n"
)
@click.argument("directory", type=PATHS, metavar="DIR")
@click.option("--format", "kind", type=click.Choice(["yaml", "csv", "json"]), default="yaml", show_default=True)
@click.option("--version", type=click.IntRange(min=1), help="An older version; see `triage catalog log`.")
@json_option
@db_option
def export(directory: Path, kind: Any, version: int | None, as_json: bool, db: str | None) -> None:
    """Write the catalog into a folder as files; applying them changes nothing."""
    from triage.desk.catalog import export_version

    with open_desk(db, create=False) as desk:
        written = export_version(desk, directory, kind, version)
        exported = version or desk.index.version
    if as_json:
        echo_json({"version": exported, "format": kind, "files": [str(path) for path in written]})
    else:
        click.echo("\n".join(map(shown, written)))


@catalog.command(epilog="\b\nExample:\n  triage catalog log --json\n")
@json_option
@db_option
def log(as_json: bool, db: str | None) -> None:
    """The versions of the catalog, newest first: who applied what, and when."""
    from triage.desk.catalog import version_json, versions

    with open_desk(db, create=False) as desk:
        found = versions(desk)
        if as_json:
            echo_json({"current": desk.index.version, "versions": [version_json(version) for version in found]})
            return
        if not found:
            click.echo("no catalog was applied yet; `triage catalog apply` does that")
            return
        rows = []
        for version in found:
            counts = version_json(version)
            at = datetime.fromtimestamp(version.at, UTC).astimezone(desk.index.timezone)
            changes = [counts[name] for name in ("added", "changed", "removed")]
            rows.append((version.version, f"{at:%Y-%m-%d %H:%M}", version.who, *changes, shorten(version.note, 50)))
        header = ("version", "when", "who", "added", "changed", "removed", "from")
        click.echo(table(header, rows, right=(0, 3, 4, 5)))


@catalog.command(epilog="\b\nExamples:\n  triage catalog health\n  triage catalog health --all\n")
@click.option("--all", "everything", is_flag=True, help="All findings, not only the first five.")
@json_option
@db_option
def health(everything: bool, as_json: bool, db: str | None) -> None:
    """What is valid and should be settled nevertheless, what touches most open tickets first."""
    from triage.catalog.health import FIRST
    from triage.desk.catalog import health as health_of

    with open_desk(db, create=False) as desk:
        found = health_of(desk)
    if as_json:
        echo_json({"total": len(found), "findings": [finding.as_json() for finding in found]})
        return
    if not found:
        click.echo("nothing to settle")
        return
    shown = found if everything else found[:FIRST]
    for finding in shown:
        tickets = f" [{finding.tickets} open]" if finding.tickets else ""
        click.echo(f"{finding.table} {finding.id}: {finding.what}; {finding.hint}{tickets}")
    if len(found) > len(shown):
        click.echo(f"and {len(found) - len(shown)} more; --all shows them")
