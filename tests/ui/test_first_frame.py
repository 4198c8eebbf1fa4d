"""The first frame is what the desk paints first, comes before Textual, and leaves the terminal as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console

from tests.bench.terminal import Terminal
from tests.ui.conftest import NOW, opened, screen_text, settled
from tests.ui.test_flows import the_desk
from triage.desk.office import Desk
from triage.ui import first_frame
from triage.ui.app import open_session
from triage.ui.first_frame import ENTER, LEAVE, color_system, frame, told
from triage.ui.start import read_first
from triage.ui.state import State

SIZES = (
    (60, 16),
    (72, 20),
    (80, 24),
    (99, 30),
    (100, 30),
    (103, 31),
    (119, 40),
    (120, 40),
    (131, 45),
    (160, 45),
    (240, 80),
)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")


def text_of(lines: list[first_frame.Line]) -> list[str]:
    return ["".join(text for text, _ in pieces) for pieces in lines]


def without_bar(line: str, width: int) -> str:
    """A line of the screen without what the first frame leaves out: the list's scrollbar and the ticket."""
    pane = min(width * 45 // 100, 100) if width >= 100 else 0
    cells, kept = 0, []
    for sign in line:
        if cells < width - pane - 1 or cells == width - pane:
            kept.append(sign)
        cells += cell_len(sign)
    return "".join(kept).rstrip()


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"theme": "light", "view": "all", "order": "age"},
        {"filter": "portal"},
        {"filter": "status:new priority:P1,P2,P3,P4,P5 portal"},
    ],
)
async def test_it_says_what_the_desk_says(database: Path, swarming: list[int], state: dict[str, Any]) -> None:
    async with opened(database, size=SIZES[0], **state) as (app, pilot):
        session, screen = app.session, the_desk(app)
        first = read_first(session.desk, session.state)
        assert first.rows, "nothing to compare"
        for width, height in SIZES if not state else SIZES[2::4]:
            await pilot.resize_terminal(width, height)
            await settled(app, pilot)
            screen.lines.go_to(0)
            screen.lines.whole = False  # a first page: the rest was not read yet
            screen._total = None
            screen.say_status()
            await settled(app, pilot)
            seen = screen_text(app).splitlines()
            ours = text_of(frame(replace(session, state=replace(session.state, ticket=None)), first, width, height))
            assert [cell_len(line) for line in ours] == [width] * height
            assert ours[0].rstrip() == seen[0].rstrip()
            assert ours[1].rstrip() == seen[1].rstrip()
            assert ours[-1].rstrip() == seen[height - 1].rstrip()
            assert [without_bar(line, width) for line in ours[2:-1]] == [
                without_bar(line, width) for line in seen[2 : height - 1]
            ]


def test_the_cursor_stands_on_the_ticket_of_the_last_time(database: Path) -> None:
    with Desk(database, user="ana") as desk:
        session = open_session(desk, State(view="all"))
        try:
            first = read_first(desk, session.state)
            last = first.rows[-1].id
            lines = text_of(frame(replace(session, state=State(view="all", ticket=last)), first, 80, 16))
        finally:
            session.lanes.close()
    assert [number for number, line in enumerate(lines) if line.startswith("▌")] == [3 + min(len(first.rows), 12) - 1]


TERMS = ("xterm-256color", "xterm", "xterm-kitty", "linux", "screen-16color", "dumb", "unknown", "tmux-256color")


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("colorterm", ["", "truecolor", "24bit", "yes"])
def test_colours_are_those_that_textual_will_use(term: str, colorterm: str) -> None:
    environ = {"TERM": term, "COLORTERM": colorterm}
    theirs = Console(force_terminal=True, _environ=environ).color_system
    ours = color_system(environ)
    names = {ColorSystem.STANDARD: "standard", ColorSystem.EIGHT_BIT: "256", ColorSystem.TRUECOLOR: "truecolor"}
    assert (names[ours] if ours else None) == theirs


class Tty:
    """A file that says of itself that it is a terminal."""

    closed = False

    def __init__(self, tells: bool = True) -> None:
        self.tells = tells

    def isatty(self) -> bool:
        return self.tells


def never() -> Future[Any]:
    return Future()


def failed() -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(OSError("the disk is gone"))
    return future


@pytest.mark.parametrize(
    "case", ["plain", "TEXTUAL_DRIVER", "dumb", "board", "empty", "late", "failed", "small", "piped"]
)
def test_it_is_painted_only_where_it_is_what_the_desk_paints(
    database: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.setattr(first_frame, "LONGEST", 0.01 if case == "late" else 20.0)
    monkeypatch.setattr(sys, "__stdin__", Tty(case != "piped"))
    monkeypatch.setattr(sys, "__stderr__", Tty())
    size = (59, 24) if case == "small" else (80, 24)
    monkeypatch.setattr(first_frame.shutil, "get_terminal_size", lambda: os.terminal_size(size))
    environ = {"TERM": "dumb" if case == "dumb" else "xterm-256color"}
    if case.isupper():
        environ[case] = "1"
    state = State(mode="board" if case == "board" else "desk", filter="nothing_like_it" if case == "empty" else "")
    with Desk(database, user="ana") as desk:
        session = open_session(desk, state)
        try:
            if case == "late":
                session.first = never()
            elif case == "failed":
                session.first = failed()
            text = first_frame._text(session, environ)
        finally:
            session.lanes.close()
    if case == "plain":
        assert text is not None and text.startswith(ENTER) and "Closing Portal" in text
    else:
        assert text is None


# In a terminal ---------------------------------------------------------------------------------------

_LIST = "import sys; from triage.__main__ import main; sys.argv = ['triage', '--db', sys.argv[1]]; {before}; sys.exit(main())"


def surroundings(tmp_path: Path, **more: str) -> dict[str, str]:
    return {
        "TRIAGE_NOW": NOW, "TRIAGE_USER": "ana", "XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path), "TRIAGE_HELPER": "0", "COLORTERM": "truecolor", **more,
    }  # fmt: skip


def cursor(terminal: Terminal) -> str:
    return next((line for line in terminal.display[3:-1] if line.startswith("▌")), "")


def cells_of(terminal: Terminal, columns: int) -> list[list[Any]]:
    """What each cell looks like: its sign, where it is none what lies behind it."""
    lines = terminal.screen.buffer
    return [
        [
            (cell.data, cell.fg, cell.bg, cell.bold, cell.reverse, cell.underscore) if cell.data != " " else cell.bg
            for cell in (lines[y][x] for x in range(columns))
        ]
        for y in range(terminal.screen.lines)
    ]


@pytest.mark.parametrize(
    ("size", "theme"),
    [((80, 24), "dark"), ((120, 40), "light"), ((120, 40), "ansi"), ((120, 40), "plain")],
)
def test_textual_paints_the_same_over_it(database: Path, tmp_path: Path, size: tuple[int, int], theme: str) -> None:
    (tmp_path / "none.toml").write_text(f'theme = "{theme}"\n')
    command = [sys.executable, "-c", _LIST.format(before="pass"), str(database)]
    more = {"NO_COLOR": "1"} if theme == "plain" else {}
    with Terminal(command, surroundings(tmp_path, **more), *size) as terminal:
        pieces: list[bytes] = []
        while b"\x1b[?1000h" not in b"".join(pieces):  # Textual begins
            pieces += [piece for _, piece in terminal.until_quiet(0.01)]
        ours, _, theirs = b"".join(pieces).partition(b"\x1b[?1000h")
        terminal._stream.feed(ours)
        before, shown = cells_of(terminal, size[0]), terminal.display
        terminal._stream.feed(theirs)
        assert cursor(terminal), "\n".join(shown)
        terminal.settle(0.7)
        after = cells_of(terminal, size[0])
    assert theirs.count(ENTER.encode()) == 0, "entering the screen a second time would clear it"
    split = size[0] - 54 - 1 if size[0] >= 100 else size[0] - 1
    for y in range(size[1]):
        if y == 1:  # the count: all were read meanwhile
            continue
        end = size[0] if y in (0, size[1] - 1) else split
        assert before[y][:end] == after[y][:end], (y, shown[y], terminal.display[y])


def test_what_is_typed_over_it_is_carried_out_and_the_terminal_is_left_as_it_was(
    database: Path, tmp_path: Path
) -> None:
    script = f'stty -a > before; "{sys.executable}" -m triage --db "{database}"; echo left $?; stty -a > after; sleep 9'
    with Terminal(["sh", "-c", f"cd '{tmp_path}' && {script}"], surroundings(tmp_path), 80, 24) as terminal:
        terminal.wait_for(lambda seen: bool(cursor(seen)))
        first = cursor(terminal)
        terminal.write("jj")
        terminal.wait_for(lambda seen: cursor(seen) not in ("", first))
        terminal.settle(0.5)
        second = terminal.display[5]
        assert second.startswith("▌") and not any("jj" in line for line in terminal.display)
        terminal.write("q")
        terminal.wait_for(lambda seen: any("left 0" in line for line in seen.display))
        terminal.settle(0.3)
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text()


@pytest.mark.parametrize("typed", ["/portal\rq", "/serv\x11", "q/serv"])
def test_leaving_at_once_is_quiet(database: Path, tmp_path: Path, typed: str) -> None:
    """Enter and control keys come as such; and no coroutine was made that Python says was never awaited."""
    command = [sys.executable, "-m", "triage", "--db", str(database)]
    with Terminal(command, surroundings(tmp_path), 80, 24) as terminal:
        terminal.wait_for(lambda seen: bool(cursor(seen)))
        terminal.write(typed)
        sent = b"".join(piece for _, piece in terminal.until_quiet(2.0))
    assert LEAVE.encode() in sent
    assert b"Warning" not in sent


@pytest.mark.parametrize("way", ["fails", "interrupted"])
def test_an_application_that_does_not_come_leaves_the_screen(database: Path, tmp_path: Path, way: str) -> None:
    before = {
        "fails": "sys.modules['triage.ui.application'] = None",
        "interrupted": "import builtins, time; old = builtins.__import__; "
        "builtins.__import__ = lambda name, *a, **k: time.sleep(9) if name == 'triage.ui.application' else old(name, *a, **k)",
    }[way]
    command = [sys.executable, "-c", _LIST.format(before=before), str(database)]
    with Terminal(command, surroundings(tmp_path), 80, 24) as terminal:
        pieces = terminal.until_quiet(1.0) if way == "fails" else []
        if way == "interrupted":
            terminal.wait_for(lambda seen: bool(cursor(seen)))
            terminal.settle(0.2)
            terminal.write("\x03")
            pieces = terminal.until_quiet(0.5)
    sent = b"".join(piece for _, piece in pieces).decode()
    assert LEAVE in sent
    said = sent.rpartition(LEAVE)[2]
    assert ("triage: unexpected" in said) if way == "fails" else ("interrupted" in said), said
    assert "Traceback" not in sent


@pytest.mark.parametrize(
    ("way", "when"),
    [("TERM", "early"), ("HUP", "early"), ("TERM", "late"), ("HUP", "late"), ("quit", "early")],
)
def test_who_is_ended_gives_the_terminal_back(database: Path, tmp_path: Path, way: str, when: str) -> None:
    """By a signal from outside, before Textual has the terminal and after; ctrl+\\ typed early is a key that waits."""
    slow = "import builtins, time; old = builtins.__import__; builtins.__import__ = (lambda name, *a, **k: "
    slow += "time.sleep(9) if name == 'triage.ui.application' else old(name, *a, **k))"
    (tmp_path / "run.py").write_text(_LIST.format(before=slow if when == "early" and way != "quit" else "pass"))
    script = f"set -m; stty -a > before; '{sys.executable}' run.py '{database}'; echo left $?; stty -a > after; sleep 9"
    more = {"PYTHONPATH": str(Path.cwd())}
    with Terminal(["bash", "-c", f"cd '{tmp_path}' && {script}"], surroundings(tmp_path, **more), 80, 24) as terminal:
        terminal.wait_for(lambda seen: bool(cursor(seen)))
        if when == "late":
            terminal.settle(0.7)
        if way == "quit":
            terminal.write("\x1c")
            pieces = terminal.until_quiet(1.0)
            terminal.write("q")
        else:
            pieces = []
            child = int(Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children").read_text().split()[0])
            os.kill(child, getattr(signal, f"SIG{way}"))
        pieces += terminal.until_quiet(1.0)
        sent = b"".join(piece for _, piece in pieces)
    assert sent.rfind(LEAVE.encode()) > sent.rfind(ENTER.encode())
    assert sent.rfind(b"\x1b[?25h") > sent.rfind(b"\x1b[?25l")
    code = 0 if way == "quit" else 128 + getattr(signal, f"SIG{way}")
    assert f"left {code}".encode() in sent
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text()


def test_it_is_there_before_textual_is_imported(database: Path, tmp_path: Path) -> None:
    program = (
        "import sys, json\nfrom pathlib import Path\nfrom triage.desk.office import Desk\n"
        "from triage.ui.app import open_session\nfrom triage.ui.state import State\nfrom triage.ui import first_frame\n"
        "with Desk(Path(sys.argv[1]), user='ana') as desk:\n"
        "    session = open_session(desk, State())\n"
        "    lines = first_frame.frame(session, session.first.result(), 120, 40)\n"
        "    session.lanes.close()\n"
        "print(len(lines), 'textual' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(database)], capture_output=True, text=True, timeout=60, check=True,
        env={**os.environ, "TRIAGE_NOW": NOW},
    )  # fmt: skip
    assert done.stdout.split() == ["40", "False"]


def test_told_resets_after_each_piece(database: Path) -> None:
    with Desk(database, user="ana") as desk:
        session = open_session(desk, State())
        try:
            assert session.first is not None
            lines = frame(session, session.first.result(), 80, 24)
        finally:
            session.lanes.close()
    for line in lines:
        assert told(line, ColorSystem.TRUECOLOR).endswith("\x1b[0m")
        assert "\n" not in told(line, ColorSystem.TRUECOLOR)


@pytest.mark.parametrize("away", ["2>/dev/null", "2>&-", ">&-", "<&-"])
def test_where_one_of_the_three_files_is_none_the_queue_is_printed(database: Path, tmp_path: Path, away: str) -> None:
    """Textual paints on standard error: with that elsewhere the application ran unseen."""
    script = f'"{sys.executable}" -m triage --db "{database}" {away}; echo left $?'
    with Terminal(["sh", "-c", script], surroundings(tmp_path), 100, 40) as terminal:
        sent = b"".join(piece for _, piece in terminal.until_quiet(3.0)).decode()
    assert "left 0" in sent and "Traceback" not in sent
    assert ENTER not in sent
    assert ("Closing Portal" in sent) == (away != ">&-")


def test_debug_reaches_the_application(database: Path, tmp_path: Path) -> None:
    before = (
        "from triage.ui.screens.desk import DeskScreen\n"
        "def fails(self, event): raise RuntimeError('on purpose')\nDeskScreen.on_resize = fails\n"
    )
    program = _LIST.format(before=f"exec({before!r})")
    for more, traced in ((" '--debug',", True), ("", False)):
        command = [sys.executable, "-c", program.replace("'--db',", f"{more} '--db',"), str(database)]
        with Terminal(command, surroundings(tmp_path), 100, 40) as terminal:
            sent = b"".join(piece for _, piece in terminal.until_quiet(3.0)).decode()
        assert "on purpose" in sent
        assert ("add --debug to see where" in sent) != traced
