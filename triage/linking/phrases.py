"""Phrases of a lexicon found in a text, in one pass over its words.

A phrase is written as people write it; its words are compared by their stems. `*` at the end of a word
stands for any ending, `..` between two words for up to three words, `#` for a number. A phrase is looked
up by its first word, so the pass costs one dictionary access a word however long the lexicon is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

from triage.linking.stems import stem

T = TypeVar("T")
GAP = 3
_TOO_MANY = 100_000


class Part(NamedTuple):
    """One word of a phrase: its stem, whether any ending will do, whether words may stand before it."""

    stem: str
    open_end: bool
    gap: bool


class Pattern(NamedTuple, Generic[T]):
    """The words of a phrase after the first one, and what the phrase stands for."""

    rest: tuple[Part, ...]
    payload: T
    phrase: str


class Found(NamedTuple, Generic[T]):
    """A phrase in the text: first word, one past the last word, what it stands for, how it is written."""

    start: int
    end: int
    payload: T
    phrase: str


def parts_of(phrase: str) -> tuple[Part, ...]:
    """The words of a phrase as the matcher compares them."""
    parts: list[Part] = []
    gap = False
    for word in phrase.replace("-", " ").split():
        if word == "..":
            gap = True
            continue
        open_end = word.endswith("*") and len(word) > 1
        plain = word[:-1] if open_end else word
        cut = stem(plain) if not open_end else stem(plain + "#")[:-1]
        parts.append(Part(cut, open_end, gap))
        gap = False
    return tuple(parts)


class Tail(NamedTuple, Generic[T]):
    """What is left of a phrase after two of its words; `number` tells which phrase was written down first."""

    number: int
    rest: tuple[Part, ...]
    payload: T
    phrase: str


class Followed(NamedTuple, Generic[T]):
    """The phrases that begin with two words: complete with them, by their third word, those that leave that open."""

    complete: list[Tail[T]]
    by_third: dict[str, list[Tail[T]]]
    loose: list[Tail[T]]


class Heads(NamedTuple, Generic[T]):
    """The phrases that begin with a word: complete with it, by their second word, and those that leave that open.

    `loose` gives with each phrase a word that must stand somewhere in the text, where it has one; `meant` those of
    `alone` that can be meant in a language.
    """

    empty: bool
    alone: list[tuple[T, str]]
    followed: dict[str, Followed[T]]
    loose: list[tuple[str | None, Pattern[T]]]
    meant: dict[str, list[tuple[T, str]]]


class Phrases(Generic[T]):
    """The phrases of a lexicon by their first word.

    `means` tells whether a single word can stand for a thing in a text of a language.
    """

    def __init__(self, means: Callable[[T, str], bool] = lambda payload, language: True) -> None:
        self.means = means
        """Whether a single word can stand for a thing in a text of a language."""
        self._exact: dict[str, list[Pattern[T]]] = {}
        self._prefixes: dict[str, list[Pattern[T]]] = {}
        self._lengths: tuple[int, ...] = ()
        self._heads: dict[str, Heads[T]] = {}

    def add(self, phrase: str, payload: T) -> None:
        """Takes a phrase in; the same phrase may stand for several things."""
        parts = parts_of(phrase)
        if not parts:
            return
        first = parts[0]
        table = self._prefixes if first.open_end else self._exact
        table.setdefault(first.stem, []).append(Pattern(parts[1:], payload, phrase))
        if first.open_end:
            self._lengths = tuple(sorted({*self._lengths, len(first.stem)}))
        self._heads.clear()

    def words(self) -> set[str]:
        """Every whole word of every phrase, as its stem: what need not be mended as a typing error."""
        found = set(self._exact)
        for patterns in (*self._exact.values(), *self._prefixes.values()):
            for pattern in patterns:
                found.update(part.stem for part in pattern.rest if not part.open_end)
        return found

    def heads(self, word: str) -> Heads[T]:
        """The phrases that begin with this stem, told apart by what must come next."""
        known = self._heads.get(word)
        if known is None:
            found = list(self._exact.get(word, ()))
            for length in self._lengths:
                if length > len(word):
                    break
                found.extend(self._prefixes.get(word[:length], ()))
            if word[:1].isdigit():
                found.extend(self._exact.get("#", ()))
            known = _sorted_out(found)
            if len(self._heads) > _TOO_MANY:
                self._heads.clear()
            self._heads[word] = known
        return known

    def find(
        self, stems: Sequence[str], heads: Sequence[Heads[T]] | None = None, language: str | None = None
    ) -> list[Found[T]]:
        """Every phrase in the text, overlapping ones too, in the order of their first words.

        `heads` may give what is known of each word already. With a `language`, single words that mean
        nothing in it are left out; longer phrases always count.
        """
        found: list[Found[T]] = []
        take, make = found.append, tuple.__new__
        last = len(stems) - 1
        spoken: set[str] | None = None
        for position, (empty, alone, followed, loose, meant) in enumerate(
            map(self.heads, stems) if heads is None else heads
        ):
            if empty:
                continue
            if alone:
                if language is not None:
                    known = meant.get(language)
                    if known is None:
                        known = meant[language] = [each for each in alone if self.means(each[0], language)]
                    alone = known
                after = position + 1
                for payload, phrase in alone:
                    take(make(Found, (position, after, payload, phrase)))
            if position == last:
                break
            if followed:
                known_next = followed.get(stems[position + 1])
                if known_next is not None:
                    for end, payload, phrase in complete(stems, position, known_next):
                        take(make(Found, (position, end, payload, phrase)))
            if loose:
                if spoken is None:
                    spoken = set(stems)
                for needed, (rest, payload, phrase) in loose:
                    if needed is None or needed in spoken:
                        end = follow(stems, position + 1, rest)
                        if end:
                            take(make(Found, (position, end, payload, phrase)))
        return found


def _sorted_out(patterns: Sequence[Pattern[T]]) -> Heads[T]:
    alone: list[tuple[T, str]] = []
    followed: dict[str, Followed[T]] = {}
    loose: list[tuple[str | None, Pattern[T]]] = []
    for number, pattern in enumerate(patterns):
        if not pattern.rest:
            alone.append((pattern.payload, pattern.phrase))
        elif _is_open(pattern.rest[0]):
            plain = [part.stem for part in pattern.rest if not part.open_end and part.stem != "#"]
            loose.append((max(plain, key=len, default=None), pattern))
        else:
            here = followed.setdefault(pattern.rest[0].stem, Followed([], {}, []))
            tail = Tail(number, pattern.rest[1:], pattern.payload, pattern.phrase)
            if not tail.rest:
                here.complete.append(tail)
            elif _is_open(tail.rest[0]):
                here.loose.append(tail)
            else:
                here.by_third.setdefault(tail.rest[0].stem, []).append(tail)
    return Heads(not patterns, alone, followed, loose, {})


def _is_open(part: Part) -> bool:
    """Whether a word of a phrase cannot be looked up."""
    return part.gap or part.open_end or part.stem == "#"


def complete(stems: Sequence[str], position: int, followed: Followed[T]) -> list[tuple[int, T, str]]:
    """The phrases that stand whole where two words of theirs begin at `position`: one past their last word, what they
    stand for, how they are written; in the order in which they were written down."""
    found: list[tuple[int, int, T, str]] = []
    for number, _, payload, phrase in followed.complete:
        found.append((number, position + 2, payload, phrase))
    if followed.by_third and position + 2 < len(stems):
        for number, rest, payload, phrase in followed.by_third.get(stems[position + 2], ()):
            end = follow(stems, position + 3, rest[1:]) if len(rest) > 1 else position + 3
            if end:
                found.append((number, end, payload, phrase))
    for number, rest, payload, phrase in followed.loose:
        end = follow(stems, position + 2, rest)
        if end:
            found.append((number, end, payload, phrase))
    if len(found) > 1:
        found.sort(key=_number)
    return [each[1:] for each in found]


_number = itemgetter(0)


def follow(stems: Sequence[str], position: int, rest: tuple[Part, ...]) -> int:
    """One past the last word where the rest of a phrase stands from `position` on, else 0."""
    size = len(stems)
    for wanted, open_end, gap in rest:
        last = min(position + GAP, size - 1) if gap else position
        if last >= size:
            return 0
        while position <= last:
            word = stems[position]
            if word == wanted or (open_end and word.startswith(wanted)) or (wanted == "#" and word[:1].isdigit()):
                break
            position += 1
        else:
            return 0
        position += 1
    return position
