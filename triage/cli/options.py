"""The options that most commands have: --db and --json."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def db_option(function: F) -> F:
    """--db PATH."""
    return click.option("--db", type=click.Path(dir_okay=False), help="The database [env: TRIAGE_DB].")(function)


def json_option(function: F) -> F:
    """--json."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document instead of a table.")(function)
