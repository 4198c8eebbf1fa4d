"""A small company whose quarter can be reckoned by hand: what the tests of the reports share.

Office hours are Monday to Friday, 9 to 17, UTC; the quarter in question is 2026Q4, now is Monday 23 November.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from triage.desk import acts, undoing
from triage.desk.catalog import apply_catalog, load_files
from triage.desk.derive import derive
from triage.desk.office import Desk
from triage.desk.take_in import take_in
from triage.store import audit
from triage.tickets.models import IncomingTicket, Status

COMPANY = """
catalog: {name: Harbor Test, currency: USD, timezone: UTC}
people:
  - {id: jon, name: Jon Abara, role: service_owner}
  - {id: lee, name: Lee Santos, role: business_contact, email: lee@harbor.example}
  - {id: ana, name: Ana Ruiz, role: agent}
  - {id: ben, name: Ben Katz, role: agent}
business_units:
  - {id: escrow, name: Escrow, staff: 40}
  - {id: sales, name: Sales, staff: 10}
support_groups:
  - {id: desk, name: Desk, agents: [ana, ben]}
sites:
  - {id: tustin, name: Tustin branch, business_unit: escrow, staff: 10}
  - {id: irvine, name: Irvine branch, business_unit: sales, staff: 100}
organisations:
  - {id: bigbuilder, name: Big Builder, domains: [bigbuilder.example], persona: buyer,
     yearly_value: 5000, renews_on: 2026-12-31}
calendars:
  - {id: office, hours: {mon-fri: ["09:00-17:00"]}}
services:
  - id: portal
    name: Closing Portal
    criticality: 1
    business_unit: escrow
    business_contact: lee
    calendar: office
    sla: {respond: 2h, resolve: 8h}
    costs:
      - {component: licences, monthly: 1000}
      - {component: support, monthly: 30, per_ticket: 14}
    kpis:
      - {id: csat, name: Customer satisfaction, unit: percent, target: 90, better: higher}
      - {id: restore, name: Time to restore, unit: hours, target: 3, better: lower}
  - id: printing
    name: Printing
    criticality: 3
    business_unit: sales
    consumer: internal
    costs: [{component: devices, monthly: 200}, {component: support, per_ticket: 10}]
    kpis: [{id: tickets-per-person, name: Tickets per person, better: lower}]
personas:
  - {id: buyer, name: Buyer, yearly_value: 100}
journeys:
  - id: buying
    name: Buying
    personas: [buyer]
    stages:
      - id: closing
        name: Closing
        touchpoints:
          - id: sign
            name: Sign the documents
            services: [portal]
            moment_of_truth: Keys today or no rate.
            pain_point: The page times out.
            opportunity: Offer a call-back.
            promises:
              - {id: same-day, text: Keys the day you sign, promised_by: sales, within: 8h}
              - {id: care, text: We care, promised_by: marketing}
          - id: print
            name: Print at the branch
            services: [printing]
improvements:
  - {id: timeouts, name: Stop the time-outs, phase: measure, owner: jon, members: [lee], services: [portal],
     touchpoints: [sign], due: 2026-11-01, started: 2026-10-20}
figures:
  - {service: portal, kpi: csat, period: 2026Q3, value: 88, source: survey}
  - {service: portal, kpi: csat, period: 2026Q4, value: 86, source: survey}
training:
  - {person: ana, kind: business overview, hours: 6, period: 2026Q4}
  - {person: ben, kind: business overview, hours: 2, period: 2026-10}
  - {person: ben, kind: tools, hours: 3, period: 2026Q3}
"""


def at(day: str, hour: str) -> datetime:
    """A time of 2026, in UTC: at("11-02", "10:00")."""
    return datetime.fromisoformat(f"2026-{day}T{hour}:00+00:00").astimezone(UTC)


# id, service, touchpoint, condition, reach, site, requester, came in, answered, ended
TICKETS: list[tuple[Any, ...]] = [
    # Monday 10:00 to Tuesday 12:00: 1 h to the answer, 9 h in all (late by the agreement of 8 h, promise broken)
    ("A", "portal", "sign", "unavailable", "all", "tustin", "dana@bigbuilder.example",
     at("11-02", "10:00"), at("11-02", "11:00"), at("11-03", "11:00")),
    # Friday 16:00 to Monday 10:00: 30 min, then 2 h
    ("B", "portal", "sign", "degraded", "team", "tustin", "kim@buyer.example",
     at("11-06", "16:00"), at("11-06", "16:30"), at("11-09", "10:00")),
    # around the clock: printing has no calendar; 20 h
    ("C", "printing", "print", "unavailable", "site", "tustin", "pat@harbor.example",
     at("11-10", "12:00"), at("11-10", "18:00"), at("11-11", "08:00")),
    ("D", "printing", "print", "question", "person", "tustin", "pat@harbor.example",
     at("11-12", "09:00"), at("11-12", "10:00"), at("11-12", "11:00")),
    ("E", "printing", None, "request", "person", "irvine", "sue@harbor.example", at("11-16", "09:00"), None, None),
    ("F", "portal", "sign", "question", "person", None, "dana@bigbuilder.example", at("11-20", "16:00"), None, None),
    # the quarter before
    ("G", "portal", "sign", "unavailable", "team", "irvine", "x@buyer.example",
     at("09-15", "10:00"), at("09-15", "10:30"), at("09-15", "14:00")),
    # came in before the quarter and ended in it
    ("H", "portal", None, "bug", "person", None, "y@buyer.example",
     at("09-30", "16:00"), at("09-30", "16:10"), at("10-01", "10:00")),
]  # fmt: skip


@contextmanager
def company_desk(folder: Path) -> Iterator[Desk]:
    """An open desk with the company, its tickets, two overrides and nothing imported."""
    catalog = folder / "company.yaml"
    catalog.write_text(COMPANY, encoding="utf-8")
    with Desk(folder / "reports.db", user="ana") as desk:
        apply_catalog(desk, load_files([catalog]))
        take_in(desk, [_incoming(*row) for row in TICKETS], source="file", name="quarter")
        for ident, row in enumerate(TICKETS, start=1):
            _settle(desk, ident, *row)
        acts.override(desk, [3], "P1", "politics", "the chairman prints")
        acts.override(desk, [4], "P3", "other")
        acts.override(desk, [5], "P2", "contract")
        undoing.undo(desk)
        yield desk


def _incoming(name: str, *row: Any) -> IncomingTicket:
    site, requester, came, _, ended = row[4:]
    return IncomingTicket(
        source="file", external_id=name, subject=f"Ticket {name}", body="", site=site, requester=requester,
        created_at=came, resolved_at=ended, updated_at=ended, status=Status.RESOLVED if ended else Status.OPEN,
    )  # fmt: skip


def _settle(
    desk: Desk, ident: int, _: str, service: str, touchpoint: str | None, condition: str, reach: str, *row: Any
) -> None:
    answered, when = row[3], row[2]
    values: dict[str, Any] = {
        "service": {"target": service, "others": []}, "touchpoint": {"target": touchpoint or "none", "others": []},
        "condition": condition, "reach": reach, "responded_at": int(answered.timestamp()) if answered else None,
    }  # fmt: skip
    with desk.act() as connection:
        second = int(when.timestamp() * 1000)
        changes = [
            audit.Change(ident, name, audit.current(connection, ident, name), value) for name, value in values.items()
        ]
        for change in changes:
            audit.write(connection, ident, change.field, change.after, "ana", second)
        audit.record(connection, at=second, who="ana", what="confirm", changes=changes)
        derive(desk, [ident], desk.now())
