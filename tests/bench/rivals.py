"""Plain Textual applications to compare with: `trivial` paints one word, `table` a DataTable of so many rows."""

from __future__ import annotations

import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Static


class Trivial(App[None]):
    """One word."""

    def compose(self) -> ComposeResult:
        yield Static("ready")


class Table(App[None]):
    """Textual's own table, and beside it what the row under its cursor says."""

    CSS: ClassVar[str] = "DataTable { width: 70; dock: left; } Static { width: 1fr; }"
    rows = 10_000

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")
        yield Static("ready", id="detail")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("id", "priority", "score", "service", "subject")
        table.add_rows(
            (str(n), f"P{n % 5 + 1}", str(n % 100), f"service {n % 24}", f"row-{n}") for n in range(self.rows)
        )
        table.focus()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self.query_one("#detail", Static).update(f"detail-{event.cursor_row} " + "some words of a ticket " * 60)


if __name__ == "__main__":
    if sys.argv[1] == "table":
        Table.rows = int(sys.argv[2])
        Table().run()
    else:
        Trivial().run()
