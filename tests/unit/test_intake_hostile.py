"""Whatever somebody writes into a ticket: safe on a terminal, bounded, and never a traceback."""

import csv
import json
import random
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.yardstick import millions_of_additions
from triage.errors import InputError
from triage.intake.files import read_tickets
from triage.text import sanitise

HOSTILE = {
    "colour": "\x1b[31mred\x1b[0m",
    "title of the terminal": "\x1b]0;owned\x07x",
    "link": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "clear screen": "\x1b[2J\x1b[H",
    "eight-bit csi": "\x9b31m",
    "right to left": "\u202egpj.exe",
    "isolate": "\u2066a\u2069",
    "zero width": "pass\u200bword",
    "byte order mark": "a\ufeffb",
    "bell": "\a\b\x7f",
    "nul": "a\x00b",
    "carriage return": "safe\rEVIL",
    "markup of rich": "[/foo] [red]x[/red] [link=http://e.example]y[/link] [@click=app.quit]z[/]",
    "markup of html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "formula": "=cmd|'/c calc'!A1",
    "formulae": '@SUM(1) +1 -1 =HYPERLINK("http://e.example")',
    "tags": "a\U000e0041\U000e0042",
    "template": "{{7*7}} ${x} %s %n {0}",
    "sql": "'; DROP TABLE ticket; --",
    "combining": "a" + "\u0301" * 500,
    "one long word": "x" * 100_000,
    "many lines": "a\n" * 5_000,
    "surrogate": "\ud800",
    "emoji": "👩‍👩‍👧 ok",
    "quotes": "\"\"\"'''``",
    "backslashes": "\\x1b[31m \\u202e",
    "separators": "a\u2028b\u2029c\x85d\x0be",
}
FIELDS = ("subject", "body", "requester", "organisation", "site", "channel", "priority", "tags", "assignee", "url")


def assert_safe(ticket, words: str) -> None:
    for name in ticket.__slots__:
        value = getattr(ticket, name)
        texts = [value] if isinstance(value, str) else [*value] if isinstance(value, tuple) else []
        texts += [*value.keys(), *value.values()] if isinstance(value, dict) else []
        for text in texts:
            assert sanitise(text) == text, (name, words)
            assert name in ("body", "extra") or "\n" not in text, name
            assert len(text) <= 1_000_100
    assert len(ticket.subject) <= 2_000 and len(ticket.external_id) <= 250
    assert all(len(getattr(ticket, name) or "") <= 2_000 for name in ("requester", "site", "url", "priority"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_cell_is_made_safe_in_every_field(name, tmp_path):
    words = HOSTILE[name]
    path = tmp_path / "t.csv"
    with path.open("w", newline="", encoding="utf-8", errors="surrogatepass") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *FIELDS, "other"])
        writer.writerow(["1", *[words] * len(FIELDS), words])
        writer.writerow(["2", "good", *[""] * len(FIELDS)])
    taken = read_tickets([path])
    assert taken.read == len(taken.tickets) + len(taken.rejected) == 2
    for ticket in taken.tickets:
        assert_safe(ticket, words)
    record = {"id": 1, **dict.fromkeys(FIELDS, words), words[:50]: words}
    (tmp_path / "t.json").write_text(json.dumps([record]))
    for ticket in read_tickets([tmp_path / "t.json"]).tickets:
        assert_safe(ticket, words)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_id_date_or_heading_is_safe_in_what_is_said(name, tmp_path):
    words = HOSTILE[name]
    path = tmp_path / "t.csv"
    with path.open("w", newline="", encoding="utf-8", errors="surrogatepass") as file:
        csv.writer(file).writerows(
            [["id", "subject", "created_at", words], [words, "a", words, "x"], [words, "a", "", "y"]]
        )
    try:
        taken = read_tickets([path])
    except InputError as error:
        said = error.lines()
    else:
        said = [each.reason for each in taken.rejected] + [*taken.kept, *taken.columns.values()]
        assert taken.read == len(taken.tickets) + len(taken.rejected)
    assert all(sanitise(line) == line and "\n" not in line and len(line) < 1_000 for line in said)


def test_hostile_words_in_options_are_safe_in_what_is_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,subject\n1,a\n")
    for options in (
        {"preset": "\x1b[31m"},
        {"mapping": {"subject": "\x1b[31m\n"}},
        {"mapping": {"\x1b[2J": "a"}},
        {"confirmed": {"\x1b": "a"}},
        {"encoding": "\x1b\n"},
        {"encoding": "base64"},
        {"encoding": "undefined"},
    ):
        with pytest.raises(InputError) as caught:
            read_tickets([path], **options)
        assert all(sanitise(line) == line and "\n" not in line for line in caught.value.lines())


def test_hostile_mail(tmp_path):
    for number, words in enumerate(HOSTILE.values()):
        message = EmailMessage()
        message["From"] = "a@x.example"
        message.set_content(words.encode("utf-8", "replace").decode())
        raw = b"Subject: " + words.encode("utf-8", "replace").replace(b"\n", b" ") + b"\n" + bytes(message)
        path = tmp_path / f"{number}.eml"
        path.write_bytes(raw)
        for ticket in read_tickets([path]).tickets:
            assert_safe(ticket, words)


@pytest.mark.parametrize(
    "raw",
    [
        b"From: <<<>>>,;@\nSubject: =?utf-8?q?=?=\n\nx",
        b"From: a@x.example\nContent-Type: multipart/mixed\n\nno boundary",
        b'From: a@x.example\nContent-Type: multipart/mixed; boundary=""\n\n--\n\n',
        b'From: a@x.example\nContent-Type: text/plain; charset="\xff\xfe"\nContent-Transfer-Encoding: base64\n\n!!!',
        b"From: a@x.example\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nx",
        b"From: a@x.example\nContent-Disposition: attachment; filename*=utf-8''%ff%fe\n\nx",
        b'From: a@x.example\nContent-Disposition: attachment; filename="../../etc/passwd\x00"\n\nx',
        b"From: a@x.example\nDate: Mon, 99 Foo 99999 99:99:99 +9999\n\nx",
        b"From: a@x.example\nReferences: " + b"<x@y> " * 20_000 + b"\n\nx",
        b"From: " + b"a," * 20_000 + b"\n\nx",
        b"From: a@x.example\nContent-Type: text/plain" + b"; a*0=b" * 5_000 + b"\n\nx",
        b"From: a@x.example\n" + b"X: y\n" * 20_000 + b"\nx",
    ],
)
def test_spoilt_mail_gives_a_ticket_or_a_reason(raw, tmp_path):
    path = tmp_path / "a.eml"
    path.write_bytes(raw)
    with millions_of_additions(150):
        taken = read_tickets([path])
        assert taken.read == len(taken.tickets) + len(taken.rejected) == 1


def test_deep_nesting_of_parts_is_bounded(tmp_path):
    raw = b"From: a@x.example\nContent-Type: multipart/mixed; boundary=b0\n\n"
    for depth in range(300):
        raw += b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (depth, depth + 1)
    path = tmp_path / "a.eml"
    path.write_bytes(raw)
    assert read_tickets([path]).read == 1
    path.write_bytes(b"From: a@x.example\n" + b"Content-Type: message/rfc822\n\n" * 3_000 + b"x")
    assert read_tickets([path]).read == 1


def test_wide_and_deep_json(tmp_path):
    path = tmp_path / "t.json"
    deep: object = "end"
    for _ in range(400):
        deep = {"k": deep}
    wide = {f"k{number}": "x" for number in range(5_000)}
    path.write_text(json.dumps([{"id": 1, "subject": "a", "deep": deep}, {"id": 2, "subject": "b", **wide}]))
    taken = read_tickets([path])
    assert [ticket.external_id for ticket in taken.tickets] == ["1"]
    assert taken.rejected[0].reason == "has more than 2000 keys"


def test_a_file_above_the_limit_is_refused_without_being_read(tmp_path, monkeypatch):
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate((1 << 30) + 1)
    with pytest.raises(InputError, match="larger than 1,024 MB"):
        read_tickets([path])


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    import openpyxl

    from triage.intake import tables

    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["id", "subject"])
    book.save(path)
    monkeypatch.setattr(tables, "MAX_BYTES", 100)
    with pytest.raises(InputError, match="unpacks to more"):
        read_tickets([path])


def test_a_path_that_is_no_file(tmp_path):
    assert Path("/dev/null").exists() is False or _refused(Path("/dev/null"))
    (tmp_path / "link.csv").symlink_to(tmp_path / "nowhere.csv")
    assert _refused(tmp_path / "link.csv")


def _refused(path: Path) -> bool:
    with pytest.raises(InputError):
        read_tickets([path])
    return True


def test_bytes_that_are_no_text_are_refused_as_that(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(random.Random(7).randbytes(5000))
    with pytest.raises(InputError, match="is no text: too much of it is control characters"):
        read_tickets([path])
