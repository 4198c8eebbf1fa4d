"""What was rejected can be mended and imported again."""

import csv
import json
import stat
import sys
from pathlib import Path

import openpyxl
import pytest

from triage.intake.files import read_tickets
from triage.intake.rejected import rejected_path, write_rejected


def test_rows_go_to_a_closed_file_with_the_header_of_the_source(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(
        'id;subject;created_at\n1;a\n2;"ü;\nx";2026-02-31\n3;"b"c;2026-11-23\n4;d;2026-11-23\n'.encode("cp1252")
    )
    taken = read_tickets([path])
    target = rejected_path(path)
    assert target == tmp_path / "t.rejected.csv"
    assert write_rejected(target, taken) == [target]
    if sys.platform != "win32":
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
    text = target.read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == "id;subject;created_at"
    again = read_tickets([target])
    assert again.tickets == [] and [each.reason for each in again.rejected] == [each.reason for each in taken.rejected]
    mended = text.replace("1;a", "1;a;").replace("2026-02-31", "2026-02-28").replace('"b"c', "bc")
    target.write_text(mended, encoding="utf-8")
    assert [ticket.subject for ticket in read_tickets([target]).tickets] == ["a", "ü; x", "bc"]


def test_a_file_that_may_have_been_mended_is_not_overwritten(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,subject\n1,a,b\n")
    taken = read_tickets([path])
    first = write_rejected(rejected_path(path), taken)
    assert write_rejected(rejected_path(path), taken) == first
    first[0].write_text("id,subject\n1,mended\n")
    (second,) = write_rejected(rejected_path(path), taken)
    assert second.name == "t.rejected-2.csv" and first[0].read_text().endswith("mended\n")
    assert rejected_path(second).name == "t.rejected.csv"


def test_the_encoding_that_was_named_is_kept(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("id,subject\n1,Größe,x\n".encode("latin-1"))
    (target,) = write_rejected(rejected_path(path), read_tickets([path], encoding="latin-1"))
    assert "Größe" in target.read_bytes().decode("latin-1")


def test_nothing_rejected_writes_nothing(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,subject\n1,a\n")
    assert write_rejected(rejected_path(path), read_tickets([path])) == []
    assert not rejected_path(path).exists()


def test_every_format_keeps_its_shape(tmp_path):
    sources = {
        "a.json": json.dumps({"next": "x", "tickets": [{"id": 1, "subject": "a", "created_at": "2026-02-31"}]}),
        "b.jsonl": '{"id": 1, "subject": "a"}\n{"id": 1, "su\n',
        "c.tsv": "id\tsubject\n1\ta\tb\n",
    }
    for name, text in sources.items():
        path = tmp_path / name
        path.write_text(text)
        taken = read_tickets([path])
        (target,) = write_rejected(rejected_path(path), taken)
        assert target.suffix == path.suffix
        if name == "b.jsonl":
            assert target.read_text() == '{"id": 1, "su\n'
        else:
            again = read_tickets([target])
            assert [each.reason for each in again.rejected] == [each.reason for each in taken.rejected]


def test_a_workbook_keeps_formulas_as_text(tmp_path):
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    for row in (["id", "subject", "created_at"], ["1", "=1+1", "2026-02-31"]):
        book.active.append(row)
    book.active["B2"].data_type = "s"
    book.save(path)
    (target,) = write_rejected(rejected_path(path), read_tickets([path]))
    cell = openpyxl.load_workbook(target).worksheets[0]["B2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_mails_go_to_an_mbox(tmp_path):
    folder = tmp_path / "mails"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"{number}.eml").write_bytes(
            f"From: a@x.example\nSubject: {number}\nMessage-ID: <{number}@x>\nPrecedence: bulk\n\nFrom here\n".encode()
        )
    (target,) = write_rejected(rejected_path(folder), read_tickets([folder]))
    assert target == tmp_path / "mails.rejected.mbox"
    assert [each.reason for each in read_tickets([target]).rejected] == ["is an automatic reply (Precedence: bulk)"] * 2
    target.write_bytes(target.read_bytes().replace(b"Precedence: bulk\n", b""))
    assert [ticket.body for ticket in read_tickets([target]).tickets] == ["From here", "From here"]


def test_two_sources_make_two_files(tmp_path):
    for name in ("a.csv", "b.json"):
        (tmp_path / name).write_text("id,subject\n1,a,b\n" if name == "a.csv" else '[{"id": 2, "subject": "b"}, 3]')
    taken = read_tickets([tmp_path / "a.csv", tmp_path / "b.json"])
    written = write_rejected(rejected_path(tmp_path / "a.csv"), taken)
    assert [path.name for path in written] == ["a.rejected.csv", "a.rejected.json"]
    assert json.loads(written[1].read_text()) == [3]


def test_a_row_starts_like_a_formula_and_stays_as_it_is(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,subject\n1,=cmd(),x\n")
    (target,) = write_rejected(rejected_path(path), read_tickets([path]))
    rows = list(csv.reader(target.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[1] == ["1", "=cmd()", "x"]


def test_a_folder_that_cannot_be_written_says_so(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,subject\n1,a,b\n")
    taken = read_tickets([path])
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(OSError):
        write_rejected(Path(blocked / "t.rejected.csv"), taken)
