"""Text from outside, made safe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.yardstick import millions_of_additions
from triage.text import did_you_mean, fold, nearest, one_line, sanitise, shorten, slug

HOSTILE = {
    "\x1b]52;c;aGVsbG8=\x07after": "after",
    "\x1b]0;title\x1b\\after": "after",
    "\x1b[31mred\x1b[0m": "red",
    "\x9b31mred": "31mred",
    "a\x00b\x07c\x7fd": "abcd",
    "pay\u202egnp.exe": "paygnp.exe",
    "\u2066x\u2069": "x",
    "zero\u200bwidth\ufeff": "zerowidth",
    "line\r\nline\rline\u2028line": "line\nline\nline\nline",
    "\ud800": "\ufffd",
    "\x1bPq#0;2;0;0;0\x1b\\sixel": "sixel",
    "[/foo] [@click=app.quit]x[/]": "[/foo] [@click=app.quit]x[/]",
    "e\u0301": "é",
    "tab\tkept": "tab\tkept",
    "\U000e0041tag": "tag",
}


@pytest.mark.parametrize(("text", "safe"), HOSTILE.items())
def test_nothing_that_a_terminal_acts_on_comes_through(text: str, safe: str) -> None:
    assert sanitise(text) == safe


LOSSLESS = {
    # UTF-8 that somebody read as Latin-1 and saved again: “quoted” and a Polish name, as exports have them.
    "He said \u00e2\x80\x9cfine\u00e2\x80\x9d and the portal is down": "He said \u00e2fine\u00e2 and the portal is down",
    "\u00c5\x9bwiat \u00c3\x98rsted \u00c3\x9eor": "\u00c5wiat \u00c3rsted \u00c3or",
    "a stray \x1b] and then the whole story\nand its end": "a stray  and then the whole story\nand its end",
    "\x1b]0;never closed, but this is text": "0;never closed, but this is text",
    "\x1bPone\x1b[31m two": "one two",
}


@pytest.mark.parametrize(("text", "kept"), LOSSLESS.items())
def test_what_opens_and_never_closes_takes_no_text_with_it(text: str, kept: str) -> None:
    assert sanitise(text) == kept


def test_many_openings_take_linear_time() -> None:
    with millions_of_additions(90):
        for opening in ("\x1b]", "\x1b[", "\x1b]x" * 3, "\x9d", "\x1b]" + "a" * 50, "\x1b[" + "0" * 50):
            sanitise(opening * 20_000)


@given(st.text(alphabet=st.characters(codec=None)))
def test_sanitised_text_is_safe_and_stays_as_it_is(text: str) -> None:
    once = sanitise(text)
    assert sanitise(once) == once
    assert not any((ord(char) < 32 and char not in "\n\t") or 0x7F <= ord(char) < 0xA0 for char in once)
    once.encode("utf-8")


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    assert "\n" not in one_line(text)
    assert one_line(text) == one_line(text).strip()


@given(st.text(), st.integers(1, 40))
def test_shorten_fits(text: str, width: int) -> None:
    assert len(shorten(text, width)) <= width


@given(st.text(max_size=80))
def test_a_slug_is_an_id(text: str) -> None:
    import re

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(text))


def test_slugs_are_unique() -> None:
    assert slug("Closing Portal", ["closing-portal"]) == "closing-portal-2"


@pytest.mark.parametrize(("text", "folded"), [("Überweisung", "uberweisung"), ("Straße", "strasse"), ("ÉTÉ", "ete")])
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_the_nearest_word() -> None:
    assert nearest("jon", ["john", "mira"]) == "john"
    assert did_you_mean("critcality", ["criticality", "name"]) == "did you mean 'criticality'?"
    assert nearest("xyzzy", ["criticality"]) is None
    assert nearest("a", []) is None
