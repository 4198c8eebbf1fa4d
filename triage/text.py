"""Text from outside: made safe at the door, folded for comparison, shortened for a line.

Everything that a person or a machine outside wrote passes `sanitise` once, when it enters. The
screen and the reports still escape what they show in their own markup.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# ECMA-48: CSI, OSC / DCS / SOS / PM / APC strings (ended by BEL or ST on the same line), two-byte escapes. A
# string that nothing ends loses its opening only: the rest is what somebody wrote. So do the 8-bit forms
# (U+0080 to U+009F), which are mostly UTF-8 that was read as Latin-1 on its way here (the end of a quotation is one).
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]?"
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)"
    r"|\x1b[ -/]*[0-~]?"
)
# Controls but tab and newline; bidirectional marks, embeddings and isolates (Unicode TR36 "Trojan
# source"); zero-width and invisible characters; tag characters; interlinear annotation; surrogates.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_NEWLINES = re.compile("\r\n?|[\u2028\u2029\x85]")
_SPACES = re.compile(r"\s+")
_SLUG_GAPS = re.compile(r"[^a-z0-9]+")
_UNFOLDED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "’": "'", "‘": "'"})


def sanitise(text: str) -> str:
    """`text` without anything that a terminal would act on; lines end in `\\n`, composed (NFC)."""
    if text.isascii() and text.isprintable():
        return text
    text = _NEWLINES.sub("\n", text)
    text = _ESCAPES.sub("", text)
    text = _UNSAFE.sub("", text)
    text = _SURROGATES.sub("\ufffd", text)
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """`text` made safe, on one line, with single blanks."""
    return _SPACES.sub(" ", sanitise(text)).strip()


def fold(text: str) -> str:
    """`text` for comparison: no case, no accents, `ß` as `ss`; the length may change."""
    if text.isascii():
        return text.lower()
    text = text.casefold().translate(_UNFOLDED)
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def slug(text: str, taken: Iterable[str] = ()) -> str:
    """An id made from a name: lower-case `a-z 0-9 -`, made unique against `taken`."""
    base = _SLUG_GAPS.sub("-", fold(text)).strip("-")[:60].strip("-") or "entry"
    known = taken if isinstance(taken, set | frozenset | dict) else set(taken)
    if base not in known:
        return base
    number = 2
    while f"{base}-{number}" in known:
        number += 1
    return f"{base}-{number}"


def shorten(text: str, width: int) -> str:
    """`text` cut to `width` characters, the cut shown by an ellipsis."""
    return text if len(text) <= width else text[: max(width - 1, 0)].rstrip() + "…"


def nearest(word: str, known: Iterable[str], *, cutoff: float = 60.0) -> str | None:
    """The known word that `word` most likely meant, or None where nothing is close."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    choices = list(known)
    if not choices:
        return None
    folded = [fold(choice) for choice in choices]
    found = process.extractOne(
        fold(word), folded, scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=cutoff / 100
    )
    return choices[found[2]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The hint of an unknown word, or None."""
    found = nearest(word, known)
    return f"did you mean '{found}'?" if found else None
