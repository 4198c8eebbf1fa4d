"""Any bytes at all: an answer or a refusal of one line, and every record counted."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage.errors import InputError
from triage.intake.dates import NotADate, parse_date
from triage.intake.files import read_tickets
from triage.intake.html import html_to_text, readable
from triage.intake.quotes import split_quoted
from triage.intake.rejected import rejected_path, write_rejected
from triage.text import sanitise

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
PIECES = st.sampled_from(
    [
        b",", b";", b"\t", b'"', b"\n", b"\r\n", b"id", b"subject", b"body", b"created_at", b"2026-11-23", b"\x00",
        b"\xff", b"[", b"]", b"{", b"}", b":", b'"id"', b'"subject"', b"1", b"From a@b 08:01\n", b"From: a@b.example\n",
        b"Subject: x\n", b"Content-Type: multipart/mixed; boundary=b\n", b"--b\n", b"Message-ID: <1@x>\n",
        b"References: <1@x>\n", b"=?utf-8?q?", b"?=",
    ]
)  # fmt: skip
GRAMMAR = st.lists(PIECES, max_size=40).map(b"".join)
ANY = st.one_of(st.binary(max_size=400), GRAMMAR, st.tuples(GRAMMAR, st.binary(max_size=60)).map(b"".join))
NAMES = ["t.csv", "t.tsv", "t.json", "t.jsonl", "t.xlsx", "t.mbox", "t.eml", "t", "t.txt"]


def check(data: bytes, name: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            taken = read_tickets([path])
        except InputError as error:
            assert error.lines() and all("\n" not in line for line in error.lines())
            return
        assert taken.read == len(taken.tickets) + len(taken.rejected)
        ids = [ticket.external_id for ticket in taken.tickets]
        assert len(set(ids)) == len(ids) and all(ids)
        for ticket in taken.tickets:
            assert sanitise(ticket.subject) == ticket.subject and sanitise(ticket.body) == ticket.body
        again = read_tickets([path])
        assert again.tickets == taken.tickets
        if taken.rejected:
            assert write_rejected(rejected_path(path), taken)


@quick
@given(ANY, st.sampled_from(NAMES))
def test_any_bytes_under_any_name(data, name):
    check(data, name)


@quick
@given(st.lists(st.lists(st.text(max_size=12), min_size=3, max_size=3), max_size=6))
def test_every_row_of_a_well_formed_table_is_counted_once(rows):
    import csv
    import io

    out = io.StringIO(newline="")
    csv.writer(out).writerows([["id", "subject", "created_at"], *rows])
    data = out.getvalue().encode("utf-8", "replace")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(data)
        taken = read_tickets([path], encoding="utf-8")
        blank = [row for row in rows if not any(row) or all(not cell or cell.isspace() for cell in row)]
        assert taken.read == len(rows) - len(blank)


KEYS = (
    "id subject title body tickets data result items fields status requester key custom_fields CustomFields "
    "requestFieldValues ticket_id articles attributes followup_set via"
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=6)
    ),
    max_leaves=25,
)
PRESETS = [None, "zendesk", "servicenow", "jira", "zammad", "glpi", "rt", "redmine", "roundup", "djhelpdesk"]


@quick
@given(
    JSON,
    st.sampled_from(
        [None, "zendesk", "servicenow", "jira", "zammad", "glpi", "rt", "redmine", "roundup", "djhelpdesk"]
    ),
)
def test_any_json_under_any_preset(document, preset):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.json"
        path.write_text(json.dumps(document))
        try:
            taken = read_tickets([path], preset=preset)
        except InputError as error:
            assert all("\n" not in line for line in error.lines())
            return
        assert taken.read == len(taken.tickets) + len(taken.rejected)


@quick
@given(st.text(max_size=300))
def test_text_in_any_form_is_split_parsed_and_read(words):
    fresh, quoted = split_quoted(words)
    assert fresh + quoted == words
    assert isinstance(html_to_text(words), str) and isinstance(readable(words), str)
    from datetime import UTC

    try:
        moment = parse_date(words, UTC, None)
    except NotADate:
        return
    assert moment is None or moment.tzinfo is UTC


@quick
@given(st.text("0123456789/-.: TZAPMapmnovNOV+,", max_size=24))
def test_nearly_dates_are_read_or_refused(words):
    from datetime import UTC

    for order in (None, True, False):
        try:
            parse_date(words, UTC, order)
        except NotADate:
            continue
