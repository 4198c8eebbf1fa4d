"""The tables of docs/catalog.md that are made from the models, so that the page cannot grow stale."""

from __future__ import annotations

from pathlib import Path

from triage.catalog.schema import key_tables
from triage.catalog.shape import SHEETS, columns

_MARKS = {"sheets": "<!-- generated: sheets -->", "keys": "<!-- generated: keys -->"}
_END = "<!-- end of what is generated -->"


def sheet_table() -> str:
    """Every sheet with its columns as Markdown; lists are marked."""
    rows = ["| sheet | columns (lists in *italics*) |", "|---|---|"]
    for name in SHEETS:
        cells = [f"*{column.name}*" if column.is_list else column.name for column in columns(name)]
        rows.append(f"| `{name}` | {', '.join(cells)} |")
    return "\n".join(rows) + "\n"


def filled(page: str) -> str:
    """The page with its generated parts made anew. ValueError where a mark is missing."""
    for name, made in {"sheets": sheet_table(), "keys": key_tables()}.items():
        before, mark, rest = page.partition(_MARKS[name])
        _, end, after = rest.partition(_END)
        if not mark or not end:
            raise ValueError(f"the page lacks its mark for {name}")
        page = f"{before}{mark}\n\n{made}\n{end}{after}"
    return page


def write_handbook(path: Path) -> None:
    """Make the generated parts of the page anew."""
    path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
