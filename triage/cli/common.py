"""What the commands share: opening a desk, printing tables and JSON. Click is not imported here (see quick.py)."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triage.desk.office import Desk


def _from_group(name: str) -> Any:
    click = sys.modules.get("click")  # where it was not imported no command stands in a group
    context = click.get_current_context(silent=True) if click else None
    root = context.find_root().obj if context else None
    return root.get(name) if isinstance(root, dict) else None


def named_by_group() -> str | None:
    """The database that stands before the command: `triage --db FILE demo`."""
    found = _from_group("db")
    return str(found) if found else None


def database_path(option: str | None = None) -> Path:
    """The database that counts: the option, TRIAGE_DB, the settings, else the user's own."""
    named = option or _from_group("db") or os.environ.get("TRIAGE_DB")
    if not named:
        from triage.config import configured_db

        named = configured_db()
    if named:
        return Path(named)
    from triage.paths import default_db

    return default_db()


def open_desk(db: str | None, *, create: bool = True, read_only: bool = False) -> Desk:
    """Open the desk and tell of imports that a crash cut short. With `create` false the file must exist."""
    from triage.desk.office import Desk

    desk = Desk(database_path(db), read_only=read_only or bool(_from_group("read_only")), create=create)
    tell_stopped_imports(desk)
    return desk


def tell_stopped_imports(desk: Desk) -> None:
    """One line on standard error for each import that a crash cut short; said once."""
    running = desk.database.execute("SELECT 1 FROM imports WHERE state = 'running' LIMIT 1").fetchone()
    if running:
        from triage.desk.stopped import stopped_imports

        for line in stopped_imports(desk):
            print(line, file=sys.stderr)


# What a terminal acts on, or UTF-8 cannot hold: names of files may have it. JSON escapes what is below a blank.
_ESCAPED = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def take_any_text() -> None:
    """Print what the encoding of the terminal has no character for as a question mark, and never fail over it."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            with contextlib.suppress(ValueError, OSError):
                reconfigure(errors="replace")


def json_text(value: Any) -> bytes:
    """One JSON document as it is printed, UTF-8 whatever the terminal is."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode("utf-8") + b"\n"


def echo_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.flush()
    sys.stdout.buffer.write(json_text(value))
    sys.stdout.buffer.flush()


def shown(path: Path) -> str:
    """The name of a file as it may be shown: whoever made it chose its characters."""
    from triage.text import one_line

    return one_line(str(path))


def table(header: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Iterable[int] = ()) -> str:
    """Rows as aligned columns under a header, each cell made safe; `right` names the columns that are numbers."""
    from triage.text import one_line

    numbers = set(right)
    cells = [[one_line(str(cell)) if cell is not None else "" for cell in row] for row in rows]
    lines = [list(header), *cells]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(_pad(cell, widths[n], n in numbers) for n, cell in enumerate(line)).rstrip() for line in lines
    )


def _width(text: str) -> int:
    import unicodedata

    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _pad(text: str, width: int, right: bool) -> str:
    gap = " " * max(width - _width(text), 0)
    return gap + text if right else text + gap


def age(seconds: float) -> str:
    """A span in the shortest words: 5m, 3h, 2d, 6w."""
    minutes = int(seconds // 60)
    if minutes < 0:
        return "-" + age(-seconds)
    if minutes < 90:
        return f"{minutes}m"
    hours = minutes // 60
    if hours < 48:
        return f"{hours}h"
    days = hours // 24
    return f"{days}d" if days < 60 else f"{days // 7}w"


def is_terminal() -> bool:
    """Whether a person sits here: keys come from a terminal, and so does what is printed and what Textual paints.

    Textual paints on standard error: with that elsewhere the application would run unseen.
    """
    return all(file.isatty() for file in (sys.stdin, sys.stdout, sys.stderr))


def progress_line(label: str) -> Callable[[int, int], None] | None:
    """A progress callback that writes on standard error, None where that is no terminal."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r{label} {done} of {total}{end}")
        sys.stderr.flush()

    return show
