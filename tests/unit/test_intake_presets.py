"""Every shape of every help desk comes through: the fields in their places, nothing lost."""

import csv
import io
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from triage.errors import InputError
from triage.intake.files import read_tickets
from triage.intake.html import html_to_text
from triage.intake.presets import names, preset_named, registry
from triage.intake.words import status_of
from triage.tickets.models import IncomingTicket, Status

OWN = Path(__file__).parent.parent / "data" / "intake"
SHAPES = Path(os.environ.get("TRIAGE_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "shapes"

EXPECTED = {
    "zendesk_incremental_cursor.json": ("zendesk", ["101", "102"]),
    "zendesk_view_export.csv": ("zendesk", ["101"]),
    "servicenow_table_api.json": ("servicenow", ["INC0012345"]),
    "servicenow_table_api_display_all.json": ("servicenow", ["INC0012345"]),
    "servicenow_list_export_cp1252.csv": ("servicenow", ["INC0012345"]),
    "jira_all_fields.csv": ("jira", ["ITSM-12"]),
    "jira_search_jql_v3.json": ("jira", ["ITSM-12"]),
    "jsm_servicedeskapi_request.json": ("jira", ["ITSM-12"]),
    "freshdesk_export.csv": ("freshdesk", ["301"]),
    "freshdesk_tickets.json": ("freshdesk", ["301"]),
    "zammad_tickets.json": ("zammad", ["7"]),
    "zammad_articles.json": ("zammad", ["7"]),
    "glpi_tickets.json": ("glpi", ["13"]),
    "redmine_real_issues_latin1.csv": ("redmine", ["3", "2", "1"]),
    "rt5_real_results.tsv": ("rt", ["2", "3", "4", "5", "6", "7", "8"]),
}


def spoken(ticket: IncomingTicket) -> str:
    """All that a ticket holds, as one text."""
    fields = [getattr(ticket, name) for name in ticket.__slots__]
    words = [str(value) for value in fields if isinstance(value, str)]
    return "\n".join([*words, *ticket.tags, *ticket.extra, *ticket.extra.values(), *ticket.attachments])


def leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        empty = value.keys() == {"id", "value"} and value["value"] is None  # a custom field without a value
        for each in () if empty else value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    elif isinstance(value, bool):
        yield str(value).lower()
    elif value not in (None, ""):
        yield str(value)


def is_there(words: str, ticket: IncomingTicket) -> bool:
    """Whether a value came through: in a field, in what is kept, or as one of the ticket's times."""
    held = spoken(ticket)
    plain = words.replace("\r\n", "\n").strip()
    folded = held.lower()
    if plain in held or json.dumps(plain, ensure_ascii=False)[1:-1] in held or plain.lower() in folded:
        return True
    if plain.strip("<>") in held or html_to_text(unescape(plain)) in held or plain in ("-", "Nobody", "doc"):
        return True
    if status_of(plain, {}) == (ticket.status, True):
        return True
    times = [ticket.created_at, ticket.updated_at, ticket.resolved_at, ticket.due_at]
    digits = "".join(char for char in plain if char.isdigit())
    return any(time and (_digits(time).startswith(digits[:12]) or same_time(plain, time)) for time in times)


def _digits(time: datetime) -> str:
    return time.strftime("%Y%m%d%H%M%S")


def same_time(words: str, time: datetime) -> bool:
    for pattern in ("%d/%b/%y %I:%M %p", "%m/%d/%Y %I:%M %p"):
        try:
            return datetime.strptime(words, pattern).replace(tzinfo=UTC) == time
        except ValueError:
            continue
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        return False
    return moment.tzinfo is not None and abs((moment - time).total_seconds()) < 1


@pytest.mark.parametrize("name", EXPECTED)
def test_a_shape_is_recognised_and_loses_no_field(name):
    path = SHAPES / name
    if not path.exists():
        pytest.skip("the public shapes are not here: set TRIAGE_DATA")
    preset, ids = EXPECTED[name]
    taken = read_tickets([path])
    assert (taken.preset, [ticket.external_id for ticket in taken.tickets]) == (preset, ids)
    assert taken.rejected == []
    told = read_tickets([path], preset=preset)
    assert told.tickets == taken.tickets
    records = source_records(path)
    assert len(records) == len(taken.tickets)
    for record, ticket in zip(records, taken.tickets, strict=True):
        lost = [words for words in record if not is_there(words, ticket)]
        assert lost == [], f"{name}: {lost} of {ticket}"


def source_records(path: Path) -> list[list[str]]:
    """The values of every record of a shape, read without triage."""
    if path.suffix == ".json":
        document = json.loads(path.read_text())
        if isinstance(document, dict):
            document = next(value for value in document.values() if isinstance(value, list))
        for each in document:
            fields = each.get("fields") if isinstance(each, dict) else None
            if fields and isinstance(fields.get("description"), dict):  # the marks of a document, not its words
                fields["description"] = ["open app\nerr 401"]
        return [list(leaves(each)) for each in document]
    text = path.read_bytes().decode(
        "utf-8-sig" if path.name.startswith(("zendesk", "fresh", "jira", "rt5")) else "cp1252"
    )
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t" if path.suffix == ".tsv" else ","))
    return [[words for words in row if words] for row in rows[1:]]


REAL = {"rt5": "rt", "redmine": "redmine", "roundup": "roundup", "djhelpdesk": "djhelpdesk"}


def documents(text: str) -> Iterator[object]:
    """The JSON documents of a log of responses."""
    decoder, position = json.JSONDecoder(), 0
    while position < len(text):
        if text[position] in "{[" and (position == 0 or text[position - 1] == "\n"):
            try:
                value, position = decoder.raw_decode(text, position)
                yield value
                continue
            except ValueError:
                pass
        position += 1


@pytest.mark.parametrize("prefix", REAL)
def test_what_running_servers_answered_comes_through(prefix, tmp_path):
    log = SHAPES / f"{prefix}{'5' if prefix == 'rt' else ''}_real_responses.txt"
    if not log.exists():
        pytest.skip("the public shapes are not here: set TRIAGE_DATA")
    seen = 0
    for number, document in enumerate(documents(log.read_text())):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(document))
        try:
            taken = read_tickets([path])
        except InputError:
            continue
        if taken.preset != REAL[prefix] or not taken.tickets:
            continue
        assert taken.read == len(taken.tickets) + len(taken.rejected)
        by_id = {ticket.external_id: ticket for ticket in taken.tickets}
        for record in ticket_objects(document):
            ticket = by_id.get(str(record["id"]))
            if ticket is not None:
                seen += 1
                lost = [words for words in leaves(record) if not is_there(words, ticket)]
                assert lost == [], f"{lost} of {ticket}"
    assert seen >= 2


def ticket_objects(document: object) -> Iterator[dict]:
    if isinstance(document, list):
        for each in document:
            yield from ticket_objects(each)
    elif isinstance(document, dict):
        inner = [
            document[key] for key in ("items", "issues", "issue", "results", "data", "collection") if key in document
        ]
        if inner and "attributes" not in document:
            yield from ticket_objects(inner[0])
        elif "id" in document:
            yield document


# ---------------------------------------------------------------- own fixtures, in the shapes of the systems


def one(name: str, *more: str, **options) -> IncomingTicket:
    taken = read_tickets([OWN / name, *(OWN / each for each in more)], **options)
    assert taken.rejected == []
    return taken.tickets[0]


def test_zendesk_with_people_side_loaded():
    ticket = one("zendesk_users.json")
    assert (ticket.requester, ticket.requester_name) == ("ana@customer.example", "Ana")
    assert (ticket.organisation, ticket.channel) == ("Cedar Escrow", "web")
    assert ticket.status is Status.WAITING_SUPPLIER
    assert ticket.extra["custom_fields.360001"] == "payments"
    assert ticket.url == "https://desk.zendesk.com/agent/tickets/55"


def test_zendesk_view_has_no_body_and_tags_by_blanks():
    ticket = one("zendesk_view.csv")
    assert (ticket.body, ticket.tags, ticket.assignee) == ("", ("vip", "closing_day"), None)
    assert ticket.extra["Business service [list]"] == "Closings"


def test_jira_repeats_headings_and_names_months():
    ticket = one("jira.csv")
    assert ticket.tags == ("mobile", "login")
    assert ticket.extra["Comment"].split("\n") == ["23/Nov/26 8:30 AM;ana;first", "23/Nov/26 9:30 AM;bob;second"]
    assert ticket.created_at == datetime(2026, 11, 23, 8, 1, tzinfo=UTC)
    assert ticket.status is Status.WAITING_CUSTOMER


def test_jira_status_that_is_not_known_follows_its_category():
    ticket = one("jira_adf.json")
    assert ticket.status is Status.RESOLVED and ticket.extra["status"] == "Shipped to nirvana"
    assert ticket.body == "Steps\n- open\n- tap (https://app.example)"
    assert ticket.url == "https://desk.atlassian.net/browse/HD-3"


def test_servicenow_state_on_hold_for_the_caller_waits_for_the_customer():
    first, second = read_tickets([OWN / "servicenow_display.json"]).tickets
    assert (first.status, second.status) == (Status.WAITING_CUSTOMER, Status.WAITING_SUPPLIER)
    assert (first.organisation, first.site) == ("Cedar Escrow", "Leeds")


def test_freshdesk_numbers_mean_words():
    ticket = one("freshdesk.json")
    assert (ticket.status, ticket.channel, ticket.priority) == (Status.WAITING_CUSTOMER, "phone", "4")
    assert ticket.body == "Plain words"
    assert ticket.extra["description"] == "<div>Plain words</div>"


def test_zammad_takes_its_text_from_the_articles():
    taken = read_tickets([OWN / "zammad_articles.json", OWN / "zammad_tickets.json"])
    first, second = sorted(taken.tickets, key=lambda ticket: ticket.external_id)
    assert first.body == "Hello\nworld\n\nStill broken"
    assert first.extra["internal notes"] == "call her back"
    assert (first.requester, first.requester_name, first.channel) == ("ana@customer.example", "Ana", "email")
    assert first.status is Status.WAITING_CUSTOMER
    assert (second.external_id, second.subject) == ("9", "No such ticket here")
    assert taken.joined == 3 and taken.read == 2


def test_glpi_content_and_numbers():
    ticket = one("glpi.json")
    assert ticket.body == "Bonjour,\n\nen panne à l'accueil"
    assert (ticket.status, ticket.channel, ticket.site) == (Status.WAITING_CUSTOMER, "phone", "Lyon > Accueil")
    assert ticket.organisation == "Siège"


def test_rt_spreadsheet_does_not_quote():
    tickets = read_tickets([OWN / "rt.tsv"]).tickets
    assert [ticket.subject for ticket in tickets] == ['"Portal" is down', 'say "hi', "plain"]
    assert [ticket.assignee for ticket in tickets] == [None, "root", None]
    assert tickets[2].status is Status.WAITING_CUSTOMER


def test_redmine_in_another_language_and_another_clock():
    ticket = one("redmine_de.csv")
    assert (ticket.external_id, ticket.subject) == ("4", "Überweisung")
    assert ticket.created_at == datetime(2026, 4, 3, 22, 58, tzinfo=UTC)
    assert ticket.status is Status.WAITING_CUSTOMER
    american = one("redmine_us.csv")
    assert american.created_at == datetime(2026, 3, 4, 22, 58, tzinfo=UTC)


def test_django_helpdesk_on_hold_and_times_of_its_follow_ups():
    ticket = one("djhelpdesk.json")
    assert ticket.status is Status.WAITING_SUPPLIER
    assert ticket.created_at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert ticket.updated_at == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_roundup_times_are_utc_whatever_the_zone():
    from zoneinfo import ZoneInfo

    ticket = one("roundup.json", timezone=ZoneInfo("Asia/Tokyo"))
    assert ticket.created_at == datetime(2026, 11, 23, 23, 1, 15, tzinfo=UTC)
    assert (ticket.status, ticket.requester) == (Status.WAITING_CUSTOMER, "ana")


def test_the_registry_knows_its_names_and_takes_strangers(monkeypatch):
    assert {"zendesk", "servicenow", "jira", "freshdesk", "zammad", "glpi", "rt", "redmine"} <= set(names())

    class Point:
        def __init__(self, value: object) -> None:
            self.value = value

        def load(self) -> object:
            if isinstance(self.value, Exception):
                raise self.value
            return self.value

    from dataclasses import replace

    import triage.intake.presets as presets

    stranger = replace(preset_named("file"), name="otrs")
    points = [Point(stranger), Point(ImportError("x")), Point("no preset"), Point(replace(stranger, name="rt"))]
    monkeypatch.setattr(presets, "entry_points", lambda group: points)
    registry.cache_clear()
    try:
        assert preset_named("OTRS") is stranger
        assert preset_named("rt").title == "Request Tracker"
    finally:
        monkeypatch.undo()
        registry.cache_clear()
