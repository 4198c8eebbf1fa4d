"""Zammad: tickets (with `expand=true` or without) and the articles that hold their text.

`id` and not `number` becomes the external id: articles and the API know tickets by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any

from triage.intake.html import html_to_text
from triage.intake.presets.base import JsonRecord, Preset, signature
from triage.tickets.models import Status

_FROM = re.compile(r"[^\s<>]+@[^\s<>]+")


def _join(records: list[JsonRecord]) -> list[JsonRecord]:
    """Articles put into the ticket that they name; those whose ticket is not there make it themselves."""
    tickets = {str(each["id"]): each for each in records if not _is_article(each) and "id" in each}
    made: list[JsonRecord] = []
    for record in records:
        if not _is_article(record):
            made.append(record)
            continue
        key = str(record["ticket_id"])
        if key not in tickets:
            tickets[key] = {"id": record["ticket_id"], "title": record.get("subject")}
            made.append(tickets[key])
        held = tickets[key].setdefault("articles", [])
        if isinstance(held, list):
            held.append(record)
    return made


def _is_article(record: JsonRecord) -> bool:
    return "ticket_id" in record and "body" in record and "title" not in record


def _reshape(record: JsonRecord, context: Mapping[str, Any]) -> JsonRecord:
    """The text of the public articles, oldest first, notes among the desk's people kept beside."""
    made = dict(record)
    held = made.pop("articles", None)
    articles = [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []
    if held and not articles:
        made["article ids"] = held
    articles.sort(key=lambda each: str(each.get("created_at", "")))
    public = [each for each in articles if not each.get("internal")]
    made["body"] = "\n\n".join(text for text in map(_text, public) if text.strip())
    made["internal notes"] = "\n\n".join(_text(each) for each in articles if each.get("internal"))
    if public:
        first = public[0]
        sender = str(first.get("from") or "")
        name, address = parseaddr(sender)
        found = _FROM.search(sender)
        made["from address"] = address or (found[0] if found else sender)
        made["from name"] = name
        made["first type"] = first.get("type")
        made.setdefault("created_at", first.get("created_at"))
        made.setdefault("updated_at", public[-1].get("created_at"))
    shown = {"body", "internal"}
    made["article"] = [{key: each[key] for key in each if key not in shown} for each in articles]
    return made


def _text(article: JsonRecord) -> str:
    body = str(article.get("body") or "")
    return html_to_text(body) if "html" in str(article.get("content_type", "")) else body


PRESET = Preset(
    name="zammad",
    title="Zammad",
    columns={
        "id": ("id",),
        "subject": ("title", "Title"),
        "body": ("body", "note"),
        "requester": ("customer", "customer.email", "from address", "customer_id"),
        "requester_name": ("customer.fullname", "from name"),
        "organisation": ("organization", "organization.name", "Organization"),
        "channel": ("create_article_type", "first type"),
        "created_at": ("created_at", "Created at"),
        "updated_at": ("updated_at", "Updated at"),
        "resolved_at": ("close_at", "Closed at"),
        "due_at": ("escalation_at",),
        "status": ("state", "state_id", "State"),
        "priority": ("priority", "Priority", "priority_id"),
        "assignee": ("owner", "owner.email", "Owner"),
        "tags": ("tags", "Tags"),
    },
    signatures=(
        signature("number", "title", "state_id", "group_id"),
        signature("number", "title", "customer_id", "article_count"),
        signature("ticket_id", "content_type", "body", "sender"),
        signature("number", "title", "state", "customer", "group"),
    ),
    words={
        "1": Status.NEW, "2": Status.OPEN, "3": Status.WAITING_CUSTOMER, "4": Status.CLOSED, "5": Status.MERGED,
        "6": Status.CLOSED, "7": Status.WAITING_CUSTOMER,
    },
    reshape=_reshape,
    join=_join,
)  # fmt: skip
