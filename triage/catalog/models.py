"""The models of the catalog: the one definition of its shape.

The JSON Schema under `schema/`, the columns of the spreadsheets and the forms of the application are
made from these classes. Every entry refers to others by id; `triage.catalog.index` resolves them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from triage.catalog.values import (
    Count,
    Day,
    Duration,
    Id,
    Line,
    Moment,
    Money,
    OptionalLine,
    OptionalText,
    Ref,
    parse_hours,
)

Role = Literal[
    "service_owner",
    "delegate",
    "business_relationship_manager",
    "engagement_manager",
    "business_contact",
    "journey_owner",
    "support_lead",
    "agent",
]
Channel = Literal["web", "app", "phone", "email", "chat", "branch", "post", "partner"]
ConditionWord = Literal["unavailable", "degraded", "bug", "question", "request", "restored"]
ReachWord = Literal["person", "team", "site", "segment", "all"]
PriorityWord = Literal["P1", "P2", "P3", "P4", "P5"]


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"'{value}' is not a time zone; write it like America/Los_Angeles") from error
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Quarter = Annotated[str, Field(pattern=r"^\d{4}(Q[1-4]|-(0[1-9]|1[0-2]))$")]


class Entry(BaseModel):
    """What every entry of the catalog is: strict about its keys, unchangeable once made."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False, str_strip_whitespace=True)


class Named(Entry):
    """An entry with an id that never changes and a name that may."""

    id: Id
    name: Line


class CatalogInfo(Entry):
    """The catalog as a whole."""

    name: Line = "Catalog"
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    timezone: Zone = "UTC"
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"


class Person(Named):
    """Somebody who is told, asked or assigned."""

    role: Role | None = None
    email: OptionalLine = None
    phone: OptionalLine = None


class BusinessUnit(Named):
    """A part of the business that pays for services and has staff who need them."""

    contact: Ref | None = None
    staff: Count | None = None
    hourly_staff_cost: Money | None = None


class SupportGroup(Named):
    """The people who work on the tickets of some services."""

    lead: Ref | None = None
    agents: list[Ref] = []
    calendar: Ref | None = None
    on_call: Ref | None = None


class Site(Named):
    """A place of work."""

    aliases: list[Line] = []
    business_unit: Ref | None = None
    staff: Count | None = None
    calendar: Ref | None = None


class Organisation(Named):
    """A customer, known by the domains that its people write from."""

    domains: list[Line] = []
    key_account: bool = False
    persona: Ref | None = None
    yearly_value: Money | None = None
    renews_on: Day | None = None


class Calendar(Entry):
    """Hours of the week in a time zone, without its holidays."""

    id: Id
    name: OptionalLine = None
    timezone: Zone | None = None
    hours: dict[str, list[str]] = {}
    holidays: list[Day] = []

    @field_validator("hours")
    @classmethod
    def _hours(cls, value: dict[str, list[str]]) -> dict[str, list[str]]:
        parse_hours(value)
        return value

    def week(self) -> list[list[tuple[int, int]]]:
        """Opening spans by weekday (Monday first), in minutes of the day."""
        return parse_hours(self.hours)


class Agreed(Entry):
    """Who in the business agreed to a criticality, and until when that holds."""

    by: Ref
    on: Day
    review_by: Day | None = None


class Floor(Entry):
    """A priority that a service never falls below under some conditions."""

    priority: PriorityWord
    when: Annotated[list[ConditionWord], Field(min_length=1)] = ["unavailable"]
    reason: OptionalLine = None


class Sla(Entry):
    """Agreed times, in the service's own calendar."""

    respond: Duration | None = None
    resolve: Duration | None = None


class Cost(Entry):
    """What the business pays: by the month, by the ticket, or both."""

    component: Line
    monthly: Money | None = None
    per_ticket: Money | None = None


class Kpi(Named):
    """An indicator of the quarterly report card."""

    unit: OptionalLine = None
    target: Annotated[float, Field(allow_inf_nan=False)] | None = None
    better: Literal["higher", "lower"] = "higher"


class Service(Named):
    """A business service, in the words of the business."""

    aliases: list[Line] = []
    negative_terms: list[Line] = []
    description: OptionalText = None
    criticality: Annotated[int, Field(ge=1, le=4)] | None = None
    agreed: Agreed | None = None
    serves: ReachWord | None = None
    floor: Floor | None = None
    lifecycle: Literal["proposed", "active", "retiring", "retired"] = "active"
    consumer: Literal["external", "internal", "both"] | None = None
    business_unit: Ref | None = None
    owner: Ref | None = None
    delegate: Ref | None = None
    business_relationship_manager: Ref | None = None
    business_contact: Ref | None = None
    support_group: Ref | None = None
    calendar: Ref | None = None
    rto: Duration | None = None
    mtpd: Duration | None = None
    revenue_per_hour: Money | None = None
    source: OptionalLine = None
    depends_on: list[Ref] = []
    sla: Sla | None = None
    costs: list[Cost] = []
    kpis: list[Kpi] = []

    @field_validator("sla")
    @classmethod
    def _sla(cls, value: Sla | None) -> Sla | None:
        return None if value is None or value == Sla() else value

    @property
    def level(self) -> int:
        """The criticality that counts: 3 where nobody has said."""
        return self.criticality or 3


class Persona(Named):
    """A kind of customer."""

    description: OptionalText = None
    yearly_value: Money | None = None


class Promise(Entry):
    """What somebody told the customers to expect."""

    id: Id
    text: Line
    promised_by: Literal["sales", "marketing", "support", "product"] | None = None
    within: Duration | None = None


class Touchpoint(Named):
    """A moment of the customer's journey at which the business is met."""

    aliases: list[Line] = []
    negative_terms: list[Line] = []
    description: OptionalText = None
    channel: Channel | None = None
    services: list[Ref] = []
    moment_of_truth: OptionalText = None
    expectation: OptionalText = None
    pain_point: OptionalText = None
    emotion: Annotated[int, Field(ge=-2, le=2)] | None = None
    opportunity: OptionalText = None
    agent_may: list[Line] = []
    promises: list[Promise] = []


class Stage(Named):
    """A step of a journey; its place in the list is its place in time."""

    touchpoints: list[Touchpoint] = []


class Journey(Named):
    """What a customer sets out to do, stage by stage."""

    personas: list[Ref] = []
    owner: Ref | None = None
    stages: list[Stage] = []


class Window(Named):
    """A time in which the business needs something more than usual."""

    starts: Moment
    ends: Moment
    services: list[Ref] = []
    touchpoints: list[Ref] = []
    owner: Ref | None = None
    reason: Line
    prepare: Duration | None = None
    peak: bool = False


class KnownError(Named):
    """A fault that is known, with what helps until it is mended."""

    services: list[Ref] = []
    cues: list[Line] = []
    workaround: OptionalText = None
    improvement: Ref | None = None


class Improvement(Named):
    """Cross-functional work that takes an impact away (define, measure, analyse, improve, control)."""

    phase: Literal["define", "measure", "analyse", "improve", "control"]
    owner: Ref | None = None
    members: list[Ref] = []
    services: list[Ref] = []
    touchpoints: list[Ref] = []
    due: Day | None = None
    started: Day | None = None


class Figure(Entry):
    """A value that no ticket tells, for a quarter or a month."""

    service: Ref | None = None
    kpi: OptionalLine = None
    period: Quarter
    value: Annotated[float, Field(allow_inf_nan=False)]
    source: OptionalLine = None


class Training(Entry):
    """Hours of training of one person, by kind."""

    person: Ref
    kind: Line
    hours: Annotated[float, Field(ge=0, le=10000, allow_inf_nan=False)]
    period: Quarter


class Translation(Entry):
    """A text of an entry in another language than the catalog's; `agent_may` separated by `;`."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    table: Literal[
        "services", "stages", "journeys", "touchpoints", "promises", "windows", "known_errors", "improvements"
    ]
    entry: Id
    field: Literal["name", "text", "moment_of_truth", "agent_may", "reason", "workaround"]
    text: Line


class Catalog(Entry):
    """Everything that an admin writes: the whole of the file or folder."""

    catalog: CatalogInfo = CatalogInfo()
    people: list[Person] = []
    business_units: list[BusinessUnit] = []
    support_groups: list[SupportGroup] = []
    sites: list[Site] = []
    organisations: list[Organisation] = []
    calendars: list[Calendar] = []
    services: list[Service] = []
    personas: list[Persona] = []
    journeys: list[Journey] = []
    windows: list[Window] = []
    known_errors: list[KnownError] = []
    improvements: list[Improvement] = []
    vips: list[Line] = []
    figures: list[Figure] = []
    training: list[Training] = []
    translations: list[Translation] = []
    policy: dict[str, Any] = {}
    lexicon: dict[str, Any] = {}


# Which table a reference points into, by (table, field); nested entries stand under their own table.
REFERENCES: dict[tuple[str, str], str] = {
    ("business_units", "contact"): "people",
    ("support_groups", "lead"): "people",
    ("support_groups", "agents"): "people",
    ("support_groups", "on_call"): "people",
    ("support_groups", "calendar"): "calendars",
    ("sites", "business_unit"): "business_units",
    ("sites", "calendar"): "calendars",
    ("organisations", "persona"): "personas",
    ("services", "business_unit"): "business_units",
    ("services", "owner"): "people",
    ("services", "delegate"): "people",
    ("services", "business_relationship_manager"): "people",
    ("services", "business_contact"): "people",
    ("services", "support_group"): "support_groups",
    ("services", "calendar"): "calendars",
    ("services", "depends_on"): "services",
    ("services", "agreed.by"): "people",
    ("journeys", "personas"): "personas",
    ("journeys", "owner"): "people",
    ("touchpoints", "services"): "services",
    ("windows", "services"): "services",
    ("windows", "touchpoints"): "touchpoints",
    ("windows", "owner"): "people",
    ("known_errors", "services"): "services",
    ("known_errors", "improvement"): "improvements",
    ("improvements", "owner"): "people",
    ("improvements", "members"): "people",
    ("improvements", "services"): "services",
    ("improvements", "touchpoints"): "touchpoints",
    ("figures", "service"): "services",
    ("training", "person"): "people",
}

# One entry of each table in words, for messages: "no person 'jon'".
SINGULAR: dict[str, str] = {
    "people": "person",
    "business_units": "business unit",
    "support_groups": "support group",
    "sites": "site",
    "organisations": "organisation",
    "calendars": "calendar",
    "services": "service",
    "personas": "persona",
    "journeys": "journey",
    "stages": "stage",
    "touchpoints": "touchpoint",
    "promises": "promise",
    "costs": "cost",
    "kpis": "KPI",
    "windows": "window",
    "known_errors": "known error",
    "improvements": "improvement",
    "figures": "figure",
    "training": "training",
    "translations": "translation",
}
