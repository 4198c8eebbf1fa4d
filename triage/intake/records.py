"""What a reader of files hands on: sheets of records, each with the line it stands on and its raw form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["csv", "xlsx", "json", "jsonl", "mail"]
Raw = list[str] | dict[str, Any] | str | bytes
Cells = list[str] | dict[str, str]


@dataclass(slots=True)
class Record:
    """One record of a source: its cells by column number (tables) or by key (JSON, mail).

    `line` is 1-based, 0 where the source has no lines. `raw` is what is written back when the record is
    rejected; `value` the parsed object of JSON. `fault` says why it cannot be read at all. `file` is where it
    stands when the source is a folder.
    """

    line: int
    cells: Cells
    raw: Raw
    fault: str | None = None
    attachments: tuple[str, ...] = ()
    file: str | None = None
    value: dict[str, Any] | None = None


@dataclass(slots=True)
class Sheet:
    """The records of one file. `columns` are the headings (which may repeat) or the keys that occur.

    `envelope` is the key under which a JSON document keeps its list ("" for a bare list), `single`
    that it holds one object and no list; `context` what
    stands beside that list. `encoding` is what the file was read with; `said` whether somebody named it.
    """

    file: str
    kind: Kind
    columns: list[str]
    records: list[Record]
    preset: str | None = None
    delimiter: str = ","
    quoting: bool = True
    envelope: str = ""
    single: bool = False
    context: Mapping[str, Any] = field(default_factory=dict)
    encoding: str = "utf-8"
    said: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that was not taken in: where it stands, why, its raw form, and the file or
    folder that was named."""

    file: str
    line: int
    reason: str
    raw: Raw = ""
    sheet: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.reason}"
