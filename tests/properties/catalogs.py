"""Hypothesis strategies for whole catalogs, with the texts that break files."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from triage.catalog.models import Catalog
from triage.text import one_line, sanitise

NASTY = [
    "yes", "no", "on", "null", "~", "true", "1e3", "007", "0x1F", ".inf", "-", "- a", "a: b", "a #b", "#", "; ",
    "a; b", '"', '"q"; x', "'", "''=1", "=1+1", "+1 555 0100", "-5", "@domain", "'=x", "[a]", "{a: b}", "*x", "&x",
    "!x", "|", ">", "%", "`", "12:30", "2026-01-01", "2026-12-28T00:00", "a,b", "a\tb", "é", "ß", "中文", "😀",
    "a  b", "?", "? a", ":", "a:", "<<", "=", "\\n", "\\", 'say ""x""', "1_000", "Infinity", "nan", "...", "---",
]  # fmt: skip
_raw = st.one_of(st.sampled_from(NASTY), st.text(max_size=12))
lines = _raw.map(one_line).filter(bool)
texts = (
    st.one_of(lines, st.lists(st.one_of(_raw, st.just("")), min_size=1, max_size=4).map("\n".join))
    .map(lambda text: sanitise(text).strip())
    .filter(bool)
)
slugs = st.one_of(
    st.sampled_from(["yes", "no", "1e3", "007", "null", "a", "b-2", "12", "true", "2026-01-01", "0x1f", "on"]),
    st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,3})?", fullmatch=True),
)
money = st.one_of(st.integers(0, 10**9), st.floats(0, 1e15))
numbers = st.one_of(st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False))
days = st.dates(date(1970, 1, 1), date(2200, 1, 1))
spans = st.integers(1, 10**7).map(lambda seconds: timedelta(seconds=seconds))
zones = st.sampled_from(["UTC", "America/Los_Angeles", "Europe/Berlin"])
quarters = st.sampled_from(["2026Q1", "2026Q4", "2025-12"])
offsets = st.sampled_from([None, UTC, timezone(timedelta(hours=5, minutes=30))])
priorities = st.sampled_from(["P1", "P2", "P3", "P4", "P5"])
conditions = st.sampled_from(["unavailable", "degraded", "bug", "question", "request", "restored"])


def some(values: Any) -> Any:
    """A value or nothing."""
    return st.none() | values


@st.composite
def _entries(draw: Any, **fields: Any) -> list[dict[str, Any]]:
    """Entries with ids and names of their own, and whatever else the fields give."""
    ids = draw(st.lists(slugs, max_size=3, unique=True))
    return [{"id": ident, "name": draw(lines), **draw(st.fixed_dictionaries(fields))} for ident in ids]


def _refs(entries: list[dict[str, Any]]) -> Any:
    ids = [entry["id"] for entry in entries]
    return st.lists(st.sampled_from(ids), unique=True, max_size=3) if ids else st.just([])


def _ref(entries: list[dict[str, Any]]) -> Any:
    ids = [entry["id"] for entry in entries]
    return st.none() | st.sampled_from(ids) if ids else st.none()


def _words() -> Any:
    return st.lists(lines, max_size=3)


@st.composite
def catalogs(draw: Any) -> Catalog:
    """A catalog that holds together: references lead somewhere, nothing goes in a circle."""
    people = draw(_entries(role=st.none() | st.just("agent"), email=some(lines), phone=some(lines)))
    personas = draw(_entries(description=some(texts), yearly_value=some(money)))
    calendars = draw(
        _entries(
            timezone=some(zones),
            hours=st.dictionaries(
                st.sampled_from(["mon", "tue", "wed-fri", "sat,sun"]),
                st.lists(st.sampled_from(["08:00-12:00"]), max_size=1), max_size=3,
            ).filter(lambda hours: not hours or any(hours.values())),  # one that never opens is refused
            holidays=st.lists(days, max_size=2),
        )
    )  # fmt: skip
    units = draw(_entries(contact=_ref(people), staff=some(st.integers(0, 10**6)), hourly_staff_cost=some(money)))
    groups = draw(_entries(lead=_ref(people), agents=_refs(people), calendar=_ref(calendars)))
    sites = draw(_entries(aliases=_words(), business_unit=_ref(units), staff=some(st.integers(0, 99))))
    organisations = draw(
        _entries(domains=_words(), key_account=st.booleans(), persona=_ref(personas), renews_on=some(days))
    )
    services = draw(_services(people, groups, units, calendars))
    journeys = draw(_journeys(people, personas, services))
    touchpoints = [t for journey in journeys for stage in journey["stages"] for t in stage["touchpoints"]]
    improvements = draw(
        _entries(
            phase=st.sampled_from(["define", "control"]), owner=_ref(people), members=_refs(people),
            services=_refs(services), touchpoints=_refs(touchpoints), due=some(days), started=some(days),
        )
    )  # fmt: skip
    errors = draw(
        _entries(services=_refs(services), cues=_words(), workaround=some(texts), improvement=_ref(improvements))
    )
    windows = draw(_entries(reason=lines, services=_refs(services), touchpoints=_refs(touchpoints), owner=_ref(people)))
    for window in windows:
        zone = draw(offsets)
        start = draw(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1))).replace(tzinfo=zone)
        window |= {
            "starts": start,
            "ends": start + draw(spans),
            "prepare": draw(some(spans)),
            "peak": draw(st.booleans()),
        }
    figures = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "service": _ref(services), "kpi": some(lines), "period": quarters, "value": numbers,
                    "source": some(lines),
                }
            ),
            max_size=3, unique_by=lambda figure: (figure["service"], figure["kpi"], figure["period"]),
        )
    )  # fmt: skip
    training = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "person": st.sampled_from([p["id"] for p in people]), "kind": lines,
                    "hours": st.floats(0, 100), "period": quarters,
                }
            ),
            max_size=2, unique_by=lambda row: (row["person"], row["kind"], row["period"]),
        )
    ) if people else []  # fmt: skip
    told = [("services", one["id"], "name") for one in services] + [("windows", one["id"], "reason") for one in windows]
    translations = [
        {"language": draw(st.sampled_from(["de", "fr"])), "table": table, "entry": entry, "field": name, "text": draw(lines)}
        for table, entry, name in draw(st.lists(st.sampled_from(told), max_size=2, unique=True))
    ] if told else []  # fmt: skip
    info = draw(st.fixed_dictionaries({"name": lines, "currency": st.sampled_from(["USD", "EUR"]), "timezone": zones}))
    return Catalog.model_validate(
        {
            "catalog": info, "people": people, "business_units": units, "support_groups": groups, "sites": sites,
            "organisations": organisations, "calendars": calendars, "services": services, "personas": personas,
            "journeys": journeys, "windows": windows, "known_errors": errors, "improvements": improvements,
            "vips": draw(st.lists(lines, max_size=3, unique_by=lambda vip: fold_key(vip))),
            "figures": figures, "training": training, "translations": translations,
            "policy": draw(policies),
        }
    )  # fmt: skip


def fold_key(text: str) -> str:
    """What makes two addresses the same."""
    from triage.text import fold

    return fold(text)


policies = st.recursive(
    st.dictionaries(lines, st.one_of(st.booleans(), numbers, lines), max_size=3),
    lambda inner: st.dictionaries(lines, st.one_of(inner, st.lists(numbers, max_size=2), lines), max_size=2),
    max_leaves=4,
)


@st.composite
def _services(draw: Any, people: Any, groups: Any, units: Any, calendars: Any) -> list[dict[str, Any]]:
    floor = {"priority": priorities, "when": st.lists(conditions, min_size=1), "reason": some(lines)}
    cost = {"component": lines, "monthly": some(money), "per_ticket": some(money)}
    services: list[dict[str, Any]] = draw(
        _entries(
            aliases=_words(), negative_terms=_words(), description=some(texts), criticality=some(st.integers(1, 4)),
            lifecycle=st.sampled_from(["proposed", "active", "retiring", "retired"]),
            consumer=some(st.sampled_from(["internal", "external"])), serves=some(st.sampled_from(["team", "all"])),
            business_unit=_ref(units), owner=_ref(people), support_group=_ref(groups), calendar=_ref(calendars),
            rto=some(spans), revenue_per_hour=some(money), source=some(lines),
            sla=some(st.fixed_dictionaries({"respond": some(spans), "resolve": some(spans)})),
            floor=some(st.fixed_dictionaries(floor)), costs=st.lists(st.fixed_dictionaries(cost), max_size=2),
            kpis=_entries(unit=some(lines), target=some(numbers), better=st.sampled_from(["higher", "lower"])),
        )
    )  # fmt: skip
    for position, service in enumerate(services):
        service["depends_on"] = draw(_refs(services[:position]))
        if people and draw(st.booleans()):
            by = draw(st.sampled_from([person["id"] for person in people]))
            service["agreed"] = {"by": by, "on": draw(days), "review_by": draw(some(days))}
    return services


@st.composite
def _journeys(draw: Any, people: Any, personas: Any, services: Any) -> list[dict[str, Any]]:
    journeys: list[dict[str, Any]] = draw(_entries(personas=_refs(personas), owner=_ref(people)))
    for number, journey in enumerate(journeys):
        journey["stages"] = draw(_entries())
        for place, stage in enumerate(journey["stages"]):
            # Ids are unique in the whole catalog, so a nested id carries its place.
            stage["id"] = f"{stage['id']}-{number}"
            stage["touchpoints"] = draw(
                _entries(
                    aliases=_words(), channel=some(st.sampled_from(["web", "branch"])), services=_refs(services),
                    moment_of_truth=some(texts), pain_point=some(texts), emotion=some(st.integers(-2, 2)),
                    agent_may=_words(),
                )
            )  # fmt: skip
            for spot, touchpoint in enumerate(stage["touchpoints"]):
                touchpoint["id"] = f"{touchpoint['id']}-{number}-{place}"
                touchpoint["promises"] = draw(
                    st.lists(st.fixed_dictionaries({"text": lines, "within": some(spans)}), max_size=2)
                )
                for index, promise in enumerate(touchpoint["promises"]):
                    promise["id"] = f"p-{number}-{place}-{spot}-{index}"
    return journeys
