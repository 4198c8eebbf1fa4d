"""Whom an agent means by a name."""

from __future__ import annotations

import pytest

from triage.desk.named import nobody_called, whom

PEOPLE = {"jon": "Jon Ashe", "jose": "José Ruiz", "mila": "Mila Kern"}


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("jon", "jon"), ("JON", "jon"), ("Jon Ashe", "jon"), ("mil", "mila"), ("josé r", "jose"), ("jose ruiz", "jose"),
        ("ana", "ana"), ("jo", None), ("bx", None), ("", None),
    ],
)  # fmt: skip
def test_a_name_a_beginning_that_only_one_has_or_nobody(text: str, who: str | None) -> None:
    assert whom(text, PEOPLE, "ana") == who


def test_who_asks_is_known_and_the_catalog_s_spelling_of_them_counts() -> None:
    assert whom("mila", PEOPLE, "Mila") == "mila"


def test_a_slip_is_told_with_the_nearest_name() -> None:
    assert nobody_called("mlia", PEOPLE, "ana") == "nobody is called 'mlia'; did you mean 'mila'?"
    assert nobody_called("qqqqqq", PEOPLE, "ana") == "nobody is called 'qqqqqq'"
