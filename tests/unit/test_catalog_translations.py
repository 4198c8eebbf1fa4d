"""Texts in other languages: checked against what they are of, exported, planned, and no reason to read a ticket again."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.catalog.export import export_catalog
from triage.catalog.files import read_catalog
from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog
from triage.catalog.plan import plan
from triage.desk.catalog_queue import changes_links
from triage.errors import InputError

BASE = "services:\n  - {id: mail, name: Mail, criticality: 2}\n"


def read(folder: Path, text: str) -> Catalog:
    (folder / "catalog.yaml").write_text(BASE + text, encoding="utf-8")
    return read_catalog([folder / "catalog.yaml"]).catalog


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{language: de, table: services, entry: mial, field: name, text: Post}", "no entry 'mial' in services"),
        ("{language: de, table: services, entry: mail, field: reason, text: x}", "'reason' is no text of services"),
        ("{language: de, table: service, entry: mail, field: name, text: Post}", "translations.table"),
        ("{language: german, table: services, entry: mail, field: name, text: Post}", "translations.language"),
    ],
)
def test_a_translation_of_nothing_is_told_with_its_line(tmp_path: Path, entry: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, f"translations:\n  - {entry}\n")
    (problem,) = caught.value.problems
    assert said in problem.what and problem.line == 4


def test_the_same_text_twice_in_one_language_is_an_error(tmp_path: Path) -> None:
    one = "  - {language: de, table: services, entry: mail, field: name, text: Post}\n"
    with pytest.raises(InputError, match="stand already"):
        read(tmp_path, f"translations:\n{one}{one}")


def test_a_translation_is_planned_and_moves_no_link(tmp_path: Path) -> None:
    before = read(tmp_path, "")
    after = read(tmp_path, "translations:\n  - {language: de, table: services, entry: mail, field: name, text: Post}\n")
    planned = plan(before, after, prune=False)
    assert [one.id for one in planned.added] == ["de/services/mail/name"]
    assert not changes_links(planned)
    index = CatalogIndex(planned.result)
    assert index.in_language("de").services["mail"].name == "Post"
    assert index.in_language("fr") is index and index.services["mail"].name == "Mail"


def test_translations_are_exported_as_a_sheet_and_read_again(tmp_path: Path) -> None:
    found = read(tmp_path, "translations:\n  - {language: de, table: services, entry: mail, field: name, text: Post}\n")
    (tmp_path / "out").mkdir()
    export_catalog(found, tmp_path / "out", "csv")
    assert (tmp_path / "out" / "translations.csv").read_text(encoding="utf-8-sig").splitlines() == [
        "language,table,entry,field,text", "de,services,mail,name,Post",
    ]  # fmt: skip
    assert read_catalog([tmp_path / "out"]).catalog == found
