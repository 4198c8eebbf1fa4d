"""The catalog to look through: an outline, an entry with all that refers to it, what should be settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from triage.catalog.health import FIRST, Finding
from triage.catalog.index import CatalogIndex
from triage.catalog.models import REFERENCES, SINGULAR
from triage.catalog.values import format_duration
from triage.desk import queue
from triage.desk.office import Desk

CRITICALITY = {1: "critical", 2: "high", 3: "medium", 4: "low"}
# What the outline lists, and how the tables are called in it.
TABLES = {
    "services": "Services", "journeys": "Journeys", "windows": "Windows", "people": "People",
    "support_groups": "Support groups", "business_units": "Business units", "organisations": "Customers",
    "personas": "Personas", "sites": "Sites", "known_errors": "Known errors", "improvements": "Improvements",
}  # fmt: skip
_ROLES = {
    "owner": "owner", "delegate": "delegate", "business_relationship_manager": "relationship manager",
    "business_contact": "business contact", "by": "agreed by", "contact": "contact", "lead": "lead",
    "on_call": "on call", "agents": "agents", "members": "members",
}  # fmt: skip
_LABELS = {
    "aliases": "also called", "negative_terms": "not", "description": "what it is", "depends_on": "needs",
    "mtpd": "MTPD", "rto": "RTO", "sla": "SLA", "kpis": "KPIs",
}  # fmt: skip
_BACK = {
    ("services", "depends_on"): "needed by", ("touchpoints", "services"): "at", ("windows", "services"): "windows",
    ("windows", "touchpoints"): "windows", ("known_errors", "services"): "known errors",
    ("improvements", "services"): "improvements", ("improvements", "touchpoints"): "improvements",
    ("services", "owner"): "owns", ("services", "delegate"): "stands in for",
    ("services", "business_relationship_manager"): "speaks for", ("services", "support_group"): "supports",
    ("services", "business_unit"): "pays for", ("services", "business_contact"): "is asked about",
    ("services", "agreed.by"): "agreed to",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """A line of the outline: table and id (empty: a heading), name, how deep, a sign, how many open tickets."""

    table: str
    id: str
    name: str
    depth: int
    sign: str = ""
    tickets: int = 0
    children: tuple[Node, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from every other line."""
        return f"{self.table}:{self.id}"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of an entry: a label, words, and the entries that they name (table:id, name)."""

    label: str
    text: str = ""
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry with its facts, what refers to it, and what should be settled about it."""

    table: str
    id: str
    name: str
    state: str
    facts: tuple[Fact, ...]
    back: tuple[Fact, ...]
    problems: tuple[str, ...]
    tickets: int


@dataclass(slots=True)
class Outline:
    """The whole catalog as a tree, with its findings."""

    version: int
    name: str
    nodes: list[Node] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    services: int = 0
    touchpoints: int = 0

    @property
    def first(self) -> list[Finding]:
        """The findings that matter most."""
        return self.findings[:FIRST]


def outline(desk: Desk) -> Outline:
    """The catalog in force, with how many open tickets each service and touchpoint has."""
    from triage.desk.catalog import health

    index = desk.index
    findings = health(desk) if index.version else []
    flagged = {(finding.table, finding.id) for finding in findings}
    by_service: dict[str, int] = {}
    for count in queue.counts(desk, "service"):
        by_service[count.key1] = by_service.get(count.key1, 0) + count.n
    by_touchpoint = {count.key1: count.n for count in queue.counts(desk, "touchpoint")}
    found = Outline(index.version, index.catalog.catalog.name, findings=findings, services=len(index.services),
                    touchpoints=len(index.touchpoints))  # fmt: skip
    found.nodes.append(_services(index, by_service, flagged))
    found.nodes.append(_journeys(index, by_touchpoint, flagged))
    now = desk.now()
    for table in ("windows", "people", "support_groups", "business_units", "organisations", "personas", "sites",
                  "known_errors", "improvements"):  # fmt: skip
        entries = getattr(index.catalog, table)
        if not entries:
            continue
        children = tuple(
            Node(table, entry.id, entry.name, 1, _sign(index, table, entry, now, flagged)) for entry in entries
        )
        found.nodes.append(Node("", table, TABLES[table], 0, str(len(children)), children=children))
    return found


def _sign(index: CatalogIndex, table: str, entry: Any, now: datetime, flagged: set[tuple[str, str]]) -> str:
    if table == "windows":
        starts, ends = index.moment(entry.starts), index.moment(entry.ends)
        return "active" if starts <= now <= ends else "over" if ends < now else f"from {entry.starts:%d %b}"
    return "!" if (table, entry.id) in flagged else ""


def _services(index: CatalogIndex, tickets: dict[str, int], flagged: set[tuple[str, str]]) -> Node:
    groups: dict[str, list[Node]] = {"Customer-facing": [], "Internal": [], "Retired": []}
    for entry in index.services.values():
        group = (
            "Retired"
            if entry.lifecycle == "retired"
            else ("Customer-facing" if entry.consumer in ("external", "both") else "Internal")
        )
        sign = "!" if ("services", entry.id) in flagged else ""
        groups[group].append(Node("services", entry.id, entry.name, 2, sign, tickets.get(entry.id, 0)))
    branches = tuple(
        Node("", f"services-{name}", name, 1, str(len(nodes)), children=tuple(nodes))
        for name, nodes in groups.items()
        if nodes
    )
    return Node("", "services", "Services", 0, str(len(index.services)), children=branches)


def _journeys(index: CatalogIndex, tickets: dict[str, int], flagged: set[tuple[str, str]]) -> Node:
    journeys = []
    for journey in index.journeys.values():
        stages = []
        for stage in journey.stages:
            nodes = tuple(
                Node(
                    "touchpoints", entry.id, entry.name, 3,
                    ("◆" if entry.moment_of_truth else "") + ("!" if ("touchpoints", entry.id) in flagged else ""),
                    tickets.get(entry.id, 0),
                )
                for entry in stage.touchpoints
            )  # fmt: skip
            stages.append(Node("stages", stage.id, stage.name, 2, str(len(nodes)), children=nodes))
        journeys.append(Node("journeys", journey.id, journey.name, 1, "", children=tuple(stages)))
    return Node("", "journeys", "Journeys", 0, str(len(journeys)), children=tuple(journeys))


def find(index: CatalogIndex, table: str, ident: str) -> Any:
    """The model of an entry, or None."""
    found: dict[str, Any] = getattr(index, table, {})
    return found.get(ident)


def entry_view(desk: Desk, table: str, ident: str, findings: Iterable[Finding] = ()) -> EntryView | None:
    """An entry with everything that it refers to and that refers to it; None where it is gone."""
    index = desk.index
    entry = find(index, table, ident)
    if entry is None:
        return None
    problems = tuple(
        f"{finding.what}; {finding.hint}" for finding in findings if (finding.table, finding.id) == (table, ident)
    )
    tickets = 0
    if table in ("services", "touchpoints"):
        name = "service" if table == "services" else "touchpoint"
        tickets = sum(count.n for count in queue.counts(desk, name) if count.key1 == ident)
    return EntryView(
        table, ident, entry.name, _state(index, table, entry, desk.now()), tuple(_facts(index, table, entry)),
        tuple(_back(index, table, ident)), problems, tickets,
    )  # fmt: skip


def _state(index: CatalogIndex, table: str, entry: Any, now: datetime) -> str:
    if table == "services":
        level = f"{entry.level} {CRITICALITY[entry.level]}"
        agreed = "IT's estimate"
        if entry.agreed:
            person = index.people.get(entry.agreed.by)
            agreed = f"agreed by {person.name if person else entry.agreed.by} on {entry.agreed.on}"
        if entry.criticality is None:
            agreed = "nobody has said"
        return " · ".join(part for part in (entry.lifecycle, entry.consumer, level, agreed) if part)
    if table == "touchpoints":
        place = index.places[entry.id]
        moment = "moment of truth" if entry.moment_of_truth else ""
        return " · ".join(part for part in (place.journey.name, place.stage.name, entry.channel, moment) if part)
    if table == "windows":
        return _sign(index, table, entry, now, set()) + (" · peak" if entry.peak else "")
    if table == "people":
        return (entry.role or "").replace("_", " ")
    return SINGULAR.get(table, table)


def _facts(index: CatalogIndex, table: str, entry: Any) -> Iterator[Fact]:
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        if name in ("id", "name", "touchpoints" if table == "stages" else "", "stages") or value in (None, [], {}):
            continue
        if name == "touchpoints" and table == "stages":
            continue
        target = REFERENCES.get((table, name))
        if target is not None:
            idents = value if isinstance(value, list) else [value]
            yield Fact(_label(name), links=tuple(_linked(index, target, ident) for ident in idents))
        else:
            text = _words(name, value)
            if text:
                yield Fact(_label(name), text)


def _linked(index: CatalogIndex, table: str, ident: str) -> tuple[str, str]:
    entry = find(index, table, ident)
    return f"{table}:{ident}", getattr(entry, "name", None) or ident


def _label(name: str) -> str:
    return _LABELS.get(name) or _ROLES.get(name) or name.replace("_", " ")


def _words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return str(value)
    if isinstance(value, float):
        return f"{value:,.2f}".removesuffix(".00").replace(",", "\u00a0")
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, list):
        return ", ".join(_words(name, part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(name, part)}" for key, part in value.items())
    if hasattr(type(value), "model_fields"):
        parts = [
            (field_name, getattr(value, field_name))
            for field_name in type(value).model_fields
            if field_name != "id" and getattr(value, field_name) not in (None, [], {})
        ]
        return ", ".join(
            _words(key, part) if key in ("name", "text", "component") else f"{_label(key)} {_words(key, part)}"
            for key, part in parts
        )
    return str(value)


def _back(index: CatalogIndex, table: str, ident: str) -> Iterator[Fact]:
    """Everything that names this entry, by what it names it as."""
    for (source, name), target in REFERENCES.items():
        if target != table:
            continue
        entries = index.touchpoints.values() if source == "touchpoints" else getattr(index.catalog, source, [])
        links = []
        for entry in entries:
            value = entry
            for part in name.split("."):
                value = getattr(value, part, None) if value is not None else None
            if (value == ident or (isinstance(value, list) and ident in value)) and getattr(entry, "id", None):
                links.append(_linked(index, source, entry.id))
        if links:
            label = _BACK.get((source, name)) or f"{_label(name)} of"
            yield Fact(label, links=tuple(links))
