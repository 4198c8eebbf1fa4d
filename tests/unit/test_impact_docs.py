"""docs/impact.md says what the code does: its tables are the policy's, its vectors are worth what it says."""

from __future__ import annotations

import re
from pathlib import Path

from triage.impact.policy import DEFAULT, tables
from triage.impact.vector import explain

DOCUMENT = (Path(__file__).parents[2] / "docs" / "impact.md").read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_policy() -> None:
    begin = DOCUMENT.index("<!-- policy tables")
    shown = DOCUMENT[DOCUMENT.index("\n", begin) + 1 : DOCUMENT.index("<!-- end -->")]
    assert shown == tables(), "write the output of triage.impact.policy.tables() between the two marks"


def test_every_worked_example_is_worth_what_it_says() -> None:
    examples = re.findall(r"`(BI1/[^`]+)`\s+is\s+\*\*(\d+) (P\d)\*\*", DOCUMENT)
    assert len(examples) == 8
    for vector, points, priority in examples:
        told = explain(vector, DEFAULT)
        assert (told.score, told.priority) == (int(points), priority), vector
