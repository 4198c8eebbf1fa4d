"""What the first paint waits for, and what is remembered."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ui.conftest import opened, settled
from tests.ui.test_flows import the_desk
from triage.errors import TriageError
from triage.ui import state
from triage.ui.app import run
from triage.ui.state import State

HEAVY = ("pydantic", "sqlite_utils", "rapidfuzz", "numpy", "triage.desk.acts", "triage.desk.show", "triage.impact")

_PROGRAM = """
import asyncio, json, sys, time
from pathlib import Path
from triage.desk.office import Desk
from triage.ui.app import open_session
from triage.ui.application import TriageApp
from triage.ui.state import State

slow = float(sys.argv[2])

async def main():
    import triage.ui.app
    read = triage.ui.app._first
    def late(desk, state):
        time.sleep(slow)
        return read(desk, state)
    triage.ui.app._first = late
    with Desk(Path(sys.argv[1]), user="ana") as desk:
        session = open_session(desk, State())
        app = TriageApp(session)
        seen = {}
        from triage.ui.screens.desk import DeskScreen
        from triage.ui.widgets.queue_list import QueueList
        paint = QueueList.render_line
        def painted(self, y):
            if self.ids and "modules" not in seen:
                seen["modules"] = sorted(sys.modules)
            return paint(self, y)
        QueueList.render_line = painted
        told, tell = [], app.list_painted
        app.list_painted = lambda: (told.append(1), tell())
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause(slow + 0.1)
            for _ in range(200):
                if "modules" in seen:
                    break
                await pilot.pause(0.05)
            if slow == 0.0:
                for _ in range(400):
                    if told:
                        break
                    await pilot.pause(0.05)
                assert told, "nobody told the application that its list is painted: nothing is warmed up"
        session.lanes.close()
        print(json.dumps(seen["modules"]))

asyncio.run(main())
"""


@pytest.mark.parametrize("slow", [0.0, 0.5])
def test_the_first_paint_imports_nothing_heavy(database: Path, slow: float) -> None:
    """Not even where the first page comes long after the screen: a slow disk, a busy machine."""
    command = [sys.executable, "-c", _PROGRAM, str(database), str(slow)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    modules = set(json.loads(done.stdout.splitlines()[-1]))
    found = [name for name in HEAVY if name in modules]
    assert found == []


def test_importing_the_registry_needs_no_textual() -> None:
    program = "import sys; import triage.ui.commands; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0


def test_the_state_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "state.json"
    saved = State("board", "mine", "service:x is:uncertain", "age", "light", 17)
    state.save(path, saved)
    assert state.load(path) == saved
    assert path.stat().st_mode & 0o077 == 0


def test_a_damaged_or_strange_state_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    for text in ("", "{", "[]", '{"mode": 3, "ticket": true, "theme": "neon", "filter": null, "view": "mine"}'):
        path.write_text(text, encoding="utf-8")
        found = state.load(path)
        assert found.mode == "desk" and found.ticket is None and found.theme is None and found.filter == ""


def test_two_databases_of_one_name_have_their_own_state(tmp_path: Path, monkeypatch: object) -> None:
    assert state.state_file(tmp_path / "a" / "x.db") != state.state_file(tmp_path / "b" / "x.db")


def test_what_shows_a_ticket_imports_nothing_that_reads_one() -> None:
    """Who only looks has neither the linker nor numpy in memory; the first decision brings them."""
    program = (
        "import sys; import triage.desk.show, triage.desk.acts, triage.desk.upkeep, triage.desk.derive;"
        " print([name for name in ('numpy', 'rapidfuzz', 'sqlite_utils', 'triage.linking.linker')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "[]", done.stderr


async def test_the_remembered_ticket_hides_nothing_above_it_where_all_fits(database: Path) -> None:
    async with opened(database) as (app, _pilot):
        last = the_desk(app).lines.ids[9]
    async with opened(database, size=(80, 24), ticket=last) as (app, pilot):
        await settled(app, pilot)
        lines = the_desk(app).lines
        assert lines.ticket == last and lines.scroll_offset.y == 0


def test_a_database_that_cannot_be_opened_leaves_python_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "triage.db").write_text("no database " * 100)
    with pytest.raises(TriageError):
        run(tmp_path / "triage.db")
    assert gc.isenabled()


def test_textual_paints_as_often_and_waits_as_briefly_as_the_application_asks() -> None:
    """Two places set the frame rate, and the first one won: the ticket waited for 120 frames where 240 were meant."""
    program = (
        "import triage.ui.app\nfrom textual import constants\n"
        "print(constants.MAX_FPS, round(1000 * constants.ESCAPE_DELAY))"
    )
    clean = {name: value for name, value in os.environ.items() if name not in ("TEXTUAL_FPS", "ESCDELAY")}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=clean)
    assert done.stdout.split() == ["240", "50"]
