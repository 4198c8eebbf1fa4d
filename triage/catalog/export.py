"""Writing a catalog back to files, such that reading them gives the same catalog again."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any, Literal

from triage.catalog.cell_lists import join_list
from triage.catalog.collect import json_cell
from triage.catalog.models import Catalog
from triage.catalog.shape import MODELS, PARENTS, SHEETS, TOP_KEYS, columns
from triage.catalog.tables import guard, to_rows
from triage.catalog.yaml_write import write_yaml
from triage.errors import StoreError
from triage.paths import write_atomically
from triage.text import one_line

Format = Literal["yaml", "csv", "json"]


def export_catalog(catalog: Catalog, directory: Path, format: Format = "yaml") -> list[Path]:
    """Write `catalog` into `directory`; each file is replaced whole or not at all. The files written.

    YAML and JSON are one file, `catalog.yaml` or `catalog.json`; CSV is a file a table. A file of a table that
    the catalog does not have, left by an earlier export, is emptied of its rows. StoreError when it cannot.
    """
    try:
        if format == "csv":
            return _write_sheets(catalog, directory)
        data = as_data(catalog)
        if format == "json":
            text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
        else:
            text = write_yaml(data, catalog.catalog.name)
        path = directory / f"catalog.{format}"
        write_atomically(path, text.encode())
        return [path]
    except OSError as error:
        reason = one_line(error.strerror or type(error).__name__)
        raise StoreError(
            f"{one_line(str(directory))}: cannot be written ({reason})", "name a folder of yours"
        ) from error


def as_data(catalog: Catalog) -> dict[str, Any]:
    """The catalog as JSON has it, defaults left out, tables in the order of the contract."""
    data = catalog.model_dump(mode="json", exclude_defaults=True)
    return {key: data[key] if key in ("policy", "lexicon") else _tidy(data[key]) for key in TOP_KEYS if key in data}


def _tidy(value: Any) -> Any:
    """Money and figures without a needless `.0`."""
    if isinstance(value, dict):
        return {key: _tidy(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_tidy(inner) for inner in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def as_sheets(catalog: Catalog) -> dict[str, list[list[str]]]:
    """The catalog as sheets by name, each a header and rows of text; tables without entries are left out."""
    data = as_data(catalog)
    flat: dict[str, list[tuple[str | None, dict[str, Any]]]] = {}
    for table in MODELS:
        flat[table] = [(None, entry) for entry in data.get(table, [])]
    for table in ("stages", "touchpoints", "promises", "costs", "kpis"):
        above = PARENTS[table][0]
        flat[table] = [(entry["id"], inner) for _, entry in flat[above] for inner in entry.get(table, [])]
    sheets = {table: list(to_rows(table, entries)) for table, entries in flat.items() if entries}
    if info := data.get("catalog"):
        sheets["catalog"] = [list(info), [guard(str(value)) for value in info.values()]]
    hours = [
        [calendar["id"], guard(days), guard(join_list(ranges))]
        for calendar in data.get("calendars", [])
        for days, ranges in calendar.get("hours", {}).items()
    ]
    if hours:
        sheets["hours"] = [["calendar", "days", "hours"], *hours]
    if vips := data.get("vips"):
        sheets["vips"] = [["address"], *([guard(address)] for address in vips)]
    for name in ("policy", "lexicon"):
        if keys := data.get(name):
            rows = [[guard(key), guard(json_cell(value))] for key, value in keys.items()]
            sheets[name] = [["key", "value"], *rows]
    return {name: sheets[name] for name in SHEETS if name in sheets}


def _write_sheets(catalog: Catalog, directory: Path) -> list[Path]:
    written = []
    sheets = as_sheets(catalog)
    for name in SHEETS:
        path = directory / f"{name}.csv"
        rows = sheets.get(name)
        if rows is None:
            if not path.exists():
                continue
            rows = [[column.name for column in columns(name)]]
        buffer = io.StringIO(newline="")
        csv.writer(buffer, lineterminator="\n").writerows(rows)
        # The mark at the front tells spreadsheets that this is UTF-8.
        write_atomically(path, buffer.getvalue().encode("utf-8-sig"))
        written.append(path)
    return written
