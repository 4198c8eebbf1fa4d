"""Where a ticket lies in its own system: the address that came with it, or one made from a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from triage.text import sanitise


class Addressed(Protocol):
    """What of a ticket is needed."""

    @property
    def source(self) -> str: ...
    @property
    def external_id(self) -> str: ...
    @property
    def url(self) -> str | None: ...


def address_of(ticket: Addressed, templates: Mapping[str, Any] | None = None) -> str | None:
    """The address of a ticket in its own system, or None.

    `templates` are the configuration's `[links]`: source → an address with `{id}` in it. What came with the
    ticket is text from outside: only http and https without a space or control character are an address, so
    that nothing else is ever opened.
    """
    template = (templates or {}).get(ticket.source)
    if isinstance(template, str) and "{id}" in template:
        found = usable(template.replace("{id}", quote(ticket.external_id, safe="")))
        if found:
            return found
    return usable(ticket.url or "")


def usable(text: str) -> str | None:
    """`text` where it is an address that a browser may be sent to, else None."""
    text = text.strip()
    if not text or text != sanitise(text) or any(char.isspace() for char in text) or len(text) > 2000:
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.hostname else None
