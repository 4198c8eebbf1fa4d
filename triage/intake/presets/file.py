"""The canonical shape: the columns of triage itself, and what other tables call them."""

from __future__ import annotations

from triage.intake.presets.base import Preset

PRESET = Preset(
    name="file",
    title="a table of your own",
    columns={
        "id": (
            "id", "external_id", "ticket_id", "ticket", "ticket number", "number", "key", "#", "case number", "case id",
        ),
        "subject": (
            "subject", "ticket subject", "title", "summary", "short description", "headline", "betreff", "objet",
            "asunto",
        ),
        "body": (
            "body", "description", "ticket description", "message", "text", "content", "details", "comment",
            "beschreibung", "nachricht", "descripción", "corps",
        ),
        "requester": (
            "requester", "requester email", "customer email", "reporter email", "email", "e-mail", "from", "reporter",
            "customer", "caller", "submitter", "requester.email",
        ),
        "requester_name": ("requester name", "customer name", "full name", "contact name", "name", "requester.name"),
        "organisation": (
            "organisation", "organization", "company", "company name", "account", "account name", "customer account",
            "organisation.name", "organization.name", "company.name", "firma",
        ),
        "site": ("site", "location", "office", "branch", "standort", "store"),
        "channel": ("channel", "ticket channel", "source", "via", "contact type", "kanal"),
        "created_at": (
            "created_at", "created", "created on", "created time", "date created", "creation date", "opened at", "date",
            "submitted at", "erstellt", "erstellt am",
        ),
        "updated_at": ("updated_at", "updated", "updated on", "last updated", "modified", "last modified", "geändert"),
        "resolved_at": ("resolved_at", "resolved on", "solved at", "closed_at", "closed on"),
        "due_at": ("due_at", "due date", "due by", "fällig"),
        "status": ("status", "ticket status", "state", "zustand"),
        "priority": ("priority", "ticket priority", "priorität"),
        "assignee": ("assignee", "assigned to", "agent", "owner", "bearbeiter"),
        "tags": ("tags", "labels", "keywords"),
        "url": ("url", "link"),
    },
    fallback=False,
)  # fmt: skip
