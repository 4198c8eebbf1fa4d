"""Files made to hurt: rows without end, workbooks that swell, dates that never stop, places that are no files."""

from __future__ import annotations

import contextlib
import os
import stat
import zipfile
from datetime import UTC
from pathlib import Path

import pytest

from tests.yardstick import millions_of_additions
from triage.catalog.files import read_catalog
from triage.errors import InputError, UsageError
from triage.intake.dates import NotADate, parse_date
from triage.intake.files import read_tickets
from triage.paths import write_atomically

_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName='
    '"/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="services" '
    'sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}
_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def workbook(path: Path, rows: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, text)
        archive.writestr("xl/worksheets/sheet1.xml", _SHEET.format(rows))
    return path


HEAD = f'<row r="1">{cell("A1", "subject")}{cell("B1", "body")}</row>'


def test_a_row_number_beyond_any_sheet_is_no_endless_loop(tmp_path: Path) -> None:
    rows = HEAD + f'<row r="2">{cell("A2", "one")}{cell("B2", "b")}</row>'
    path = workbook(tmp_path / "a.xlsx", rows + f'<row r="90000000000">{cell("A90000000000", "x")}</row>')
    with millions_of_additions(600):
        assert [ticket.subject for ticket in read_tickets([path]).tickets] == ["one"]
        rows = f'<row r="1">{cell("A1", "id")}{cell("B1", "name")}</row>'
        path = workbook(tmp_path / "b.xlsx", rows + f'<row r="90000000000">{cell("A90000000000", "x")}</row>')
        read_catalog([path])


def test_rows_that_are_wide_and_empty_do_not_fill_the_memory(tmp_path: Path) -> None:
    import tracemalloc

    wide = "".join(f'<row r="{n}">{cell(f"XFD{n}", "x")}</row>' for n in range(2, 3000))
    path = workbook(tmp_path / "a.xlsx", HEAD + wide)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="columns"):
            read_tickets([path])
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "words",
    [
        "2020-01-02 10:00" + " " * 20_000 + "x",
        "1 jan 2020 10" + " " * 20_000 + "x",
        "1" + ". -/" * 10_000 + "jan",
        "1 jan" + ", -/" * 10_000 + "x",
        "jan 1," + " " * 20_000 + "x",
        "9" * 100_000,
    ],
    ids=["blanks", "blanks after the hour", "marks", "marks after the month", "blanks after the day", "digits"],
)
def test_a_date_that_never_stops_is_none_at_once(words: str) -> None:
    with millions_of_additions(15), pytest.raises(NotADate):
        parse_date(words, UTC, None)


def test_many_records_that_the_catalog_refuses_take_linear_time(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,subject,s\n" + "".join(f"{n},t {n},nothing\n" for n in range(20_000)))
    taken = read_tickets([path], confirmed={"service": "s"})
    with millions_of_additions(60):
        taken.reject_all([(ticket, "no such service") for ticket in taken.tickets])
    assert (len(taken.tickets), len(taken.rejected)) == (0, 20_000)
    assert [each.line for each in taken.rejected[:2]] == [2, 3]


@pytest.mark.parametrize("header", ["Content-Type", "Content-Disposition", "From", "References", "Date", "Subject"])
@pytest.mark.parametrize("piece", ["&#60;", "<a ", "(", '"', "a;", "=?utf-8?q?", "@", "-", "=20", "\u202e", "a*0=x;"])
def test_a_long_header_is_read_in_no_time(header: str, piece: str) -> None:
    from triage.intake.mail import read_mail

    mail = f"Subject: x\nFrom: a@b.example\n{header}: {piece * (200_000 // len(piece))}\n\nbody".encode()
    with millions_of_additions(30), contextlib.suppress(ValueError):
        read_mail(mail, UTC)


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomically(pipe, b"report")
        assert os.read(reader, 100) == b"report"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]


def test_a_file_is_written_where_a_link_points_and_the_link_stays(tmp_path: Path) -> None:
    target, link = tmp_path / "real.md", tmp_path / "link.md"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_nobody_gets_more_rights_than_the_person_gives(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_atomically(tmp_path / "report.md", b"x")
        write_atomically(tmp_path / "rejected.csv", b"x", 0o600)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "report.md").stat().st_mode) == 0o600
    os.umask(before)
    write_atomically(tmp_path / "shared.md", b"x")
    assert stat.S_IMODE((tmp_path / "shared.md").stat().st_mode) == 0o644 & ~before


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_at_the_end_of_the_calendar_is_no_crash(text: str) -> None:
    from triage.cli.acts import parse_time
    from triage.desk.clock import parse_now

    with pytest.raises(UsageError):
        parse_now(text)
    with pytest.raises(UsageError):
        parse_time(text, UTC)
