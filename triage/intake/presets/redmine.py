"""Redmine: issues as CSV (ISO-8859-1 without saying so) and from the REST API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from triage.intake.presets.base import STATUS_HINT, JsonRecord, Preset, signature
from triage.tickets.models import Status


def _reshape(record: JsonRecord, context: Mapping[str, Any]) -> JsonRecord:
    """Custom fields by their name, as in the CSV; whether the status is a closed one."""
    made = dict(record)
    fields = made.pop("custom_fields", None)
    for each in fields if isinstance(fields, list) else []:
        if isinstance(each, dict):
            key = str(each.get("name") or each.get("id"))
            if key in made:
                key = f"custom field {key}"
            made[key] = each.get("value")
            made |= {f"{key}.{name}": inner for name, inner in each.items() if name not in ("name", "value")}
    status = made.get("status")
    if isinstance(status, dict) and status.get("is_closed") is True:
        made[STATUS_HINT] = "closed"
    return made


PRESET = Preset(
    name="redmine",
    title="Redmine",
    columns={
        "id": ("#", "id"),
        "subject": ("Subject", "Thema", "Sujet", "Asunto"),
        "body": ("Description", "Beschreibung", "Descripción"),
        "requester": ("author.mail", "Author", "Autor", "Auteur", "author.name", "author.id"),
        "requester_name": ("author.name", "Author", "Autor", "Auteur"),
        "created_at": ("created_on", "Created", "Angelegt", "Créé", "Creado"),
        "updated_at": ("updated_on", "Updated", "Aktualisiert", "Mis à jour", "Actualizado"),
        "resolved_at": ("closed_on", "Closed", "Geschlossen", "Fermé"),
        "due_at": ("due_date", "Due date", "Abgabedatum", "Echéance"),
        "status": ("status.name", "Status", "Statut", "Estado"),
        "priority": ("priority.name", "Priority", "Priorität", "Priorité", "Prioridad"),
        "assignee": ("assigned_to.name", "Assignee", "Zugewiesen an", "Assigné à"),
        "tags": ("Tags",),
    },
    signatures=(
        signature("#", "Subject", "Status"),
        signature("#", "Thema", "Status"),
        signature("#", "Sujet", "Statut"),
        signature("tracker.id", "author.id", "done_ratio"),
        signature("id", "tracker.name", "author.name", "created_on"),
    ),
    words={"feedback": Status.WAITING_CUSTOMER, "rejected": Status.CLOSED},
    reshape=_reshape,
    twelve_hour_month_first=True,
)
