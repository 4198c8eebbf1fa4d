"""`triage queue` and the application without Click, whose import is half of what a first page waits for.

Only what is plain is answered here: long options with their values. For all else the command runs as the others do,
and so it does where printing the queue went wrong, so that errors are said in one place. The text is whole before a
letter of it is printed.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MOST = 1_000_000_000
"""The greatest --limit."""
_WITH_VALUE = {"--view": "view", "--search": "search", "--limit": "limit", "--db": "db"}
_FLAGS = {"--json": "as_json", "--full": "full"}


def asked(arguments: Sequence[str]) -> dict[str, Any] | None:
    """The options of a plain `triage queue …` by the name of the parameter; None where Click has to look."""
    if not arguments or arguments[0] != "queue":
        return None
    found: dict[str, Any] = {}
    rest = iter(arguments[1:])
    for argument in rest:
        name, given, value = argument.partition("=")
        if name in _FLAGS and not given:
            found[_FLAGS[name]] = True
            continue
        value = value if given else next(rest, "")
        if name not in _WITH_VALUE or not value or value.startswith("-"):
            return None
        found[_WITH_VALUE[name]] = value
    if "limit" in found:
        if not (found["limit"].isascii() and found["limit"].isdigit()):
            return None
        found["limit"] = int(found["limit"])
        if found["limit"] > MOST:
            return None
    return found


def answered(arguments: Sequence[str]) -> bool:
    """Print the queue where that is all that is asked for; False where it was not, and nothing is printed."""
    options = asked(arguments)
    if options is None:
        return False
    # Whatever it is, the command as Click runs it meets it again and says it.
    with contextlib.suppress(Exception):
        from triage.cli.common import database_path, take_any_text
        from triage.cli.listing import queue_text, write_out

        take_any_text()
        text = queue_text(database_path(options.pop("db", None)), **options)
        write_out(text)
        return True
    return False


def opening(arguments: Sequence[str]) -> dict[str, Any] | None:
    """The options of a plain `triage` that opens the application; None where Click has to look."""
    found: dict[str, Any] = {"db": None, "read_only": False}
    rest = iter(arguments)
    for argument in rest:
        name, given, value = argument.partition("=")
        if argument == "--read-only":
            found["read_only"] = True
            continue
        value = value if given else next(rest, "")
        if name != "--db" or not value or value.startswith("-") or Path(value).is_dir():
            return None
        found["db"] = value
    return found


def _open(db: str | None, read_only: bool) -> int:
    from triage.cli.common import database_path, take_any_text
    from triage.ui.app import run as run_application

    take_any_text()
    return run_application(database_path(db), user=None, read_only=read_only, debug=False)


def _open_files() -> None:
    """Give the process the three files that whoever started it closed (`>&-`): the database must not become one."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 to the end of the process


def run(arguments: Sequence[str] | None = None) -> int:
    """The command line, the short way where there is one; the exit code."""
    _open_files()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if answered(given):
            return 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    plain = opening(given)
    if plain is not None:
        from triage.cli.common import is_terminal
        from triage.cli.saying import in_one_line

        if is_terminal():
            return in_one_line(lambda: _open(**plain))
    from triage.cli import main

    return main.run(given)
