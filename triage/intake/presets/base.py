"""What a preset is: the columns, words and shapes of one system.

Another package adds a system by an entry point in the group `triage.presets` that names a `Preset`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from triage.intake.html import readable
from triage.tickets.models import Status

JsonRecord = dict[str, Any]
Reshape = Callable[[JsonRecord, Mapping[str, Any]], JsonRecord]
Join = Callable[[list[JsonRecord]], list[JsonRecord]]

FIELDS = (
    "id",
    "subject",
    "body",
    "requester",
    "requester_name",
    "organisation",
    "site",
    "channel",
    "created_at",
    "updated_at",
    "resolved_at",
    "due_at",
    "status",
    "priority",
    "assignee",
    "tags",
    "url",
)
"""The names for `--map`."""

DATES = ("created_at", "updated_at", "resolved_at", "due_at")
STATUS_HINT = "status category"
"""The key under which `reshape` says what kind of status it is; read where the word itself is unknown."""
CONFIRMED = ("service", "touchpoint", "condition", "reach")


def as_it_is(record: JsonRecord, context: Mapping[str, Any]) -> JsonRecord:
    """The record of a system whose JSON needs no reshaping."""
    return record


@dataclass(frozen=True)
class Preset:
    """One system's way to write tickets.

    `columns` maps a field to the headings or dotted JSON keys that hold it, best first; the first that is not
    empty is taken, the others are kept. `signatures` are sets of headings or keys: a file that has all of one
    is recognised, the larger set winning. `words` are statuses of this system by their folded word, `translate`
    codes of other fields. `reshape` gives a JSON record keys that `columns` knows (`context` is what stands
    beside the list); `join` puts records that are part of another (articles) into it, over all files of an
    import, and gives the same objects or new ones that keep their parts under `articles`. `body` makes text of
    a body. `day_first` is the convention for `3/4/2026` where a column does not tell, `twelve_hour_month_first`
    that it goes by the clock; `plain_tabs` a tab-separated export that does not quote; `blank` words for nothing;
    `fallback` whether a row may take another column of the field where the best one is empty.
    """

    name: str
    title: str
    columns: Mapping[str, tuple[str, ...]]
    signatures: tuple[frozenset[str], ...] = ()
    words: Mapping[str, Status] = field(default_factory=dict)
    translate: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reshape: Reshape = as_it_is
    join: Join | None = None
    body: Callable[[str], str] = readable
    tag_marks: re.Pattern[str] = re.compile(r"[,;|\n]+")
    day_first: bool | None = None
    twelve_hour_month_first: bool = False
    plain_tabs: bool = False
    fallback: bool = True
    blank: frozenset[str] = frozenset({"-", "–"})


def page_of(url: object, rest: str, page: str) -> str | None:
    """The address of a ticket's page, made from that of its record in the API: `rest` is a pattern that has to
    match whole, `page` what it becomes. None where it is something else."""
    if not isinstance(url, str) or len(url) > 2_000:
        return None
    found = re.fullmatch(rf"(https?://[^/\s]+(?:/[^\s?#]*?)??){rest}", url)
    return found.expand(page) if found else None


def signature(*keys: str) -> frozenset[str]:
    """A signature, its keys folded as headings are."""
    from triage.intake.words import normal

    return frozenset(map(normal, keys))
