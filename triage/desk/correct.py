"""Acts that put several things right at once, each as one act: one key less for each thing that was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from triage.desk.acts import Outcome, carry_out, first_response, target_of
from triage.desk.facts import link_of
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


def nothing_else_fits(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Decide that nothing fits where nobody decided yet: beside a link that a person chose, nothing of the other kind.

    Of a ticket on which neither kind was decided, or both were, nothing in the catalog fits at all.
    """
    decided: set[tuple[str, ...]] = set()

    def plan(ticket: StoredTicket) -> dict[str, Any]:
        kinds = open_kinds(ticket)
        decided.add(kinds)
        nothing: dict[str, Any] = {kind: {"target": NONE, "others": []} for kind in kinds}
        return {**nothing, **first_response(desk, ticket)}

    outcome = carry_out(desk, ids, "link", plan, "nothing in the catalog fits", {"target": NONE})
    if outcome.act and len(outcome.tickets) == 1 and decided != {LINKS}:
        ((kind,),) = decided
        return replace(outcome, message=f"no {kind} fits; 0 again says that nothing does")
    return outcome


def open_kinds(ticket: StoredTicket) -> tuple[str, ...]:
    """The kinds of which "nothing fits" speaks: the one that is open beside a chosen link, else both."""
    links = {kind: link_of(ticket, kind) for kind in LINKS}
    opened = tuple(kind for kind, target in links.items() if target is None)
    chosen = [kind for kind, target in links.items() if target not in (None, NONE)]
    return opened if len(opened) == 1 and chosen else LINKS
