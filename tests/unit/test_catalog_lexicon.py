"""A company's own words: part of the catalog, checked with their lines, read by the linker."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.catalog.export import export_catalog
from triage.catalog.index import CatalogIndex
from triage.catalog.plan import plan
from triage.desk.catalog import load_files
from triage.errors import InputError
from triage.linking.lexicon import Lexicon
from triage.linking.lexicon_check import check_lexicon
from triage.linking.linker import Linker
from triage.linking.message import Message

WORDS = """
services:
  - {id: payouts, name: Payments, criticality: 2}
  - {id: badges, name: Door badges, criticality: 3}
lexicon:
  concepts:
    payment:
      en: zorkmid; the blue button
  cues:
    condition:
      unavailable:
        strong: {en: gone fishing}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "words.yaml"
    path.write_text(text, "utf-8")
    return path


def test_own_words_are_read_in_tickets(tmp_path: Path) -> None:
    catalog = load_files([write(tmp_path, WORDS)]).catalog
    message = Message("The zorkmid", "It has gone fishing since nine.")
    with_words = Linker(CatalogIndex(catalog)).read(message)
    without = Linker(CatalogIndex(catalog.model_copy(update={"lexicon": {}}))).read(message)
    assert with_words.services[0].target == "payouts"
    assert [e.text for e in with_words.services[0].evidence] == ["zorkmid"]
    assert "gone fishing" in [e.text for e in with_words.condition.evidence]
    assert with_words.condition.probabilities["unavailable"] > 2 * without.condition.probabilities["unavailable"]
    assert not any(e.text for candidate in without.services for e in candidate.evidence)


@pytest.mark.parametrize(
    ("wrong", "line", "says"),
    [
        ("  concept: {}", 6, "concept: 'concept' is no table of the lexicon; did you mean 'concepts'?"),
        ("  concepts: {till: {en: cash desk, broader: pament}}", 6, "'pament' is no concept; did you mean 'payment'?"),
        ("  concepts:\n    till:\n      nl: kassa", 8, "'nl' is no language of the lexicon"),
        ("  cues:\n    condition:\n      unavailble: {strong: {en: dead}}", 8, "did you mean 'unavailable'?"),
        ("  cues:\n    condition:\n      slow: {stong: {en: treacle}}", 8, "did you mean 'strong'?"),
        ("  cues:\n    condition:\n      slow:\n        strong: [treacle]", 9, "should give phrases by language"),
        ("  cues: {mood: {}}", 6, "'mood' is no kind of cue"),
        ("  numbers: {en: {dozen: twelve}}", 6, "should be a whole number"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, wrong: str, line: int, says: str) -> None:
    head = WORDS.partition("lexicon:")[0]
    path = write(tmp_path, head + "lexicon:\n" + wrong + "\n")
    with pytest.raises(InputError) as caught:
        load_files([path])
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{path}:{line}: lexicon.") and says in str(problem)


def test_own_words_are_planned_merged_and_exported(tmp_path: Path) -> None:
    catalog = load_files([write(tmp_path, WORDS)]).catalog
    more = write(tmp_path, "lexicon: {concepts: {payment: {de: Zorkmünze}}}\n")
    changed = plan(catalog, load_files([more], base=catalog).catalog, prune=False)
    (change,) = changed.changed
    assert (change.table, change.field, change.after) == ("lexicon", "concepts.payment.de", "Zorkmünze")
    assert changed.result.lexicon["concepts"]["payment"]["en"] == "zorkmid; the blue button"
    for form in ("yaml", "csv", "json"):
        folder = tmp_path / form
        export_catalog(changed.result, folder, form)  # type: ignore[arg-type]
        assert load_files([folder]).catalog.lexicon == changed.result.lexicon


def test_what_passes_the_check_can_be_taken() -> None:
    for table in Lexicon.default()._tables:
        assert check_lexicon(table) == []
