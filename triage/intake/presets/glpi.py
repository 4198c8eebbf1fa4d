"""GLPI: the REST API's tickets (also with `expand_dropdowns`), and CSV of a search.

`content` is entity-escaped HTML: unescaped once, then stripped of its tags.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from triage.intake.html import unescaped_once
from triage.intake.presets.base import JsonRecord, Preset, signature
from triage.tickets.models import Status


def _reshape(record: JsonRecord, context: Mapping[str, Any]) -> JsonRecord:
    """Names of dropdowns where they were expanded; bare ids of entity and site are kept beside."""
    made = dict(record)
    for key, name in (("entities_id", "entity"), ("locations_id", "location")):
        value = made.get(key)
        if isinstance(value, str) and value.strip() and not value.strip().isdigit():
            made[name] = made.pop(key)
    return made


PRESET = Preset(
    name="glpi",
    title="GLPI",
    columns={
        "id": ("id", "ID", "2"),
        "subject": ("name", "Title", "Titre", "Titel", "Título", "1"),
        "body": ("content", "Description", "21"),
        "requester": (
            "_users_id_requester", "Requester", "Demandeur", "Requester - Requester", "4", "users_id_recipient",
        ),
        "organisation": ("entity", "Entity", "Entité", "80"),
        "site": ("location", "Location", "Lieu", "83"),
        "channel": ("requesttypes_id", "Request source", "Source de la demande"),
        "created_at": ("date", "Opening date", "Date d'ouverture", "15", "date_creation"),
        "updated_at": ("date_mod", "Last update", "Dernière modification", "19"),
        "resolved_at": ("solvedate", "Resolution date", "closedate", "Closing date"),
        "due_at": ("time_to_resolve", "Time to resolve"),
        "status": ("status", "Status", "Statut", "12"),
        "priority": ("priority", "Priority", "Priorité", "3"),
        "assignee": ("_users_id_assign", "Assigned to - Technician", "Technician", "Technicien", "5"),
        "url": ("url",),
    },
    signatures=(
        signature("id", "name", "content", "date_mod"),
        signature("id", "name", "entities_id", "date_mod"),
        signature("ID", "Title", "Status", "Last update", "Opening date"),
        signature("1", "2", "12", "19"),  # the search API names fields by number
        signature("ID", "Titre", "Statut", "Dernière modification", "19"),
    ),
    words={
        "1": Status.NEW, "2": Status.OPEN, "3": Status.OPEN, "4": Status.WAITING_CUSTOMER, "5": Status.RESOLVED,
        "6": Status.CLOSED,
    },
    translate={"channel": {"1": "portal", "2": "email", "3": "phone", "4": "direct", "5": "written", "6": "other"}},
    reshape=_reshape,
    body=unescaped_once,
)  # fmt: skip
