"""The reports by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from triage.desk.office import Desk
from triage.reports.periods import Quarter
from triage.reports.tree import Report

Build = Callable[[Desk, Quarter | str | None], Report]

# name → one line for help; each is a module of this room with a function `build`.
REPORTS: dict[str, str] = {
    "card": "The quarterly report card: indicators, impact, moments of truth, promises, training.",
}


def build(desk: Desk, name: str, quarter: Quarter | str | None = None) -> Report:
    """One of `REPORTS` for a quarter (None: the last that is over). Reads only."""
    made: Build = import_module(f"triage.reports.{name}").build
    return made(desk, quarter)
