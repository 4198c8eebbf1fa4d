"""django-helpdesk: tickets of its API (it exports no files)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from triage.intake.presets.base import JsonRecord, Preset, signature
from triage.tickets.models import Status


def _reshape(record: JsonRecord, context: Mapping[str, Any]) -> JsonRecord:
    """The times of the first and of the last follow-up, since a ticket carries none; what is on hold."""
    made = dict(record)
    steps = made.get("followup_set")
    dates = (
        sorted(str(each["date"]) for each in steps if isinstance(each, dict) and each.get("date"))
        if isinstance(steps, list)
        else []
    )
    if dates:
        made.setdefault("created", dates[0])
        made.setdefault("modified", dates[-1])
    if made.get("on_hold") is True and str(made.get("status")) in ("1", "2"):
        made["hold state"] = "on hold"
    return made


PRESET = Preset(
    name="djhelpdesk",
    title="django-helpdesk",
    columns={
        "id": ("id",),
        "subject": ("title",),
        "body": ("description",),
        "requester": ("submitter_email",),
        "created_at": ("created",),
        "updated_at": ("modified",),
        "due_at": ("due_date",),
        "status": ("hold state", "status"),
        "priority": ("priority",),
        "assignee": ("assigned_to",),
    },
    signatures=(
        signature("id", "queue", "title", "submitter_email"),
        signature("id", "title", "followup_set"),
    ),
    words={
        "1": Status.OPEN, "2": Status.OPEN, "3": Status.RESOLVED, "4": Status.CLOSED, "5": Status.MERGED,
        "6": Status.NEW,
    },
    reshape=_reshape,
)  # fmt: skip
