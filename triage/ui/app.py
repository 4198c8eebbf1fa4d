"""Opening the application: the desk, the session, and the first frame before Textual is imported."""

from __future__ import annotations

import gc
import os
import sys
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triage.ui import commands
from triage.ui import state as remembered
from triage.ui.lanes import LOOK, Lanes
from triage.ui.state import THEMES, State

DEMONSTRATION = 77
"""What the application ends with to be opened again on the demonstration."""

if TYPE_CHECKING:
    from triage.desk.office import Desk
    from triage.ui.session import Session
    from triage.ui.start import First


PAGE_CACHE = 500
"""Kibibytes of pages that each of the connections keeps: there are six, and the system keeps the file as well."""


HAND_OVER = 0.0005
"""Seconds after which a thread that computes lets another one go on; Python's own 5 ms would be felt at every key."""


def open_session(desk: Desk, state: State, configured: dict[str, Any] | None = None) -> Session:
    """A session whose first page is being read in its own thread from now on."""
    configured = configured or {}
    lanes = Lanes()
    future: Future[First] = lanes.submit(LOOK, partial(_first, desk, state))
    from triage.ui.session import Session

    keys = commands.keymap(configured.get("keys") if isinstance(configured.get("keys"), dict) else None)
    if state.theme is None:
        theme = configured.get("theme")
        state.theme = theme if theme in THEMES else None
    session = Session(desk, lanes, state, keys)
    links = configured.get("links")
    session.links = links if isinstance(links, dict) else {}
    session.notices.extend(keys.problems)
    session.first = future
    return session


def _first(desk: Desk, state: State) -> First:
    from triage.ui.start import read_first

    return read_first(desk, state)


def run(
    path: Path, *, user: str | None = None, read_only: bool = False, debug: bool = False, files: bool = True
) -> int:
    """Open the application on a database; the exit code. A database that cannot be opened is a StoreError.

    Who asks for the demonstration on the first screen gets it in a database of its own, in the same terminal.
    Without `files` the person may not name files of this machine: the terminal is somebody's elsewhere.
    """
    code = _run(path, user, read_only, debug, files)
    if code == DEMONSTRATION:
        code = _run(_demonstration(user), user, False, debug, files)
    return code


def _demonstration(user: str | None) -> Path:
    """The place of the demonstration, made where it is not there yet."""
    from triage.paths import demo_db

    path = demo_db()
    if not path.exists():
        from triage.desk.demo import make_demo

        print("making the demonstration: a title company, its catalog and 400 tickets …", file=sys.stderr)
        make_demo(path, user=user).close()
    print(f"the demonstration is {path}", file=sys.stderr)
    return path


def _run(path: Path, user: str | None, read_only: bool, debug: bool, files: bool) -> int:
    from triage.desk.office import Desk
    from triage.ui.ended import terminal_given_back

    sys.setswitchinterval(HAND_OVER)
    gc.disable()  # collecting while everything is being made costs a quarter of the start
    try:
        with (
            terminal_given_back(),
            Desk(path, user=user, read_only=read_only, page_cache=PAGE_CACHE, folds_log=True) as desk,
        ):
            return _open(desk, debug, files)
    finally:
        gc.enable()


def _open(desk: Desk, debug: bool, files: bool) -> int:
    from triage.config import raw_settings

    try:
        state_path = remembered.state_file(desk.path)
        session = open_session(desk, remembered.load(state_path), raw_settings())
        session.files = files
        session.helped = os.environ.get("TRIAGE_HELPER", "") != "0"
        try:
            from triage.ui.first_frame import painted

            with painted(session) as handed:
                from triage.ui.application import TriageApp

                app = TriageApp(session, state_path, debug=debug, alone=True, handed=handed)
                result = app.run()
            return result if isinstance(result, int) else app.return_code or 0
        finally:
            if session.keeper is not None:
                session.keeper.close()
            # Acts first: they may still wait for what the helper answers.
            session.lanes.close(desk.helper.close if desk.helper is not None else None)
    finally:
        if desk.helper is not None:
            desk.helper.close()
