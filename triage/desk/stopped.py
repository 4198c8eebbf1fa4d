"""Imports that a crash cut short: what to say of them at the next start. Light, for every start asks."""

from __future__ import annotations

import os
import socket

from triage.desk.office import Desk


def this_process() -> str:
    """What an import is marked with while it runs: this machine and this process."""
    return f"{socket.gethostname()}:{os.getpid()}"


def stopped_imports(desk: Desk) -> list[str]:
    """What to tell of imports that a crash cut short, each once: "stopped after N of M"."""
    if desk.read_only:
        return []
    rows = desk.database.execute(
        "SELECT id, name, done, total, process FROM imports WHERE state = 'running'"
    ).fetchall()
    told = []
    for ident, name, done, total, process in rows:
        if _alive(process):
            continue
        with desk.act() as connection:
            changed = connection.execute(
                "UPDATE imports SET state = 'told' WHERE id = ? AND state = 'running' RETURNING id", (ident,)
            ).fetchone()
        if changed:
            told.append(f"the import of {name} stopped after {done} of {total}; import it again to take in the rest")
    return told


def _alive(process: str) -> bool:
    host, _, number = process.rpartition(":")
    if host != socket.gethostname() or not number.isdigit():
        return False
    if int(number) == os.getpid():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OSError):
        return True
    return True
