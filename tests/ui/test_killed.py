"""The application's process is killed (SIGKILL) in the middle of work: the database is whole, and the next start says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ui.conftest import opened, settled, told
from tests.ui.replay import problems
from triage.desk import acts, undoing
from triage.desk.office import Desk

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")]

# The application without a terminal, in a process of its own, whose work in the lane of acts ends in SIGKILL.
_PROGRAM = """
import asyncio, os, signal, sys
from pathlib import Path
from triage.desk.office import Desk
from triage.ui.app import open_session
from triage.ui.application import TriageApp
from triage.ui.state import State
path, where, keys = sys.argv[1], sys.argv[2], sys.argv[3:]

def die(*_arguments, **_named):
    os.kill(os.getpid(), signal.SIGKILL)

def prepare():
    if where == "written":        # the fields of all tickets are written, nothing is logged
        from triage.store import audit
        audit.record = die
    elif where == "logged":       # the act is logged, the queue is not derived, nothing is committed
        from triage.desk import acts, undoing
        acts.derive = die
    elif where == "committed":    # the act is committed, the screen does not know yet
        import sqlite3
        from triage.desk import queue
        rows = queue.rows
        def after(*arguments, **named):  # the screen reads rows at any time: only once the act is in the database
            with sqlite3.connect(path) as other:
                done = other.execute("SELECT count(*) FROM acts WHERE what = 'claim' AND who = 'ana'").fetchone()[0]
            return die() if done else rows(*arguments, **named)
        queue.rows = after
    else:                         # in the second batch of an import
        from triage.desk import take_in
        derive, done = take_in.derive, []
        def second(*arguments):
            done.append(1)
            return die() if len(done) == 2 else derive(*arguments)
        take_in.derive = second

async def main():
    with Desk(Path(path), user="ana") as desk:
        app = TriageApp(open_session(desk, State(view="all")))
        async with app.run_test(size=(120, 40)) as pilot:
            for _ in range(200):
                await pilot.pause(0.05)
                if app.screen.query("QueueList") and app.screen.query_one("QueueList").ids:
                    break
            prepare()
            await pilot.press(*keys)
            await pilot.pause(60)

asyncio.run(main())
"""


def killed_in(database: Path, where: str, *keys: str) -> None:
    """Press keys in the application, which is killed at a place of the work that they ask for."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(database), where, *keys],
        capture_output=True, text=True, timeout=120, check=False, env=os.environ.copy(),
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


def claimed(database: Path) -> tuple[int, int]:
    """How many tickets ana has, and how many acts say so."""
    with Desk(database, user="ben") as desk:
        return (
            desk.database.execute("SELECT count(*) FROM queue WHERE assignee = 'ana'").fetchone()[0],
            desk.database.execute("SELECT count(*) FROM acts WHERE what = 'claim' AND who = 'ana'").fetchone()[0],
        )


@pytest.mark.parametrize(
    ("where", "left"),
    [
        pytest.param("written", (0, 0), marks=pytest.mark.slow),
        ("logged", (0, 0)),
        pytest.param("committed", (5, 1), marks=pytest.mark.slow),
    ],
)
def test_a_bulk_act_is_whole_or_absent(database: Path, where: str, left: tuple[int, int]) -> None:
    killed_in(database, where, *["space"] * 5, "a")
    assert claimed(database) == left
    assert problems(database) == []
    with Desk(database, user="ana") as desk:
        acts.claim(desk, [1, 2, 3])  # no lock is left behind
        undoing.undo(desk)
    assert problems(database) == []


async def test_an_import_leaves_whole_batches_and_the_next_start_says_so(database: Path, tmp_path: Path) -> None:
    file = tmp_path / "big.csv"
    file.write_text("id,subject,body\n" + "".join(f"{n},ticket {n},the printer\n" for n in range(1100)))
    killed_in(database, "import", "B", "i", *(key_of(each) for each in str(file)), "enter")
    assert problems(database) == []
    with Desk(database, user="ben") as desk:
        assert desk.database.execute("SELECT count(*) FROM tickets WHERE source = 'file'").fetchone()[0] == 500
    said = "the import of big.csv stopped after 500 of 1100; import it again to take in the rest"
    async with opened(database) as (app, pilot):
        await pilot.pause(0.3)
        await settled(app, pilot)
        assert said in told(app)
    async with opened(database) as (app, pilot):
        await pilot.pause(0.3)
        await settled(app, pilot)
        assert said not in told(app)


def key_of(character: str) -> str:
    """Textual's name of the key that types a character."""
    from textual.keys import _character_to_key

    return _character_to_key(character)
