"""Dates as help desks write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from triage.intake.dates import NotADate, day_first_of, parse_date

EIGHT = datetime(2026, 11, 23, 8, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "words",
    [
        "2026-11-23 08:01",
        "2026-11-23T08:01:00Z",
        "2026-11-23T09:01:00+0100",
        "2026-11-23T09:01:00.000+01:00",
        "2026-11-23.08:01:00",
        "2026-11-23 08:01:00 UTC",
        "2026/11/23 08:01",
        "23/Nov/26 8:01 AM",
        "11/23/2026 8:01 AM",
        "11/23/26 08:01",
        "23/11/2026 08:01:00",
        "23.11.2026 08:01",
        "23-Nov-2026 08:01",
        "Mon Nov 23 08:01:00 2026",
        "Mon, 23 Nov 2026 09:01:00 +0100",
        "Nov 23, 2026 at 8:01 AM",
        "November 23rd, 2026, 8:01 am",
        "23. November 2026 um 08:01",
        "le 23 novembre 2026 à 08:01",
        "23 de noviembre de 2026 8:01",
        "1795420860",
        "1795420860000",
    ],
)
def test_every_way_to_write_a_time_is_read(words):
    assert parse_date(words, UTC, None) == EIGHT


def test_a_time_without_a_zone_takes_the_one_that_is_named():
    berlin = ZoneInfo("Europe/Berlin")
    assert parse_date("2026-11-23 09:01", berlin, None) == EIGHT
    assert parse_date("23.07.2026 09:01", berlin, None) == datetime(2026, 7, 23, 7, 1, tzinfo=UTC)
    assert parse_date("2026-11-23T08:01Z", berlin, None) == EIGHT


@pytest.mark.parametrize("words", ["", " ", "-", "null", "0000-00-00 00:00:00", "1970-01-01T00:00:00Z", "Not set"])
def test_what_says_no_time_is_none(words):
    assert parse_date(words, UTC, None) is None


@pytest.mark.parametrize(
    "words",
    [
        "2026-02-31",
        "31/02/2026",
        "2026-13-01",
        "yesterday",
        "12:30",
        "23/11/2026 25:00",
        "11/23/2026 13:01 PM",
        "0026-11-23",
        "9999-12-31",
        "99999999999999",
        "2026-11-23T08:01+99:99",
        "2026-11-23 08:01 +30:00",
        "\x1b[31m2026",
        "٢٣/١١/٢٠٢٦",
    ],
)
def test_a_date_that_cannot_be_is_refused(words):
    with pytest.raises(NotADate):
        parse_date(words, UTC, None)


def test_the_column_decides_whether_days_come_first():
    assert day_first_of(["03/04/2026", "23/04/2026"]) is True
    assert day_first_of(["03/04/2026", "04/23/2026"]) is False
    assert day_first_of(["03/04/2026", "05/06/2026"]) is None
    assert day_first_of(["23/04/2026", "04/23/2026"]) is None
    assert day_first_of(["23.04.2026", "2026-04-23", ""]) is None
    assert parse_date("03/04/2026", UTC, True) == datetime(2026, 4, 3, tzinfo=UTC)
    assert parse_date("03/04/2026", UTC, False) == datetime(2026, 3, 4, tzinfo=UTC)


def test_an_ambiguous_date_says_the_way_out():
    with pytest.raises(NotADate, match="--dates day-first or month-first"):
        parse_date("03/04/2026", UTC, None)
    assert parse_date("03.04.2026", UTC, None) == datetime(2026, 4, 3, tzinfo=UTC)
    assert parse_date("04/04/2026", UTC, None) == datetime(2026, 4, 4, tzinfo=UTC)


def test_a_decided_column_does_not_bend_for_one_value():
    with pytest.raises(NotADate):
        parse_date("11/23/2026", UTC, True)
