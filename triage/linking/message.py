"""What linking is given of a ticket."""

from __future__ import annotations

from dataclasses import dataclass

from triage.tickets.models import IncomingTicket


@dataclass(frozen=True, slots=True)
class Message:
    """The text of a ticket and who wrote it, sanitised; spans of evidence count in these very strings."""

    subject: str = ""
    body: str = ""
    requester: str | None = None
    organisation: str | None = None
    site: str | None = None
    channel: str | None = None

    @classmethod
    def of(cls, ticket: IncomingTicket) -> Message:
        """The message of a ticket as a source gave it."""
        return cls(
            subject=ticket.subject,
            body=ticket.body,
            requester=ticket.requester,
            organisation=ticket.organisation,
            site=ticket.site,
            channel=ticket.channel,
        )
