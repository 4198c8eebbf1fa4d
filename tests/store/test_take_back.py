"""What somebody did to the catalog has a way back: the version before is put in force again, as a new one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.replay import problems
from triage.catalog.models import Catalog, Service
from triage.desk import acts, take_back
from triage.desk.catalog import apply_catalog, load_files, version_view, versions
from triage.desk.office import Desk
from triage.errors import Overtaken, Refused

FILE = "services: [{id: printing, name: Branch Printing}, {id: portal, name: Portal}]"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where it lies."""
    return tmp_path / "triage.db"


@pytest.fixture
def desk(database: Path, tmp_path: Path) -> Iterator[Desk]:
    """A desk with two versions of a catalog, both its own."""
    file = tmp_path / "company.yaml"
    file.write_text(FILE, encoding="utf-8")
    with Desk(database, user="ana") as mine:
        apply_catalog(mine, load_files([file]))
        renamed(mine, "Printers")
        yield mine


def renamed(desk: Desk, name: str) -> None:
    """One more version: printing is called otherwise."""
    apply_catalog(desk, Catalog(services=[Service(id="printing", name=name)]), note=f"called {name}")


def called(desk: Desk) -> str:
    return desk.index.services["printing"].name


def test_the_version_before_is_in_force_again_as_a_new_one(desk: Desk, database: Path) -> None:
    said = take_back.take_back(desk)
    assert called(desk) == "Branch Printing" and desk.index.version == 3
    assert "version 2" in said and "version 3" in said
    assert [version.version for version in versions(desk)] == [3, 2, 1]
    assert problems(database) == []


def test_step_by_step_and_across_restarts_to_the_first(desk: Desk, database: Path) -> None:
    renamed(desk, "Plotters")
    take_back.take_back(desk)
    assert called(desk) == "Printers"
    with Desk(database, user="ana") as again:
        take_back.take_back(again)
        assert called(again) == "Branch Printing"
        with pytest.raises(Refused, match="nothing before it"):
            take_back.take_back(again)


def test_what_somebody_else_applied_since_is_not_overwritten(desk: Desk, database: Path) -> None:
    with Desk(database, user="ben") as other:
        renamed(other, "Plotters")
        with pytest.raises(Overtaken, match="ben applied version 3"):
            take_back.take_back(desk)
        take_back.take_back(other)
    assert called(desk) == "Printers"
    take_back.take_back(desk)  # what ben took back is no longer in the way
    assert called(desk) == "Branch Printing"


def test_who_only_reads_takes_nothing_back(desk: Desk, database: Path) -> None:
    with Desk(database, user="ana", read_only=True) as looks, pytest.raises(Refused):
        take_back.take_back(looks)
    assert desk.index.version == 2


def test_on_the_board_the_last_act_is_meant_whatever_it_was(desk: Desk, ticket: object) -> None:
    from triage.desk.take_in import take_in

    take_in(desk, [ticket("The printer is broken", "It does not print.")], source="file", name="f")  # type: ignore[operator]
    acts.claim(desk, [1])
    renamed(desk, "Plotters")
    assert "catalog" in take_back.undo(desk) and called(desk) == "Printers"
    assert "claim" in take_back.undo(desk)
    assert desk.database.execute("SELECT assignee FROM queue").fetchone() == (None,)


def test_a_version_says_what_its_count_says(desk: Desk) -> None:
    take_back.take_back(desk)
    for version in versions(desk):
        _, plan = version_view(desk, version.version)
        counts = version.summary["counts"]
        assert [counts[word] for word in ("added", "changed", "removed")] == [
            len(entries) for entries in (plan.added, plan.changed, plan.removed)
        ]
