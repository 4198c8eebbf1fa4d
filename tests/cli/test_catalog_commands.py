"""`triage catalog`: names, keys, exit codes, and that nothing is written that nobody agreed to."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from triage.cli.main import run
from triage.desk.catalog import apply_catalog, load_files, plan_catalog
from triage.desk.office import Desk
from triage.desk.take_in import take_in
from triage.errors import Refused

Triage = Callable[..., tuple[int, str, str]]


@pytest.fixture
def triage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Triage:
    """Runs the command line on a database of its own: exit code, standard output, standard error."""
    monkeypatch.setenv("TRIAGE_DB", str(tmp_path / "cli.db"))

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run([str(argument) for argument in arguments])
        output = capsys.readouterr()
        return code, output.out, output.err

    return call


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "cli.db"


def written(folder: Path, text: str, name: str = "change.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_check_tells_every_problem_on_standard_error_and_exits_1(triage: Triage, tmp_path: Path) -> None:
    path = written(tmp_path, "services:\n  - {id: a, name: A, owner: jon}\n  - {id: b}\n")
    code, out, err = triage("catalog", "check", path)
    assert (code, out) == (1, "")
    assert err.splitlines() == [f"{path}:2: services.owner: no person 'jon'", f"{path}:3: services.name: is missing"]


def test_check_of_a_good_file_counts_and_writes_nothing(triage: Triage, company: Path, database: Path) -> None:
    code, out, err = triage("catalog", "check", company)
    assert (code, err) == (0, "") and out.startswith("valid: 4 people, 1 business units")
    code, out, _ = triage("catalog", "check", company, "--json")
    found = json.loads(out)
    assert found["valid"] is True and found["problems"] == [] and found["entries"]["services"] == 3
    assert not database.exists()


def test_check_json_of_a_bad_file_has_the_problems_in_parts(triage: Triage, tmp_path: Path) -> None:
    path = written(tmp_path, "srvices: []\n")
    code, out, _ = triage("catalog", "check", path, "--json")
    assert code == 1
    assert json.loads(out)["problems"] == [
        {
            "severity": "error", "file": str(path), "line": 1, "what": "unknown table 'srvices'",
            "hint": "did you mean 'services'?",
        }
    ]  # fmt: skip


def test_plan_without_a_database_makes_none(triage: Triage, company: Path, database: Path) -> None:
    code, out, _ = triage("catalog", "plan", company, "--json")
    found = json.loads(out)
    assert code == 0 and not database.exists()
    assert {"table": "services", "id": "identity", "name": "Sign-in"} in found["added"]
    assert found["changed"] == [] and found["removed"] == []
    assert found["queue"] == {"tickets": 0, "moved_up": 0, "moved_down": 0, "learned": 0, "top": []}


def test_apply_off_a_terminal_without_yes_is_exit_2_and_writes_nothing(
    triage: Triage, company: Path, database: Path
) -> None:
    code, out, err = triage("catalog", "apply", company)
    assert code == 2 and "services closing-portal" in out
    assert err == "nobody can be asked here, and nothing was applied; add --yes to apply without asking\n"
    assert not database.exists()


def test_apply_makes_a_version_and_an_export_of_it_changes_nothing(
    triage: Triage, company: Path, tmp_path: Path
) -> None:
    code, out, _ = triage("catalog", "apply", company, "--yes")
    assert code == 0 and out.splitlines()[-1] == "version 1 is in force; 0 open tickets scored anew"
    for kind in ("yaml", "csv", "json"):
        folder = tmp_path / kind
        assert triage("catalog", "export", folder, "--format", kind)[0] == 0
        for options in ((), ("--prune",)):
            code, out, _ = triage("catalog", "apply", folder, *options)
            assert (code, out) == (0, "nothing to change: the files say what version 1 says\n")
    code, out, _ = triage("catalog", "log", "--json")
    found = json.loads(out)
    assert [version["version"] for version in found["versions"]] == [1] and found["current"] == 1
    assert found["versions"][0]["who"] == "ana" and found["versions"][0]["at"] == "2026-11-23T16:00:00+00:00"
    assert found["versions"][0]["note"] == "catalog.yaml" and found["versions"][0]["added"] == 17


def test_asked_on_a_terminal_no_is_no_and_yes_is_yes(
    triage: Triage, company: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[bool] = [False, True]
    monkeypatch.setattr("click.confirm", lambda *_, **__: answers.pop(0))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    code, _, err = triage("catalog", "apply", company)
    assert (code, err) == (0, "nothing was applied\n") and not database.exists()
    assert triage("catalog", "apply", company)[0] == 0
    assert database.exists()


def test_an_interrupt_at_the_question_is_130(
    triage: Triage, company: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any, **__: Any) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr("click.confirm", interrupt)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert triage("catalog", "apply", company)[0] == 130
    assert not database.exists()


def test_an_older_version_can_be_exported(triage: Triage, company: Path, tmp_path: Path) -> None:
    triage("catalog", "apply", company, "--yes")
    change = written(tmp_path, "services: [{id: printing, name: Printers, lifecycle: retired}]")
    code, out, _ = triage("catalog", "apply", change, "--yes")
    assert code == 0 and "services printing: Branch Printing → Printers" in out
    assert "retired (1)\n  services printing (Printers)" in out and "kept: " in out
    assert triage("catalog", "export", tmp_path / "old", "--version", "1")[0] == 0
    assert "Branch Printing" in (tmp_path / "old" / "catalog.yaml").read_text(encoding="utf-8")
    code, _, err = triage("catalog", "export", tmp_path / "old", "--version", "9")
    assert (code, err) == (1, "there is no version 9 of the catalog; see `triage catalog log`\n")


def test_prune_removes_and_refuses_to_remove_most(triage: Triage, company: Path, tmp_path: Path) -> None:
    triage("catalog", "apply", company, "--yes")
    small = written(tmp_path, "services: [{id: identity, name: Sign-in}]", "small.yaml")
    code, _, err = triage("catalog", "apply", small, "--yes", "--prune")
    assert code == 1 and err.startswith("the files hold 1 of 16 entries, and --prune would remove the rest")
    text = company.read_text(encoding="utf-8").replace("  - {id: printing", "  # - {id: printing")
    code, out, _ = triage("catalog", "plan", written(tmp_path, text), "--prune", "--json")
    assert json.loads(out)["removed"] == [{"table": "services", "id": "printing", "name": "Branch Printing"}]


def test_what_is_missing_or_cannot_be_written_is_one_line(triage: Triage, company: Path, tmp_path: Path) -> None:
    assert triage("catalog", "log")[0] == 1
    assert triage("catalog", "check", tmp_path / "no.yaml") == (
        1,
        "",
        f"{tmp_path / 'no.yaml'}: there is no such file\n",
    )
    assert triage("catalog", "check")[0] == 2
    triage("catalog", "apply", company, "--yes")
    code, _, err = triage("catalog", "export", company)
    assert code == 1 and len(err.splitlines()) == 1 and str(company) in err


def test_health_shows_the_five_that_touch_most_and_counts_the_rest(
    triage: Triage, company: Path, tmp_path: Path
) -> None:
    triage("catalog", "apply", company, "--yes")
    triage("catalog", "apply", written(tmp_path, "services: [{id: bare, name: Bare}]"), "--yes")
    code, out, _ = triage("catalog", "health")
    lines = out.splitlines()
    assert code == 0 and len(lines) == 6 and lines[-1].startswith("and ") and "--all" in lines[-1]
    everything = json.loads(triage("catalog", "health", "--json")[1])
    assert everything["total"] == len(everything["findings"]) == int(lines[-1].split()[1]) + 5
    assert len(triage("catalog", "health", "--all")[1].splitlines()) == everything["total"]


def test_a_plan_says_what_it_does_to_the_queue_and_apply_does_it(
    desk: Desk, ticket: Callable[..., Any], tmp_path: Path, triage: Triage
) -> None:
    down = [
        ticket(f"Branch Printing is down {n}", "Nobody in the branch can print, all are affected.") for n in range(3)
    ]
    take_in(desk, [*down, ticket("A question about lunch", "What is for lunch?")], source="file", name="f")
    before = dict(desk.database.execute("SELECT ticket_id, score FROM queue").fetchall())
    change = written(tmp_path, "services: [{id: printing, name: Branch Printing, criticality: 1}]")
    code, out, _ = triage("catalog", "plan", change, "--json", "--db", desk.path)
    effect = json.loads(out)["queue"]
    assert code == 0 and effect["tickets"] == 4
    moved = effect["top"]
    assert len(moved) == 3 and all(entry["score"] > entry["score_before"] for entry in moved)
    assert effect["moved_up"] == sum(entry["priority"] < entry["priority_before"] for entry in moved)
    assert dict(desk.database.execute("SELECT ticket_id, score FROM queue").fetchall()) == before
    assert triage("catalog", "apply", change, "--yes", "--db", desk.path)[0] == 0
    after = dict(desk.database.execute("SELECT ticket_id, score FROM queue").fetchall())
    assert {entry["id"]: entry["score"] for entry in moved}.items() <= after.items()
    assert {row[0] for row in desk.database.execute("SELECT catalog_version FROM queue")} == {2}


def test_a_plan_tells_what_the_change_moves_from_what_was_learned_meanwhile(
    desk: Desk, ticket: Callable[..., Any], tmp_path: Path, triage: Triage
) -> None:
    take_in(desk, [ticket("umbrella", "umbrella is down for all of us")], source="file", name="first")
    more = [ticket("umbrella", f"umbrella number {n}", confirmed={"service": "printing"}) for n in range(40)]
    take_in(desk, more, source="file", name="more")
    first = desk.database.execute("SELECT min(ticket_id) FROM queue").fetchone()[0]
    change = written(tmp_path, "services: [{id: printing, name: Branch Printing, aliases: [quux]}]")
    effect = json.loads(triage("catalog", "plan", change, "--json", "--db", desk.path)[1])["queue"]
    assert [(one["id"], one["learned"]) for one in effect["top"]] == [(first, True)]
    assert effect["learned"] == effect["moved_up"] + effect["moved_down"] == 1
    out = triage("catalog", "plan", change, "--db", desk.path)[1]
    assert "1 of them only because they are read again, with what was learned since they came in" in out


def test_new_words_link_the_open_tickets_anew(desk: Desk, ticket: Callable[..., Any], tmp_path: Path) -> None:
    take_in(desk, [ticket("The zorblax is broken", "My zorblax does not start.")], source="file", name="f")
    query = "SELECT q.service, r.catalog_version FROM queue q JOIN readings r USING (ticket_id)"
    assert desk.database.execute(query).fetchone() == (None, 1)
    change = written(tmp_path, "services: [{id: zorblax, name: Zorblax, criticality: 2}]")
    applied = apply_catalog(desk, load_files([change], base=desk.index.catalog))
    assert (applied.version, applied.rescored) == (2, 1)
    assert desk.database.execute(query).fetchone() == ("zorblax", 2)


def test_an_apply_that_was_cut_short_is_finished_by_the_next(
    desk: Desk, ticket: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(desk, [ticket("The zorblax is broken", "It does not start.")], source="file", name="f")
    change = written(tmp_path, "services: [{id: zorblax, name: Zorblax, criticality: 2}]")

    def cut(*_: Any, **__: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("triage.desk.catalog.refresh", cut)
        apply_catalog(desk, load_files([change], base=desk.index.catalog))
    assert desk.database.execute("SELECT service, catalog_version FROM queue").fetchone() == (None, 1)
    applied = apply_catalog(desk, load_files([change], base=desk.index.catalog))
    assert (applied.version, applied.is_new, applied.rescored) == (2, False, 1)
    assert desk.database.execute("SELECT service, catalog_version FROM queue").fetchone() == ("zorblax", 2)


def test_a_version_and_its_audit_row_are_one_transaction(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = written(tmp_path, "services: [{id: new, name: New}]")
    loaded = load_files([change], base=desk.index.catalog)

    def fail(*_: Any, **__: Any) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    count = "SELECT (SELECT count(*) FROM acts), (SELECT count(*) FROM catalog_versions)"
    before = desk.database.execute(count).fetchone()
    with monkeypatch.context() as patched, pytest.raises(Exception, match="disk is full"):
        patched.setattr("triage.store.catalogs.save", fail)
        apply_catalog(desk, loaded)
    assert desk.database.execute(count).fetchone() == before
    apply_catalog(desk, loaded, note="by hand")
    what, detail = desk.database.execute("SELECT what, detail FROM acts ORDER BY id DESC LIMIT 1").fetchone()
    assert what == "apply"
    assert json.loads(detail) == {"version": 2, "note": "by hand", "added": 1, "changed": 0, "removed": 0}


def test_a_plan_that_somebody_overtook_is_refused(desk: Desk, tmp_path: Path) -> None:
    mine = load_files([written(tmp_path, "services: [{id: mine, name: Mine}]")], base=desk.index.catalog)
    planned, version = plan_catalog(desk, mine), desk.index.version
    theirs = load_files([written(tmp_path, "services: [{id: theirs, name: Theirs}]")], base=desk.index.catalog)
    apply_catalog(desk, theirs)
    with pytest.raises(Refused, match="somebody applied version 2"):
        apply_catalog(desk, mine, planned=planned, expected=version)
    assert "mine" not in desk.index.services


def test_a_policy_that_cannot_be_is_told_with_its_line(triage: Triage, tmp_path: Path) -> None:
    path = written(tmp_path, "policy:\n  reach:\n    person: 90\n")
    code, _, err = triage("catalog", "check", path)
    assert code == 1 and err.startswith(f"{path}:")
    assert "policy.reach" in err and "what is worse never counts less" in err


def test_words_that_fit_nothing_are_findings(desk: Desk, ticket: Callable[..., Any], triage: Triage) -> None:
    tickets = [ticket(f"Zorblax badge reader {word}", "Please help.") for word in ("lost", "gone", "again")]
    take_in(desk, tickets, source="file", name="f")
    found = json.loads(triage("catalog", "health", "--json", "--db", desk.path)[1])["findings"]
    terms = {finding["id"]: finding["tickets"] for finding in found if finding["kind"] == "unlinked"}
    assert terms.get("zorblax badge") == 3


def test_a_short_sheet_warns_of_a_misspelt_column_and_apply_counts_its_guesses(triage: Triage, tmp_path: Path) -> None:
    path = written(tmp_path, "name,criticlity,colour\nOrder Desk,high,red\n", "services.csv")
    code, _, err = triage("catalog", "check", path)
    assert code == 0
    assert err.splitlines()[:2] == [
        f"warning: {path}:1: the column 'criticlity' is not read; did you mean 'criticality'?",
        f"note: {path}:1: not read: column 'colour'",
    ]
    _, _, err = triage("catalog", "apply", path, "--yes")
    assert err.splitlines()[1:] == ["note: 2 things were guessed from a spreadsheet; `triage catalog check` lists them"]


def test_an_export_without_a_name_of_its_own_gives_itself_none(triage: Triage, tmp_path: Path) -> None:
    path = written(tmp_path, "services:\n  - {id: a, name: A}\n")
    triage("catalog", "apply", path, "--yes")
    triage("catalog", "export", tmp_path / "out")
    assert (tmp_path / "out" / "catalog.yaml").read_text().startswith("# The catalog, as triage exported it.\n")
