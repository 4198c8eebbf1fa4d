"""Words made comparable: folded, and cut to a light stem.

The stemmer is the S-stemmer of Harman (How effective is suffixing?, 1991) with the commonest verb
endings of English and the feminine and plural endings that German, French and Spanish share with it.
It is meant to be predictable rather than right: catalog, thesaurus and ticket pass through the same
cut, so only what collides matters, and what it misses is caught by prefixes and typing errors.
"""

from __future__ import annotations

from functools import lru_cache

from triage.text import fold

_DOUBLED = frozenset(("bb", "dd", "gg", "mm", "nn", "pp", "rr", "tt", "ll"))
_VOWELS = frozenset("aeiouy")


def _undouble(word: str) -> str:
    return word[:-1] if word[-2:] in _DOUBLED and len(word) > 4 else word


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and word[-2] not in "sui":
        return word[:-1]
    return word


def _cut(word: str) -> str:
    """The stem of a folded word of letters with at least four of them."""
    word = _singular(word)
    size = len(word)
    if size >= 6 and word.endswith("ing") and _VOWELS.intersection(word[:-3]):
        word = _undouble(word[:-3])
    elif size >= 5 and word.endswith("ed") and _VOWELS.intersection(word[:-2]):
        word = _undouble(word[:-2])
    elif size >= 8 and word.endswith(("tion", "sion")):
        word = word[:-3]
    if len(word) > 4 and word[-1] == "e":
        word = word[:-1]
    if len(word) > 3 and word[-1] == "y":
        word = word[:-1] + "i"
    return word


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a word as written; words with digits and those under four letters are only folded."""
    folded = fold(word)
    if folded.endswith("'s"):
        folded = folded[:-2]
    folded = folded.replace("'", "")
    if len(folded) < 4 or not folded.isalpha():
        return folded
    return _cut(folded)
