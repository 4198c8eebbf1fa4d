"""Tables and JSON: what is taken, what is rejected, what refuses the whole file."""

import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from triage.errors import InputError
from triage.intake.files import read_tickets
from triage.tickets.models import Status


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(*paths: Path, **options) -> str:
    with pytest.raises(InputError) as caught:
        read_tickets(paths, **options)
    assert len(caught.value.lines()) >= 1
    assert all("\n" not in line for line in caught.value.lines())
    return caught.value.lines()[0]


def test_the_canonical_columns_come_through(tmp_path):
    path = put(
        tmp_path,
        "t.csv",
        "id,subject,body,requester,organisation,site,channel,created_at,updated_at,status,priority,tags,region\n"
        'A-1,VPN slow,"Since eight,\nall of us",Bob <BOB@x.example>,ACME,Leeds,email,2026-11-23 08:01,'
        '2026-11-23T09:15:00Z,on-hold,high,"vpn, remote",emea\n',
    )
    taken = read_tickets([path], timezone=ZoneInfo("Europe/Berlin"))
    (ticket,) = taken.tickets
    assert (taken.read, taken.rejected, taken.preset) == (1, [], "file")
    assert (ticket.source, ticket.external_id, ticket.line) == ("file", "A-1", 2)
    assert (ticket.subject, ticket.body) == ("VPN slow", "Since eight,\nall of us")
    assert (ticket.requester, ticket.requester_name) == ("bob@x.example", "Bob")
    assert (ticket.organisation, ticket.site, ticket.channel) == ("ACME", "Leeds", "email")
    assert ticket.created_at == datetime(2026, 11, 23, 7, 1, tzinfo=UTC)
    assert ticket.updated_at == datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
    assert (ticket.status, ticket.priority, ticket.tags) == (Status.WAITING_SUPPLIER, "high", ("vpn", "remote"))
    assert ticket.extra == {"region": "emea", "status": "on-hold"}
    assert taken.columns["subject"] == "subject" and taken.kept == ("region",)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("id,subject\n1,Störung\n".encode(), None),
        (b"\xef\xbb\xbf" + "id,subject\n1,Störung\n".encode(), None),
        ("id,subject\n1,Störung\n".encode("utf-16"), None),
        ("id,subject\n1,Störung\n".encode("utf-16-le"), "utf-16-le"),
        ("id,subject\n1,Störung\n".encode("latin-1"), None),
        ("id,subject\n1,Störung\n".encode("latin-1"), "latin-1"),
        ("id;subject\r\n1;Störung\r\n".encode(), None),
        ("id\tsubject\n1\tStörung\n".encode(), None),
        ("sep=;\nid;subject\n1;Störung\n".encode(), None),
        ("id,subject\r1,Störung\r".encode(), None),
        ("\n\nid,subject\n\n  \n1,Störung\n,\n".encode(), None),
    ],
)
def test_encodings_and_dialects(tmp_path, data, encoding):
    taken = read_tickets([put(tmp_path, "t.csv", data)], encoding=encoding)
    assert [(ticket.external_id, ticket.subject) for ticket in taken.tickets] == [("1", "Störung")]
    assert taken.rejected == []


def test_undefined_bytes_of_cp1252_show_as_replaced(tmp_path):
    taken = read_tickets([put(tmp_path, "t.csv", b"id,subject\n1,a\x81\x93b\xfc\n")])
    assert taken.tickets[0].subject == "a\ufffd“bü"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "t.csv: is empty"),
        ("\n \n", "t.csv:1: has no header"),
        ("a,b\n1,2\n", "t.csv:1: has no column that is a subject or a body ('a', 'b'); name one with --map"),
        ('id,subject\n1,"open\n2,b\n', "t.csv:2: a quote is opened here and not closed"),
        ('id,subject\n1,a\n2,"b"c\n3,"open\n4,d\n', "t.csv:4: a quote is opened here and not closed"),
        ('id,subject\n1,"open\n2,"b"\n', "t.csv:2: a quote is opened here and not closed"),
        (b"\xff\xfei\x00d\x00,", "t.csv:1: begins with the mark of utf-16 and is not"),
        ("id,subject\n1,x\n".encode("utf-16-le"), "t.csv:1: holds zero bytes and is no text"),
        (b"%PDF-1.4 x", "t.csv: is not text but a PDF"),
        (b"\xd0\xcf\x11\xe0", "save it as .xlsx"),
    ],
)
def test_a_damaged_table_is_refused_whole(tmp_path, content, says):
    assert says in refusal(put(tmp_path, "t.csv", content))


def test_what_was_asked_for_wrongly_is_told_with_the_nearest_word(tmp_path):
    path = put(tmp_path, "t.csv", "id,subject,service,headline\n1,a,pay,b\n")
    assert "did you mean 'zendesk'?" in refusal(path, preset="zendex")
    assert "did you mean 'subject'?" in refusal(path, mapping={"subjekt": "headline"})
    assert "t.csv:1: has no column 'hedline' for subject; did you mean 'headline'?" in refusal(
        path, mapping={"subject": "hedline"}
    )
    assert "did you mean 'service'?" in refusal(path, confirmed={"servise": "service"})
    assert "has no column 'servis' for service" in refusal(path, confirmed={"service": "servis"})
    assert "--confirmed names too" in refusal(path, confirmed={"service": "service"}, mapping={"tags": "service"})
    assert "unknown encoding 'utf-9'; did you mean 'utf-8'?" in refusal(path, encoding="utf-9")
    assert "is not utf-16" in refusal(put(tmp_path, "odd.csv", "abc"), encoding="utf-16")
    assert "no such file" in refusal(tmp_path / "none.csv")


def test_every_file_that_cannot_be_read_is_told_at_once(tmp_path):
    good = put(tmp_path, "good.csv", "id,subject\n1,a\n")
    empty, broken = put(tmp_path, "empty.csv", b""), put(tmp_path, "broken.json", "[{")
    with pytest.raises(InputError) as caught:
        read_tickets([good, empty, broken, tmp_path / "none.csv"])
    assert len(caught.value.lines()) == 3


def test_a_header_alone_is_no_rows(tmp_path):
    for name, content in (("t.csv", "id,subject\n"), ("t.json", "[]"), ("u.json", '{"tickets": []}')):
        taken = read_tickets([put(tmp_path, name, content)])
        assert (taken.read, taken.tickets, taken.rejected) == (0, [], [])


def test_a_bad_row_never_loses_the_good_ones(tmp_path):
    path = put(
        tmp_path,
        "t.csv",
        "id,subject,created_at,reach\n"
        "1,few\n"
        "2,many,2026-11-23,,more\n"
        "3,no such day,2026-02-31,\n"
        '4,"two\nlines",2026-11-23,\n'
        "4,again,2026-11-23,\n"
        '5,"sloppy"x,2026-11-23,\n'
        ",no id,2026-11-23,\n"
        "6,wrong word,2026-11-23,everyone\n"
        "7,good,2026-11-23,ALL\n",
    )
    taken = read_tickets([path], confirmed={"reach": "reach"})
    assert [(ticket.external_id, ticket.line) for ticket in taken.tickets] == [("4", 5), ("7", 11)]
    assert taken.tickets[1].confirmed == {"reach": "all"}
    reasons = {each.line: each.reason for each in taken.rejected}
    assert reasons[2] == "has 2 fields where the header has 4"
    assert reasons[3] == "has 5 fields where the header has 4"
    assert reasons[4].startswith("created_at: '2026-02-31' is")
    assert reasons[7] == "the id '4' comes twice: line 5 stands, line 7 is left out"
    assert reasons[8].startswith("has text after a closing quotation mark")
    assert reasons[9].startswith("has no id")
    assert "reach 'everyone' is not known" in reasons[10]
    assert taken.read == 9 == len(taken.tickets) + len(taken.rejected)


def test_confirmed_columns_decide_and_are_read_for_nothing_else(tmp_path):
    path = put(
        tmp_path,
        "t.csv",
        "id,subject,description,svc,tp\n1,a,b,Payments,None\n2,c,d,,\n",
    )
    taken = read_tickets([path], confirmed={"service": "svc", "touchpoint": "tp"})
    assert [ticket.confirmed for ticket in taken.tickets] == [{"service": "Payments", "touchpoint": "none"}, {}]
    assert all(not ticket.extra for ticket in taken.tickets)
    hidden = read_tickets([path], confirmed={"service": "description"}).tickets[0]
    assert (hidden.body, hidden.confirmed) == ("", {"service": "b"})


def test_map_wins_over_what_is_recognised(tmp_path):
    path = put(tmp_path, "t.csv", "id,subject,Headline,body\n1,a,b,c\n")
    ticket = read_tickets([path], mapping={"subject": "headline"}).tickets[0]
    assert (ticket.subject, ticket.extra) == ("b", {"subject": "a"})
    json_path = put(tmp_path, "t.json", json.dumps([{"id": 1, "subject": "a", "who": {"mail": "B@x.example"}}]))
    assert read_tickets([json_path], mapping={"requester": "who.mail"}).tickets[0].requester == "b@x.example"


def test_records_without_an_id_get_the_same_one_every_time(tmp_path):
    path = put(tmp_path, "t.csv", "subject,body\nVPN,slow\nVPN,slow\nPrinter,jam\n")
    first = [ticket.external_id for ticket in read_tickets([path]).tickets]
    assert len(set(first)) == 3
    assert first == [ticket.external_id for ticket in read_tickets([path]).tickets]
    moved = put(tmp_path, "u.csv", "body,subject,region\njam,Printer,x\nslow,VPN,y\n")
    assert [ticket.external_id for ticket in read_tickets([moved]).tickets] == [first[2], first[0]]


def test_the_source_is_the_presets_or_the_one_that_is_said(tmp_path):
    path = put(tmp_path, "t.csv", "id,subject\n1,a\n")
    assert read_tickets([path]).tickets[0].source == "file"
    assert read_tickets([path], preset="redmine").tickets[0].source == "redmine"
    assert read_tickets([path], source="old desk").tickets[0].source == "old desk"


def test_an_ambiguous_column_of_dates(tmp_path):
    path = put(tmp_path, "t.csv", "id,subject,created_at\n1,a,03/04/2026\n2,b,05/04/2026\n3,c,2026-04-05\n")
    taken = read_tickets([path])
    assert [ticket.external_id for ticket in taken.tickets] == ["3"]
    assert "--dates day-first" in taken.rejected[0].reason
    assert [t.created_at.month for t in read_tickets([path], day_first=True).tickets] == [4, 4, 4]
    path = put(tmp_path, "u.csv", "id,subject,created_at,updated_at\n1,a,03/04/2026,\n2,b,05/04/2026,23/04/2026\n")
    assert [ticket.created_at.month for ticket in read_tickets([path]).tickets] == [4, 4]


def test_html_bodies_become_text_and_huge_ones_are_cut(tmp_path):
    path = put(tmp_path, "t.csv", 'id,subject,body\n1,a,"<p>Hello</p><p>desk</p>"\n2,b,' + "x" * 1_500_000 + "\n")
    html, huge = read_tickets([path]).tickets
    assert html.body == "Hello\n\ndesk"
    assert 1_000_000 < len(huge.body) < 1_000_100 and huge.body.endswith("longer than triage keeps]")


def test_unknown_status_is_open_and_kept(tmp_path):
    path = put(tmp_path, "t.csv", "id,subject,status\n1,a,Simmering\n2,b,SOLVED\n3,c,\n4,d,gelöst\n5,e,open\n")
    tickets = read_tickets([path]).tickets
    assert [ticket.status for ticket in tickets] == [
        Status.OPEN, Status.RESOLVED, Status.NEW, Status.RESOLVED, Status.OPEN,
    ]  # fmt: skip
    assert [ticket.extra.get("status") for ticket in tickets] == ["Simmering", "SOLVED", None, "gelöst", None]


# ---------------------------------------------------------------- JSON


@pytest.mark.parametrize("key", ["tickets", "result", "issues", "values", "items", "results", "data", "records"])
def test_every_envelope_of_json(tmp_path, key):
    document = {"next": None, "count": 1, key: [{"id": 7, "subject": "a", "labels": ["x", "y"], "deep": {"er": True}}]}
    (ticket,) = read_tickets([put(tmp_path, "t.json", json.dumps(document))]).tickets
    assert (ticket.external_id, ticket.subject, ticket.tags) == ("7", "a", ("x", "y"))
    assert ticket.extra == {"deep.er": "true"}


def test_json_records_know_their_line(tmp_path):
    text = '{"a": {"tickets": [1]}, "tickets": [\n {"id": 1, "subject": "a"},\n\n {"id": 1,\n  "subject": "b"},\n 3\n]}'
    taken = read_tickets([put(tmp_path, "t.json", text)])
    assert [ticket.line for ticket in taken.tickets] == [2]
    assert [(each.line, each.reason) for each in taken.rejected] == [
        (4, "the id '1' comes twice: line 2 stands, line 4 is left out"),
        (6, "is not an object with keys"),
    ]


def test_json_lines_reject_a_broken_line_only(tmp_path):
    text = '{"id": 1, "subject": "a"}\n\n{"id": 2, "subj\n[1]\n{"id": 3, "subject": "c"}\n'
    for name in ("t.jsonl", "t.json"):
        taken = read_tickets([put(tmp_path, name, text)])
        assert [ticket.external_id for ticket in taken.tickets] == ["1", "3"]
        assert [each.line for each in taken.rejected] == [3, 4]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[{", "t.json:1: is broken JSON"),
        ('[{"id": 1},\n{"id" 2}]', "t.json:2: is broken JSON"),
        ('[{"id": 1, "subject": "a"}] x', "t.json:1: is broken JSON: something follows"),
        ("3", "t.json:1: holds no records"),
        ('{"message": "Unsupported Media Type"}', "has no column that is a subject or a body ('message')"),
        ('{"error": {"status": 404}}', "has no column that is a subject or a body"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"id": ' + "9" * 5_000 + "}]", "is JSON that cannot be read"),
        (b"\xef\xbb\xbf  ", "t.json:1: is empty"),
    ],
)
def test_damaged_json_is_refused_whole(tmp_path, text, says):
    assert says in refusal(put(tmp_path, "t.json", text))


def test_a_single_object_is_one_ticket(tmp_path):
    for document in ({"id": 1, "subject": "a"}, {"ticket": {"id": 1, "subject": "a"}}):
        taken = read_tickets([put(tmp_path, "t.json", json.dumps(document))])
        assert [ticket.external_id for ticket in taken.tickets] == ["1"]


# ---------------------------------------------------------------- XLSX


def workbook(path: Path, *sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        worksheet = book.create_sheet(f"sheet {number}")
        for row in rows:
            worksheet.append(row)
    book.save(path)
    return path


def test_a_workbook_with_a_title_blank_rows_and_real_dates(tmp_path):
    header = ["id", "subject", "created_at", "count", "done"]
    path = workbook(
        tmp_path / "t.xlsx",
        [
            ["Tickets of November"],
            [],
            header,
            [1, "a", datetime(2026, 11, 23, 8, 1), 3.0, True],
            [],
            [2, "b", date(2026, 11, 23), 2.5, None],
            [3, "c", "2026-02-31"],
            [4, "d", None, None, None, "too much"],
        ],
        [["legend"], ["x"]],
        [header, [5, "e"]],
    )
    path_titles = openpyxl.load_workbook(path)
    path_titles.worksheets[0].merge_cells("A1:E1")
    path_titles.save(path)
    taken = read_tickets([path])
    assert [(ticket.external_id, ticket.line) for ticket in taken.tickets] == [("1", 4), ("2", 6), ("5", 2)]
    assert taken.tickets[0].created_at == datetime(2026, 11, 23, 8, 1, tzinfo=UTC)
    assert taken.tickets[0].extra == {"count": "3", "done": "true"}
    assert [each.line for each in taken.rejected] == [7, 8]
    assert taken.notes == [f"{path}: the worksheet 'sheet 1' was not read"]


def test_a_damaged_workbook_is_refused(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["id", "subject"], [1, "a"]])
    data = path.read_bytes()
    assert "is not a workbook" in refusal(put(tmp_path, "cut.xlsx", data[: len(data) // 2]))
    assert "is not a workbook" in refusal(put(tmp_path, "text.xlsx", "id,subject\n1,a\n"))
    assert "every worksheet is empty" in refusal(workbook(tmp_path / "e.xlsx", [[]]))
    with zipfile.ZipFile(tmp_path / "spoilt.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types")
    assert "is not a workbook that can be read" in refusal(tmp_path / "spoilt.xlsx")
    assert read_tickets([put(tmp_path, "named.csv", data)]).tickets[0].subject == "a"


# ---------------------------------------------------------------- several files


def test_a_folder_is_read_and_its_rejected_files_are_not(tmp_path):
    (tmp_path / "deep").mkdir()
    put(tmp_path, "a.csv", "id,subject\n1,a\n")
    put(tmp_path / "deep", "b.json", '[{"id": 2, "subject": "b"}]')
    put(tmp_path, "a.rejected.csv", "id,subject\n3,c\n")
    put(tmp_path, "notes.txt", "nothing")
    assert [ticket.external_id for ticket in read_tickets([tmp_path]).tickets] == ["1", "2"]
    (tmp_path / "empty").mkdir()
    assert "is a folder without tickets" in refusal(tmp_path / "empty")


def test_of_a_ticket_in_two_files_the_newest_version_stands(tmp_path):
    old = put(tmp_path, "old.csv", "id,subject,updated_at\n1,old,2026-11-20\n2,only,2026-11-20\n")
    new = put(tmp_path, "new.csv", "id,subject,updated_at\n1,new,2026-11-21\n")
    for order in ([old, new], [new, old]):
        taken = read_tickets(order)
        assert sorted(ticket.subject for ticket in taken.tickets) == ["new", "only"]
        assert (taken.read, taken.joined) == (2, 1)
