"""Both links put right at once, in one act."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from triage.desk.acts import Outcome, carry_out, target_of
from triage.desk.office import Desk
from triage.store.tickets import StoredTicket
from triage.tickets.models import NONE

LINKS = ("service", "touchpoint")


def link_both(desk: Desk, ids: Sequence[int], service: str, touchpoint: str) -> Outcome:
    """Link tickets to a service and a touchpoint; either may be `none`. What stood beside them goes on standing there.

    NotFound with the nearest where the catalog has no such entry.
    """
    targets = {kind: target_of(desk, kind, value) for kind, value in zip(LINKS, (service, touchpoint), strict=True)}

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        return both_fields(ticket, targets["service"], targets["touchpoint"])

    message = "linked to " + " and ".join(f"{kind}:{target}" for kind, target in targets.items())
    return carry_out(desk, ids, "link", plan, message, dict(targets))


def both_fields(ticket: StoredTicket, service: str, touchpoint: str) -> dict[str, Any]:
    """What linking one ticket to both writes."""
    fields: dict[str, Any] = {}
    targets = dict(zip(LINKS, (service, touchpoint), strict=True))
    for kind, target in targets.items():
        before = (ticket.decisions.get(kind) or {}).get("others", [])
        others = [other for other in before if other != target] if target != NONE else []
        fields[kind] = {"target": target, "others": others}
    rejected = ticket.decisions.get("rejected", [])
    left = [entry for entry in rejected if entry not in [f"{kind}:{target}" for kind, target in targets.items()]]
    return fields if left == rejected else {**fields, "rejected": left or None}
