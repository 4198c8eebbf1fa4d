"""Freshdesk and Freshservice: ticket exports (CSV) and the v2 API."""

from __future__ import annotations

from triage.intake.presets.base import Preset, signature
from triage.tickets.models import Status

PRESET = Preset(
    name="freshdesk",
    title="Freshdesk",
    columns={
        "id": ("id", "Ticket ID", "Ticket Id"),
        "subject": ("subject", "Subject"),
        "body": ("description_text", "description", "Description"),
        "requester": ("requester.email", "Email", "Requester Email", "email", "requester.name", "requester_id"),
        "requester_name": ("requester.name", "Full name", "Requester Name", "name"),
        "organisation": ("company.name", "Company Name", "Company"),
        "site": ("Location", "location"),
        "channel": ("source", "Source"),
        "created_at": ("created_at", "Created time"),
        "updated_at": ("updated_at", "Last update time"),
        "resolved_at": ("stats.resolved_at", "Resolved time", "stats.closed_at", "Closed time"),
        "due_at": ("due_by", "Due by Time"),
        "status": ("status", "Status"),
        "priority": ("priority", "Priority"),
        "assignee": ("Agent", "responder.email", "responder_id"),
        "tags": ("tags", "Tags"),
    },
    signatures=(
        signature("Ticket ID", "Agent", "Group", "Created time"),
        signature("Ticket ID", "Created time", "Last update time"),
        signature("Ticket ID", "Subject", "Due by Time"),
        signature("responder_id", "requester_id", "due_by", "fr_due_by"),
        signature("responder_id", "requester_id", "source", "subject"),
    ),
    words={
        "2": Status.OPEN, "3": Status.WAITING_CUSTOMER, "4": Status.RESOLVED, "5": Status.CLOSED,
        "6": Status.WAITING_CUSTOMER, "7": Status.WAITING_SUPPLIER,
    },
    translate={
        "channel": {
            "1": "email", "2": "portal", "3": "phone", "5": "twitter", "6": "facebook", "7": "chat",
            "9": "feedback", "10": "email", "11": "ecommerce", "12": "bot", "13": "whatsapp",
        }
    },
)  # fmt: skip
