"""`triage report`, `figures import`, `rate` and `handover`: names, keys, exit codes, files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from triage.cli.main import run
from triage.desk import acts
from triage.desk.catalog import apply_catalog, load_files
from triage.desk.office import Desk
from triage.desk.take_in import take_in

Triage = Callable[..., tuple[int, str, str]]
REPORTS = ("card", "costs", "journeys", "overrides", "improvements", "chain", "outreach")


@pytest.fixture
def triage(
    tmp_path: Path, company: Path, ticket: Callable[..., Any], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Triage:  # fmt: skip
    """The command line over a desk with a few tickets: exit code, standard output, standard error."""
    monkeypatch.setenv("TRIAGE_DB", str(tmp_path / "cli.db"))
    company.write_text(
        company.read_text("utf-8").replace(
            "    depends_on: [identity]\n",
            "    depends_on: [identity]\n    kpis: [{id: csat, name: Satisfaction, unit: percent, target: 90}]\n",
        ),
        "utf-8",
    )
    with Desk(tmp_path / "cli.db") as desk:
        apply_catalog(desk, load_files([company]))
        take_in(desk, [ticket(), ticket("cannot log on", "SSO"), ticket("<b>=1+1", "printer")], source="file", name="x")
        acts.override(desk, [2], "P1", "politics", "the chairman")

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run([str(argument) for argument in arguments])
        output = capsys.readouterr()
        return code, output.out, output.err

    return call


@pytest.mark.parametrize("name", REPORTS)
def test_each_report_in_each_form(triage: Triage, tmp_path: Path, name: str) -> None:
    code, out, err = triage("report", name, "--quarter", "2026Q4")
    assert (code, err) == (0, "") and out.startswith("# ") and "policy version 1" in out
    page = tmp_path / "out" / f"{name}.html"
    code, out, err = triage("report", name, "--quarter", "2026Q4", "-o", page)
    assert (code, out) == (0, "") and err == f"wrote {page}\n"
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>") and "<b>=1+1" not in page.read_text("utf-8")
    code, out, _ = triage("report", name, "--quarter", "2026Q4", "--format", "csv")
    assert code == 0 and next(csv.reader(io.StringIO(out)))[:2] == ["report", "quarter"]
    code, out, _ = triage("report", name, "--quarter", "2026Q4", "--json")
    found = json.loads(out)
    assert (found["report"], found["quarter"], found["so_far"]) == (name, "2026Q4", True)
    code, out, _ = triage("report", name, "--quarter", "2026Q4", "--explain")
    assert code == 0 and "SELECT" in out and "behind:" in out


def test_the_last_quarter_that_is_over_is_meant_unless_said(triage: Triage) -> None:
    assert json.loads(triage("report", "card", "--json")[1])["quarter"] == "2026Q3"


def test_wrong_words_are_usage_and_a_file_that_cannot_be_written_is_an_error(triage: Triage, tmp_path: Path) -> None:
    assert triage("report", "card", "--quarter", "2026Q7")[::2] == (
        2,
        "'2026Q7' is not a quarter; write it like 2026Q3\n",
    )
    assert triage("report", "card", "--format", "pdf")[0] == 2
    assert triage("report", "card", "--format", "md", "--json")[0] == 2
    assert triage("report", "card", "--table", "moments")[0] == 2
    assert triage("report", "crad")[0] == 2
    (tmp_path / "file").write_text("", "utf-8")
    code, _, err = triage("report", "card", "-o", tmp_path / "file" / "card.html")
    assert code == 1 and "cannot be written" in err and len(err.splitlines()) == 1


def test_one_table_as_a_spreadsheet(triage: Triage, tmp_path: Path) -> None:
    path = tmp_path / "moments.csv"
    assert triage("report", "card", "--quarter", "2026Q4", "--table", "moments", "-o", path)[0] == 0
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    assert rows[0]["touchpoint"] == "Sign the closing documents"
    code, _, err = triage("report", "card", "--format", "csv", "--table", "momnts")
    assert code == 1 and "did you mean 'moments'?" in err


def test_a_database_that_is_not_there(triage: Triage, tmp_path: Path) -> None:
    code, out, err = triage("report", "card", "--db", tmp_path / "none.db")
    assert (code, out) == (1, "") and "there is no database" in err and "triage demo --db demo.db" in err


FIGURES = """service;indicator;quarter;value;source
Closing Portal;csat;Q3 2026;88 %;survey
closing-portal;csat;2026-10;86,5;survey
closing-portal;csta;2026Q4;1;
nowhere;csat;2026Q4;1;
closing-portal;csat;2026Q9;1;
closing-portal;csat;2026Q4;many;
closing-portal;csat;2026Q3;80;survey
;renewals;2026Q3;91;sales
closing-portal;csat;2026Q4;1;x;too many
"""


def test_figures_import_names_every_bad_row_and_keeps_the_good_ones(triage: Triage, tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_text(FIGURES, "utf-8")
    code, out, _ = triage("figures", "import", path, "--dry-run")
    assert code == 0 and "would be 3 added" in out
    code, out, err = triage("figures", "import", path)
    assert code == 0 and out == "9 rows read: 3 added, 0 updated, 0 unchanged, 6 rejected\n"
    assert sorted(line.removeprefix(f"{path}:") for line in err.splitlines()) == [
        "10: has 6 cells, and the header has 5; put a cell that contains the separator in quotes",
        "4: kpi: no kpi 'csta'; did you mean 'csat'?",
        "5: service: no service 'nowhere'; it is one of closing-portal, identity, printing",
        "6: period: '2026Q9' is no quarter and no month; write it like 2026Q3 or 2026-07",
        "7: value: 'many' is not a number",
        "8: contradicts line 2, which stands",
    ]
    found = json.loads(triage("figures", "import", path, "--json")[1])
    assert (found["added"], found["updated"], found["unchanged"], len(found["rejected"])) == (0, 0, 3, 6)
    card = json.loads(triage("report", "card", "--json")[1])
    rows = [row for table in card["sections"][0]["tables"] for row in table["rows"]]
    assert ("Satisfaction", 88.0, "imported") in [(row["indicator"], row["value"], row["origin"]) for row in rows]


def test_a_figure_that_changes_is_in_the_log_with_the_value_before(triage: Triage, tmp_path: Path) -> None:
    path = tmp_path / "figures.yaml"
    path.write_text("figures:\n  - {service: closing-portal, kpi: csat, period: 2026Q3, value: 88}\n", "utf-8")
    assert triage("figures", "import", path)[0] == 0
    path.write_text("figures:\n  - {service: closing-portal, kpi: csat, period: 2026Q3, value: 89}\n", "utf-8")
    assert "1 updated" in triage("figures", "import", path)[1]
    with Desk(tmp_path / "cli.db") as desk:
        rows = desk.database.execute("SELECT who, detail FROM acts WHERE what = 'figures' ORDER BY id").fetchall()
    assert [row[0] for row in rows] == ["ana", "ana"]
    assert json.loads(rows[1][1])["changes"] == [["closing-portal", "csat", "2026Q3", 88.0, 89.0]]


def test_training_from_a_workbook(triage: Triage, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(("Person", "Kind", "Hours", "Quarter"))
    sheet.append(("Ana Ruiz", "=business", 6, "2026Q3"))
    sheet.append(("nobody", "x", 1, "2026Q3"))
    sheet.append(("ana", "tools", -1, "2026Q3"))
    path = tmp_path / "training.xlsx"
    workbook.save(path)
    code, out, err = triage("figures", "import", path)
    # a workbook that was never calculated has no value in a cell with a formula
    assert code == 0 and "3 rejected" in out and "[Sheet]:2: kind: is missing" in err
    assert "[Sheet]:3: person: no person 'nobody'" in err
    sheet.cell(2, 2, "business")
    workbook.save(path)
    assert "1 added" in triage("figures", "import", path)[1]
    assert "6 hours of training for 1 person" in triage("report", "card")[1]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", b"", "holds no rows"),
        ("a.csv", b"colour,size\nred,1\n", ":1: has no column kpi, period, value"),
        ("a.csv", b'kpi,period,value\n"x', "a quote is opened"),
        ("a.yaml", b"figures: 3\n", "should be a list"),
        ("a.yaml", b"figures: [", "a.yaml:"),
        ("a.yaml", b"- {kpi: x, valu: 1}\n", "unknown key 'valu'"),
        ("a.xlsx", b"not a workbook", "is not a workbook"),
        ("a.txt", b"x", "'.txt' is not read"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(
    triage: Triage, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    _, _, err = triage("figures", "import", path)
    assert said in err and "Traceback" not in err
    with Desk(tmp_path / "cli.db") as desk:
        assert desk.database.execute("SELECT count(*) FROM figures").fetchone()[0] == 0


def test_rating_is_stored_beside_the_score_and_reported(triage: Triage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_USER", "jon")
    code, out, _ = triage("rate", "--ticket", "2", "--priority", "p4", "--json")
    found = json.loads(out)
    # the override of the ticket is not what is rated: the score is
    assert code == 0 and found["rated"] == "P4" and found["computed"] != "P1" and found["act"]
    assert json.loads(triage("rate", "--ticket", "2", "--priority", "P4", "--json")[1])["act"] is None
    computed = found["computed"]
    assert json.loads(triage("rate", "--ticket", "2", "--priority", computed, "--json")[1])["agrees"] is True
    report = json.loads(triage("report", "overrides", "--quarter", "2026Q4", "--json")[1])
    section = next(entry for entry in report["sections"] if entry["id"] == "agreement")
    assert {entry["id"]: entry["value"] for entry in section["figures"]} == {"ratings": 1, "agreement": 1.0}
    assert triage("rate", "--ticket", "2", "--priority", "none")[:2] == (0, "ticket 2: your rating is taken back\n")
    assert triage("rate", "--ticket", "2", "--priority", "none")[0] == 1


def test_a_sample_shows_no_priority_and_leaves_out_what_was_rated(triage: Triage) -> None:
    before = json.loads(triage("rate", "--json")[1])["tickets"]
    assert before and set(before[0]) == {"id", "subject", "service", "condition", "reach"}
    triage("rate", "--ticket", before[0]["id"], "--priority", "P3")
    after = json.loads(triage("rate", "--json")[1])["tickets"]
    assert before[0]["id"] not in [entry["id"] for entry in after]
    assert triage("rate", "--ticket", "1")[0] == 2
    assert triage("rate", "--ticket", "1", "--priority", "P9")[0] == 2
    assert triage("rate", "--ticket", "99", "--priority", "P1")[0] == 1
    named = json.loads(triage("rate", "--service", "Closing Portal", "--json")[1])
    assert named == json.loads(triage("rate", "--service", "closing-portal", "--json")[1])
    code, _, err = triage("rate", "--service", "closing-portl")
    assert code == 1 and "did you mean 'closing-portal'?" in err


def test_handover_tells_the_shift(triage: Triage, tmp_path: Path) -> None:
    with Desk(tmp_path / "cli.db") as desk:
        acts.claim(desk, [1])
        acts.snooze(desk, [3], desk.now().replace(hour=18))
        total = desk.database.execute("SELECT count(*) FROM queue WHERE bucket = 0 AND priority <= 2").fetchone()[0]
    code, out, _ = triage("handover", "--json")
    found = json.loads(out)
    assert code == 0 and found["came_in"] == 3 and found["settled"] == 0
    assert found["urgent"]["total"] == total >= 1
    assert [entry["id"] for entry in found["waking"]["tickets"]] == [3]
    assert [entry["id"] for entry in found["unclaimed"]["tickets"]] == [2]
    assert [(e["ticket"]["id"], e["priority"], e["reason"], e["who"]) for e in found["overruled"]] == [
        (2, "P1", "politics", "ana")
    ]
    code, out, _ = triage("handover")
    assert code == 0 and "Overruled in this shift: 1" in out and "P1 by ana (politics: the chairman)" in out
    assert json.loads(triage("handover", "--since", "2026-11-23T15:59", "--json")[1])["came_in"] == 0
    triage("undo")
    triage("undo")
    triage("undo")
    assert json.loads(triage("handover", "--json")[1])["overruled"] == []


def test_an_improvement_begins_from_a_bar_and_keeps_its_mark(triage: Triage, tmp_path: Path) -> None:
    code, out, _ = triage(
        "report",
        "begin",
        "Stop the time-outs",
        "--service",
        "Closing Portal",
        "--owner",
        "jon",
        "--due",
        "2027-02-01",
        "--json",
    )
    begun = json.loads(out)
    with Desk(tmp_path / "cli.db") as desk:
        query = "SELECT count(*), sum(score) FROM queue WHERE service = 'closing-portal'"
        expected = desk.database.execute(query).fetchone()
        assert desk.index.improvements["stop-the-time-outs"].phase == "define" and len(desk.index.services) == 3
        acts.resolve(desk, [1])
        acts.link(desk, [1], "service", "printing")
    assert code == 0 and (begun["tickets"], begun["points"]) == expected and begun["version"] == 2
    rows = json.loads(triage("report", "improvements", "--quarter", "2026Q4", "--json")[1])["sections"][1]["tables"][0][
        "rows"
    ]
    assert rows[0]["improvement"] == "Stop the time-outs" and rows[0]["due"] == "2027-02-01"
    # the link moved since, the mark did not
    assert rows[0]["before"] == pytest.approx(begun["points"] / begun["days"] * 7)
    assert triage("report", "begin", "Nothing")[0] == 1
    code, _, err = triage("report", "begin", "X", "--service", "closing-portl")
    assert code == 1 and "did you mean 'closing-portal'?" in err


def test_interactive_rating_asks_before_it_tells(
    triage: Triage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from triage.cli import rate

    answers = iter(["P3", "s", "q"])
    monkeypatch.setattr(rate.click, "prompt", lambda *_, **__: next(answers))
    with Desk(tmp_path / "cli.db") as desk:
        rate._ask(desk, [1, 2, 3])
        rows = desk.database.execute("SELECT ticket_id, rated, who FROM ratings").fetchall()
    assert rows == [(1, 3, "ana")]
    out = capsys.readouterr().out
    assert out.index("1 of 3") < out.index("triage says") and "of 1 the same as triage" in out
