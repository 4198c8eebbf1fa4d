"""Jira and Jira Service Management: CSV of all fields, `/search/jql` of REST v3, the service desk API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from triage.intake.adf import adf_to_text, is_adf
from triage.intake.presets.base import STATUS_HINT, JsonRecord, Preset, page_of, signature
from triage.tickets.models import Status

_CATEGORY = {"new": "new", "indeterminate": "in progress", "done": "done"}


def _reshape(record: JsonRecord, context: Mapping[str, Any]) -> JsonRecord:
    """ADF as text; the field values of a service desk request by their id; people by address or name."""
    made = dict(record)
    fields = made.pop("fields", None)
    if isinstance(fields, dict):
        made |= {key: _value(each) for key, each in fields.items()}
    values = made.pop("requestFieldValues", None)
    for each in values if isinstance(values, list) else []:
        if isinstance(each, dict):
            field = str(each.get("fieldId") or each.get("label"))
            made[field] = _value(each.get("value"))
            made |= {f"{field}.{name}": inner for name, inner in each.items() if name not in ("fieldId", "value")}
    key = made.get("key")
    status = made.get("status") or made.get("currentStatus")
    if isinstance(status, dict):
        category = status.get("statusCategory")
        word = category.get("key") if isinstance(category, dict) else category
        made[STATUS_HINT] = _CATEGORY.get(str(word).lower(), "")
    made["browse"] = page_of(f"{made.get('self')} {key}", r"/rest/api/.* (\S+)", r"\1/browse/\2") if key else None
    return made


def _value(value: Any, depth: int = 0) -> Any:
    if is_adf(value):
        return adf_to_text(value)
    if isinstance(value, dict) and depth < 6:
        return {key: _value(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list) and depth < 6:
        return [_value(each, depth + 1) for each in value]
    return value


PRESET = Preset(
    name="jira",
    title="Jira",
    columns={
        "id": ("key", "Issue key", "issueKey", "id", "Issue id", "issueId"),
        "subject": ("summary", "Summary"),
        "body": ("description", "Description"),
        "requester": (
            "reporter.emailAddress", "Reporter email", "reporter.name", "reporter.accountId", "Reporter",
            "reporter.displayName", "Creator",
        ),
        "requester_name": ("reporter.displayName", "Reporter"),
        "organisation": ("Custom field (Organizations)", "Organizations"),
        "site": ("Custom field (Location)", "Custom field (Site)"),
        "channel": ("Custom field (Request channel type)", "Custom field (Channel)"),
        "created_at": ("created", "Created", "createdDate.iso8601"),
        "updated_at": ("updated", "Updated"),
        "resolved_at": ("resolutiondate", "Resolved"),
        "due_at": ("duedate", "Due date", "Due Date"),
        "status": ("status.name", "Status", "currentStatus.status"),
        "priority": ("priority.name", "Priority"),
        "assignee": ("assignee.emailAddress", "assignee.displayName", "Assignee"),
        "tags": ("labels", "Labels"),
        "url": ("_links.web", "browse"),
    },
    signatures=(
        signature("Issue key", "Summary"),
        signature("Issue key", "Status"),
        signature("key", "fields.summary"),
        signature("key", "self", "fields.status.name"),
        signature("issueKey", "requestFieldValues"),
        signature("issueKey", "issueId", "serviceDeskId"),
    ),
    words={"to do": Status.NEW, "backlog": Status.NEW, "pending": Status.WAITING_SUPPLIER},
    reshape=_reshape,
    tag_marks=re.compile(r"[\s,\n]+"),
    day_first=True,  # dd/MMM/yy names the month; with numbers the default is d/M/yy
)  # fmt: skip
