"""A report as a file."""

from __future__ import annotations

from pathlib import Path

from triage.errors import TriageError
from triage.paths import write_atomically
from triage.text import one_line


def save(text: str, path: Path, form: str) -> None:
    """Write a rendered report, whole or not at all. TriageError where the place cannot be written."""
    # A spreadsheet takes a CSV without a mark for the machine's own encoding and shows é as Ã©.
    data = text.encode("utf-8-sig" if form == "csv" else "utf-8")
    try:
        write_atomically(path, data)
    except OSError as error:
        raise TriageError(
            f"{one_line(str(path))}: cannot be written ({error.strerror})", "name another place"
        ) from error
