"""Beginning with a catalog, tickets, and last year's decisions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from triage.desk import begin
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.errors import InputError, Refused


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "fresh.db") as found:
        yield found


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    path = tmp_path / "closed.csv"
    path.write_text(
        "id,subject,body,created_at,status,Business Service\n"
        "1,Printer jams,the printer jams,2026-03-01,closed,printing\n"
        "2,Lunch,what is for lunch,2026-03-02,closed,none\n"
        "3,Portal,portal is gone,2026-03-03,closed,prnting\n",
        encoding="utf-8",
    )
    return path


def test_a_catalog_then_closed_tickets_that_count_as_confirmed(fresh: Desk, company: Path, closed: Path) -> None:
    assert "version 1 is in force: 3 services" in begin.take_catalog(fresh, company)
    told = begin.take_tickets(fresh, closed, confirmed=True)
    assert "2 tickets added" in told and "decided by Business Service" in told and "1 rejected (line 4" in told
    assert detail(fresh, 1).ticket.decisions["service"]["target"] == "printing"
    assert detail(fresh, 2).ticket.decisions["service"]["target"] == "none"


def test_an_import_decides_nothing(fresh: Desk, company: Path, closed: Path) -> None:
    begin.take_catalog(fresh, company)
    assert "3 tickets added" in begin.take_tickets(fresh, closed)
    assert detail(fresh, 1).ticket.decisions == {}


def test_what_cannot_be_says_so(fresh: Desk, company: Path, tmp_path: Path) -> None:
    begin.take_catalog(fresh, company)
    with pytest.raises(Refused, match="there is a catalog already"):
        begin.take_catalog(fresh, company)
    plain = tmp_path / "plain.csv"
    plain.write_text("id,subject,body,created_at\n1,a,b,2026-03-01\n", encoding="utf-8")
    with pytest.raises(Refused, match="no column is called service"):
        begin.take_tickets(fresh, plain, confirmed=True)
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(InputError):
        begin.take_tickets(fresh, empty)
    assert begin.path_problem("/nowhere/at.all").endswith("there is no such file")
    assert begin.path_problem("x\0y") and begin.path_problem(str(plain)) == ""


def test_files_that_may_be_meant_are_offered(tmp_path: Path) -> None:
    for name in ("b.csv", "a.xlsx", "c.txt"):
        (tmp_path / name).touch()
    assert begin.offers(tmp_path, begin.DATA) == ["a.xlsx", "b.csv"]
    assert begin.offers(tmp_path / "none", begin.DATA) == []


def test_a_path_is_a_file_or_a_maildir(tmp_path: Path, closed: Path) -> None:
    assert begin.path_problem(str(closed)) == ""
    assert "there is no such file" in begin.path_problem(str(tmp_path / "none.csv"))
    assert "is a folder" in begin.path_problem(str(tmp_path))
    for sub in ("cur", "new"):
        (tmp_path / "mail" / sub).mkdir(parents=True)
    assert begin.path_problem(str(tmp_path / "mail")) == ""
    assert begin.path_problem("a\x00b")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_device_and_a_pipe_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "device or a pipe" in begin.path_problem(str(tmp_path / "pipe.csv"))
    assert "device or a pipe" in begin.path_problem(os.devnull)
