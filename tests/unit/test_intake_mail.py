"""Mail: charsets that lie, threads, automatic replies, attachments, mailboxes of every kind."""

import mailbox
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from triage.intake.files import read_tickets
from triage.intake.mail import read_mail


def mail(body: str = "hello", **headers: str) -> EmailMessage:
    made = EmailMessage()
    defaults = {"From": "Ana <ana@x.example>", "Subject": "VPN", "Date": "Mon, 23 Nov 2026 09:01:02 +0100"}
    for name, value in (defaults | {key.replace("_", "-"): value for key, value in headers.items()}).items():
        if value:
            made[name] = value
    made.set_content(body)
    return made


def eml(folder: Path, name: str, data: bytes | EmailMessage) -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else bytes(data))
    return path


def test_the_fields_of_a_mail(tmp_path):
    message = mail("The VPN is slow.\n\nAna", Message_ID="<1@x.example>", To="desk@y.example", Importance="high")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="Prüfung.pdf")
    (ticket,) = read_tickets([eml(tmp_path, "a.eml", message)]).tickets
    assert (ticket.source, ticket.external_id, ticket.channel) == ("file", "1@x.example", "email")
    assert (ticket.requester, ticket.requester_name) == ("ana@x.example", "Ana")
    assert (ticket.subject, ticket.body, ticket.priority) == ("VPN", "The VPN is slow.\n\nAna", "high")
    assert ticket.created_at == datetime(2026, 11, 23, 8, 1, 2, tzinfo=UTC)
    assert ticket.attachments == ("Prüfung.pdf",)
    assert ticket.extra == {"to": "desk@y.example"}


HEAD = b"From: a@x.example\nDate: Mon, 23 Nov 2026 09:01:02 +0100\nMIME-Version: 1.0\n"


@pytest.mark.parametrize(
    ("charset", "data"),
    [
        ("utf-8", "Größe – ok".encode()),
        ("utf-8", "Größe – ok".encode("cp1252")),
        ("us-ascii", "Größe – ok".encode()),
        ("iso-8859-1", "Größe – ok".encode()),
        ("iso-8859-1", "Größe – ok".encode("cp1252")),
        ("windows-1252", "Größe – ok".encode("cp1252")),
        ("x-unknown", "Größe – ok".encode()),
        ("base64", "Größe – ok".encode()),
    ],
)
def test_a_charset_that_lies_is_seen_through(charset, data):
    raw = HEAD + b"Subject: x\nContent-Type: text/plain; charset=" + charset.encode() + b"\n\n" + data
    if (charset, data) == ("iso-8859-1", "Größe – ok".encode("cp1252")):
        assert read_mail(raw, UTC).cells["body"].startswith("Größe")
    else:
        assert read_mail(raw, UTC).cells["body"] == "Größe – ok"


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        (b"=?utf-8?q?St=C3=B6rung?=", "Störung"),
        (b"=?utf-8?b?U3TDtnJ1bmc=?= =?iso-8859-1?q?_f=FCr_alle?=", "Störung für alle"),
        (b"=?utf-8?q?St=F6rung?=", "Störung"),
        ("Störung".encode(), "Störung"),
        ("Störung".encode("latin-1"), "Störung"),
        (b"=?x-what?q?hello?=", "hello"),
        (b"a\n b\n\tc", "a b c"),
        (b"=?utf-8?b?!!!?=", None),
    ],
)
def test_headers_are_decoded_whatever_they_claim(header, subject):
    found = read_mail(HEAD + b"Subject: " + header + b"\n\nx", UTC).cells.get("subject")
    assert found == subject or subject is None


def test_html_alone_becomes_text_and_plain_text_is_preferred(tmp_path):
    html = EmailMessage()
    html["From"], html["Subject"] = "a@x.example", "html"
    html.set_content("<p>Hello</p><ul><li>one</li></ul>", subtype="html")
    assert read_mail(bytes(html), UTC).cells["body"] == "Hello\n\n- one"
    both = mail("plain words")
    both.add_alternative("<p>other words</p>", subtype="html")
    assert read_mail(bytes(both), UTC).cells["body"] == "plain words\n"
    blank = mail("\n")
    blank.add_alternative("<p>only here</p>", subtype="html")
    assert read_mail(bytes(blank), UTC).cells["body"] == "only here"


def test_a_mail_forwarded_as_an_attachment_is_read():
    message = mail("see attached")
    message.add_attachment(mail("The till is dead in Leeds", Subject="Till"))
    body = read_mail(bytes(message), UTC).cells["body"]
    assert body.startswith("see attached")
    assert "Forwarded message" in body and "Subject: Till" in body and "The till is dead in Leeds" in body


def test_a_form_that_takes_no_answer_names_the_writer_in_reply_to():
    found = read_mail(bytes(mail(From="Web <no-reply@y.example>", Reply_To="Bo <bo@x.example>")), UTC)
    assert (found.cells["requester"], found.cells["requester_name"]) == ("bo@x.example", "Bo")


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Auto_Submitted": "auto-replied"}, "Auto-Submitted: auto-replied"),
        ({"X_Auto_Response_Suppress": "All"}, "x-auto-response-suppress"),
        ({"Precedence": "bulk"}, "Precedence: bulk"),
        ({"From": "MAILER-DAEMON@y.example"}, "bounce"),
        ({"Return_Path": "<>"}, "bounce"),
        ({"X_Failed_Recipients": "a@b.example"}, "delivery report"),
    ],
)
def test_automatic_replies_are_left_out_and_say_why(tmp_path, headers, why):
    taken = read_tickets([eml(tmp_path, "a.eml", mail(**headers))])
    assert taken.tickets == [] and taken.read == 1
    assert why in taken.rejected[0].reason


def test_a_delivery_report_is_left_out():
    raw = HEAD + (
        b"Subject: failed\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nx\n--b\nContent-Type: message/delivery-status\n\nAction: failed\n\n--b--\n"
    )
    assert read_mail(raw, UTC).automatic


@pytest.mark.parametrize(
    "headers", [{"Auto_Submitted": "no"}, {"Precedence": "list"}, {"Return_Path": "<a@x.example>"}]
)
def test_mail_of_people_is_taken(headers):
    assert read_mail(bytes(mail(**headers)), UTC).automatic is None


def mbox_of(path: Path, *messages: EmailMessage) -> Path:
    box = mailbox.mbox(str(path))
    for message in messages:
        box.add(message)
    box.flush()
    box.close()
    return path


def test_a_reply_joins_the_ticket_of_its_thread(tmp_path):
    third = {"Message_ID": "<3@x>", "References": "<1@x> <2@x>", "Date": "Mon, 23 Nov 2026 11:00:00 +0000"}
    second = {"Message_ID": "<2@x>", "In_Reply_To": "<1@x>", "Date": "Mon, 23 Nov 2026 10:00:00 +0000"}
    late = {"Message_ID": "<12@x>", "In_Reply_To": "<11@x>", "References": "<10@x> <11@x>"}
    later = {"Message_ID": "<13@x>", "References": "<10@x>", "Date": "Tue, 24 Nov 2026 10:00:00 +0000"}
    path = mbox_of(
        tmp_path / "desk.mbox",
        mail("Now the whole floor.\n\nOn Monday Desk wrote:\n> restart?", Subject="Re: VPN", **third),
        mail("VPN is slow", Message_ID="<1@x>"),
        mail("From here it works\nFrom there not", Subject="Re: VPN", From="Desk <d@y.example>", **second),
        mail("other", Message_ID="<9@x>", Subject="Printer"),
        mail("late", Subject="Re: old", **late),
        mail("later", Subject="Re: old", **later),
    )
    taken = read_tickets([path])
    by_id = {ticket.external_id: ticket for ticket in taken.tickets}
    assert set(by_id) == {"1@x", "9@x", "12@x"}
    assert (taken.read, taken.joined) == (3, 3)
    vpn = by_id["1@x"]
    assert vpn.subject == "VPN"
    assert vpn.body == (
        "VPN is slow\n\n[2026-11-23 10:00 UTC, Desk]\nFrom here it works\nFrom there not\n\n"
        "[2026-11-23 11:00 UTC, Ana]\nNow the whole floor."
    )
    assert vpn.updated_at == datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    assert by_id["12@x"].extra["thread"] == "10@x" and "later" in by_id["12@x"].body


def test_mails_that_name_each_other_in_a_ring_still_make_a_ticket(tmp_path):
    first = mail(Message_ID="<1@x>", References="<2@x>")
    second = mail(Message_ID="<2@x>", References="<1@x>")
    path = mbox_of(tmp_path / "a.mbox", first, second)
    taken = read_tickets([path])
    assert (taken.read, taken.joined) == (1, 1)


def test_an_mbox_splits_at_its_marks_only(tmp_path):
    raw = (
        b"From a@x Mon Nov 23 08:01:02 2026\nSubject: one\nMessage-ID: <1@x>\n\n"
        b"hello\n\nFrom here on it is slow\n>From me\n\n"
        b"From a@x Mon Nov 23 08:01:02 2026\nSubject: two\nMessage-ID: <1@x>\n\nagain\n\n"
        b"From a@x Mon Nov 23 08:01:02 2026\nSubject: three\nDate: never was\n\nx\n"
    )
    taken = read_tickets([eml(tmp_path, "a.mbox", raw)])
    (ticket,) = taken.tickets
    assert (ticket.subject, ticket.line) == ("one", 1)
    assert ticket.body == "hello\n\nFrom here on it is slow\nFrom me"
    assert [(each.line, each.reason) for each in taken.rejected] == [
        (10, "the id '1@x' comes twice: line 1 stands, line 10 is left out"),
        (16, "its date 'never was' is not a date that can be"),
    ]


def test_a_maildir_and_a_folder_of_mails(tmp_path):
    box = mailbox.Maildir(str(tmp_path / "box"))
    box.add(mail(Message_ID="<1@x>"))
    box.add(mail(Message_ID="<2@x>"))
    (tmp_path / "box" / "new" / "empty").write_bytes(b"")
    taken = read_tickets([tmp_path / "box"])
    assert {ticket.external_id for ticket in taken.tickets} == {"1@x", "2@x"}
    assert [(each.file, each.reason) for each in taken.rejected] == [("empty", "is empty")]
    (tmp_path / "mails").mkdir()
    eml(tmp_path / "mails", "a.eml", mail(Message_ID="<1@x>"))
    eml(tmp_path / "mails", "b.eml", mail(Message_ID="<2@x>", In_Reply_To="<1@x>"))
    eml(tmp_path / "mails", "c.eml", b"no mail at all")
    taken = read_tickets([tmp_path / "mails"])
    assert [ticket.external_id for ticket in taken.tickets] == ["1@x"] and taken.joined == 1
    assert [(each.file, each.reason[:17]) for each in taken.rejected] == [("c.eml", "is not a mail: it")]


def test_mail_without_an_id_or_a_date(tmp_path):
    taken = read_tickets([eml(tmp_path, "a.eml", mail(Date="", Message_ID=""))])
    assert taken.tickets[0].created_at is None and taken.tickets[0].external_id.startswith("c")
    received = mail(Date="rubbish", Received="from a by b; Mon, 23 Nov 2026 08:01:02 +0000")
    assert read_mail(bytes(received), UTC).sent == datetime(2026, 11, 23, 8, 1, 2, tzinfo=UTC)
