"""Zendesk: view exports (CSV, no body), data exports and the incremental cursor export (JSON)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from triage.intake.presets.base import JsonRecord, Preset, page_of, signature
from triage.tickets.models import Status


def _by_id(context: Mapping[str, Any], key: str) -> dict[Any, JsonRecord]:
    found = context.get(key)
    return {each.get("id"): each for each in found if isinstance(each, dict)} if isinstance(found, list) else {}


def _reshape(record: JsonRecord, context: Mapping[str, Any]) -> JsonRecord:
    """Custom fields by their id, and the people and organisations of a side-loaded export by name."""
    made = dict(record)
    fields = made.get("custom_fields")
    if isinstance(fields, list):
        made["custom_fields"] = {
            str(each.get("id")): each.get("value") for each in fields if isinstance(each, dict) and "id" in each
        } or fields
    user = _by_id(context, "users").get(record.get("requester_id"))
    organisation = _by_id(context, "organizations").get(record.get("organization_id"))
    if user and "requester" not in made:
        made["requester"] = {"email": user.get("email"), "name": user.get("name")}
    if organisation and "organization" not in made:
        made["organization"] = {"name": organisation.get("name")}
    made["page"] = page_of(made.get("url"), r"/api/v2/tickets/([0-9]+)\.json", r"\1/agent/tickets/\2")
    return made


PRESET = Preset(
    name="zendesk",
    title="Zendesk",
    columns={
        "id": ("id", "Ticket ID", "Ticket #"),
        "subject": ("subject", "Ticket subject", "raw_subject"),
        "body": ("description", "Ticket description", "Body", "comment.body"),
        "requester": (
            "Requester email", "requester.email", "via.source.from.address", "Requester", "requester_id",
        ),
        "requester_name": ("Requester name", "requester.name", "via.source.from.name", "Requester"),
        "organisation": ("Organization", "Requester organization", "Ticket organization name", "organization.name"),
        "site": ("Location", "Site"),
        "channel": ("Via", "Channel", "Ticket channel", "via.channel"),
        "created_at": ("created_at", "Created", "Ticket created - Timestamp", "Requested"),
        "updated_at": ("updated_at", "Updated", "Latest update"),
        "resolved_at": ("Solved at", "Solved", "Ticket solved - Timestamp"),
        "due_at": ("due_at", "Due date"),
        "status": ("status", "Ticket status"),
        "priority": ("priority", "Ticket priority"),
        "assignee": ("Assignee", "Assignee name", "assignee.email", "assignee.name", "assignee_id"),
        "tags": ("tags", "Ticket tags"),
        "url": ("page", "url"),
    },
    signatures=(
        signature("Summation column", "Id", "Requester"),
        signature("Id", "Requester", "Via", "Ticket type"),
        signature("Id", "Requester email", "Subject"),
        signature("Ticket ID", "Requester email", "Subject"),
        signature("Ticket ID", "Subject", "Via"),
        signature("Ticket ID", "Requester", "Assignee", "Channel"),
        signature("Ticket ID", "Ticket status", "Ticket created - Timestamp"),
        signature("requester_id", "submitter_id", "via.channel"),
        signature("id", "requester_id", "raw_subject", "status"),
        signature("id", "requester_id", "generated_timestamp", "status"),
    ),
    words={"hold": Status.WAITING_SUPPLIER, "deleted": Status.CLOSED},
    reshape=_reshape,
    tag_marks=re.compile(r"[\s,]+"),
)  # fmt: skip
