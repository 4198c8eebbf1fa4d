"""ServiceNow: list exports (CSV, XLSX) and the table API with raw, displayed or both values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from triage.intake.presets.base import JsonRecord, Preset, signature
from triage.tickets.models import Status

_SYS_ID = re.compile(r"[0-9a-f]{32}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_DATES = ("opened_at", "sys_created_on", "sys_updated_on", "resolved_at", "closed_at", "due_date")
_NAMED = ("company", "location", "assigned_to")


def _reshape(record: JsonRecord, context: Mapping[str, Any]) -> JsonRecord:
    """Every value as `key`, the other form as `key.value`, the address of a reference as `key.link`.

    The table API gives times in UTC unless it is asked for displayed values alone; references come as
    `{link, value}`, with their name where displayed values are asked for too. A bare sys_id names nobody's
    company or site, and is kept beside.
    """
    made: JsonRecord = {}
    displayed_only = any(
        isinstance(each, dict) and "display_value" in each and "value" not in each for each in record.values()
    ) and not any(isinstance(each, dict) and "value" in each for each in record.values())
    for key, each in record.items():
        if not isinstance(each, dict):
            made[key] = f"{each}Z" if key in _DATES and not displayed_only and _is_time(each) else each
            continue
        value, shown = each.get("value"), each.get("display_value")
        if key in _DATES and _is_time(value):
            made[key], made[f"{key}.display_value"] = f"{value}Z", shown
        else:
            made[key] = shown if shown not in (None, "") else value
            if value != made[key]:
                made[f"{key}.value"] = value
        made |= {f"{key}.{name}": inner for name, inner in each.items() if name not in ("value", "display_value")}
    for key in _NAMED:
        if isinstance(made.get(key), str) and _SYS_ID.fullmatch(made[key]):
            made[f"{key}.value"] = made.pop(key)
    reason = str(made.get("hold_reason", "")).strip().lower()
    if reason and str(made.get("state", "")).strip().lower() in ("3", "on hold"):
        made["hold state"] = "awaiting caller" if reason in ("1", "awaiting caller") else "on hold"
    return made


def _is_time(value: object) -> bool:
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


PRESET = Preset(
    name="servicenow",
    title="ServiceNow",
    columns={
        "id": ("number", "Number", "sys_id"),
        "subject": ("short_description", "Short description"),
        "body": ("description", "Description"),
        "requester": ("caller_id.email", "caller_id", "Caller", "opened_by", "requested_for", "Requested for"),
        "requester_name": ("caller_id.name", "caller_id", "Caller"),
        "organisation": ("company", "Company", "account", "Account"),
        "site": ("location", "Location"),
        "channel": ("contact_type", "Contact type", "Channel"),
        "created_at": ("opened_at", "Opened", "sys_created_on", "Created"),
        "updated_at": ("sys_updated_on", "Updated"),
        "resolved_at": ("resolved_at", "Resolved", "closed_at", "Closed"),
        "due_at": ("due_date", "Due date"),
        "status": ("hold state", "state", "State", "incident_state", "Incident state"),
        "priority": ("priority", "Priority"),
        "assignee": ("assigned_to", "Assigned to"),
        "tags": ("sys_tags", "Tags"),
    },
    signatures=(
        signature("number", "short_description"),
        signature("number", "caller_id"),
        signature("number", "opened_at", "state"),
        signature("number", "sys_updated_on"),
        signature("sys_id", "sys_updated_on", "number"),
    ),
    words={
        "1": Status.NEW, "2": Status.OPEN, "3": Status.WAITING_SUPPLIER, "4": Status.WAITING_CUSTOMER,
        "5": Status.WAITING_SUPPLIER, "6": Status.RESOLVED, "7": Status.CLOSED, "8": Status.CLOSED,
        "pending": Status.WAITING_SUPPLIER,
    },
    reshape=_reshape,
)  # fmt: skip
