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
    "costs": "What IT costs: by component, service, ticket and business unit.",
    "journeys": "Impact along the customer's journey, and what was promised against what was delivered.",
    "overrides": "Where people and score differ, and whether the business agrees.",
    "improvements": "What recurs most, and what the work on it has taken away.",
    "chain": "The service–profit chain: load, training, service level, satisfaction, renewals.",
    "outreach": "Sites whose small tickets add up; places worth a visit.",
}


def build(desk: Desk, name: str, quarter: Quarter | str | None = None) -> Report:
    """One of `REPORTS` for a quarter (None: the last that is over). Reads only."""
    made: Build = import_module(f"triage.reports.{name}").build
    return made(desk, quarter)
