"""What the application remembers from one time to the next: mode, view, filter, order, theme, ticket."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

THEMES = ("dark", "light", "ansi")


@dataclass(slots=True)
class State:
    """The remembered state of one database's application."""

    mode: str = "desk"
    view: str = "open"
    filter: str = ""
    order: str | None = None
    theme: str | None = None
    ticket: int | None = None
    folded: str = ""


def state_file(database: Path) -> Path:
    """Where the state of a database's application is kept, in this user's state folder."""
    import zlib

    from platformdirs import user_state_path

    # Two databases of one name are told apart by where they lie, without their path being written down.
    mark = zlib.crc32(str(database.absolute()).encode("utf-8", "surrogateescape"))
    return user_state_path("triage", appauthor=False) / f"application-{mark:08x}.json"


def load(path: Path) -> State:
    """The remembered state; what is missing, damaged or of another shape counts as never remembered."""
    state = State()
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return state
    if not isinstance(stored, dict):
        return state
    for entry in fields(State):
        value = stored.get(entry.name)
        if _fits(entry.name, value):
            setattr(state, entry.name, value)
    return state


def _fits(name: str, value: Any) -> bool:
    if name == "ticket":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "theme":
        return value in THEMES
    if name == "mode":
        return value in ("desk", "board", "catalog")
    return isinstance(value, str) and len(value) < 1000


def save(path: Path, state: State) -> None:
    """Write the state whole or not at all. A folder that cannot be written is no reason to stop."""
    from triage.paths import write_atomically

    try:
        write_atomically(path, json.dumps(asdict(state), ensure_ascii=False, indent=1).encode(), 0o600)
    except OSError:
        return
