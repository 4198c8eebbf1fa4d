"""The commands as other programs see them: keys, words, exit codes, one line an error."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from triage.cli.main import COMMANDS, run
from triage.config import raw_settings
from triage.desk.office import Desk
from triage.desk.take_in import take_in

ITEM = {
    "id", "source", "external_id", "subject", "status", "assignee", "created_at", "score", "low", "high", "priority",
    "vector", "sure", "service", "touchpoint", "condition", "reach", "swarm",
}  # fmt: skip
SHOW = ITEM | {
    "body", "requester", "links", "breakdown", "brief", "who", "money", "history", "organisation", "renewal", "blind", "cues",
    "agent_may", "known_error",
}  # fmt: skip


@pytest.fixture
def db(desk: Desk, ticket: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    tickets = [
        ticket("The signing page is down", "Nobody can sign the closing documents."),
        ticket("printer", "The printer at store 12 prints blank pages"),
        ticket("[/foo] [@click=app.quit]x[/]", "Lunch?"),
    ]
    take_in(desk, tickets, source="file", name="a")
    monkeypatch.setenv("TRIAGE_DB", str(desk.path))
    return desk.path


def call(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = run(list(args))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_queue_json(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "queue", "--json", "--limit", "2")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert set(found) == {"total", "tickets"}
    assert (found["total"], len(found["tickets"])) == (3, 2)
    assert all(set(item) == ITEM for item in found["tickets"])
    assert found["tickets"][0]["service"] == "closing-portal"
    assert isinstance(found["tickets"][0]["sure"], bool)


def test_queue_full_gives_every_ticket_as_show_does(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    full = json.loads(call(capsys, "queue", "--full", "--json")[1])["tickets"]
    assert full[0] == json.loads(call(capsys, "show", str(full[0]["id"]), "--json")[1])


@pytest.mark.parametrize("view", ["open", "mine", "unclaimed", "uncertain", "swarms", "breaching", "snoozed",
                                  "resolved", "all"])  # fmt: skip
def test_every_view_counts_what_it_lists(db: Path, capsys: pytest.CaptureFixture[str], view: str) -> None:
    found = json.loads(call(capsys, "queue", "--view", view, "--json")[1])
    assert found["total"] == len(found["tickets"])


def test_show_json(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(call(capsys, "show", "file:T-1", "--json")[1])
    assert set(found) == SHOW
    assert sum(row["points"] for row in found["breakdown"]) == found["score"]
    assert {link["kind"] for link in found["links"]} == {"service", "touchpoint"}
    assert all(set(link) == {"kind", "target", "name", "confidence", "state", "method", "evidence"}
               for link in found["links"])  # fmt: skip
    assert all(link["target"] != "none" for link in found["links"])
    spoken = found["links"][0]["evidence"]
    assert set(spoken[0]) == {"text", "term", "similarity", "contribution", "field", "start", "end"}
    assert spoken[0]["contribution"] > 0
    assert {"role": "owner", "name": "Jon Abara", "email": "jon@harbor.example"} in found["who"]


def test_the_acts_and_the_history(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = [
        ["link", "2", "service:printing"],
        ["link", "2", "touchpoint:none"],
        ["link", "1", "service:identity", "--reject"],
        ["set", "2", "condition=degraded", "reach=site", "workaround=yes", "flag=safety"],
        ["override", "2", "P1", "--reason", "contract", "--text", "penalty", "--until", "2026-12-01"],
        ["claim", "2"],
        ["release", "2"],
        ["wait", "2", "--for", "supplier"],
        ["reopen", "2"],
        ["resolve", "2"],
        ["reopen", "2"],
        ["merge", "3", "2"],
        ["undo"],
        ["undo", "2"],
    ]
    for step in steps:
        code, _, err = call(capsys, *step)
        assert (code, err) == (0, ""), step
    history = json.loads(call(capsys, "show", "2", "--json")[1])["history"]
    assert all(set(entry) == {"at", "who", "what", "before", "after"} for entry in history)
    assert {entry["who"] for entry in history} == {"ana"}
    assert any(entry["after"] == "P1 (contract): penalty" for entry in history)


def test_explain_needs_no_database(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "explain", "BI1/CR:1/CO:U/RE:A/JO:M/TO:0/CM:-/WI:-", "--json")
    found = json.loads(out)
    assert (code, found["score"], found["priority"]) == (0, 75, "P1")
    assert sum(row["points"] for row in found["breakdown"]) == 75


def test_eval_json(db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "labelled.csv"
    file.write_text(
        "id,subject,body,svc,cond\n1,signing page down,x,closing-portal,unavailable\n2,umbrella,lost,none,\n"
    )
    code, out, err = call(capsys, "eval", str(file), "--label", "service=svc", "--label", "condition=cond", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["n"] == 2
    assert set(found["service"]) == {"top1", "top3", "mrr", "none_precision", "none_recall", "coverage_at_95", "ece"}
    assert set(found["condition"]) == {"accuracy"}
    assert set(found["intervals"]["service"]) == set(found["service"]) and set(found["confusion"]) == set(
        found["worst"]
    )
    assert found["intervals"]["condition"]["accuracy"] is not None
    for kind in ("service", "condition"):
        assert sum(pair["times"] for pair in found["confusion"][kind]) == len(found["worst"][kind])


def test_forget_asks_and_off_a_terminal_refuses(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(capsys, "forget", "--requester", "person1@buyer.example")
    assert code == 2 and "--yes" in err
    code, out, _ = call(capsys, "forget", "--requester", "person1@buyer.example", "--yes", "--json")
    assert (code, json.loads(out)) == (0, {"tickets": 1, "mentions": 0})


def test_doctor(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "doctor", "--json")
    found = json.loads(out)
    assert (code, found["well"]) == (0, True)
    assert {check["name"] for check in found["checks"]} >= {"integrity", "counts", "vectors", "schema"}


WRONG: list[tuple[list[str], int, str]] = [
    (["show", "99"], 1, "there is no ticket '99'"),
    (["show", "zendesk:1"], 1, "there is no ticket"),
    (["show", "9" * 40], 1, "there is no ticket"),
    (["link", "1", "service:closing-portl"], 1, "did you mean 'closing-portal'?"),
    (["link", "1", "closing-portal"], 2, "service:"),
    (["set", "1", "conditon=bug"], 2, "did you mean 'condition'?"),
    (["set", "1", "condition=buggy"], 2, "one of unavailable, degraded, bug"),
    (["set", "1", "condition"], 2, "FIELD=VALUE"),
    (["override", "1", "P1"], 2, "--reason"),
    (["override", "1", "P7", "--reason", "other"], 2, "P7"),
    (["override", "1", "P1", "--reason", "other", "--until", "soon"], 2, "soon"),
    (["queue", "--view", "opne"], 2, "did you mean 'open'?"),
    (["queue", "--search", "servce:x"], 2, "did you mean 'service:'?"),
    (["explain", "BI1/CR:9"], 1, ""),
    (["forget", "--older-than", "soon", "--yes"], 2, "24m"),
    (["forget", "--yes"], 2, "--requester"),
    (["merge", "1"], 2, "two tickets"),
    (["undo"], 1, "nothing to undo"),
    (["shwo"], 2, "did you mean 'show'?"),
    (["queue", "--limit", "x"], 2, "--limit"),
]


@pytest.mark.parametrize(
    ("args", "code", "says"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_what_is_wrong_is_one_line_with_the_way_out(
    db: Path, capsys: pytest.CaptureFixture[str], args: list[str], code: int, says: str
) -> None:
    found, out, err = call(capsys, *args)
    assert (found, out) == (code, "")
    assert says in err
    assert "Traceback" not in err
    if code == 1:
        assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(capsys: pytest.CaptureFixture[str], command: str) -> None:
    code, out, _ = call(capsys, command, "--help")
    assert code == 0
    assert f"triage {command}" in out
    assert "Example" in out


def test_there_is_no_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(capsys, "queue", "--db", str(tmp_path / "none.db"))
    assert (code, len(err.strip().splitlines())) == (1, 1)
    assert "triage demo" in err
    assert not (tmp_path / "none.db").exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = call(capsys, "tickets", "import", str(tmp_path / "file"), "--db", str(tmp_path / "file" / "x.db"))
    assert (code, len(err.strip().splitlines())) == (1, 1)


def test_a_locked_database_is_one_line(
    db: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    from triage.store import database

    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    holder = sqlite3.connect(db, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    code, _, err = call(capsys, "claim", "1")
    holder.execute("ROLLBACK")
    holder.close()
    assert (code, len(err.strip().splitlines())) == (1, 1)
    assert "locked" in err


def test_an_option_wins_over_the_environment_and_that_over_the_file(
    db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from triage.config import raw_settings

    (tmp_path / "config.toml").write_text('db = "/nowhere/file.db"\n')
    raw_settings.cache_clear()
    assert call(capsys, "queue")[0] == 0
    monkeypatch.setenv("TRIAGE_DB", "/nowhere/env.db")
    assert "/nowhere/env.db" in call(capsys, "queue")[2]
    assert call(capsys, "queue", "--db", str(db))[0] == 0
    monkeypatch.delenv("TRIAGE_DB")
    assert "/nowhere/file.db" in call(capsys, "queue")[2]
    raw_settings.cache_clear()


def modules_of(*args: str, env: dict[str, str]) -> set[str]:
    code = (
        "import sys, runpy; sys.argv = ['triage', *sys.argv[1:]]\n"
        "try: runpy.run_module('triage', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print('\\n'.join(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, env=env)
    return set(done.stderr.split())


def test_version_and_queue_import_only_what_they_need(db: Path) -> None:
    import os

    version = modules_of("--version", env=os.environ.copy())
    assert not version & {"click", "textual", "pydantic", "sqlite3", "triage.cli.main"}
    queue = modules_of("queue", env=os.environ.copy())
    assert "triage.desk.queue" in queue
    assert not queue & {"click", "textual", "pydantic", "sqlite_utils", "rapidfuzz", "numpy"}


def test_hostile_subjects_come_out_as_they_are(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "[/foo] [@click=app.quit]x[/]" in call(capsys, "queue")[1]


def test_a_limit_of_nothing_still_counts(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "queue", "--limit", "0") == (0, "3 in 'open'; --limit shows them\n", "")


@pytest.mark.parametrize("options", [(), ("--fresh",)])
def test_demo_never_replaces_a_desk_of_ones_own(
    db: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    for arguments in (("demo", "--db", str(db), *options), ("--db", str(db), "demo", *options)):
        code, out, err = call(capsys, *arguments)
        assert (code, out) == (1, "")
        assert err == f"{db}: is not the demonstration, and stays as it is; name another place with --db\n"
    assert json.loads(call(capsys, "queue", "--json")[1])["total"] == 3


def test_a_wrong_id_brings_the_entries_with_such_a_word(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(capsys, "link", "1", "service:portl")
    assert (code, err) == (1, "there is no service 'portl'; did you mean one of closing-portal?\n")


@pytest.mark.parametrize(
    ("text", "word", "said"),
    [
        (None, "ok", "there is none"),
        ('theme = "light"\n', "ok", "config.toml"),
        ('dbb = "x"\n', "wrong", "dbb: is no setting; did you mean 'db'?"),
        ("[keys\n", "wrong", "is not TOML"),
    ],
)
def test_doctor_names_the_settings(
    db: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    text: str | None,
    word: str,
    said: str,
) -> None:
    path = db.parent / "config.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("TRIAGE_CONFIG", str(path))
    monkeypatch.delenv("TRIAGE_NOW", raising=False)
    raw_settings.cache_clear()
    code, out, _ = call(capsys, "doctor")
    raw_settings.cache_clear()
    line = next(line for line in out.splitlines() if " settings " in line)
    assert code == (word == "wrong") and line.startswith(word) and said in line


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output_is_one_line(db: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "triage", "queue"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "standard output: No space left on device\n")


def test_keys_lists_every_command_with_its_keys(capsys: pytest.CaptureFixture[str]) -> None:
    from triage.ui.commands import COMMANDS as KEYED

    code, out, _ = call(capsys, "keys", "--json")
    found = json.loads(out)
    assert code == 0 and found["problems"] == []
    assert [entry["id"] for entry in found["keys"]] == [command.id for command in KEYED]
    assert "desk.confirm" in call(capsys, "keys")[1]


def test_keys_tells_clashes_of_the_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[keys]\n"desk.claim" = "f5"\n"desk.resolve" = "w"\n', encoding="utf-8")
    monkeypatch.setenv("TRIAGE_CONFIG", str(config))
    raw_settings.cache_clear()
    try:
        code, out, err = call(capsys, "keys")
    finally:
        raw_settings.cache_clear()
    assert code == 1
    assert "F5 *" in out
    assert "desk.resolve = 'w' clashes with desk.wait" in err


def test_eval_says_of_each_row_left_out_where_it_stands_and_why(
    db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("id,subject,svc\n1,signing page down,closing-portal\n")
    two.write_text("id,subject,svc\n2,toner,closing-portl\n3,umbrella,none\n")
    code, out, err = call(capsys, "eval", str(one), str(two), "--label", "service=svc", "--json")
    assert (code, json.loads(out)["n"], json.loads(out)["rejected"]) == (0, 2, 1)
    assert err.startswith("two.csv:2: service: no service 'closing-portl'") or f"{two}:2: service: no" in err
    assert "closing-portal" in err and len(err.splitlines()) == 1
