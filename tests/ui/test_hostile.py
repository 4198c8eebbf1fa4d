"""Text from tickets through every surface: it is shown as text, and nothing of it reaches the terminal as a command."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console

from tests.ui.conftest import HOSTILE, SUBJECTS, opened, press, screen_text, settled, told
from triage.desk.office import Desk
from triage.text import one_line
from triage.ui import ticket_lines, words
from triage.ui.screens.desk import DeskScreen
from triage.ui.words import zone

UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MARKUP = [subject for subject in HOSTILE if "[" in subject]


def is_safe(text: str) -> bool:
    """Whether a terminal would show `text` and do nothing else."""
    return not UNSAFE.search(text.replace("\n", ""))


def ticket_of(desk: Desk, subject: str) -> int:
    """The ticket with a hostile subject. It lies in the database raw: the screen must not trust the door."""
    external = str(100 + len(SUBJECTS) + HOSTILE.index(subject))
    found = desk.database.execute("SELECT id FROM tickets WHERE external_id = ?", (external,)).fetchone()
    return int(found[0])


async def test_list_and_pane_show_a_hostile_subject_as_text(database: Path, desk: Desk) -> None:
    async with opened(database, size=(160, 45), view="all") as (app, pilot):
        screen = app.screen_stack[0]
        assert isinstance(screen, DeskScreen)
        for subject in HOSTILE:
            screen.lines.go_to_ticket(ticket_of(desk, subject))
            await settled(app, pilot)
            text = screen_text(app)
            assert is_safe(text)
            assert one_line(subject)[:12] in text.replace("‹", "").replace("›", "")
        assert app.is_running


async def test_dialogue_picker_and_toast_never_read_markup(database: Path, desk: Desk) -> None:
    async with opened(database, view="all") as (app, pilot):
        screen = app.screen_stack[0]
        assert isinstance(screen, DeskScreen)
        for subject in MARKUP:
            screen.lines.go_to_ticket(ticket_of(desk, subject))
            await settled(app, pilot)
            start = one_line(subject)[:14]
            for key in ("c", "p"):
                await press(app, pilot, key)
                assert start in screen_text(app)
                await press(app, pilot, "escape")
            screen.say(subject)
            await settled(app, pilot)
            assert one_line(subject)[:20] in told(app)
        assert app.is_running


async def test_a_hostile_name_in_the_catalog_is_text_in_picker_tree_board_and_palette(
    tmp_path: Path, database: Path
) -> None:
    from triage.desk.catalog import apply_catalog, load_files

    file = tmp_path / "hostile.yaml"
    file.write_text(
        "services:\n"
        '  - {id: evil, name: "[@click=app.quit]Evil[/] [/foo]", criticality: 1, aliases: ["[/b] alias"],'
        ' description: "[red]what[/] \\u202e it is"}\n',
        encoding="utf-8",
    )
    with Desk(database, user="ana") as desk:
        apply_catalog(desk, load_files([file], base=desk.index.catalog))
    async with opened(database) as (app, pilot):
        await press(app, pilot, "p", *"evil")
        assert "[@click=app.quit]Evil[/]" in screen_text(app)
        await press(app, pilot, "enter", "f4", "slash", *"evil", "enter", "j", "j", "j")
        assert "[@click=app.quit]Evil[/]" in screen_text(app)
        await press(app, pilot, "f3")
        assert "[@click=app.quit]" in screen_text(app)
        await press(app, pilot, "ctrl+p", *"[/foo]")
        assert app.is_running


def test_what_is_copied_carries_nothing_that_a_shell_would_carry_out() -> None:
    from triage.ui.clipboard import safe

    for subject in HOSTILE:
        assert is_safe(safe(subject).replace("\n", " "))


def test_every_cell_of_the_list_has_its_width_whatever_stands_in_it() -> None:
    from rich.cells import cell_len

    for subject in HOSTILE:
        for width in (1, 2, 7, 40):
            assert cell_len(words.fit(words.line(subject), width)) == width


def test_wrapping_breaks_every_text_into_lines_that_fit() -> None:
    from rich.cells import cell_len

    for subject in HOSTILE:
        for width in (24, 40, 80):
            for line in ticket_lines.wrap([(words.line(subject), "text")], width, "  "):
                assert cell_len("".join(text for text, _ in line)) <= width


async def test_the_bytes_that_reach_a_terminal_hold_no_sequence_of_a_ticket(database: Path, desk: Desk) -> None:
    from triage.desk.show import detail

    ids = [row[0] for row in desk.database.execute("SELECT id FROM tickets").fetchall()]
    for ident in ids:
        page = ticket_lines.lay_out(detail(desk, ident), 60, now=desk.now(), zone=zone("UTC"), height=60, unfolded=True)
        out = io.StringIO()
        console = Console(file=out, color_system=None, width=200, legacy_windows=False)
        for line in page.lines:
            console.print("".join(text for text, _ in line), markup=False, highlight=False)
        assert is_safe(out.getvalue())
        assert "\x1b" not in out.getvalue()
