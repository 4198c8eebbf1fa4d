"""A list in the cell of a sheet: its items separated by `;`."""

from __future__ import annotations

import re
from collections.abc import Sequence

_QUOTED_ITEM = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?=;|\Z)')


def split_list(cell: str) -> list[str]:
    """The items of a cell, separated by `;`. An item in double quotes may hold `;`, and `""` for a quote."""
    items: list[str] = []
    at = 0
    while at <= len(cell):
        match = _QUOTED_ITEM.match(cell, at)
        if match is not None:
            items.append(match.group(1).replace('""', '"'))
            at = match.end() + 1
            continue
        end = cell.find(";", at)
        end = len(cell) if end < 0 else end
        items.append(cell[at:end].strip())
        at = end + 1
    return [item for item in items if item]


def join_list(items: Sequence[str]) -> str:
    """The cell of a list, such that `split_list` gives the items again."""
    return "; ".join(
        '"' + item.replace('"', '""') + '"' if ";" in item or item.startswith('"') else item for item in items
    )
