"""Roundup: issues of its REST API (times in UTC, as `2026-11-23.23:01:15`) and CSV of a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from triage.intake.presets.base import JsonRecord, Preset, page_of, signature
from triage.tickets.models import Status


def _reshape(record: JsonRecord, context: Mapping[str, Any]) -> JsonRecord:
    """The attributes of a single issue beside its id; times marked as the UTC that they are."""
    made = dict(record)
    attributes = made.pop("attributes", None)
    if isinstance(attributes, dict):
        made |= attributes
    for key in ("activity", "creation"):
        if isinstance(made.get(key), str) and made[key] and made[key][-1:].isdigit():
            made[key] = f"{made[key]}Z"
    made["page"] = page_of(made.get("link"), r"/rest/data/issue/([0-9]+)", r"\1/issue\2")
    return made


PRESET = Preset(
    name="roundup",
    title="Roundup",
    columns={
        "id": ("id",),
        "subject": ("title",),
        "body": ("content", "summary"),
        "requester": ("creator.address", "creator.username", "creator.id", "creator"),
        "created_at": ("creation",),
        "updated_at": ("activity",),
        "due_at": ("deadline", "due_date"),
        "status": ("status.name", "status.id", "status"),
        "priority": ("priority.name", "priority.id", "priority"),
        "assignee": ("assignedto.username", "assignedto.id", "assignedto"),
        "tags": ("keyword",),
        "url": ("page", "link"),
    },
    signatures=(
        signature("id", "link", "title", "activity"),
        signature("id", "title", "creation", "activity"),
        signature("id", "link", "type", "attributes.title"),
        signature("id", "activity", "title", "creator"),
    ),
    words={
        "1": Status.NEW, "2": Status.WAITING_SUPPLIER, "3": Status.OPEN, "4": Status.WAITING_CUSTOMER, "5": Status.OPEN,
        "6": Status.OPEN, "7": Status.RESOLVED, "8": Status.RESOLVED, "done cbb": Status.RESOLVED,
    },
    reshape=_reshape,
)  # fmt: skip
