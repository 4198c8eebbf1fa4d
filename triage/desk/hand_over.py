"""Not ours: a ticket goes to another group, with the reason, so that nobody sends it back unread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from triage.desk.acts import Outcome, carry_out
from triage.desk.office import Desk
from triage.errors import Refused, UsageError
from triage.store.tickets import StoredTicket
from triage.text import did_you_mean, one_line

REASONS = ("their-service", "their-rights", "their-supplier", "no-fault", "other")
"""Why a ticket is not ours: their service, only they may do it, their supplier, nothing is broken, in words."""


def hand_over(desk: Desk, ids: Sequence[int], group: str, reason: str, text: str | None = None) -> Outcome:
    """Give tickets to another group: it has them from now on, and reads why in the notes and the history.

    `group` is a support group of the catalog by id or name, or another one in words; `reason` one of `REASONS`,
    with `text` where it is `other`.
    """
    if reason not in REASONS:
        raise UsageError(
            f"'{one_line(reason)}' is not a reason",
            did_you_mean(reason, REASONS) or f"it is one of {', '.join(REASONS)}",
        )
    said = one_line(text)[:500] if text else ""
    if reason == "other" and not said:
        raise Refused("a ticket that is not ours needs a reason", "say in a few words why")
    name = group_of(desk, group)
    now = int(desk.now().timestamp())
    value = {"group": name, "reason": reason, "text": said or None, "by": desk.user, "at": now}
    note = {"at": now, "who": desk.user, "text": f"not ours, to {name}: {said or reason.replace('-', ' ')}"}

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        if not ticket.status.is_open:
            raise Refused(f"ticket {ticket.id} is {ticket.status} and cannot be handed over", "reopen it first")
        if ticket.assignee == name:
            raise Refused(f"ticket {ticket.id} is {name}'s already")
        notes = [*ticket.decisions.get("notes", []), note]
        return {"assignee": name, "handed_over": value, "notes": notes}

    detail = {"group": name, "reason": reason}
    return carry_out(desk, ids, "hand over", plan, f"not ours: {name} has it now", detail)


def group_of(desk: Desk, text: str) -> str:
    """The id of a support group by id or name; another group by its own words."""
    wanted = one_line(text).strip()[:80]
    if not wanted:
        raise Refused("no group was named")
    for ident, group in desk.index.support_groups.items():
        if wanted.casefold() in (ident.casefold(), group.name.casefold()):
            return ident
    return wanted


def likely_group(desk: Desk, service: str | None) -> str | None:
    """The group that supports a service, where the catalog says so."""
    entry = desk.index.services.get(service or "")
    return entry.support_group if entry is not None else None
