"""What the board's cells count is what the queue holds that they open: hours, ages, groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from triage.desk import queue
from triage.desk.board import HOURS, board, hours
from triage.desk.catalog import apply_catalog, load_files
from triage.desk.filters import parse_filter
from triage.desk.office import Desk
from triage.desk.overview import AGES, ages, groups, overview
from triage.desk.take_in import take_in
from triage.ui.board_sheet import side
from triage.ui.overview_sheet import AGE_HOURS, overview_sheet

CATALOG = """
catalog: {{name: Test, timezone: {zone}}}
calendars:
  - {{id: office, hours: {{mon-fri: ["09:00-17:00"]}}}}
support_groups: [{{id: desk, name: Service Desk}}]
services:
  - {{id: portal, name: Portal, aliases: [portal], criticality: 1, calendar: office, support_group: desk, mtpd: 30d, sla: {{resolve: 4h}}}}
  - {{id: wiki, name: Wiki, aliases: [wiki], criticality: 3}}
"""
FRIDAY = "2026-11-27T16:10:00"


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "bare.db", user="lee") as found:
        yield found


def filled(desk: Desk, tmp_path: Path, ticket: Callable[..., Any], zone: str) -> Desk:
    """Tickets of many ages on a desk whose portal is open from nine to five."""
    file = tmp_path / "small.yaml"
    file.write_text(CATALOG.format(zone=zone), "utf-8")
    apply_catalog(desk, load_files([file]))
    now = desk.now()
    made = [
        ticket(
            "portal is down" if n % 3 else "wiki is down" if n % 2 else "lunch",
            created_at=now - timedelta(minutes=n * n * 9),
        )
        for n in range(30)
    ]
    take_in(desk, made, source="test", name="many")
    return desk


def opened(desk: Desk, text: str) -> int:
    found = parse_filter(text, queue.names(desk))
    assert found.problems == []
    return queue.total(desk, queue.selection(desk, where=found.where, parameters=found.parameters))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Los_Angeles"])
def test_every_cell_opens_as_many_tickets_as_it_counts(
    bare: Desk, tmp_path: Path, ticket: Callable[..., Any], zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_NOW", f"{FRIDAY}+00:00")
    desk = filled(bare, tmp_path, ticket, zone)
    names, seen = queue.names(desk), board(desk)
    assert seen.hours and sum(hour.tickets for hour in seen.hours) > 3
    sheet = side(seen, names, desk.now(), names.zone, 90)
    sheet.lines += overview_sheet(overview(desk), names, names.zone, desk.now(), 90).lines
    checked = 0
    for line in sheet.lines:
        for place, bit in enumerate(line):
            if bit.opens.startswith(("due:", "age:", "group:")):
                figure = bit if bit.opens.startswith("due:") else line[place + 1]
                assert opened(desk, bit.opens) == int(figure.text.replace("\u202f", "").replace(" ", "")), bit.opens
                checked += 1
    assert checked >= len(seen.hours) + len(groups(desk)) + 3


def test_fridays_last_hour_is_followed_by_mondays_first(
    bare: Desk, tmp_path: Path, ticket: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_NOW", f"{FRIDAY}+00:00")
    desk = filled(bare, tmp_path, ticket, "UTC")
    service = desk.database.execute("UPDATE placed SET bucket = 2 WHERE service IS NOT 'portal'")
    assert service.rowcount > 0
    found = hours(desk, UTC)
    assert len(found) <= HOURS and [hour.starts for hour in found] == sorted(hour.starts for hour in found)
    times = [datetime.fromtimestamp(hour.starts, UTC) for hour in found]
    assert all(each.weekday() < 5 and 9 <= each.hour <= 17 for each in times), times
    assert any(each.weekday() == 0 for each in times), times
    expected: dict[int, int] = {}
    second = int(desk.now().timestamp())
    for (clock,) in desk.database.execute(
        "SELECT next_clock FROM queue WHERE bucket = 0 AND next_clock > ?", (second,)
    ):
        if clock <= second + 7 * 86400:
            expected[clock // 3600 * 3600] = expected.get(clock // 3600 * 3600, 0) + 1
    assert {hour.starts: hour.tickets for hour in found} == dict(sorted(expected.items())[:HOURS])


def test_the_sheet_knows_the_bounds_of_the_ages(desk: Desk) -> None:
    assert tuple(bound for bound, _ in AGES) == AGE_HOURS
    assert len(ages(desk)) == len(AGES) + 1


@pytest.mark.parametrize(
    "text", ["age:4", "age:<x", "due:tomorrow", "due:2026-13-01", "due:0001-01-01T00", "group:nobody"]
)
def test_what_is_no_age_no_hour_and_no_group_is_said(desk: Desk, company: Path, text: str) -> None:
    apply_catalog(desk, load_files([company]))
    found = parse_filter(text, queue.names(desk))
    assert found.problems or not queue.total(
        desk, queue.selection(desk, where=found.where, parameters=found.parameters)
    )
