"""Pages of tickets without a screen: finding words in them, folding their parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.ui.ticket_find import find, highlight
from triage.ui.ticket_lines import Line, Page
from triage.ui.ticket_parts import beside, fold, part_at, present, read_folded, written


def page() -> Page:
    lines: list[Line] = [
        [("4711", "dim")], [],
        [("  Hi, the ", "text"), ("‹signing page›", "mark"), (" spins", "text")], [("  and the Käufer wait", "text")], [],
        [("Is it about?", "accent"), ("⏎ confirms", "accent")], [("2 other", "text")], [],
        [("Why 75", "accent")], [("  40 critical", "text")], [],
        [("Buyers cannot sign.", "text")], [],
        [("What was done", "accent")], [("ana: link", "dim")],
    ]  # fmt: skip
    parts = {"ticket": 0, "text": 2, "links": 5, "score": 8, "brief": 11, "history": 13}
    return Page(4711, lines, parts, spots={6: "2"})


def shown(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


@pytest.mark.parametrize(
    ("wanted", "spans"),
    [
        ("SIGNING", [(2, 11, 18)]),
        ("signing  page", [(2, 11, 23)]),
        ("kaufer", [(3, 10, 16)]),
        ("spins and", [(2, 25, 30), (3, 2, 5)]),
        ("page spins", [(2, 19, 30)]),
    ],
)
def test_words_are_found_across_pieces_marks_accents_and_lines(wanted: str, spans: list[tuple[int, int, int]]) -> None:
    (match,) = find(page().lines, wanted)
    assert list(match.spans) == spans


def test_what_is_not_there_and_nothing_find_nothing() -> None:
    assert find(page().lines, "elephant") == find(page().lines, "  ") == []


def test_what_is_found_is_painted_and_no_letter_changes() -> None:
    lines = page().lines
    painted = highlight(lines, find(lines, "s"), 1)
    assert shown(painted) == shown(lines)
    roles = [role for line in painted for _, role in line]
    assert roles.count("found_here") == 1 and roles.count("found") == len(find(lines, "s")) - 1


@given(
    st.lists(st.lists(st.tuples(st.text(max_size=12), st.just("text")), max_size=3), max_size=6), st.text(max_size=4)
)
def test_finding_never_changes_a_text(lines: list[Line], wanted: str) -> None:
    matches = find(lines, wanted)
    assert shown(highlight(lines, matches, 0)) == shown(lines)


def test_a_folded_part_is_one_line_that_counts_and_the_places_follow() -> None:
    folded = fold(page(), {"text", "score"})
    lines = shown(folded.lines)
    assert "▸ What it says  2 lines" in lines and "▸ Why 75  1 line" in lines
    assert not [line for line in lines if "spins" in line or "critical" in line]
    assert lines[folded.parts["links"]].startswith("Is it about?")
    (spot,) = folded.spots
    assert lines[spot] == "2 other"
    assert lines[folded.parts["history"]] == "What was done"


def test_nothing_folded_is_the_page_itself() -> None:
    whole = page()
    assert fold(whole, set()) is whole


def test_going_from_part_to_part() -> None:
    whole = page()
    assert present(whole) == ["text", "links", "score", "brief", "history"]
    assert [part_at(whole, line) for line in (0, 3, 6, 14)] == [None, "text", "links", "history"]
    assert (beside(whole, None, 1), beside(whole, "links", 1), beside(whole, "text", -1)) == ("text", "score", "text")
    assert beside(whole, None, -1) == beside(whole, "history", 1) == "history"


def test_what_is_folded_is_remembered_in_words() -> None:
    assert read_folded("score,nonsense,history") == {"score", "history"}
    assert written({"history", "score"}) == "score,history"
