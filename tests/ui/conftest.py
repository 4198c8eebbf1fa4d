"""A small desk for the interface: one catalog, a dozen tickets, a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copy

import pytest
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from tests.ui.waiting import _wait_no_longer  # noqa: F401 a fixture of every test here
from triage.desk.office import Desk
from triage.tickets.models import IncomingTicket
from triage.ui.app import open_session
from triage.ui.application import TriageApp
from triage.ui.state import State

NOW = "2026-12-28T22:32:00+00:00"
CATALOG = Path(__file__).parents[1] / "data" / "catalog" / "harbor.yaml"
HOSTILE = (
    "[/foo] closing portal",
    "[INC-1] e-closing is down",
    "[@click=app.quit]x[/] signing room",
    "\x1b]52;c;aGk=\x07clipboard \x1b[31mred\x1b[0m",
    "\u202ebidi\u202c \u2066isolate\u2069 \u200bzero",
    "tab\there\rcarriage\nnewline\x00nul",
    "[bold red]markup[/bold red] $accent {x} %s \\[",
    "宽字符 emoji 👩‍👩‍👧 e\u0301 " + "long " * 60,
)
SUBJECTS = (
    ("Signing page dies at the end of the closing portal", "The closing portal is down, nobody can sign.\n> old\n"),
    ("e-sign link never came", "I wait for the electronic signature mail since Monday."),
    ("Cannot log on", "Sign-in says wrong password for the whole branch."),
    ("Coffee machine leaks", "There is water on the floor of the kitchen."),
)


def make_desk(path: Path) -> None:
    """A database with the catalog of the tests and twelve tickets, four of them hostile."""
    from triage.desk.catalog import apply_catalog, load_files
    from triage.desk.take_in import take_in

    with Desk(path, user="ana") as desk:
        apply_catalog(desk, load_files([CATALOG]))
        now = datetime.fromisoformat(NOW).astimezone(UTC)
        texts = [*SUBJECTS, *((subject, f"{subject}\n\nbody of it {subject}") for subject in HOSTILE)]
        tickets = [
            IncomingTicket(
                source="rt", external_id=str(100 + number), subject=subject, body=body,
                requester=f"user{number}@example.com", requester_name=f"User {number} [/b]",
                created_at=now - timedelta(minutes=40 + number), updated_at=now - timedelta(minutes=40 + number),
                attachments=("[/x].pdf",) if number == 0 else (),
            )
            for number, (subject, body) in enumerate(texts)
        ]  # fmt: skip
        take_in(desk, tickets, source="rt", name="tests")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database, made once."""
    path = tmp_path_factory.mktemp("ui") / "made.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAGE_NOW", NOW)
        make_desk(path)
        with Desk(path) as desk:
            desk.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def database(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy for one test."""
    monkeypatch.setenv("TRIAGE_NOW", NOW)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TRIAGE_CONFIG", str(tmp_path / "none.toml"))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "triage.db"
    copy(made, path)
    return path


@pytest.fixture
def desk(database: Path) -> Iterator[Desk]:
    """A second desk on the same database: what a test looks at, or somebody else."""
    with Desk(database, user="ben") as found:
        yield found


@pytest.fixture
def swarming(database: Path) -> list[int]:
    """Six people who cannot sign within the hour: tickets that swarm."""
    with Desk(database, user="ana") as mine:
        swarm(mine)
        rows = mine.database.execute("SELECT ticket_id FROM queue WHERE swarm IS NOT NULL").fetchall()
    assert rows
    return [row[0] for row in rows]


def swarm(desk: Desk) -> None:
    """Take in tickets that swarm."""
    from triage.desk.swarms import update_swarms
    from triage.desk.take_in import take_in

    now = desk.now()
    tickets = [
        IncomingTicket(
            source="rt", external_id=f"s{n}", subject="closing portal is down", requester=f"s{n}@example.com",
            body="The closing portal is down.", created_at=now - timedelta(minutes=n + 1),
        )
        for n in range(6)
    ]  # fmt: skip
    take_in(desk, tickets, source="rt", name="swarm")
    update_swarms(desk)


Opener = Callable[..., AbstractAsyncContextManager[tuple[TriageApp, Pilot[int]]]]


@asynccontextmanager
async def opened(
    path: Path, *, size: tuple[int, int] = (140, 40), read_only: bool = False, toasts: bool = False, **state: object
) -> AsyncIterator[tuple[TriageApp, Pilot[int]]]:
    """The application on a database, its first page and ticket read."""
    with Desk(path, user="ana", read_only=read_only) as mine:
        session = open_session(mine, State(**state))  # type: ignore[arg-type]
        app = TriageApp(session)
        try:
            async with app.run_test(size=size, notifications=toasts) as pilot:
                await settled(app, pilot)
                yield app, pilot
        finally:
            session.lanes.close()


LATER = "_ids_timer", "_ticket_timer"
"""What the desk reads a moment after a letter of the filter."""


async def settled(app: TriageApp, pilot: Pilot[int], *, later: bool = True) -> None:
    """Wait until no work is under way and what came of it is on the screen; with `later` what waits for a pause too."""
    for _ in range(60):
        await pilot.pause()
        busy = [worker for worker in app.workers if not worker.is_finished]
        if busy:
            with suppress(WorkerCancelled):  # superseded by what came after it
                await app.workers.wait_for_complete(busy)
        elif later and _waits(app):
            await asyncio.sleep(0.01)
        else:
            await pilot.pause()
            if not [worker for worker in app.workers if not worker.is_finished]:
                return


def _waits(app: TriageApp) -> bool:
    timers = (getattr(screen, name, None) for screen in app.screen_stack for name in LATER)
    return any(timer is not None and timer._interval < 1 for timer in timers)


async def press(app: TriageApp, pilot: Pilot[int], *keys: str) -> None:
    """Press keys and wait for what they do."""
    for number, key in enumerate(keys, 1):
        await pilot.press(key)
        await settled(app, pilot, later=number == len(keys))


def told(app: TriageApp) -> str:
    """What the toasts say, one a line."""
    return "\n".join(notification.message for notification in app._notifications)


def screen_text(app: TriageApp) -> str:
    """What stands on the screen, line by line."""
    height = app.size.height
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in lines[:height])
