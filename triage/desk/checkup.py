"""What `triage doctor` looks at: each check a name, whether it is well, and what to do otherwise."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from triage import __version__
from triage.config import settings
from triage.desk.auto_link import states
from triage.desk.office import Desk
from triage.errors import InputError, TriageError
from triage.paths import user_config_file
from triage.store import catalogs, standings
from triage.store import queue as queue_store
from triage.store.forgetting import SCRUB_DUE
from triage.store.migrations import migrations, schema_version

if TYPE_CHECKING:
    from triage.impact.policy import Policy


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `state`: ok, note (worth knowing) or wrong."""

    name: str
    state: str
    text: str


def machine() -> Iterator[Check]:
    """Versions and terminal; needs no database."""
    yield Check("triage", "ok", __version__)
    yield Check("python", "ok", f"{platform.python_version()} on {platform.system()}")
    yield Check("sqlite", "ok", sqlite3.sqlite_version)
    for name in ("textual", "sqlite-utils", "rapidfuzz", "pydantic"):
        yield Check(name, "ok", metadata.version(name))
    columns, lines = shutil.get_terminal_size((0, 0))
    if not sys.stdout.isatty():
        yield Check("terminal", "note", "standard output is no terminal")
    elif columns < 60 or lines < 16:
        yield Check("terminal", "wrong", f"{columns}×{lines}; the application needs 60×16")
    else:
        yield Check("terminal", "ok", f"{columns}×{lines}")


def configuration() -> Iterator[Check]:
    """The configuration file of this user: where it is, or would be, and what is wrong in it."""
    path = user_config_file()
    if not path.exists():
        yield Check("settings", "ok", f"{path}: there is none; what is not set has its default")
        return
    try:
        settings()
    except InputError as error:
        for problem in error.problems:
            yield Check("settings", "wrong", str(problem))
    else:
        yield Check("settings", "ok", str(path))


def database(path: Path) -> Iterator[Check]:
    """Whether the database is whole and agrees with itself."""
    if not path.exists():
        yield Check("database", "note", f"{path}: there is none yet; `triage demo` makes one to try")
        return
    try:
        desk = Desk(path, read_only=True)
    except TriageError as error:
        yield Check("database", "wrong", str(error))
        return
    with desk:
        yield Check("database", "ok", str(path))
        try:
            yield from _inside(desk)
        except TriageError as error:
            yield Check("database", "wrong", str(error))


def _inside(desk: Desk) -> Iterator[Check]:
    connection = desk.database.connection
    version, latest = schema_version(connection), migrations()[-1][0]
    yield Check("schema", "ok" if version == latest else "wrong", f"version {version} of {latest}")
    found = [row[0] for row in desk.database.execute("PRAGMA integrity_check(5)")]
    yield Check("integrity", "ok" if found == ["ok"] else "wrong", "; ".join(found))
    orphans = desk.database.execute("PRAGMA foreign_key_check").fetchall()
    yield Check("references", "ok" if not orphans else "wrong", f"{len(orphans)} broken" if orphans else "whole")
    yield _counts(desk)
    yield _vectors(desk)
    number = catalogs.current_version(desk.database)
    state = "ok" if number else "note"
    yield Check("catalog", state, f"version {number}" if number else "none yet; `triage catalog apply` takes one in")
    for each in states(desk):
        if each.wanted:
            yield Check("auto-link", "ok" if each.on else "note", each.in_words())
    if queue_store.meta(connection, SCRUB_DUE) is not None:
        yield Check("forgotten", "wrong", "traces are left in the file; close other programs and forget again")
    running = desk.database.execute("SELECT count(*) FROM imports WHERE state = 'running'").fetchone()[0]
    if running:
        yield Check("imports", "note", f"{running} running, or stopped by a crash")


def _counts(desk: Desk) -> Check:
    connection = desk.database.connection
    connection.execute("BEGIN")
    try:
        wrong = len(queue_store.stored_counts(connection).items() ^ queue_store.recount(connection).items())
        wrong += len(queue_store.outages(connection).items() ^ queue_store.recount_outages(connection).items())
        wrong += standings.astray(connection)
    finally:
        connection.execute("ROLLBACK")
    return Check("counts", "wrong" if wrong else "ok", f"{wrong} differ" if wrong else "equal a recount")


NAMED = 5
_STORED = "score, priority, points_priority, cr, re, jo, tm, cm, wi"


def _vectors(desk: Desk) -> Check:
    """Every stored vector, with its stored policy alone, gives the stored points, score and priorities.

    A vector or a policy that cannot be read is told as one that does not; what else is wrong is still looked at.
    """
    policies: dict[int, Policy] = {}
    gives: dict[tuple[str, int], tuple[int, ...] | None] = {}
    wrong: list[int] = []
    total = 0
    query = f"SELECT ticket_id, vector, policy_version, low, high, {_STORED} FROM queue ORDER BY ticket_id"
    for ticket, vector, number, low, high, *stored in desk.database.execute(query):
        total += 1
        key = (vector, number)
        if key not in gives:
            gives[key] = _given(desk, vector, number, policies)
        if gives[key] != tuple(stored) or not low <= stored[0] <= high:
            wrong.append(ticket)
    if not wrong:
        return Check("vectors", "ok", f"{total} give their score")
    named = ", ".join(map(str, wrong[:NAMED])) + (" …" if len(wrong) > NAMED else "")
    text = f"{len(wrong)} of {total} do not give their score (tickets {named}); any act on one scores it anew"
    return Check("vectors", "wrong", text)


def _given(desk: Desk, vector: str, number: int, policies: dict[int, Policy]) -> tuple[int, ...] | None:
    """Score, both priorities and the points of the factors that a vector gives; None where it cannot be read."""
    from triage.impact.policy import make_policy
    from triage.impact.vector import explain

    try:
        if number not in policies:
            policies[number] = make_policy(catalogs.policy_overrides(desk.database, number), number)
        found = explain(vector, policies[number])
    except TriageError:
        return None
    points = policies[number].priority(found.score)
    return (found.score, int(found.priority[1]), int(points[1]), *(row.points for row in found.rows[:6]))
