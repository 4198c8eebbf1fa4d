"""Request Tracker: the tab-separated spreadsheet of a search, and tickets of REST 2.0."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from triage.intake.presets.base import JsonRecord, Preset, page_of, signature
from triage.tickets.models import Status


def _reshape(record: JsonRecord, context: Mapping[str, Any]) -> JsonRecord:
    """Custom fields as the spreadsheet names them (`CustomField.{Business Service}`), people by their address."""
    if record.get("type", "ticket") != "ticket" and "_url" in record:
        raise ValueError(f"is a {str(record['type'])[:40]} of Request Tracker, not a ticket")
    made = dict(record)
    fields = made.pop("CustomFields", None)
    for each in fields if isinstance(fields, list) else []:
        if isinstance(each, dict):
            key = f"CustomField.{{{each.get('name') or each.get('id')}}}"
            made[key] = each.get("values")
            made |= {f"{key}.{name}": inner for name, inner in each.items() if name not in ("name", "values")}
    people = made.get("Requestors") or made.get("Requestor")
    if isinstance(people, list):
        made["requestor ids"] = [each.get("id") for each in people if isinstance(each, dict)]
    made["page"] = page_of(made.get("_url"), r"/REST/2\.0/ticket/([0-9]+)", r"\1/Ticket/Display.html?id=\2")
    return made


PRESET = Preset(
    name="rt",
    title="Request Tracker",
    columns={
        "id": ("id",),
        "subject": ("Subject",),
        "body": ("Content", "Description", "Message"),
        "requester": ("requestor ids", "Requestors", "Requestor", "Creator.id", "Creator"),
        "organisation": ("CustomField.{Organisation}", "CustomField.{Organization}", "CustomField.{Company}"),
        "site": ("CustomField.{Site}", "CustomField.{Location}"),
        "created_at": ("CreatedISO", "Created"),
        "updated_at": ("LastUpdatedISO", "LastUpdated"),
        "resolved_at": ("ResolvedISO", "Resolved"),
        "due_at": ("DueISO", "Due"),
        "status": ("Status",),
        "priority": ("Priority",),
        "assignee": ("OwnerName", "Owner.id", "Owner"),
        "tags": ("CustomField.{Tags}",),
        "url": ("page", "_url"),
    },
    signatures=(
        signature("id", "Subject", "Status", "QueueName"),
        signature("id", "Subject", "Requestors", "Status"),
        signature("id", "Subject", "Requestors", "LastUpdatedISO"),
        signature("id", "_url", "type"),
        signature("id", "_url", "type", "Subject", "Status"),
    ),
    words={"stalled": Status.WAITING_CUSTOMER, "rejected": Status.CLOSED, "deleted": Status.CLOSED},
    reshape=_reshape,
    plain_tabs=True,
    blank=frozenset({"-", "Nobody", "Nobody in particular", "Not set", "nobody"}),
    tag_marks=re.compile(r"[,\n]+"),
)
