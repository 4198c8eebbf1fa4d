"""Whatever stands in files, names and arguments: nothing that a terminal acts on leaves the command line."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from triage.cli.main import run

EVIL = "x\x1b]52;c;aGk=\x07\x1b[31m\x9b1m\u202e[/b]"
_ACTED_ON = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def spoken(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(list(arguments))
    out, err = capsys.readouterr()
    assert not _ACTED_ON.search(out), repr(out)
    assert not _ACTED_ON.search(err), repr(err)
    return code, out, err


@pytest.fixture
def full(tmp_path: Path, company: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    db = str(tmp_path / "t.db")
    monkeypatch.setenv("TRIAGE_DB", db)
    monkeypatch.chdir(tmp_path)
    company.write_text(company.read_text().replace("name: Branch Printing", json.dumps(EVIL).join(("name: ", ""))))
    assert run(["catalog", "apply", str(company), "--yes"]) == 0
    row = ",".join(f'"{EVIL}"' for _ in range(6))
    folder = tmp_path / f"f{EVIL}".replace("/", "")
    folder.mkdir()
    file = folder / "t\x1b[31m.csv"
    file.write_text(
        f"id,subject,body,requester,assignee,status,{EVIL.replace(',', '')}\n1,{row}\n2,{row},too many\n", "utf-8"
    )
    capsys.readouterr()
    assert spoken(capsys, "tickets", "import", str(file), "--source", f"s{EVIL}")[0] == 0
    return db


def test_nothing_comes_through(full: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for arguments in (
        ("queue",), ("queue", "--json"), ("show", "1"), ("show", "1", "--json"), ("catalog", "log"),
        ("catalog", "health"), ("doctor",), ("handover",), ("learn", "status"), ("report", "costs"),
        ("override", "1", "P1", "--reason", "other", "--text", EVIL), ("set", "1", f"assignee={EVIL}"),
        ("queue", "--search", "printing"), ("show", "1"), ("catalog", "export", str(tmp_path / EVIL)),
        ("catalog", "export", str(tmp_path / EVIL), "--format", "csv", "--json"), ("tickets", "import", str(tmp_path)),
        ("report", "costs", "-o", str(tmp_path / f"{EVIL}.md")), ("catalog", "check", str(tmp_path / EVIL)),
        ("doctor", "--db", str(tmp_path / f"d{EVIL}")),
    ):  # fmt: skip
        code, _, err = spoken(capsys, *arguments)
        assert code in (0, 1) and "unexpected" not in err, (arguments, err)


def test_no_refusal_says_it_back(full: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for arguments in (
        ("show", EVIL), ("link", "1", f"service:{EVIL}"), ("link", "1", f"{EVIL}:x"), ("link", "1", EVIL),
        ("set", "1", f"condition={EVIL}"), ("set", "1", f"{EVIL}=x"), ("set", "1", EVIL), ("override", "1", EVIL),
        ("override", "1", "P1", "--reason", EVIL), ("wait", "1", "--until", EVIL), ("wait", "1", "--for", EVIL),
        ("queue", "--view", EVIL), ("queue", "--search", f"service:{EVIL}"), ("queue", "--search", f"{EVIL}:x"),
        ("queue", "--limit", EVIL), ("explain", EVIL), ("catalog", "check", EVIL), ("catalog", "plan", EVIL),
        ("tickets", "import", EVIL), ("tickets", "import", EVIL, "--map", EVIL), (EVIL,), (f"--{EVIL}",),
        ("tickets", EVIL), ("tickets", "import", "x", "--preset", EVIL), ("tickets", "import", "x", "--timezone", EVIL),
        ("forget", "--older-than", EVIL), ("forget", "--requester", EVIL, "--yes"), ("report", "costs", "--quarter", EVIL),
        ("figures", "import", EVIL), ("rate", "--ticket", EVIL, "--priority", "P1"), ("eval", EVIL, "--label", "service=x"),
        ("--db", f"/nonexistent/{EVIL.replace('/', '')}/x", "queue"), ("eval", EVIL, "--label", EVIL),
        ("report", "costs", "-o", f"{EVIL}/x".replace("[/", "[")),
    ):  # fmt: skip
        code, _, err = spoken(capsys, *arguments)
        assert code in (0, 1, 2), arguments
        assert "unexpected" not in err, (arguments, err)
        assert "Traceback" not in err


def test_a_bad_clock_is_told_safely(
    full: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_NOW", EVIL)
    code, _, err = spoken(capsys, "queue")
    assert code == 2
    assert "TRIAGE_NOW" in err


def test_a_bad_setting_is_told_safely(
    full: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRIAGE_DB")
    config = Path(os.environ["TRIAGE_CONFIG"])
    config.write_text(f"db = {EVIL}", "utf-8")
    assert spoken(capsys, "queue")[0] == 1


def test_json_is_utf_8_whatever_the_terminal_is(full: str) -> None:
    subprocess.run([sys.executable, "-m", "triage", "set", "1", "assignee=Zoë ☃"], check=True, capture_output=True)
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    shown = subprocess.run(
        [sys.executable, "-m", "triage", "show", "1", "--json"], check=True, capture_output=True, env=environment
    )
    assert json.loads(shown.stdout.decode("utf-8"))["assignee"] == "Zoë ☃"


def test_a_number_that_is_none_does_not_break_json(monkeypatch: pytest.MonkeyPatch) -> None:
    from triage.cli.common import echo_json

    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    monkeypatch.setattr(sys, "stdout", out)
    echo_json({"path": "caf\udce9", "name": "é"})
    out.flush()
    found = out.buffer.getvalue()  # type: ignore[attr-defined]
    assert json.loads(found.decode("utf-8"))["name"] == "é"


def test_problems_of_files_are_told_safely(full: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    figures = tmp_path / f"fig{EVIL.replace('/', '')}.csv"
    figures.write_text(f'kpi,period,value,service\nx,2026Q3,"{EVIL}",\nx,"{EVIL}",1,\n"{EVIL}",2026Q3,1,"{EVIL}"\n')
    catalog = tmp_path / "evil.yaml"
    evil = json.dumps(EVIL)
    catalog.write_text(
        f"{evil}: 1\nservices:\n  - {{id: {evil}, name: x}}\n  - {{id: y, name: y, owner: {evil}, {evil}: 2}}\n"
        f"  - {{id: z, name: z, criticality: {evil}, aliases: [{evil}]}}\npolicy: {{{evil}: 3}}\n"
    )
    for arguments in (
        ("figures", "import", str(figures)), ("figures", "import", str(figures), "--json"),
        ("catalog", "check", str(catalog)), ("catalog", "check", str(catalog), "--json"),
        ("catalog", "plan", str(catalog)),
    ):  # fmt: skip
        spoken(capsys, *arguments)
